"""Samples on their way into the record: in batches, behind everything else."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from console.model.errors import StoreError
from console.services.unbroken import unbroken

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from console.model.health import HealthSample, ServiceHealth
    from console.services.gateway_record import HealthRecord

_log = logging.getLogger(__name__)

INTERVAL_S = 1.0
LIMIT = 100_000  # a few seconds of the fastest feed


class SampleWriter:
    """Holds what was not recorded yet, bounded: the oldest give way, and that is said.

    Args:
        record: Where to.
        gateway_id: Whose they are.
        services_of: What is known of services now, by their ids.
        failed: Told why nothing could be recorded, and None once it can again.
        left_out: Told how many came faster than they could be recorded.
    """

    def __init__(
        self,
        record: HealthRecord,
        gateway_id: str,
        services_of: Callable[[Iterable[str]], Sequence[ServiceHealth]],
        failed: Callable[[StoreError | None], None],
        left_out: Callable[[int], None],
    ) -> None:
        self._record = record
        self._gateway_id = gateway_id
        self._services_of = services_of
        self._failed = failed
        self._left_out = left_out
        self._pending: list[HealthSample] = []
        self._changed: set[str] = set()
        self._error: StoreError | None = None
        self.add = self._pending.append  # thousands may come in a second

    def changed(self, service_ids: Iterable[str]) -> None:
        """These services are others now."""
        self._changed.update(service_ids)
        if len(self._pending) > LIMIT:
            self._left_out(len(self._pending) - LIMIT // 2)
            del self._pending[: -LIMIT // 2]

    def move_to(self, gateway_id: str) -> None:
        """What comes from now on belongs elsewhere; what could not be recorded is gone."""
        self._gateway_id, self._error = gateway_id, None
        self._pending.clear()
        self._changed.clear()

    async def run(self) -> None:
        """Record every second until cancelled."""
        while True:
            await asyncio.sleep(INTERVAL_S)
            await self.flush()

    async def flush(self) -> None:
        """Record what is pending. What can't be recorded stays pending, and is said."""
        if not self._pending:
            return
        samples, changed = self._pending.copy(), self._changed
        self._pending.clear()
        self._changed = set()
        await unbroken(self._write(samples, changed))

    async def _write(self, samples: list[HealthSample], changed: set[str]) -> None:
        try:
            await self._record.save_services(self._gateway_id, self._services_of(changed))
            await self._record.append_samples(self._gateway_id, samples)
        except StoreError as exc:
            self._pending[:0] = samples
            self.changed(changed)
            if self._error is None:
                _log.warning("samples can't be recorded: %s", exc)
            self._error = exc
            self._failed(exc)
        else:
            if self._error is not None:
                self._error = None
                self._failed(None)
