"""The cards of the Health view as a Qt model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from console.presenters.health_texts import accessible_text, tooltip

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, KeysView, Sequence
    from datetime import datetime

    from console.model.health import Rates
    from console.presenters.health_cards import Card
    from console.services.ports import HealthMonitor

CARD_ROLE = int(Qt.ItemDataRole.UserRole) + 1
SAMPLES_ROLE = int(Qt.ItemDataRole.UserRole) + 2
RATES_ROLE = int(Qt.ItemDataRole.UserRole) + 3

_MANY_RUNS = 256
_Index = QModelIndex | QPersistentModelIndex


class HealthCardsModel(QAbstractListModel):
    """Rows are cards, in the order they were given.

    Rows are changed in place: a card that is the same object as before costs nothing, one that looks otherwise is
    announced alone, and a new order moves rows, so that selection and scroll position stay with their services.
    """

    def __init__(self, monitor: HealthMonitor, clock: Callable[[], datetime], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._monitor = monitor
        self._clock = clock
        self._cards: list[Card] = []
        self._rows: dict[str, int] = {}
        self._rates: dict[str, Rates] = {}

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008, N802  (Qt's signature)
        """The number of cards."""
        return 0 if parent.isValid() else len(self._cards)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """What a delegate, a screen reader or a tooltip asks about a card."""
        if not index.isValid() or index.row() >= len(self._cards):
            return None
        card = self._cards[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return card.service.name
            case Qt.ItemDataRole.AccessibleTextRole:
                return accessible_text(card, self._rates_of(card.id), self._clock())
            case Qt.ItemDataRole.ToolTipRole:
                return tooltip(card, self._clock())
            case _ if role == CARD_ROLE:
                return card
            case _ if role == SAMPLES_ROLE:
                return self._monitor.recent(card.id)
            case _ if role == RATES_ROLE:
                return self._rates_of(card.id)
        return None

    def forget_rates(self) -> None:
        """Have rates computed anew when they are next asked for. Once a second is enough: they span 15 minutes."""
        self._rates.clear()

    def row_of(self, service_id: str) -> int:
        """The row of a service, or -1 when it is not shown."""
        return self._rows.get(service_id, -1)

    @property
    def ids(self) -> KeysView[str]:
        """The ids of the services shown, in order."""
        return self._rows.keys()

    @property
    def cards(self) -> Sequence[Card]:
        """The cards, as shown."""
        return self._cards

    def show(self, cards: Sequence[Card]) -> None:
        """Replace the cards. Ids must be unique."""
        rows = {card.id: row for row, card in enumerate(cards)}
        leaving = [row for row, card in enumerate(self._cards) if card.id not in rows]
        arriving = [card for card in cards if card.id not in self._rows]
        runs = list(_runs(leaving))
        if len(runs) > _MANY_RUNS:
            self._reset(cards, rows)
            return
        for first, last in reversed(runs):
            self.beginRemoveRows(QModelIndex(), first, last)
            del self._cards[first : last + 1]
            self._index_rows()
            self.endRemoveRows()
        if arriving:
            count = len(self._cards)
            self.beginInsertRows(QModelIndex(), count, count + len(arriving) - 1)
            self._cards.extend(arriving)
            self._index_rows()
            self.endInsertRows()
        self._reorder(rows)
        self._update(cards)

    def _rates_of(self, service_id: str) -> Rates:
        if (rates := self._rates.get(service_id)) is None:
            rates = self._rates[service_id] = self._monitor.rates(service_id)
        return rates

    def _reset(self, cards: Sequence[Card], rows: dict[str, int]) -> None:
        self.beginResetModel()
        self._cards = list(cards)
        self._rows = rows
        self.endResetModel()

    def _reorder(self, rows: dict[str, int]) -> None:
        if rows == self._rows:
            return
        self.layoutAboutToBeChanged.emit()
        old = self.persistentIndexList()
        new = [self.index(rows[self._cards[index.row()].id]) for index in old]
        self._cards.sort(key=lambda card: rows[card.id])
        self._rows = dict(rows)
        self.changePersistentIndexList(old, new)
        self.layoutChanged.emit()

    def _update(self, cards: Sequence[Card]) -> None:
        changed = [
            row
            for row, (old, new) in enumerate(zip(self._cards, cards, strict=True))
            if old is not new and not _alike(old, new)
        ]
        self._cards = list(cards)
        runs = list(_runs(changed))
        if len(runs) > _MANY_RUNS:
            runs = [(changed[0], changed[-1])]  # one wide announcement is cheaper than many narrow ones
        for first, last in runs:
            self.dataChanged.emit(self.index(first), self.index(last))

    def _index_rows(self) -> None:
        self._rows = {card.id: row for row, card in enumerate(self._cards)}


def _alike(one: Card, other: Card) -> bool:
    """Whether they look the same but for their age, rates and line, which the grid paints anew every second anyway.

    A feed may bring hundreds of samples a second, and painting is what takes longest then.
    """
    if (one.status, one.stale, one.offline) != (other.status, other.stale, other.offline):
        return False
    if one.observed.problem != other.observed.problem:
        return False
    old, new = one.service, other.service
    return (old.name, old.version, old.host, old.port) == (new.name, new.version, new.host, new.port)


def _runs(rows: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Neighbouring numbers of an ascending sequence as pairs of first and last."""
    first = last = None
    for row in rows:
        if last is not None and first is not None and row == last + 1:
            last = row
            continue
        if first is not None and last is not None:
            yield first, last
        first = last = row
    if first is not None and last is not None:
        yield first, last
