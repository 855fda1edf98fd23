"""A sheet that lies over the window and goes away with Escape. No nested event loop."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QVBoxLayout, QWidget
from shiboken6 import isValid

from console.views.theme import GAP_XL, RADIUS

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent, QMouseEvent, QPaintEvent

    from console.views.theme import ThemeProvider

_TOP_SHARE = 0.14


class Popup(QWidget):
    """Covers its window with a veil and shows a panel in the upper middle.

    Focus goes back to where it was when the popup closes.
    """

    closed = Signal()

    def __init__(self, window: QWidget, themes: ThemeProvider, *, width_px: int) -> None:
        super().__init__(window)
        self._themes = themes
        self._window = window
        self._before = window.focusWidget()
        self.panel = QWidget(self)
        self.panel.setFixedWidth(min(width_px, max(320, window.width() - 2 * GAP_XL)))
        self.column = QVBoxLayout(self.panel)
        self.column.setContentsMargins(GAP_XL, GAP_XL, GAP_XL, GAP_XL)
        window.installEventFilter(self)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)

    def open(self) -> None:
        """Show it over the whole window."""
        self.fit()
        self.show()
        self.raise_()

    def leave(self) -> None:
        """Close, and give the focus back."""
        self._window.removeEventFilter(self)
        self.close()
        if self._before is not None and isValid(self._before) and self._before.isVisible():
            self._before.setFocus(Qt.FocusReason.PopupFocusReason)
        self.closed.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802  (Qt's name)
        """Follow the window's size."""
        if event.type() is QEvent.Type.Resize:
            self.fit()
        return super().eventFilter(watched, event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802  (Qt's name)
        """Escape leaves."""
        if event.key() == Qt.Key.Key_Escape:
            self.leave()
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802  (Qt's name)
        """A click beside the panel leaves."""
        if not self.panel.geometry().contains(event.position().toPoint()):
            self.leave()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802  (Qt's name)
        """The veil, and the panel's ground."""
        theme = self._themes.current
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        veil = theme.sunken
        painter.setOpacity(0.72)
        painter.fillRect(self.rect(), veil)
        painter.setOpacity(1.0)
        painter.setPen(QPen(theme.hairline, theme.border_px))
        painter.setBrush(theme.raised)
        painter.drawRoundedRect(self.panel.geometry(), RADIUS, RADIUS)

    def fit(self) -> None:
        """Cover the window, and give the panel the height that its content needs and the window has."""
        self.setGeometry(self._window.rect())
        self.column.activate()
        top = round(self.height() * _TOP_SHARE)
        wanted = self.column.totalHeightForWidth(self.panel.width())
        if wanted < 0:  # nothing in it wraps
            wanted = self.column.totalSizeHint().height()
        self.panel.setFixedHeight(min(wanted, self.height() - top - GAP_XL))
        self.panel.move((self.width() - self.panel.width()) // 2, top)
        self.update()
