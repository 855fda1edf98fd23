"""Files that become items of the queue, or are refused at the door."""

from __future__ import annotations

import os
import stat
import uuid
from typing import TYPE_CHECKING

from console.i18n import tr
from console.model.upload import FailureClass, UploadItem
from console.services.upload_ports import Refusal
from console.services.uploads.preflight import objection

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from console.model.document import UploadRules


def take_in(
    files: Iterable[str],
    *,
    profile: str,
    user_id: str,
    rules: UploadRules | None,
    metadata: Mapping[str, str],
    priority: int,
    now: datetime,
) -> tuple[list[UploadItem], list[Refusal]]:
    """Items for what may be queued, and why the rest is not. Asks the file system for each: not for the loop's thread.

    Args:
        files: Paths of regular files; links are not followed.
        profile: For which gateway.
        user_id: Who queues them; empty for nobody.
        rules: What its platform wants; None when that is not known yet: it is looked at before sending.
        metadata: What is told with each.
        priority: Of each.
        now: The time (UTC).
    """
    items: list[UploadItem] = []
    refused: list[Refusal] = []
    for file in files:
        path = os.path.abspath(file)  # noqa: PTH100  (10,000)
        try:
            found = os.lstat(path)
            path.encode()
        except (OSError, ValueError) as exc:
            reason = getattr(exc, "strerror", None) or tr("its name can't be used")
            refused.append(Refusal(path=shown(path), kind=None, reason=reason))
            continue
        if not stat.S_ISREG(found.st_mode):
            refused.append(Refusal(path=path, kind=None, reason=tr("no regular file")))
            continue
        against = None if rules is None else objection(rules, size_bytes=found.st_size, metadata=metadata)
        if against is not None:
            refused.append(Refusal(path=path, kind=against.kind, reason=against.text))
            continue
        items.append(
            UploadItem(
                id=str(uuid.uuid4()),
                profile=profile,
                user_id=user_id,
                path=path,
                name=os.path.basename(path),  # noqa: PTH119  (as above)
                size_bytes=found.st_size,
                modified_ns=found.st_mtime_ns,
                metadata=dict(metadata),
                idempotency_key=str(uuid.uuid4()),
                priority=priority,
                created_at=now,
                changed_at=now,
            )
        )
    return items, refused


def all_refused(files: Iterable[str], kind: FailureClass, reason: str) -> list[Refusal]:
    """The same against every file."""
    return [Refusal(path=shown(file), kind=kind, reason=reason) for file in files]


def shown(path: str) -> str:
    """A path that any terminal, log and table takes: bytes that are no text are replaced."""
    return path.encode(errors="surrogateescape").decode(errors="replace")
