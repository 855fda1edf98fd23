"""How a gateway is reached: whom to trust, how to prove who we are, and through which proxy."""

from __future__ import annotations

from urllib.parse import urlsplit

import msgspec

from console.model.errors import ProfileError

ENVIRONMENT = "environment"
NO_PROXY = "none"

_PROXY_SCHEMES = ("http", "https")


class NetworkOptions(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One set of rules for every client library alike. There is no option to accept a certificate that is refused.

    Attributes:
        ca_file: PEM file of authorities that are trusted besides the operating system's; empty for none.
        client_cert: PEM file of the certificate shown to gateways that ask for one; empty for none.
        client_key: PEM file of its key, without a passphrase; empty when `client_cert` holds it too.
        admin_client_cert: Show that certificate to the gateway's admin address too, where it is of another origin.
        proxy: `environment`, `none`, or the URL of an http proxy. The URL may hold a password: show `shown_proxy`.
        allow_plain_http: Talk http, readable by everyone on the way, with a gateway beyond this machine.
    """

    ca_file: str = ""
    client_cert: str = ""
    client_key: str = ""
    admin_client_cert: bool = False
    proxy: str = ENVIRONMENT
    allow_plain_http: bool = False

    def __post_init__(self) -> None:
        """Refuse what can't work.

        Raises:
            ProfileError: The proxy is no URL of an http proxy, or there is a key without a certificate.
        """
        if self.client_key and not self.client_cert:
            raise ProfileError("a client key needs a client certificate; name that too")
        if self.proxy not in (ENVIRONMENT, NO_PROXY):
            checked_proxy(self.proxy)

    def __repr__(self) -> str:
        """Without the proxy's password."""
        return (
            f"NetworkOptions(ca_file={self.ca_file!r}, client_cert={self.client_cert!r}, "
            f"client_key={self.client_key!r}, admin_client_cert={self.admin_client_cert!r}, "
            f"proxy={self.shown_proxy!r}, allow_plain_http={self.allow_plain_http!r})"
        )

    @property
    def shown_proxy(self) -> str:
        """The proxy as it may be shown and logged."""
        return self.proxy if self.proxy in (ENVIRONMENT, NO_PROXY) else masked(self.proxy)


def checked_proxy(url: str) -> str:
    """The URL of a proxy that every client library can use.

    Raises:
        ProfileError: It is not; the message does not repeat it, for it may hold a password.
    """
    try:
        parts = urlsplit(url)
        fits = parts.scheme in _PROXY_SCHEMES and bool(parts.hostname) and parts.port != 0
    except ValueError:
        fits = False
    if not fits:
        raise ProfileError("a proxy is given as http://host:port or https://host:port, or as environment, or as none")
    return url


def masked(url: str) -> str:
    """A URL whose user name and password, if any, are replaced."""
    scheme, separator, rest = url.partition("://")
    authority, slash, path = rest.partition("/")
    userinfo, at, host = authority.rpartition("@")
    return f"{scheme}{separator}{'***' if userinfo else ''}{at}{host}{slash}{path}"
