"""Reading what a client sent, the way FastAPI services complain about it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from starlette.responses import JSONResponse

if TYPE_CHECKING:
    from starlette.requests import Request

_UNPROCESSABLE = 422


async def text_fields(request: Request, *names: str) -> dict[str, str] | JSONResponse:
    """The named fields of a JSON body, all of them text; or the 422 that says what is wrong."""
    try:
        body = json.loads(await request.body())
    except ValueError:
        return _complaint([{"loc": ["body"], "msg": "JSON decode error", "type": "json_invalid"}])
    if not isinstance(body, dict):
        return _complaint([{"loc": ["body"], "msg": "Input should be a valid dictionary", "type": "model_type"}])
    problems: list[dict[str, object]] = []
    for name in names:
        if name not in body:
            problems.append({"loc": ["body", name], "msg": "Field required", "type": "missing"})
        elif not isinstance(body[name], str):
            problems.append({"loc": ["body", name], "msg": "Input should be a valid string", "type": "string_type"})
    return _complaint(problems) if problems else {name: body[name] for name in names}


def bearer(authorization: str | None) -> str | None:
    """The token of an `Authorization: Bearer` header; None when there is none."""
    scheme, _, token = (authorization or "").partition(" ")
    return token.strip() if scheme.casefold() == "bearer" and token.strip() else None


def allowed(request: Request, exc: Exception) -> str | None:
    """What a Node server answers to OPTIONS: the methods of a route that is there; None to everything else."""
    headers: dict[str, str] = getattr(exc, "headers", None) or {}
    return headers.get("Allow") if request.method == "OPTIONS" else None


def _complaint(problems: list[dict[str, object]]) -> JSONResponse:
    return JSONResponse({"detail": problems}, _UNPROCESSABLE)
