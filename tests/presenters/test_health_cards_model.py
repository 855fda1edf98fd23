"""The model keeps rows, order and selection right through any sequence of snapshots."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QItemSelectionModel, QModelIndex, QPersistentModelIndex, Qt

from console.model.health import HealthStatus, ServiceHealth
from console.presenters.health_cards import Card, cards_of, worst_first
from console.presenters.health_cards_model import HealthCardsModel
from tests.presenters.fake_session import NOON, FakeClock, FakeMonitor, service, snapshot

if TYPE_CHECKING:
    from console.model.freshness import Observed

CARDS = st.lists(
    st.builds(
        service,
        st.sampled_from([str(number) for number in range(200)]),
        st.sampled_from(["orders", "payments", "<b>x</b>"]),
        st.sampled_from(HealthStatus),
    ),
    unique_by=lambda observed: observed.value.id,
    max_size=150,
)


def shown(services: list[Observed[ServiceHealth]], known: dict[str, Card] | None = None) -> list[Card]:
    return worst_first(cards_of(snapshot(services), NOON, known).values())


def new_model() -> HealthCardsModel:
    return HealthCardsModel(FakeMonitor(), FakeClock())


class Changes:
    """Counts what a model announces."""

    def __init__(self, model: HealthCardsModel) -> None:
        self.rows: list[int] = []
        self.layouts = self.resets = 0
        model.dataChanged.connect(self._data)
        model.layoutChanged.connect(self._layout)
        model.modelReset.connect(self._reset)

    def _data(self, first: QModelIndex, last: QModelIndex, _roles: object = None) -> None:
        self.rows.extend(range(first.row(), last.row() + 1))

    def _layout(self) -> None:
        self.layouts += 1

    def _reset(self) -> None:
        self.resets += 1


@given(st.lists(CARDS, min_size=1, max_size=5))
def test_any_sequence_keeps_rows_order_and_persistent_indexes(steps: list[list[Observed[ServiceHealth]]]) -> None:
    model = new_model()
    selection = QItemSelectionModel(model)
    for services in steps:
        resets = Changes(model)
        kept = {card.id: QPersistentModelIndex(model.index(row)) for row, card in enumerate(model.cards)}
        chosen = model.cards[len(model.cards) // 2].id if model.cards else None
        if chosen is not None:
            selection.setCurrentIndex(
                model.index(model.row_of(chosen)), QItemSelectionModel.SelectionFlag.ClearAndSelect
            )
        cards = shown(services)
        model.show(cards)
        assert model.rowCount() == len(services)
        assert list(model.cards) == cards
        severities = [card.status.severity for card in model.cards]
        assert all(left >= right for left, right in pairwise(severities))
        assert all(model.row_of(card.id) == row for row, card in enumerate(cards))
        if resets.resets:
            continue
        for service_id, index in kept.items():
            assert index.row() == model.row_of(service_id)
        if chosen is not None and model.row_of(chosen) >= 0:
            assert selection.isSelected(model.index(model.row_of(chosen)))
    selection.deleteLater()


def test_only_the_row_that_changed_is_announced() -> None:
    services = [service(str(number), f"s{number:02}") for number in range(20)]
    known = cards_of(snapshot(services), NOON)
    model = new_model()
    model.show(worst_first(known.values()))
    changes = Changes(model)
    moved = msgspec.structs.replace(services[7].value, host="elsewhere")
    services[7] = msgspec.structs.replace(services[7], value=moved)
    model.show(shown(services, known))
    assert (changes.rows, changes.layouts, changes.resets) == ([7], 0, 0)


def test_another_sample_that_looks_the_same_is_taken_and_not_announced() -> None:  # fault 60
    services = [service(str(number), f"s{number:02}") for number in range(20)]
    known = cards_of(snapshot(services), NOON)
    model = new_model()
    model.show(worst_first(known.values()))
    changes = Changes(model)
    services[7] = service("7", "s07", score=0.93)
    model.show(shown(services, known))
    assert (changes.rows, changes.layouts, changes.resets) == ([], 0, 0)
    assert model.cards[7].service.sample.score == 0.93


def test_the_same_cards_again_announce_nothing() -> None:
    cards = shown([service("1"), service("2")])
    model = new_model()
    model.show(cards)
    changes = Changes(model)
    model.show(list(cards))
    assert (changes.rows, changes.layouts, changes.resets) == ([], 0, 0)


def test_a_new_order_moves_rows_without_removing_any() -> None:
    model = new_model()
    model.show(shown([service("1", "a"), service("2", "b")]))
    removed: list[object] = []
    model.rowsRemoved.connect(lambda *arguments: removed.append(arguments))
    model.show(shown([service("1", "a"), service("2", "b", HealthStatus.UNHEALTHY)]))
    assert [card.id for card in model.cards] == ["2", "1"]
    assert removed == []


def test_ten_thousand_services_are_shown() -> None:
    services = [service(str(number), f"service-{number}") for number in range(10_000)]
    model = new_model()
    model.show(shown(services))
    assert model.rowCount() == 10_000
    model.show(shown(services[::2]))
    assert model.rowCount() == 5_000


def test_tooltips_are_escaped_and_names_are_not() -> None:  # fault 115
    model = new_model()
    model.show(shown([service("1", "<b>x</b>", host="<img src=file:///etc/hostname>")]))
    tooltip = model.index(0).data(Qt.ItemDataRole.ToolTipRole)
    assert "&lt;b&gt;x&lt;/b&gt;" in tooltip
    assert "<img" not in tooltip
    assert "<b>" not in tooltip
    assert model.index(0).data(Qt.ItemDataRole.DisplayRole) == "<b>x</b>"


def test_a_screen_reader_hears_status_numbers_and_age() -> None:
    model = new_model()
    model.show(shown([service("1", "orders", HealthStatus.DEGRADED)]))
    said = model.index(0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert said.startswith("orders, Degraded, p95 none, errors none, seen ")


def test_a_score_out_of_the_status_says_so() -> None:
    model = new_model()
    model.show(shown([service("1"), service("2", score=0.87)]))
    tooltips = [model.index(row).data(Qt.ItemDataRole.ToolTipRole) for row in range(2)]
    assert "score from status" in tooltips[0]
    assert "score 0.87" in tooltips[1]
