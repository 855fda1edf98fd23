"""Which addresses may see the token."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from console.model.address import Address

_SECURE = {"https": True, "wss": True, "http": False, "ws": False}
_DEFAULT_PORT = {True: 443, False: 80}


def is_own(url: str, address: Address) -> bool:
    """Whether a feed's URL is of the gateway's own origin, and no less secure than it."""
    parts = urlsplit(url)
    secure = _SECURE.get(parts.scheme)
    if secure is None or secure is not _SECURE[address.scheme]:
        return False
    return parts.hostname == address.host and (parts.port or _DEFAULT_PORT[secure]) == address.port


def socket_url(address: Address, path: str, *, below: str = "") -> str:
    """The `ws://` or `wss://` URL of a path on a gateway.

    Args:
        address: The gateway.
        path: Where the feed is.
        below: Where the API is, should the address name that: the feed is beside it.
    """
    scheme = "wss" if address.scheme == "https" else "ws"
    return f"{scheme}{address.origin.removeprefix(address.scheme)}{address.path.removesuffix(below)}{path}"
