"""Keeps the record within its limit: warns first, then drops what is oldest, a little at a time."""

from __future__ import annotations

import asyncio
import logging
from contextlib import aclosing
from typing import TYPE_CHECKING, Protocol

from console.i18n import tr
from console.model.errors import StoreError
from console.model.retention import GIB, MIB, RecordLimit

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import timedelta

    from console.model.preferences import Preferences
    from console.model.record import Dropping, RecordSize
    from console.services.latest import Latest

_log = logging.getLogger(__name__)

INTERVAL_S = 10.0
_BREATH_S = 0.02  # between two slices: whoever writes or reads meanwhile comes first


class BoundedRecord(Protocol):
    """The part of the record that keeping it small needs; see `console.store.record.Record`."""

    async def size(self) -> RecordSize:
        """How large it is."""

    async def warned(self, limit_bytes: int | None) -> None:
        """Remember of which limit the operator was told."""

    async def begin_era(self) -> None:
        """Set a mark: what comes now is dropped later than what was before."""

    async def drop_oldest(self, wanted_bytes: int) -> Dropping:
        """Drop a slice."""

    async def shrink(self, target_bytes: int) -> bool:
        """Give a slice of free room back; whether there is more."""

    async def fold_log(self) -> None:
        """Fold the log into the file, unless others read."""

    async def confine(self, limit: RecordLimit) -> None:
        """Keep the log and stored answers within their parts."""


class Retention:
    """The record's size, watched. Nothing is dropped before the operator was told that it will be.

    Attributes:
        limit: The most it may take; may be set at any time and holds from the next look on.
    """

    def __init__(self, record: BoundedRecord, limit: RecordLimit | None = None) -> None:
        self._record = record
        self.limit = limit or RecordLimit()

    async def follow(self, current: Latest[Preferences]) -> None:
        """Go by what the operator prefers, until cancelled."""
        async with aclosing(current.follow()) as turns:
            async for preferences in turns:
                self.limit = RecordLimit(preferences.record.max_size_bytes)

    async def size(self) -> RecordSize:
        """How large the record is.

        Raises:
            StoreError: It can't be read.
        """
        return await self._record.size()

    async def run(self, tell: Callable[[str], None], *, first_after_s: float = 0.0) -> None:
        """Look every few seconds, until cancelled. `tell` shows a sentence to the operator."""
        confined: RecordLimit | None = None
        await asyncio.sleep(first_after_s)
        while True:
            try:
                if confined != self.limit:
                    confined = self.limit
                    await self._record.confine(self.limit)
                await self.keep(tell)
            except StoreError as exc:
                _log.warning("the record is not kept within its limit at the moment: %s", exc)
            await asyncio.sleep(INTERVAL_S)

    async def keep(self, tell: Callable[[str], None]) -> None:
        """Look once: warn, or drop until there is room again.

        Raises:
            StoreError: The record refused; what was dropped until then is noted.
        """
        limit = self.limit
        size = await self._record.size()
        if size.era_bytes >= limit.era_bytes:
            await self._record.begin_era()
        if await self.warn(tell, size):
            return  # dropping waits for the next look: whoever was told has a moment to raise the limit
        full = size.data_bytes > limit.high_bytes
        if full:
            await self._drop(limit)
        while await self._record.shrink(limit.high_bytes):  # noqa: ASYNC110  (a breath between slices, no waiting)
            await asyncio.sleep(_BREATH_S)
        if full or size.log_bytes > limit.log_bytes:
            await self._record.fold_log()

    async def warn(self, tell: Callable[[str], None], size: RecordSize | None = None) -> bool:
        """Tell, once for each limit, that the record fills up; whether that was told now.

        Raises:
            StoreError: The record can't be read, or can't keep that it was told.
        """
        limit = self.limit
        if size is None:
            size = await self._record.size()
        if size.data_bytes >= limit.warn_bytes and size.warned_limit_bytes != limit.size_bytes:
            tell(warning(size, limit))
            await self._record.warned(limit.size_bytes)
            return True
        if size.data_bytes < limit.calm_bytes and size.warned_limit_bytes is not None:
            await self._record.warned(None)
        return False

    async def _drop(self, limit: RecordLimit) -> None:
        wanted = limit.high_bytes - limit.low_bytes
        while not (done := await self._record.drop_oldest(wanted)).exhausted:
            if done.data_bytes <= limit.low_bytes and not done.going_on:
                return
            await asyncio.sleep(_BREATH_S)
        _log.warning("the record is over its limit, and nothing in it can be dropped")


def warning(size: RecordSize, limit: RecordLimit) -> str:
    """What the operator is told before anything is dropped."""
    held, most = shown_size(size.data_bytes), shown_size(limit.size_bytes)
    if size.data_bytes >= limit.high_bytes:
        return tr("The record holds {held} and may take {most}: the oldest in it is dropped now.", held=held, most=most)
    if (left := limit.full_in(size)) is None:
        return tr("The record is {held} of {most}. When it is full, the oldest in it is dropped.", held=held, most=most)
    return tr(
        "The record is {held} of {most}. In {left} it is full, and from then on the oldest in it is dropped.",
        held=held,
        most=most,
        left=shown_span(left),
    )


def shown_size(size_bytes: int) -> str:
    """A size for a sentence: 820 MiB, 1.5 GiB."""
    if size_bytes >= GIB:
        return f"{size_bytes / GIB:.3g} GiB"
    return f"{size_bytes / MIB:.3g} MiB" if size_bytes < 10 * MIB else f"{size_bytes // MIB} MiB"


def shown_span(span: timedelta) -> str:
    """An estimated span for a sentence."""
    if (days := round(span.total_seconds() / 86_400)) > 1:
        return tr("about {days} days", days=days)
    if (hours := round(span.total_seconds() / 3600)) > 1:
        return tr("about {hours} hours", hours=hours)
    return tr("about an hour")
