"""What can be said against sending a document before a byte of it has gone out."""

from __future__ import annotations

import asyncio
import os
import stat
from typing import TYPE_CHECKING

from console.i18n import tr
from console.model.file_trouble import FileGone
from console.model.setting import size_text
from console.model.upload import FailureClass, UploadState
from console.services.uploads.events import NotStored

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from console.model.document import UploadRules
    from console.model.upload import UploadItem

_SLOWEST_BPS = 256 * 1024
_AROUND_S = 10.0  # opening the connection, and the answer


def objection(
    rules: UploadRules, *, size_bytes: int, media_type: str = "", metadata: Mapping[str, str] | None = None
) -> NotStored | None:
    """What the platform would refuse; None when nothing is known against it.

    Args:
        rules: The platform's.
        size_bytes: Of the content.
        media_type: By content; empty when that is not known yet.
        metadata: What is told with it; None when that was looked at before.
    """
    if rules.max_bytes is not None and size_bytes > rules.max_bytes:
        text = tr("Larger than the {limit} that this platform takes.", limit=size_text(rules.max_bytes))
        return NotStored(kind=FailureClass.TOO_LARGE, text=text)
    if media_type and rules.media_types and media_type not in rules.media_types:
        return NotStored(
            kind=FailureClass.WRONG_TYPE, text=tr("This platform takes no files of type {type}.", type=media_type)
        )
    for field in rules.fields if metadata is not None else ():
        told = (metadata or {}).get(field.id, "")
        if field.required and not told:
            return NotStored(
                kind=FailureClass.REFUSED, text=tr("This platform wants to be told: {what}.", what=field.id)
            )
        if told and field.choices and told not in field.choices:
            words = ", ".join(field.choices)
            text = tr("For {what} this platform takes one of: {words}.", what=field.id, words=words)
            return NotStored(kind=FailureClass.REFUSED, text=text)
    return None


def duplicate_of(item: UploadItem, alike: Iterable[UploadItem]) -> UploadItem | None:
    """The item that makes this one superfluous: same content, same gateway, and it went or goes first.

    Of two that are looked at in the same moment exactly one gives way: the one whose content was journaled later, and
    which therefore sees the other.
    """
    for other in sorted(alike, key=lambda one: one.revision):
        if other.state is UploadState.CANCELLED:
            continue
        if other.state is UploadState.FAILED and other.needs_operator and other.attempts == 0:
            continue  # refused before it was sent, perhaps for being a duplicate itself
        if other.state is UploadState.DONE or other.first_sent_at is not None or other.revision < item.revision:
            return other
    return None


def expected_s(size_bytes: int, rate_bps: float | None) -> float:
    """How long sending may take, on the safe side: a token has to live so long."""
    return _AROUND_S + size_bytes / max(_SLOWEST_BPS, (rate_bps or 0.0) / 2)


async def standing(path: str) -> os.stat_result:
    """What a path is at the moment, off the loop's thread.

    Raises:
        FileGone: Not there, out of reach, or no regular file.
    """

    def look() -> os.stat_result:
        try:
            found = os.stat(path)  # noqa: PTH116  (a path may hold what pathlib refuses)
        except (OSError, ValueError) as exc:
            reason = getattr(exc, "strerror", None) or str(exc)
            raise FileGone(tr("can't be read: {reason}", reason=reason), path) from exc
        if not stat.S_ISREG(found.st_mode):
            raise FileGone(tr("no regular file"), path)
        return found

    return await asyncio.to_thread(look)
