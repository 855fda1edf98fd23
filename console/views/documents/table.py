"""The page of documents as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QPainter, QPalette, QPixmap
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from console.i18n import tr
from console.model.health import HealthStatus
from console.presenters.documents_model import NAME, STATUS_ROLE
from console.views.widgets.state_mark import paint_mark

if TYPE_CHECKING:
    from PySide6.QtCore import QModelIndex, QPersistentModelIndex

    from console.presenters.documents_model import DocumentsModel
    from console.views.theme import Theme

_SHAPE_PX = 12
_WIDTHS = (320, 90, 120, 70, 150)


class DocumentsTable(QTableView):
    """One row a document."""

    def __init__(self, rows: DocumentsModel, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("documents.table")
        self.setAccessibleName(tr("Documents"))
        self.setModel(rows)
        self._marks = _Marks(theme, self)
        self.setItemDelegate(self._marks)
        self.setIconSize(QSize(_SHAPE_PX, _SHAPE_PX))
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)  # what tells a name's kind is at its end
        self.setTabKeyNavigation(False)
        self.setShowGrid(False)
        self.setWordWrap(False)
        for corner in self.findChildren(QAbstractButton):  # Qt's own, and yet in the tree of screen readers
            corner.setAccessibleName(tr("Select all documents"))
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        for column, width in enumerate(_WIDTHS):
            self.setColumnWidth(column, width)
        self.horizontalHeader().setSectionResizeMode(NAME, QHeaderView.ResizeMode.Stretch)

    def wear(self, theme: Theme, row_px: int, *, stale: bool) -> None:
        """Take other colours and rows of another height; what is stale is grey, its marks hollow."""
        self._marks.wear(theme, stale=stale)
        palette = self.palette()
        palette.setColor(QPalette.ColorRole.Text, theme.secondary if stale else theme.ink)
        self.setPalette(palette)
        self.verticalHeader().setDefaultSectionSize(row_px)
        self.viewport().update()


class _Marks(QStyledItemDelegate):
    """Puts the state's shape before its word."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._icons: dict[HealthStatus, QIcon] = {}
        self.wear(theme, stale=False)

    def wear(self, theme: Theme, *, stale: bool) -> None:
        self._icons = {status: _icon(status, theme, stale=stale) for status in HealthStatus}

    def initStyleOption(  # noqa: N802  (Qt's name)
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        super().initStyleOption(option, index)
        if (status := index.data(STATUS_ROLE)) is not None:
            option.features |= QStyleOptionViewItem.ViewItemFeature.HasDecoration
            option.decorationSize = QSize(_SHAPE_PX, _SHAPE_PX)
            option.icon = self._icons[HealthStatus(status)]


def _icon(status: HealthStatus, theme: Theme, *, stale: bool) -> QIcon:
    picture = QPixmap(_SHAPE_PX * 2, _SHAPE_PX * 2)
    picture.setDevicePixelRatio(2.0)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    paint_mark(painter, QRectF(0, 0, _SHAPE_PX, _SHAPE_PX), status, theme, stale=stale)
    painter.end()
    return QIcon(picture)
