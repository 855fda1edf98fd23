"""Requests as rows, newest first."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QSortFilterProxyModel, Qt

from console.i18n import tr
from console.model import request_filter
from console.model.exchange import Reason
from console.presenters.display import age_text, escaped, exact_time, printable
from console.services.tracking import RING_SIZE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtCore import QObject

    from console.model.exchange import Exchange

_Index = QModelIndex | QPersistentModelIndex
_NO_INDEX = QModelIndex()
EXCHANGE_ROLE = Qt.ItemDataRole.UserRole
SORT_ROLE = Qt.ItemDataRole.UserRole + 1
AGE, METHOD, ROUTE, STATUS, TOTAL, GATEWAY, UPSTREAM, ATTEMPT, REQUEST_ID = range(9)
_RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)

_LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)


class RequestsModel(QAbstractTableModel):
    """At most as many rows as the ring holds; they come in batches on top."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[Exchange] = []
        self._captions = (
            tr("Age"), tr("Method"), tr("Route"), tr("Status"), tr("Total ms"), tr("Gateway ms"), tr("Upstream ms"),
            tr("Attempt"), tr("Request id"),
        )  # fmt: skip

    @property
    def exchanges(self) -> Sequence[Exchange]:
        """All, newest first."""
        return self._rows

    def add(self, batch: Sequence[Exchange]) -> None:
        """Put newer requests on top, the last of the batch first; the oldest give way."""
        batch = batch[-RING_SIZE:]
        if not batch:
            return
        if (surplus := len(self._rows) + len(batch) - RING_SIZE) > 0:
            self.beginRemoveRows(_NO_INDEX, len(self._rows) - surplus, len(self._rows) - 1)
            del self._rows[-surplus:]
            self.endRemoveRows()
        self.beginInsertRows(_NO_INDEX, 0, len(batch) - 1)
        self._rows[0:0] = reversed(batch)
        self.endInsertRows()

    def clear(self) -> None:
        """Forget all."""
        self.beginResetModel()
        self._rows.clear()
        self.endResetModel()

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
            return _RIGHT if TOTAL <= section < ATTEMPT else _LEFT
        shown = orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole
        return self._captions[section] if shown else None

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """See Qt."""
        if not index.isValid():
            return None
        one, column = self._rows[index.row()], index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return _text(one, column)
        if role == EXCHANGE_ROLE:
            return one
        if role == SORT_ROLE:
            return _order(one, column)
        if role == Qt.ItemDataRole.TextAlignmentRole and TOTAL <= column < ATTEMPT:
            return _RIGHT
        if role == Qt.ItemDataRole.ToolTipRole:
            return escaped(exact_time(one.at) if column == AGE else str(_text(one, column)))
        return None


class RequestsInView(QSortFilterProxyModel):
    """What passes the filter, in the order that was chosen. A selected row stays selected while others come."""

    def __init__(self, rows: RequestsModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._text = ""
        self.setSortRole(SORT_ROLE)
        self.setSourceModel(rows)

    def narrow(self, text: str) -> None:
        """Show only what matches; see `console.model.request_filter`."""
        self._text = text
        self.invalidate()

    def exchanges(self) -> Sequence[Exchange]:
        """What passes, in no order."""
        rows = self.sourceModel()
        if not isinstance(rows, RequestsModel):
            return ()
        return [one for one in rows.exchanges if not self._text or request_filter.matches(one, self._text)]

    def filterAcceptsRow(self, source_row: int, source_parent: _Index) -> bool:  # noqa: N802  (Qt's name)
        """See Qt."""
        rows = self.sourceModel()
        if not self._text or not isinstance(rows, RequestsModel) or source_parent.isValid():
            return True
        return request_filter.matches(rows.exchanges[source_row], self._text)


def _text(one: Exchange, column: int) -> str:
    match column:
        case 0:
            return age_text((datetime.now(UTC) - one.at).total_seconds())
        case 1:
            return one.method
        case 2:
            return printable(one.route)
        case 3:
            return str(one.status) if one.status is not None else printable(one.error)
        case 4:
            return _ms(one.total_ms)
        case 5:
            return _ms(one.gateway_ms)
        case 6:
            return _ms(one.upstream_ms)
        case 7:
            return str(one.attempt) if one.reason is Reason.FIRST else f"{one.attempt} {one.reason}"
        case _:
            return printable(one.request_id)


def _order(one: Exchange, column: int) -> object:
    numbers = (-one.at.timestamp(), None, None, one.status or 0, one.total_ms, one.gateway_ms or 0.0)
    if column < len(numbers) and numbers[column] is not None:
        return numbers[column]
    if column == UPSTREAM:
        return one.upstream_ms or 0.0
    return one.attempt if column == ATTEMPT else _text(one, column)


def _ms(duration_ms: float | None) -> str:
    return "-" if duration_ms is None else f"{duration_ms:,.0f}"
