"""The upstream services: circuit and figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem

from console.i18n import tr
from console.model.health import HealthStatus
from console.presenters.diagnostics_texts import figure_captions
from console.presenters.display import escaped
from console.views.widgets.state_mark import paint_mark

if TYPE_CHECKING:
    from collections.abc import Sequence

    from console.presenters.diagnostics_texts import ServiceRow
    from console.views.theme import Theme

_SHAPE_PX = 12
_WIDTHS = (130, 240, 70, 60, 80, 110, 110, 110)
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class ServicesTable(QTableWidget):
    """A row a service; changed in place, so that a selection and the scrolling stay."""

    def __init__(self, theme: Theme) -> None:
        captions = (tr("Service"), tr("Requests are"), *figure_captions())
        super().__init__(0, len(captions))
        self.setObjectName("diagnostics.services")
        self.setAccessibleName(tr("Services"))
        self.setToolTip(tr("Durations are p50 / p95 / p99 of the last 15 minutes."))
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setTabKeyNavigation(False)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setIconSize(QSize(_SHAPE_PX, _SHAPE_PX))
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        for column, width in enumerate(_WIDTHS):
            self.setColumnWidth(column, width)
            header = QTableWidgetItem(captions[column])
            header.setTextAlignment(_RIGHT if column > 1 else _LEFT)
            self.setHorizontalHeaderItem(column, header)
        self.horizontalHeader().setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        self._icons: dict[HealthStatus, QIcon] = {}
        self._rows: Sequence[ServiceRow] = ()
        self.wear(theme)

    def wear(self, theme: Theme) -> None:
        """Take other colours."""
        self._icons = {status: _icon(status, theme) for status in HealthStatus}
        rows, self._rows = self._rows, ()
        self.render_rows(rows)

    def render_rows(self, rows: Sequence[ServiceRow]) -> None:
        """Show these."""
        if rows == self._rows:
            return
        self._rows = rows
        self.setRowCount(len(rows))
        for number, row in enumerate(rows):
            for column, text in enumerate((row.service, row.circuit, *row.figures)):
                item = self.item(number, column)
                if item is None:
                    item = QTableWidgetItem()
                    if column > 1:
                        item.setTextAlignment(_RIGHT)
                    self.setItem(number, column, item)
                item.setText(text)
                item.setToolTip(escaped(text))
                if column == 1:
                    item.setIcon(self._icons[row.status])


def _icon(status: HealthStatus, theme: Theme) -> QIcon:
    picture = QPixmap(_SHAPE_PX * 2, _SHAPE_PX * 2)
    picture.setDevicePixelRatio(2.0)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    paint_mark(painter, QRectF(0, 0, _SHAPE_PX, _SHAPE_PX), status, theme, stale=False)
    painter.end()
    return QIcon(picture)
