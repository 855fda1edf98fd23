"""Answers that a client may have already (RFC 9110, 8.8.3 and 13.1.2)."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from starlette.responses import Response

if TYPE_CHECKING:
    from starlette.requests import Request

_OK, _NOT_MODIFIED = 200, 304


def conditional(request: Request, response: Response) -> Response:
    """Name the answer by its content; say only "not modified" to a client that has it."""
    if response.status_code != _OK:
        return response
    tag = f'"{hashlib.sha256(response.body).hexdigest()[:32]}"'
    response.headers["etag"] = tag
    named = request.headers.get("if-none-match", "")
    if named.strip() == "*" or tag in (one.strip().removeprefix("W/") for one in named.split(",")):
        return Response(status_code=_NOT_MODIFIED, headers={"etag": tag})
    return response
