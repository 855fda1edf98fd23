"""The address that the browser is to open: whether it may be opened, and where it leads back to."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import SplitResult, parse_qsl, urlsplit

import msgspec

from console.api.oauth import proof
from console.model.address import is_loopback
from console.model.errors import BrowserSignInFailed
from console.model.oauth import BrowserSignInReason

if TYPE_CHECKING:
    from console.model.address import Address
    from console.model.oauth import Authorization

LIMIT_CHARS = 8192
_STATE_MIN_CHARS = 22  # 128 bits in base64


def adopt(url: str, attempt: Authorization, gateway: Address) -> Authorization:
    """The attempt with the address that the gateway gave for it.

    Some gateways ignore the state and the redirect that they were given and put in their own: their answer came over
    the same connection as everything else they say, so it is believed, as far as it is no weaker.

    Raises:
        BrowserSignInFailed: The address is none that should be opened in a browser.
    """
    parts = _openable(url, gateway)
    query = dict(parse_qsl(parts.query, errors="replace"))
    if query.get("code_challenge") == proof.challenge(attempt.verifier) and (
        query.get("code_challenge_method") != proof.CHALLENGE_METHOD
    ):
        raise _unsafe("it asks for a weaker proof than S256")
    state = query.get("state", attempt.state)
    if len(state) < _STATE_MIN_CHARS:
        raise _unsafe("its state can be guessed")
    redirect_uri = query.get("redirect_uri", attempt.redirect_uri)
    return msgspec.structs.replace(
        attempt,
        url=url,
        state=state,
        redirect_uri=redirect_uri,
        returns_here=redirect_uri == attempt.redirect_uri,
    )


def _openable(url: str, gateway: Address) -> SplitResult:
    """Only http(s) with a host; plain http only on this machine, or where the gateway itself is reached so."""
    if len(url) > LIMIT_CHARS or not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        raise _unsafe("it is too long, or has characters that no address has")
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname, parts.port
    except ValueError as exc:
        raise _unsafe("it is no address") from exc
    if parts.scheme not in ("http", "https") or not host:
        raise _unsafe("it does not begin with https://")
    if "@" in parts.netloc:
        raise _unsafe("it hides its host behind a user name")
    if parts.scheme == "http" and not is_loopback(host) and (gateway.scheme, gateway.host) != ("http", host):
        raise _unsafe("it would be opened without protection")
    return parts


def _unsafe(why: str) -> BrowserSignInFailed:
    return BrowserSignInFailed(why, reason=BrowserSignInReason.UNSAFE)
