"""What is copied and may hold a secret: kept out of clipboard histories, and taken back after a while."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData, QObject, QTimer
from PySide6.QtGui import QClipboard, QGuiApplication

from console.model.preferences import Security

if TYPE_CHECKING:
    from collections.abc import Callable

# Each is for one system's histories and means nothing to the others. Windows wants a DWORD in the second and third.
_HISTORY_HINTS = {
    "x-kde-passwordManagerHint": b"secret",
    'application/x-qt-windows-mime;value="ExcludeClipboardContentFromMonitorProcessing"': b"1",
    'application/x-qt-windows-mime;value="CanIncludeInClipboardHistory"': bytes(4),
    'application/x-qt-windows-mime;value="CanUploadToCloudClipboard"': bytes(4),
}


class SecretClipboard(QObject):
    """Copies secrets; what was copied since by anybody is left alone. Harmless text goes to the clipboard itself."""

    def __init__(self, clipboard: QClipboard, timer: QTimer | None = None) -> None:
        super().__init__()
        self._clipboard = clipboard
        self._clear_after_s: Callable[[], int] = _by_default
        self._copied = ""
        self._timer = timer or QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.clear)

    def follow(self, clear_after_s: Callable[[], int]) -> None:
        """Ask there, at each copy, after how many seconds it is taken back; 0 is never."""
        self._clear_after_s = clear_after_s

    def copy(self, text: str) -> None:
        """Onto the clipboard, for as long as is preferred."""
        data = QMimeData()
        data.setText(text)
        for name, value in _HISTORY_HINTS.items():
            data.setData(name, value)
        self._clipboard.setMimeData(data)
        seconds = self._clear_after_s()
        if seconds <= 0:
            self._copied = ""
            self._timer.stop()
            return
        self._copied = text
        self._timer.start(seconds * 1000)

    def clear(self) -> None:
        """Take back what was copied, now: time is up, or the window is locked or left."""
        self._timer.stop()
        if self._copied and self._clipboard.text() == self._copied:
            self._clipboard.clear()
        self._copied = ""


@functools.cache
def secret_clipboard() -> SecretClipboard:
    """The one of this application, as there is one clipboard; not before the application is there."""
    return SecretClipboard(QGuiApplication.clipboard())


def _by_default() -> int:
    return Security().clear_clipboard_after_s
