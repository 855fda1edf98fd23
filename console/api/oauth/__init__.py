"""Sign-in in the system's browser (RFC 8252) with PKCE (RFC 7636): what is alike on all platforms."""
