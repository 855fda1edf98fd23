"""The address of a gateway, as operators type and paste it."""

from __future__ import annotations

import ipaddress
import re
from typing import Self
from urllib.parse import urlsplit

import msgspec

from console.model.errors import AddressError

EMPTY = "empty"
NOT_HTTP = "not-http"
NO_HOST = "no-host"
BAD_PORT = "bad-port"
CREDENTIALS = "credentials"
PLAIN_HTTP = "plain-http"
CONTROL = "control"
BAD_HOST = "bad-host"

_DEFAULT_PORT = {"http": 80, "https": 443}
_OTHER_SCHEME = re.compile(r"(?i)(file|javascript|data|smb|mailto|ms-[a-z]+):")
_HOST = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*\.?")


class Address(msgspec.Struct, frozen=True, kw_only=True):
    """Scheme, host, port and base path of a gateway; nothing else survives.

    Attributes:
        scheme: `http` or `https`.
        host: Lower case, punycode, without brackets.
        port: TCP port, always given.
        path: Base path, empty or with a leading and no trailing slash.
    """

    scheme: str
    host: str
    port: int
    path: str = ""

    @classmethod
    def parse(cls, typed: str, *, allow_plain_http: bool = False) -> Self:
        """Read what was typed: a full URL, or `host[:port][/path]` (https, but http on loopback).

        Query and fragment are dropped: people paste what the browser shows.

        Args:
            typed: As typed or pasted.
            allow_plain_http: Somebody chose to talk http beyond this machine.

        Raises:
            AddressError: With the reason as one of this module's words.
        """
        try:
            parts = urlsplit(_with_slashes(typed))
            port = parts.port
        except ValueError as exc:
            raise AddressError(BAD_PORT, typed) from exc
        if parts.scheme and parts.scheme.lower() not in _DEFAULT_PORT:
            raise AddressError(NOT_HTTP, typed)
        if "@" in parts.netloc:
            raise AddressError(CREDENTIALS, typed)
        host = _checked_host(parts.hostname, typed)
        scheme = parts.scheme.lower() or ("http" if is_loopback(host) else "https")
        if scheme == "http" and not is_loopback(host) and not allow_plain_http:
            raise AddressError(PLAIN_HTTP, typed)
        if port == 0:
            raise AddressError(BAD_PORT, typed)
        return cls(scheme=scheme, host=host, port=port or _DEFAULT_PORT[scheme], path=parts.path.rstrip("/"))

    @property
    def origin(self) -> str:
        """`scheme://host[:port]`, the port only where it is not the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == _DEFAULT_PORT[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{host}{port}"

    @property
    def text(self) -> str:
        """Origin and base path."""
        return self.origin + self.path

    @property
    def host_port(self) -> str:
        """`host:port`, for sentences."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def is_loopback(host: str) -> bool:
    """Whether a host can only be this machine. Names other than `localhost` are never trusted to be."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _with_slashes(typed: str) -> str:
    """What was typed as something that `urlsplit` takes for an address, never for a local path."""
    text = typed.strip()
    if not text:
        raise AddressError(EMPTY, typed)
    if any(not char.isprintable() or char.isspace() for char in text):
        raise AddressError(CONTROL, typed)
    if "://" in text:
        return text
    if text.startswith(("/", "\\")):
        raise AddressError(NO_HOST, typed)
    if _OTHER_SCHEME.match(text):
        raise AddressError(NOT_HTTP, typed)
    return "//" + text


def _checked_host(host: str | None, typed: str) -> str:
    if not host:
        raise AddressError(NO_HOST, typed)
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        pass
    try:
        ascii_host = host.encode("idna").decode("ascii").lower()
    except UnicodeError as exc:
        raise AddressError(BAD_HOST, typed) from exc
    if not _HOST.fullmatch(ascii_host):
        raise AddressError(BAD_HOST, typed)
    return ascii_host
