"""As much of HTTP/1.1 (RFC 9112) as sending documents takes: see docs/adr for why not a library's."""
