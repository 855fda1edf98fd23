"""The outermost window: on screen before anything that fills it is loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QRect, QSettings, QSize, Qt, Signal
from PySide6.QtGui import QGuiApplication, QPainter
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget

if TYPE_CHECKING:
    from PySide6.QtGui import QCloseEvent, QPaintEvent

    from console.views.theme import ThemeProvider

MINIMUM = QSize(760, 480)
FIRST = QSize(1240, 780)
RAIL_WIDE_PX, RAIL_NARROW_PX, NARROW_BELOW_PX, STATUS_PX = 184, 60, 1100, 32
TITLE = "Gatewatch"
_GEOMETRY = "window/geometry"


class Frame(QWidget):
    """Paints the ground of rail, view and status bar, until `adopt` puts the real ones in their place.

    Attributes:
        themes: What the window looks like.
        memory: Where its place on the screen is kept.
    """

    painted = Signal()  # with every frame; the first one is what a start waits for

    def __init__(self, themes: ThemeProvider, memory: QSettings) -> None:
        super().__init__()
        self.setWindowTitle(TITLE)
        self.setMinimumSize(MINIMUM)
        self.themes = themes
        self.memory = memory
        self._content: QWidget | None = None
        self._cover: QWidget | None = None
        self._backstage: QWidget | None = None
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._restore()

    def adopt(self, content: QWidget) -> None:
        """Fill the frame: from now on its title is the content's, and closing it is the content's affair.

        Content that was there before is deleted with all that it shows, also in dialogs.
        """
        if (before := self._content) is not None:
            self.shut_others()
            before.windowTitleChanged.disconnect(self._entitle)
            self._column.removeWidget(before)
            before.hide()
            before.setParent(None)
            before.deleteLater()
        self._content = content
        self._column.addWidget(content)
        self._entitle(content.windowTitle())
        content.windowTitleChanged.connect(self._entitle)

    def shut_others(self) -> None:
        """Close the program's other windows: dialogs are answered with Cancel, menus and tool tips go."""
        for window in QApplication.topLevelWidgets():
            if window is not self and window.isVisible():
                window.close()
        for child in self.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly):
            if child.isWindow() and child is not self._backstage:
                child.deleteLater()  # what it shows is in it as long as it is there

    @property
    def covered(self) -> bool:
        """Whether a page stands before the content."""
        return self._cover is not None

    def cover(self, page: QWidget) -> None:
        """Show a page instead of the content, which keeps running out of sight until `uncover`.

        The content is put under a window that is never shown, so that neither keys nor drops nor screen readers, which
        may also look at what is hidden, find it below this one; its title is not told either.
        """
        if self._cover is not None:
            self.uncover()
        # Under this window all the same, or content that asks for its outermost one would not find it.
        self._backstage = QWidget(self, Qt.WindowType.Popup)
        self._cover = page
        if self._content is not None:
            self._column.removeWidget(self._content)
            self._content.setParent(self._backstage)
        self._column.addWidget(page)
        page.show()
        self.setWindowTitle(TITLE)

    def uncover(self) -> None:
        """Show the content again, with what became of it meanwhile. The page is the caller's to delete."""
        page, self._cover = self._cover, None
        if page is not None:
            page.hide()
            self._column.removeWidget(page)
        if self._content is not None:
            self._column.addWidget(self._content)
            self._content.show()
            self.setWindowTitle(self._content.windowTitle())
        if self._backstage is not None:
            self._backstage.deleteLater()
            self._backstage = None

    def _entitle(self, title: str) -> None:
        if self._cover is None:
            self.setWindowTitle(title)

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802  (Qt's name)
        """Keep the place, and let the content end the program on the program's own path."""
        self.memory.setValue(_GEOMETRY, self.saveGeometry())
        event.ignore()
        if self._content is not None:
            self._content.close()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802  (Qt's name)
        """The shell's ground, where nothing covers it yet."""
        if self._content is None:
            theme = self.themes.current
            rail = RAIL_NARROW_PX if self.width() < NARROW_BELOW_PX else RAIL_WIDE_PX
            painter = QPainter(self)
            painter.fillRect(self.rect(), theme.surface)
            painter.fillRect(QRect(0, 0, rail, self.height()), theme.sunken)
            painter.fillRect(QRect(0, self.height() - STATUS_PX, self.width(), STATUS_PX), theme.sunken)
        self.painted.emit()

    def _restore(self) -> None:
        """Where it was, unless that is nowhere: a screen may be gone, the file may be damaged."""
        kept = self.memory.value(_GEOMETRY)
        if not (isinstance(kept, QByteArray) and self.restoreGeometry(kept)):
            self.resize(FIRST)
        screens = QGuiApplication.screens()
        if not any(screen.availableGeometry().intersects(self.frameGeometry()) for screen in screens):
            self.resize(FIRST)
            self.move(screens[0].availableGeometry().topLeft())
