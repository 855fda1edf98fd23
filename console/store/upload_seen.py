"""Which files of watch folders were queued already: known for as long as they lie there, whatever became of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from console.store.moments import stamp

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    import apsw

    from console.model.upload import FileVersion


def note(db: apsw.Connection, profile: str, file: FileVersion, now: datetime) -> None:
    """Remember that this version of a file was queued."""
    db.execute(
        "INSERT OR REPLACE INTO upload_seen (profile, path, size_bytes, modified_ns, seen_at) VALUES (?, ?, ?, ?, ?)",
        (profile, file.path, file.size_bytes, file.modified_ns, stamp(now)),
    )


def unseen(db: apsw.Connection, profile: str, files: Sequence[FileVersion]) -> tuple[FileVersion, ...]:
    """Those that were not queued for a gateway in this version, in their order."""
    known = {
        (path, size_bytes, modified_ns)
        for path, size_bytes, modified_ns in db.execute(
            "SELECT path, size_bytes, modified_ns FROM upload_seen"
            " WHERE profile = ? AND path IN (SELECT value FROM json_each(?))",
            (profile, msgspec.json.encode([file.path for file in files]).decode()),
        )
    }
    return tuple(file for file in files if msgspec.structs.astuple(file) not in known)


def forget(db: apsw.Connection, profile: str, present: Collection[str], before: datetime) -> int:
    """Forget what lies there no more and was queued before a time; how many."""
    db.execute(
        "DELETE FROM upload_seen WHERE profile = ? AND seen_at < ? AND path NOT IN (SELECT value FROM json_each(?))",
        (profile, stamp(before), msgspec.json.encode(sorted(present)).decode()),
    )
    return db.changes()
