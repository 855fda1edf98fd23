"""One line above the cards for what is missing from them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from console.i18n import tr
from console.presenters.display import escaped, printable
from console.views.widgets.label import PlainLabel

if TYPE_CHECKING:
    from console.presenters.health_state import Notice
    from console.views.health.look import CardLook

_LIMIT = 300
_DETAILS = 20


class NoticeBar(QWidget):
    """Shows notices, each with its details on hover and a button that copies them."""

    def __init__(self, look: CardLook, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("health.notices")
        self._look = look
        self._shown: tuple[Notice, ...] = ()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(16, 0, 16, 8)
        self._column.setSpacing(4)
        self._rows: list[QWidget] = []
        self.hide()

    def set_look(self, look: CardLook) -> None:
        """Take other fonts."""
        self._look = look
        self._rebuild()

    def show_notices(self, notices: tuple[Notice, ...]) -> None:
        """Replace the notices; the same ones again cost nothing."""
        if notices != self._shown:
            self._shown = notices
            self._rebuild()

    def _rebuild(self) -> None:
        for row in self._rows:
            self._column.removeWidget(row)
            row.deleteLater()
        self._rows = [self._row(notice) for notice in self._shown]
        for row in self._rows:
            self._column.addWidget(row)
        self.setVisible(bool(self._rows))

    def _row(self, notice: Notice) -> QWidget:
        row = QWidget()
        text = PlainLabel(printable(notice.text, _LIMIT))
        text.setObjectName("health.notice")
        text.setFont(self._look.fonts["secondary"])
        text.setWordWrap(True)
        details = [printable(detail, _LIMIT) for detail in notice.details[:_DETAILS]]
        if notice.request_id:
            details.append(tr("Request {id}", id=printable(notice.request_id, _LIMIT)))
        text.setToolTip(escaped("\n".join(details)))
        line = QHBoxLayout(row)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(8)
        line.addWidget(text, 1)
        if details:
            copy = QPushButton(tr("Copy details"))
            copy.setFlat(True)
            copied = "\n".join((notice.text, *notice.details, notice.request_id)).strip()
            copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(copied))
            line.addWidget(copy)
        return row
