"""Over the view while something is dragged above it: says what will happen when it is let go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QVBoxLayout, QWidget

from console.presenters.upload_drop import welcome_text
from console.views.theme import GAP_L, GAP_M, RADIUS
from console.views.widgets.face import centred
from console.views.widgets.form import Heading
from console.views.widgets.glyph import Glyph, paint_glyph
from console.views.widgets.label import PlainLabel

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent

    from console.presenters.upload_drop import Drop
    from console.views.theme import ThemeProvider

_VEIL, _GLYPH_PX, _TEXT_PX = 0.92, 36, 440


class DropOverlay(QWidget):
    """Covers its parent; never in the way of the pointer."""

    def __init__(self, parent: QWidget, themes: ThemeProvider) -> None:
        super().__init__(parent)
        self._covered = parent
        self.setObjectName("uploads.drop")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._themes = themes
        self._welcome = True
        self._headline = Heading(themes, name="uploads.drop.headline")
        self._text = PlainLabel()
        self._text.setObjectName("uploads.drop.text")
        column = QVBoxLayout(self)
        column.setSpacing(GAP_M)
        column.addStretch(1)
        column.addSpacing(_GLYPH_PX + GAP_L)
        for label in (self._headline, self._text):
            label.setWordWrap(True)
            label.setFixedWidth(_TEXT_PX)
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            column.addLayout(centred(label))
        column.addStretch(1)
        self.hide()

    def show_for(self, drop: Drop) -> None:
        """Cover the view and say what comes of this."""
        headline, text = welcome_text(drop)
        self._welcome = bool(drop.paths)
        self._headline.setText(headline)
        self._text.setText(text)
        self.setGeometry(self._covered.rect())
        self.show()
        self.raise_()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802  (Qt's name)
        """A veil, a frame, a picture."""
        theme = self._themes.current
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        veil = QColor(theme.surface)
        veil.setAlphaF(_VEIL)
        painter.fillRect(self.rect(), veil)
        ink = theme.accent if self._welcome else theme.secondary
        painter.setPen(QPen(ink, 2, Qt.PenStyle.DashLine))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(GAP_L, GAP_L, -GAP_L, -GAP_L), RADIUS, RADIUS)
        middle = self.rect().center().x()
        top = self._headline.geometry().top() - _GLYPH_PX - GAP_L
        box = QRectF(middle - _GLYPH_PX / 2, top, _GLYPH_PX, _GLYPH_PX)
        if self._welcome:
            paint_glyph(painter, box, ink, Glyph.TRAY_UP, width_px=2.4)
        else:
            paint_glyph(painter, box.adjusted(6, 0, -6, 0), ink, Glyph.ACROSS, width_px=2.4)
