"""What a feed tells that no screen knows: kept in a line."""

from __future__ import annotations

import json

from console.api import reading
from console.api.redaction import redact
from console.model.feed import PlatformEvent

_KIND_LIMIT = 128


def other(kind: str, args: tuple[object, ...] = ()) -> PlatformEvent:
    """An event by the platform's name for it, and what came with it, without secrets."""
    shown = args[0] if len(args) == 1 else list(args)
    if shown == [] or shown is None:
        text = ""
    elif isinstance(shown, str):
        text = shown
    else:
        try:
            text = json.dumps(shown, ensure_ascii=False, default=_not_shown)
        except RecursionError:
            text = ""
    return PlatformEvent(kind=" ".join(reading.clean(kind[:_KIND_LIMIT]).split()), text=redact(text))


def _not_shown(value: object) -> str:
    return f"({len(value)} bytes)" if isinstance(value, bytes) else type(value).__name__
