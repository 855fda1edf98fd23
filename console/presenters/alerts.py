"""Telling the operator that services turned bad: grouped, not more often than they can be read, not in quiet hours."""

from __future__ import annotations

from contextlib import aclosing
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import QObject, Signal

from console.presenters.display import printable
from console.presenters.pace import paced
from console.presenters.task_scope import TaskScope
from console.services.alerts import Watcher, sentence, wanted

if TYPE_CHECKING:
    from collections.abc import Callable

    from console.model.preferences import Preferences
    from console.services.latest import Latest
    from console.services.ports import GatewayDirectory, GatewaySession

INTERVAL_S = 5.0
_LIMIT = 200


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """What to tell.

    Attributes:
        gateway: Name of the profile.
        text: One sentence, however many services it is about.
        sound: With the bell.
    """

    gateway: str
    text: str
    sound: bool = False


class AlertPresenter(QObject):
    """Follows the health of every gateway; one that is reached anew begins anew.

    `muted` says whether the operator wants to hear nothing of a gateway's service at a moment.
    """

    raised = Signal(object)  # Alert

    def __init__(
        self,
        directory: GatewayDirectory,
        preferences: Latest[Preferences],
        on_error: Callable[[str, Exception], None],
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        interval_s: float = INTERVAL_S,
        muted: Callable[[str, str, datetime], bool] = lambda _gateway, _service, _at: False,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._directory = directory
        self._preferences = preferences
        self._clock = clock
        self._interval_s = interval_s
        self._muted = muted
        self._tasks = TaskScope(self, on_error)
        self._followed: dict[str, GatewaySession] = {}

    def start(self) -> None:
        """Follow the directory."""
        self._tasks.start("alerts", self._follow_profiles)

    async def stop(self) -> None:
        """Stop for good."""
        await self._tasks.close()

    async def _follow_profiles(self) -> None:
        async with aclosing(self._directory.profiles.follow()) as changes:
            async for profiles in changes:
                names = {profile.name for profile in profiles}
                for gone in self._followed.keys() - names:
                    self._tasks.cancel(f"alerts {gone}")
                    del self._followed[gone]
                for name in names:
                    session = self._directory.session(name)
                    if self._followed.get(name) is not session:
                        self._followed[name] = session
                        self._tasks.restart(f"alerts {name}", partial(self._follow, name, session))

    async def _follow(self, name: str, session: GatewaySession) -> None:
        watcher = Watcher()
        async with aclosing(paced(session.monitor.health, self._interval_s)) as changes:
            async for snapshot in changes:
                alerts = self._preferences.value.alerts
                now = self._clock()
                turned = [turn for turn in watcher.turned(snapshot) if not self._muted(name, turn.service, now)]
                if turns := wanted(turned, alerts, now):
                    text = printable(sentence(name, turns), _LIMIT)
                    self.raised.emit(Alert(gateway=name, text=text, sound=alerts.sound))
