"""Why something did not come about: words that errors carry and `console.services.explain` turns into sentences."""

from __future__ import annotations


class ConnectReason:
    """Why a connection did not come about."""

    NAME = "name"  # the host name has no address
    REFUSED = "refused"  # the host is there, nothing listens on the port
    NO_ROUTE = "no-route"
    TIMEOUT = "timeout"
    PROXY = "proxy"  # it says no, or can't be reached
    PROXY_CREDENTIALS = "proxy-credentials"  # 407: it wants a user name and password, or others
    OTHER = "other"


class CertificateReason:
    """Why TLS was refused, by this side or by the other."""

    EXPIRED = "expired"
    NOT_YET_VALID = "not-yet-valid"
    WRONG_NAME = "wrong-name"
    SELF_SIGNED = "self-signed"
    UNKNOWN_AUTHORITY = "unknown-authority"
    REVOKED = "revoked"
    CLIENT_CERTIFICATE = "client-certificate"  # the gateway wants one, or another one
    OLD_TLS = "old-tls"
    NOT_TLS = "not-tls"
    HUNG_UP = "hung-up"  # the gateway ended the handshake without a reason
    OTHER = "other"


class RenewalCode:
    """Why a sign-in was not renewed, as `code` of SignInRequired and Unauthorized; none of them is a server's."""

    NOT_RENEWABLE = "not-renewable"  # this gateway, or this sign-in, has no such thing
    FRESH = "fresh-token"  # it was renewed a moment ago: doing so once more would help nobody
    LIMITED = "renewal-limited"
