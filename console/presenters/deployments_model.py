"""Deployments as rows, newest first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt

from console.i18n import tr
from console.model import zone
from console.model.deployment import DeploymentState
from console.model.health import HealthStatus
from console.presenters.display import age_text, escaped, exact_time, printable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from PySide6.QtCore import QObject

    from console.model.deployment import Deployment

_Index = QModelIndex | QPersistentModelIndex
_NO_INDEX = QModelIndex()
DEPLOYMENT_ROLE = Qt.ItemDataRole.UserRole
STATUS_ROLE = Qt.ItemDataRole.UserRole + 1  # the mark that stands before the state's word
SERVICE, VERSION, ENVIRONMENT, STATE, AGE, DURATION, STARTED, AUTHOR = range(8)
_RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
_LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
_LIMIT = 200


class DeploymentsModel(QAbstractTableModel):
    """Every deployment that is known."""

    def __init__(self, clock: Callable[[], datetime], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._clock = clock
        self._rows: Sequence[Deployment] = ()
        self._captions = (
            tr("Service"), tr("Version"), tr("Environment"), tr("State"), tr("Age"), tr("Duration"), tr("Started"),
            tr("Author"),
        )  # fmt: skip

    @property
    def rows(self) -> Sequence[Deployment]:
        """All, in their order."""
        return self._rows

    def show(self, rows: Sequence[Deployment]) -> None:
        """Replace them. A row that only moved down keeps its selection: new ones come on top."""
        came = len(rows) - len(self._rows)
        if came > 0 and rows[came:] == self._rows:
            self.beginInsertRows(_NO_INDEX, 0, came - 1)
            self._rows = rows
            self.endInsertRows()
        elif not came:
            self._rows = rows
            self.tell_changed(SERVICE, AUTHOR)
        else:
            self.beginResetModel()
            self._rows = rows
            self.endResetModel()

    def tell_changed(self, first: int = AGE, last: int = DURATION) -> None:
        """Columns are to be painted anew, by default those that the clock moves."""
        if self._rows:
            self.dataChanged.emit(self.index(0, first), self.index(len(self._rows) - 1, last))

    def rowCount(self, parent: _Index = _NO_INDEX) -> int:  # noqa: N802  (Qt's name)
        """See Qt."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: _Index = _NO_INDEX) -> int:  # noqa: N802  (Qt's name)
        """See Qt."""
        return 0 if parent.isValid() else len(self._captions)

    def headerData(  # noqa: N802  (Qt's name)
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        """See Qt."""
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.TextAlignmentRole:
            return _RIGHT if section in (AGE, DURATION) else _LEFT
        shown = orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole
        return self._captions[section] if shown else None

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """See Qt."""
        if not index.isValid():
            return None
        one, column = self._rows[index.row()], index.column()
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self._text(one, column)
            case Qt.ItemDataRole.ToolTipRole:
                exact = column in (STARTED, AGE) and one.started_at is not None
                return escaped(exact_time(one.started_at) if exact and one.started_at else self._text(one, column))
            case Qt.ItemDataRole.TextAlignmentRole:
                return _RIGHT if column in (AGE, DURATION) else _LEFT
            case Qt.ItemDataRole.AccessibleTextRole:
                return f"{self._captions[column]}: {self._text(one, column)}"
            case _ if role == DEPLOYMENT_ROLE:
                return one
            case _ if role == STATUS_ROLE and column == STATE:
                return status_of(one.state)
            case _:
                return None

    def _text(self, one: Deployment, column: int) -> str:
        now = self._clock()
        match column:
            case 0:
                return printable(one.service, _LIMIT)
            case 1:
                return printable(one.version, _LIMIT)
            case 2:
                return printable(one.environment, _LIMIT)
            case 3:
                return state_text(one)
            case 4:
                return age_text((now - one.started_at).total_seconds()) if one.started_at is not None else ""
            case 5:
                return duration_text(one, now)
            case 6:
                return f"{zone.shown(one.started_at):%d %b %Y %H:%M}" if one.started_at is not None else ""
            case _:
                return printable(one.author, _LIMIT)


def status_of(state: DeploymentState) -> HealthStatus:
    """Which mark stands for a state: of what went well, of what hangs in the balance, of what failed."""
    match state:
        case DeploymentState.SUCCEEDED:
            return HealthStatus.HEALTHY
        case DeploymentState.ROLLED_BACK:
            return HealthStatus.DEGRADED
        case DeploymentState.FAILED:
            return HealthStatus.UNHEALTHY
        case DeploymentState.PENDING | DeploymentState.RUNNING | DeploymentState.OTHER:
            return HealthStatus.UNKNOWN


def state_text(one: Deployment) -> str:
    """The state in the operator's language; the platform's own word where this console does not know it."""
    match one.state:
        case DeploymentState.PENDING:
            return tr("Pending")
        case DeploymentState.RUNNING:
            return tr("Running")
        case DeploymentState.SUCCEEDED:
            return tr("Succeeded")
        case DeploymentState.FAILED:
            return tr("Failed")
        case DeploymentState.ROLLED_BACK:
            return tr("Rolled back")
        case DeploymentState.OTHER:
            return printable(one.status, _LIMIT) or tr("Unknown")


def duration_text(one: Deployment, now: datetime) -> str:
    """How long it took, or takes so far; empty when nobody says."""
    if one.started_at is None:
        return ""
    under_way = one.state in (DeploymentState.RUNNING, DeploymentState.PENDING)
    end = one.finished_at or (now if under_way else None)
    if end is None:
        return ""
    took = age_text((end - one.started_at).total_seconds())
    return took if one.finished_at is not None else tr("{age} so far", age=took)
