"""Entity tags (RFC 9110, 8.8.3 and 13.1.2): asking whether an answer that is at hand is still the answer."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from console.model.capability import Effect

if TYPE_CHECKING:
    import httpx

    from console.model.capability import Operation

NOT_MODIFIED = 304
_CONDITION = "If-None-Match"
# One tag, weak or strong. Longer ones are no names; what is beyond ASCII could not be sent back byte for byte.
_TAG = re.compile(r'(?:W/)?"[\x21\x23-\x7e]{0,256}"')


def valid(tag: str) -> str:
    """The tag as it is, when a header may carry it; otherwise empty."""
    return tag if _TAG.fullmatch(tag) else ""


def condition(operation: Operation, tag: str) -> dict[str, str]:
    """The header that makes a read conditional; none for anything but a GET, and none for what is no tag."""
    may_carry = operation.effect is Effect.READ and operation.method == "GET"
    return {_CONDITION: tag} if may_carry and valid(tag) else {}


def is_not_modified(request: httpx.Request, response: httpx.Response) -> bool:
    """Whether the answer is that nothing changed, to a request that asked for it."""
    return response.status_code == NOT_MODIFIED and _CONDITION in request.headers
