"""What the browser brings back: pure functions from a query, or a pasted text, to the code."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

from console import logs
from console.api import reading
from console.model.errors import BrowserSignInFailed
from console.model.oauth import BrowserSignInReason

if TYPE_CHECKING:
    from collections.abc import Mapping

    from console.model.oauth import Authorization

CODE_LIMIT_CHARS = 4096
PASTE_LIMIT_CHARS = 16 * 1024
_DETAIL_LIMIT_CHARS = 300
_FIELDS_LIMIT = 32
_OURS = frozenset({"code", "state", "iss", "error", "error_description"})


def code_in(query: str, attempt: Authorization) -> str:
    """The code in the query of a redirect (RFC 6749, 4.1.2).

    Whose answer it is comes first: neither a code nor an error of another attempt is looked at.

    Raises:
        BrowserSignInFailed: STATE when the answer is not for this attempt, which may still be going on; any other
            reason ends it.
    """
    found = _fields(query)
    if not hmac.compare_digest(found.get("state", "").encode(), attempt.state.encode()):
        raise BrowserSignInFailed("it names another attempt, or none", reason=BrowserSignInReason.STATE)
    if attempt.issuer and found.get("iss") != attempt.issuer:
        came = _plain(found.get("iss", ""))
        raise BrowserSignInFailed(
            f"it comes from {came}" if came else "it does not say from whom", reason=BrowserSignInReason.ISSUER
        )
    if (error := found.get("error")) is not None:
        denied = error == "access_denied"
        raise BrowserSignInFailed(
            _plain(found.get("error_description", "")) or ("" if denied else _plain(error)),
            reason=BrowserSignInReason.DENIED if denied else BrowserSignInReason.PROVIDER,
            code=_plain(error)[:64],
        )
    return _code(found.get("code", ""))


def code_pasted(text: str, attempt: Authorization) -> str:
    """The code in what an operator copied: the whole address of the page they ended on, its query, or the bare code.

    A bare code has no state to compare; that it is for this attempt is shown by the verifier that goes with it.

    Raises:
        BrowserSignInFailed: See `code_in`.
    """
    text = text.strip()
    if len(text) > PASTE_LIMIT_CHARS:
        raise BrowserSignInFailed("it is too long", reason=BrowserSignInReason.MALFORMED)
    if "://" in text:
        try:
            parts = urlsplit(text)
        except ValueError as exc:
            raise BrowserSignInFailed("it is no address", reason=BrowserSignInReason.MALFORMED) from exc
        return code_in(parts.query or parts.fragment, attempt)
    if "code=" in text or "error=" in text:
        return code_in(text.partition("?")[2] or text, attempt)
    return _code(text)


def _fields(query: str) -> Mapping[str, str]:
    try:
        pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=_FIELDS_LIMIT, errors="replace")
    except ValueError as exc:
        raise BrowserSignInFailed("it has too many fields", reason=BrowserSignInReason.STATE) from exc
    ours = [(name, value) for name, value in pairs if name in _OURS]
    found = dict(ours)
    if len(found) != len(ours):  # RFC 6749, 3.1: which of two counts would be anybody's guess
        raise BrowserSignInFailed("it names a field twice", reason=BrowserSignInReason.STATE)
    return found


def _code(code: str) -> str:
    if not 0 < len(code) <= CODE_LIMIT_CHARS or not code.isascii() or not code.isprintable() or " " in code:
        raise BrowserSignInFailed(reason=BrowserSignInReason.MALFORMED)
    return code


def _plain(text: str) -> str:
    """Text of a stranger: one short line that prints, without secrets."""
    line = "".join(char if char.isprintable() else " " for char in reading.clean(text[: 4 * _DETAIL_LIMIT_CHARS]))
    return logs.masked(" ".join(line.split()))[:_DETAIL_LIMIT_CHARS]
