"""What was rolled out, as a list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QIcon, QKeyEvent, QPainter, QPixmap
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QPushButton,
    QStackedWidget,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from console.i18n import tr
from console.model.health import HealthStatus
from console.presenters.deployments import DeploymentsPhase, DeploymentsState
from console.presenters.deployments_model import STATUS_ROLE, DeploymentsModel
from console.presenters.display import printable
from console.views.health.faces import FacePage
from console.views.health.look import quieten
from console.views.widgets.label import ElidedLabel, PlainLabel
from console.views.widgets.state_mark import paint_mark

if TYPE_CHECKING:
    from PySide6.QtCore import QModelIndex, QPersistentModelIndex

    from console.views.health.look import CardLook
    from console.views.theme import Theme

_SHAPE_PX = 12
_WIDTHS = (140, 64, 92, 108, 64, 72, 124, 150)
_LIMIT = 400


class DeploymentsPane(QWidget):
    """Renders `DeploymentsState` around a table of rows that the presenter keeps."""

    closed = Signal()
    retry_asked = Signal()

    def __init__(self, rows: DeploymentsModel, look: CardLook, row_px: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("health.deployments")
        self.setAccessibleName(tr("Deployments"))
        self._title = PlainLabel(tr("Deployments"))
        self._age = PlainLabel()
        self._age.setObjectName("health.deployments.age")
        self._problem = ElidedLabel()
        self._problem.setObjectName("health.deployments.problem")
        self._marks = _Marks(look.theme, self)
        self.table = _table(rows, self._marks, row_px)
        self.face = FacePage(look, "health.deployments")
        self.face.retry_asked.connect(self.retry_asked)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.table)
        self._stack.addWidget(self.face)
        self._lay_out()
        self.setFocusProxy(self.table)
        self.set_look(look)

    def set_look(self, look: CardLook) -> None:
        """Take other colours and fonts."""
        self._title.setFont(look.fonts["title"])
        for label in (self._age, self._problem):
            quieten(label, look)
        self._marks.wear(look.theme)
        self.face.set_look(look)
        self.table.viewport().update()

    def pack(self, row_px: int) -> None:
        """Rows of another height."""
        self.table.verticalHeader().setDefaultSectionSize(row_px)

    def render_state(self, state: DeploymentsState) -> None:
        """Show a state."""
        age = tr("{count} known, read {age} ago", count=f"{state.count:,}", age=state.age) if state.age else ""
        self._age.setText(tr("{text}, stale", text=age) if age and state.stale else age)
        said = state.explanation
        listed = state.phase is DeploymentsPhase.LISTED
        self._problem.setText(printable(said.text, _LIMIT) if listed and said is not None else "")
        self._problem.setVisible(bool(self._problem.text()))
        match state.phase:
            case DeploymentsPhase.LISTED:
                self._stack.setCurrentWidget(self.table)
                return
            case DeploymentsPhase.LOADING:
                self.face.say(tr("Reading the deployments"))
            case DeploymentsPhase.EMPTY:
                self.face.say(
                    tr("Nothing was rolled out"), tr("Deployments appear here when the platform tells of one.")
                )
            case DeploymentsPhase.FORBIDDEN | DeploymentsPhase.FAILED if said is not None:
                self.face.say(said.headline, said.advice, request_id=said.request_id, can_retry=True)
        self._stack.setCurrentWidget(self.face)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802  (Qt's name)
        """Esc closes."""
        if event.key() == Qt.Key.Key_Escape:
            self.closed.emit()
        else:
            super().keyPressEvent(event)

    def _lay_out(self) -> None:
        close = QPushButton(tr("Close"))
        close.setObjectName("health.deployments.close")
        close.clicked.connect(self.closed)
        title = QHBoxLayout()
        title.setSpacing(8)
        title.addWidget(self._title, 1)
        title.addWidget(self._age)
        title.addSpacing(8)
        title.addWidget(close)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 16, 12)
        column.setSpacing(8)
        column.addLayout(title)
        column.addWidget(self._problem)
        column.addWidget(self._stack, 1)


def _table(rows: DeploymentsModel, marks: _Marks, row_px: int) -> QTableView:
    table = QTableView()
    table.setObjectName("health.deployments.table")
    table.setAccessibleName(tr("Deployments, newest first"))
    table.setModel(rows)
    table.setItemDelegate(marks)
    table.setIconSize(QSize(_SHAPE_PX, _SHAPE_PX))
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    table.setTabKeyNavigation(False)
    table.setShowGrid(False)
    table.setWordWrap(False)
    table.verticalHeader().hide()
    for corner in table.findChildren(QAbstractButton):  # Qt's own, out of sight, and yet in the tree of screen readers
        corner.setAccessibleName(tr("Select all deployments"))
    table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
    table.verticalHeader().setDefaultSectionSize(row_px)
    for column, width in enumerate(_WIDTHS):
        table.setColumnWidth(column, width)
    table.horizontalHeader().setStretchLastSection(True)
    return table


class _Marks(QStyledItemDelegate):
    """Puts the state's shape before its word."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._icons: dict[HealthStatus, QIcon] = {}
        self.wear(theme)

    def wear(self, theme: Theme) -> None:
        """Take other colours."""
        self._icons = {status: _icon(status, theme) for status in HealthStatus}

    def initStyleOption(  # noqa: N802  (Qt's name)
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Add the mark where there is one."""
        super().initStyleOption(option, index)
        status = index.data(STATUS_ROLE)
        if status is not None:
            option.features |= QStyleOptionViewItem.ViewItemFeature.HasDecoration
            option.decorationSize = QSize(_SHAPE_PX, _SHAPE_PX)
            option.icon = self._icons[HealthStatus(status)]


def _icon(status: HealthStatus, theme: Theme) -> QIcon:
    picture = QPixmap(_SHAPE_PX * 2, _SHAPE_PX * 2)
    picture.setDevicePixelRatio(2.0)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    paint_mark(painter, QRectF(0, 0, _SHAPE_PX, _SHAPE_PX), status, theme, stale=False)
    painter.end()
    return QIcon(picture)
