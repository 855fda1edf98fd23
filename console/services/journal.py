"""What a session did, on record: every request, every turn of the connection's story, and what its feed said."""

from __future__ import annotations

import asyncio
import logging
from contextlib import aclosing
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

from console.model.errors import StoreError
from console.services.feed_log import FeedLog
from console.services.unbroken import unbroken

if TYPE_CHECKING:
    from collections.abc import Sequence

    from console.model.connection import Connection, Phase
    from console.model.exchange import Exchange
    from console.model.record import RecordEntry
    from console.services.latest import Latest

_log = logging.getLogger(__name__)

FLUSH_INTERVAL_S = 2.0
UNRECORDED_LIMIT = 10_000


class SessionRecord(Protocol):
    """The part of the record that the journal needs; see `console.store.record.Record`."""

    async def append_exchanges(self, gateway_id: str, exchanges: Sequence[Exchange]) -> None:
        """Keep requests."""

    async def append_story(self, gateway_id: str, at: datetime, phase: Phase, detail: str) -> None:
        """Keep a turn of the story."""

    async def append_entries(self, gateway_id: str, entries: Sequence[RecordEntry]) -> None:
        """Keep what a feed said."""


class Journal:
    """Collects and writes in batches; what can't be written stays pending, the newest of it.

    Attributes:
        feed: Takes what the live feed says of itself.
    """

    def __init__(self, record: SessionRecord, gateway_id: str) -> None:
        self._record = record
        self._gateway_id = gateway_id
        self._exchanges: list[Exchange] = []
        self.feed = FeedLog(gateway_id, "health")

    def note(self, exchange: Exchange) -> None:
        """Take a request."""
        self._exchanges.append(exchange)
        del self._exchanges[:-UNRECORDED_LIMIT]

    async def move_to(self, gateway_id: str) -> None:
        """What comes from now on belongs elsewhere; what is pending does not."""
        await self._flush(last=True)
        self._exchanges.clear()  # what could not be written is not written to another's record
        self.feed.move_to(gateway_id)
        self._gateway_id = gateway_id

    async def run(self, story: Latest[Connection]) -> None:
        """Write until cancelled; what is pending then is written too."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._follow(story))
                tasks.create_task(self._write_behind())
        finally:
            await self._flush(last=True)

    async def _follow(self, story: Latest[Connection]) -> None:
        told: Phase | None = None
        async with aclosing(story.follow()) as turns:
            async for turn in turns:
                if turn.phase is told:
                    continue
                told = turn.phase
                culprit = turn.facts.culprit
                detail = culprit.detail if culprit is not None else turn.facts.refusal or turn.facts.error
                try:
                    await self._record.append_story(self._gateway_id, datetime.now(UTC), turn.phase, detail)
                except StoreError as exc:
                    _log.warning("a turn of the connection is not recorded: %s", exc)

    async def _write_behind(self) -> None:
        while True:
            await asyncio.sleep(FLUSH_INTERVAL_S)
            await self._flush()

    async def _flush(self, *, last: bool = False) -> None:
        if heard := self.feed.take(last=last):
            await unbroken(self._write_heard(heard))
        if not self._exchanges:
            return
        batch, self._exchanges = self._exchanges, []
        await unbroken(self._write(batch))  # a batch given away is neither lost nor written twice

    async def _write_heard(self, heard: list[RecordEntry]) -> None:
        try:
            await self._record.append_entries(self._gateway_id, heard)
        except StoreError as exc:
            self.feed.give_back(heard)
            _log.info("what the feed said is not recorded yet: %s", exc)

    async def _write(self, batch: list[Exchange]) -> None:
        try:
            await self._record.append_exchanges(self._gateway_id, batch)
        except StoreError as exc:
            self._exchanges = (batch + self._exchanges)[-UNRECORDED_LIMIT:]
            _log.info("requests are not recorded yet: %s", exc)
