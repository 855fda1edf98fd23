"""Whether the operator is there: sees every key and click of the application, and says when it is time to lock."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QTimer, Signal

from console.services.lock import TICK_S, LockPolicy

if TYPE_CHECKING:
    from collections.abc import Callable

    from console.model.preferences import Security

_TOUCHES = frozenset(
    {
        QEvent.Type.KeyPress,
        QEvent.Type.MouseButtonPress,
        QEvent.Type.MouseMove,
        QEvent.Type.Wheel,
        QEvent.Type.TouchBegin,
        QEvent.Type.TabletPress,
    }
)


class Presence(QObject):
    """Watches until it is deleted."""

    lock_due = Signal()

    def __init__(self, parent: QObject, preferred: Callable[[], Security], policy: LockPolicy | None = None) -> None:
        super().__init__(parent)
        self._preferred = preferred
        self._policy = policy or LockPolicy(time.monotonic, time.time)
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.look)
        self._timer.start(round(TICK_S * 1000))
        if (application := QCoreApplication.instance()) is not None:
            application.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: ARG002, N802  (Qt's name)
        """Every event passes; some are somebody's."""
        if event.type() in _TOUCHES:
            self._policy.touch()
        return False

    def look(self) -> None:
        """Ask the policy."""
        if self._policy.due(self._preferred()) is not None:
            self._policy.touch()
            self.lock_due.emit()
