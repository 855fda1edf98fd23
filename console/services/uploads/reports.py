"""What is shown of the queue: one snapshot, at most ten times a second."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from console.services.latest import Latest
from console.services.upload_ports import QueueSnapshot

if TYPE_CHECKING:
    from console.model.errors import StoreError
    from console.services.upload_ports import Watched
    from console.services.uploads.gauge import Gauge
    from console.services.uploads.mirror import Mirror

_APART_S = 0.1
_PROGRESS_APART_S = 0.25


class Reports:
    """Makes snapshots when something changed, and while something is being sent. Belongs to one event loop."""

    def __init__(self, mirror: Mirror) -> None:
        self._mirror = mirror
        self._gauges: dict[str, Gauge] = {}
        self._holding: dict[str, str] = {}
        self._watched: dict[str, Watched] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._due_at = 0.0
        self._paused = False
        self._bandwidth_bps: int | None = None
        self._loaded = False
        self._trouble: StoreError | None = None
        self.snapshot: Latest[QueueSnapshot] = Latest(QueueSnapshot())

    @property
    def paused(self) -> bool:
        """The operator holds the whole queue."""
        return self._paused

    def sending(self, item_id: str, gauge: Gauge | None) -> None:
        """An item's sending begins, or is over."""
        if gauge is None:
            self._gauges.pop(item_id, None)
        else:
            self._gauges[item_id] = gauge
        self.changed()

    def held(self, profile: str, reason: str) -> None:
        """Why a gateway's items don't move; empty when they may."""
        if self._holding.get(profile, "") == reason:
            return
        if reason:
            self._holding[profile] = reason
        else:
            self._holding.pop(profile, None)
        self.changed()

    def watching(self, profile: str, watched: Watched | None) -> None:
        """How a gateway's watch folder is; None when there is none."""
        if watched is None:
            self._watched.pop(profile, None)
        else:
            self._watched[profile] = watched
        self.changed()

    def set(self, *, paused: bool, bandwidth_bps: int | None) -> None:
        """What holds for the whole queue."""
        self._loaded = True
        if (paused, bandwidth_bps) != (self._paused, self._bandwidth_bps):
            self._paused, self._bandwidth_bps = paused, bandwidth_bps
        self.changed()

    def failing(self, error: StoreError | None) -> None:
        """The journal can't be used at the moment, or can again."""
        if error is not self._trouble:
            self._trouble = error
            self.changed()

    def changed(self) -> None:
        """Something did: tell of it soon."""
        self._arm(_APART_S)

    def close(self) -> None:
        """Tell of what is new, and then no more."""
        if self._timer is not None:
            self._publish()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _arm(self, wait_s: float) -> None:
        loop = asyncio.get_running_loop()
        due_at = loop.time() + wait_s
        if self._timer is not None:
            if self._due_at <= due_at:
                return
            self._timer.cancel()
        self._due_at = due_at
        self._timer = loop.call_at(due_at, self._publish)

    def _publish(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        progress = {item_id: gauge.progress for item_id, gauge in self._gauges.items()}
        self.snapshot.set(
            QueueSnapshot(
                items=self._mirror.in_order(),
                progress=progress,
                total=self._mirror.total(progress),
                paused=self._paused,
                bandwidth_bps=self._bandwidth_bps,
                loaded=self._loaded,
                holding=dict(self._holding),
                watched=dict(self._watched),
                trouble=self._trouble,
            )
        )
        if self._gauges:
            self._arm(_PROGRESS_APART_S)
