"""Alerts where the operator sees them: a line in the window, and the desktop's notifications where it has them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QApplication, QSystemTrayIcon

from console.i18n import tr

if TYPE_CHECKING:
    from console.presenters.alerts import Alert
    from console.views.main_window import MainWindow


class AlertTray(QObject):
    """The tray icon is there from the first alert on, and only where a tray is: the window never hides in it."""

    chosen = Signal(str)  # the gateway of the last notification, which was clicked

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._icon: QSystemTrayIcon | None = None
        self._gateway = ""

    def show_alert(self, alert: Alert) -> None:
        """Tell of it."""
        self._window.tell(alert.text)
        self._gateway = alert.gateway
        if alert.sound:
            QApplication.beep()
        if self._window.isActiveWindow() or not QSystemTrayIcon.isSystemTrayAvailable():
            return  # the line in the window is seen, or is all there is
        if self._icon is None:
            self._icon = QSystemTrayIcon(QApplication.windowIcon(), self)
            self._icon.setToolTip("Gatewatch")
            self._icon.activated.connect(lambda _reason: self._choose())
            self._icon.messageClicked.connect(self._choose)
        self._icon.show()
        # The desktop must not tell what a curtain hides; a window that is only minimized is visible to Qt.
        text = alert.text if self._window.isVisible() else tr("Something changed. The window says what.")
        self._icon.showMessage(tr("Gatewatch"), text, QSystemTrayIcon.MessageIcon.Warning)

    def _choose(self) -> None:
        self.chosen.emit(self._gateway)
