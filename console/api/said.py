"""What an error's body says, in any of the shapes that the platforms use."""

from __future__ import annotations

import json
from collections.abc import Mapping
from itertools import islice

import msgspec

from console.api import reading
from console.api.redaction import redact

FIELDS_LIMIT = 50
_NAME_LIMIT, _ID_LIMIT = 64, 128


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """What could be read, redacted.

    Attributes:
        text: One line; empty when the body says nothing.
        code: The server's own code.
        fields: What is wrong with which field of the request.
        attempts_left: How many more tries a sign-in has.
        request_id: The id under which the server logged the request.
    """

    text: str = ""
    code: str = ""
    fields: Mapping[str, str] = {}
    attempts_left: int | None = None
    request_id: str = ""


def said(raw: bytes) -> Said:
    """Read a body that is no web page. Never raises: an odd body says little."""
    if not raw:
        return Said()
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError):
        return Said(text=redact(raw[:4096].decode("utf-8", "replace")))
    if isinstance(body, str):
        return Said(text=redact(body))
    if not isinstance(body, dict):
        return Said()
    inner = body.get("error")
    if not isinstance(inner, dict):
        return _object(body, inner)
    nested = _object(inner, None)  # once: nesting has no end
    outer = _object({**body, "error": None}, None)
    return Said(
        text=nested.text or outer.text,
        code=nested.code or outer.code,
        fields=nested.fields or outer.fields,
        attempts_left=nested.attempts_left if outer.attempts_left is None else outer.attempts_left,
        request_id=nested.request_id or outer.request_id,
    )


def _object(body: Mapping[str, object], inner: object) -> Said:
    """A sentence under `user_message`, `message`, `detail` or `error`, or else those of the fields."""
    detail = body.get("detail")
    fields = _fields(detail, body.get("errors")) or _fields(body.get("details"), None)
    sentences = (body.get("user_message"), body.get("message"), detail, inner)
    text = next((one for one in sentences if isinstance(one, str) and one), None)
    return Said(
        text=redact(text if text is not None else "; ".join(f"{name}: {said}" for name, said in fields.items())),
        code=_word(body.get("error_code")) or _word(body.get("code")),
        fields=fields,
        attempts_left=_attempts_left(body),
        request_id=_request_id(body),
    )


def _fields(detail: object, errors: object) -> dict[str, str]:
    """A list of entries, FastAPI's among them, or an object of texts or lists by field, maybe under `fields`."""
    found: dict[str, str] = {}
    if isinstance(detail, list):
        found |= dict(_validation(entry) for entry in detail[:FIELDS_LIMIT] if isinstance(entry, dict))
    if isinstance(errors, dict) and isinstance(listed := errors.get("fields", errors), dict):
        for name, texts in islice(listed.items(), FIELDS_LIMIT):
            found[redact(name, _NAME_LIMIT)] = redact(next(iter(reading.texts(texts)), ""))
    return found


def _validation(entry: Mapping[str, object]) -> tuple[str, str]:
    """`{loc, msg}` or `{field, message}`. FastAPI echoes what was sent as `input`, passwords too: never read."""
    where = entry.get("loc")
    path = ".".join(reading.text(part) for part in where if part != "body") if isinstance(where, list) else ""
    name, text = path or reading.text(entry.get("field")), entry.get("msg") or entry.get("message")
    return redact(name, _NAME_LIMIT), redact(reading.text(text))


def _attempts_left(body: Mapping[str, object]) -> int | None:
    """Under any of the usual names."""
    for name in ("attempts_left", "attempts_remaining", "remaining_attempts"):
        count = reading.number(body.get(name))
        if count is not None and 0 <= count < 1000:  # noqa: PLR2004  (more is no limit)
            return int(count)
    return None


def _request_id(body: Mapping[str, object]) -> str:
    meta = body.get("meta")
    inside = meta.get("requestId") if isinstance(meta, Mapping) else None
    for candidate in (body.get("correlation_id"), body.get("request_id"), inside):
        if isinstance(candidate, str) and candidate:
            return redact(candidate, _ID_LIMIT)
    return ""


def _word(value: object) -> str:
    return redact(value, _NAME_LIMIT) if isinstance(value, str) else ""
