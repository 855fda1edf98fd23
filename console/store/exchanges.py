"""Requests as rows."""

from __future__ import annotations

from typing import Any

import msgspec

from console.model.exchange import Exchange, Reason
from console.store.moments import moment, stamp

_NAMES = Exchange.__struct_fields__
COLUMNS = ", ".join(_NAMES)
PLACES = ", ".join("?" for _name in _NAMES)

STEP = """
    ALTER TABLE exchange ADD COLUMN call_id TEXT NOT NULL DEFAULT '';
    ALTER TABLE exchange ADD COLUMN reason TEXT NOT NULL DEFAULT 'first';
    ALTER TABLE exchange ADD COLUMN service TEXT NOT NULL DEFAULT '';
    ALTER TABLE exchange ADD COLUMN authenticated INTEGER NOT NULL DEFAULT 0;
    """


def to_row(exchange: Exchange) -> tuple[object, ...]:
    """Values in the order of `COLUMNS`."""
    fields = msgspec.structs.asdict(exchange)
    said_at = exchange.said_at
    fields |= {"at": stamp(exchange.at), "said_at": None if said_at is None else stamp(said_at)}
    return tuple(fields.values())


def from_row(*row: Any) -> Exchange:
    """A request, from the values of `COLUMNS`."""
    fields = dict(zip(_NAMES, row, strict=True))
    said_at = fields["said_at"]
    fields |= {
        "at": moment(fields["at"]),
        "said_at": None if said_at is None else moment(said_at),
        "reason": Reason(fields["reason"]),
        "authenticated": bool(fields["authenticated"]),
    }
    return Exchange(**fields)
