"""Items of the upload queue put in another order, by few writes."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import msgspec

from console.store import upload_rows as rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    import apsw

    from console.model.upload import UploadItem


def move(db: apsw.Connection, item_ids: Sequence[str], before_id: str) -> tuple[UploadItem, ...]:
    """See `console.store.uploads.UploadJournal.move`."""
    moved = tuple(item for item in (rows.load(db, item_id) for item_id in item_ids) if item is not None)
    before = rows.load(db, before_id) if before_id else None
    if not moved or (before_id and (before is None or before_id in item_ids)):
        return ()
    among = rows.listed(item.id for item in moved)
    if before is None:
        last = db.execute(
            "SELECT priority FROM upload WHERE settled = 0 AND id NOT IN (SELECT value FROM json_each(?))"
            " ORDER BY priority LIMIT 1",
            (among,),
        ).get
        priority = moved[0].priority if last is None else int(last)
    else:
        priority = before.priority
    others = [
        (str(item_id), float(position))
        for item_id, position in db.execute(
            "SELECT id, position FROM upload WHERE priority = ? AND id NOT IN (SELECT value FROM json_each(?))"
            " ORDER BY position, rowid",
            (priority, among),
        )
    ]
    place = len(others) if before is None else [item_id for item_id, _ in others].index(before.id)
    lower = others[place - 1][1] if place > 0 else None
    upper = others[place][1] if place < len(others) else None
    positions = between(lower, upper, len(moved))
    if positions is not None:
        return tuple(
            rows.update(db, msgspec.structs.replace(item, priority=priority, position=position))
            for item, position in zip(moved, positions, strict=True)
        )
    # No number fits between the two any more: all of this priority are numbered anew.
    order = [item_id for item_id, _ in others]
    order[place:place] = [item.id for item in moved]
    items = (rows.load(db, item_id) for item_id in order)
    return tuple(
        rows.update(db, msgspec.structs.replace(item, priority=priority, position=float(number)))
        for number, item in enumerate(item for item in items if item is not None)
    )


def between(lower: float | None, upper: float | None, count: int) -> tuple[float, ...] | None:
    """So many rising numbers between two, or beyond one; None when there is no room for them."""
    if lower is None or upper is None:
        first = 0.0 if lower is None and upper is None else lower + 1.0 if lower is not None else (upper or 0.0) - count
        return tuple(first + number for number in range(count))
    step = (upper - lower) / (count + 1)
    numbers = tuple(lower + step * number for number in range(1, count + 1))
    return numbers if all(one < other for one, other in itertools.pairwise((lower, *numbers, upper))) else None
