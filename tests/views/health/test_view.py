"""The Health view with real widgets, offscreen."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QWidget

from console.model.freshness import Observed, Source
from console.model.health import HealthStatus, ServiceHealth
from console.presenters.health import HealthPresenter
from console.services.ports import HealthSnapshot
from console.views.health.card_delegate import CardDelegate
from console.views.health.view import HealthView
from tests.presenters.fake_session import NOON, FakeClock, FakeSession, sample, service, snapshot
from tests.views.health.themes import dark, light, provider

if TYPE_CHECKING:
    from PySide6.QtGui import QImage
    from pytestqt.qtbot import QtBot


# Offscreen says so of every window with a least size.
pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints", extend=True)


class Stage:
    """A view on a session to play with. The presenter is told by hand, so that no loop is needed."""

    def __init__(self, qtbot: QtBot) -> None:
        self.session = FakeSession()
        self.clock = FakeClock()
        self.errors: list[Exception] = []
        self.presenter = Still(self.session, lambda _name, error: self.errors.append(error), self.clock)
        self.theme = provider()
        self.view = HealthView(self.presenter, self.theme)
        qtbot.addWidget(self.view)
        self.view.resize(1100, 700)
        self.view.show()

    def say(self, services: list[Observed[ServiceHealth]], **fields: Any) -> None:
        self.tell(snapshot(services, **fields))

    def tell(self, said: HealthSnapshot) -> None:
        self.session.monitor.health.set(said)
        self.presenter.tick()
        QTest.qWait(1)

    def part(self, name: str) -> QWidget:
        found = self.view.findChild(QWidget, name)
        assert found is not None, name
        return found

    def text(self, name: str) -> str:
        return str(self.part(name).text())  # type: ignore[attr-defined]  # a label or a button

    def click(self, name: str) -> None:
        button = self.part(name)
        assert isinstance(button, QAbstractButton)
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)

    @property
    def ids(self) -> list[str]:
        return [card.id for card in self.presenter.cards.cards]

    def card_image(self, row: int) -> QImage:
        rect = self.view.grid.visualRect(self.presenter.cards.index(row))
        return self.view.grid.viewport().grab(rect).toImage()

    def mark_image(self, row: int) -> QImage:
        delegate = self.view.grid.itemDelegate()
        assert isinstance(delegate, CardDelegate)
        cell = self.view.grid.visualRect(self.presenter.cards.index(row))
        return self.view.grid.viewport().grab(delegate.layout(cell).mark).toImage()


class Still(HealthPresenter):
    """Follows nothing by itself."""

    def start(self) -> None:
        pass


@pytest.fixture
def stage(qtbot: QtBot) -> Stage:
    return Stage(qtbot)


def saturated(image: QImage) -> int:
    """How many pixels have a colour that says something."""
    count = 0
    for x in range(image.width()):
        for y in range(image.height()):
            colour = image.pixelColor(x, y)
            parts = (colour.red(), colour.green(), colour.blue())
            count += max(parts) - min(parts) > 40
    return count


def test_a_stale_card_has_no_colour_left(stage: Stage) -> None:
    ages = range(600, 0, -5)
    stage.session.monitor.samples["1"] = [sample(at=NOON - timedelta(seconds=age), score=0.9) for age in ages]
    stage.say([service("1")])
    assert saturated(stage.card_image(0)) > 50
    stage.say([service("1")], source_lost=True)
    assert saturated(stage.card_image(0)) == 0
    stage.say([service("1", source=Source.RECORD)])
    assert saturated(stage.card_image(0)) == 0


def test_each_condition_has_a_shape_of_its_own(stage: Stage) -> None:
    stage.say([service(str(number), status=status) for number, status in enumerate(HealthStatus)])
    shapes = [_shape(stage.mark_image(row)) for row in range(len(HealthStatus))]
    assert len({tuple(shape) for shape in shapes}) == len(HealthStatus)


def _shape(image: QImage) -> list[bool]:
    ground = image.pixelColor(0, 0)
    return [
        abs(image.pixelColor(x, y).lightness() - ground.lightness()) > 24
        for x in range(image.width())
        for y in range(image.height())
    ]


@pytest.mark.parametrize(
    "name",
    [
        "<b>x</b>",
        "x" * 300,
        "a & b",
        "\u202eevil",
        "\x00\x1b[31mred",
        "line\nbreak",
        "",
        "<img src=file:///etc/hostname>",
    ],
)
def test_odd_names_are_painted_and_nothing_breaks(stage: Stage, name: str) -> None:  # fault 115 116 120 121
    stage.say([service("1", name, host=name, version=name)])
    stage.presenter.select("1")
    assert not stage.card_image(0).isNull()
    assert stage.part("health.cards").isVisible()


def test_markup_in_a_name_is_painted_as_text(stage: Stage) -> None:  # fault 115
    stage.say([service("1", "<b>x</b>"), service("2", "x")])
    marked, plain = (stage.card_image(stage.presenter.cards.row_of(id_)) for id_ in ("1", "2"))
    assert _ink_width(marked) > _ink_width(plain) * 2


def _ink_width(image: QImage) -> int:
    """Columns with ink in the row of the name, right of the mark and left of the status."""
    ground = image.pixelColor(image.width() // 2, 14)
    columns = range(40, image.width() // 2)
    return sum(
        any(abs(image.pixelColor(x, y).lightness() - ground.lightness()) > 60 for y in range(18, 34)) for x in columns
    )


@pytest.mark.parametrize("count", [2_000, 10_000])
def test_thousands_of_services_are_painted(stage: Stage, count: int) -> None:
    services = [service(str(number), f"service-{number:05}", list(HealthStatus)[number % 4]) for number in range(count)]
    stage.say(services)
    grid = stage.view.grid
    grid.scrollToBottom()
    assert grid.visualRect(stage.presenter.cards.index(count - 1)).intersects(grid.viewport().rect())
    assert not grid.grab().isNull()
    assert stage.text("health.totals").startswith(f"{count // 4:,} healthy")


def test_cards_fill_the_width_and_none_is_too_narrow(stage: Stage) -> None:
    stage.say([service(str(number)) for number in range(40)])
    for width in (500, 760, 1100, 1500):
        stage.view.resize(width, 700)
        QTest.qWait(1)
        grid = stage.view.grid
        rects = [grid.visualRect(stage.presenter.cards.index(row)) for row in range(12)]
        first_row = [rect for rect in rects if rect.top() == rects[0].top()]
        assert first_row[-1].right() > grid.viewport().width() - 20
        assert all(rect.width() >= 252 for rect in rects)
        assert grid.horizontalScrollBar().maximum() == 0


def test_the_keys_open_walk_and_close(stage: Stage) -> None:
    stage.session.monitor.recorded = {}
    stage.say([service("1", "a"), service("2", "b")])
    stage.view.grid.setFocus()
    QTest.keyClick(stage.view.grid, Qt.Key.Key_Right)
    assert stage.presenter.state.selected == "2"
    QTest.keyClick(stage.view.grid, Qt.Key.Key_Left)
    assert stage.presenter.state.selected == "1"


def test_a_filter_narrows_and_its_face_clears_it(stage: Stage) -> None:
    stage.say([service("1", "orders"), service("2", "payments", HealthStatus.DEGRADED)])
    QTest.keyClicks(stage.part("health.filter"), "zzz")
    assert stage.text("health.face.headline") == "No service passes the filter"
    stage.click("health.filter.clear")
    assert stage.ids == ["2", "1"]
    assert stage.part("health.cards").isVisible()
    stage.click("health.filter.degraded")
    assert stage.ids == ["2"]
    assert stage.text("health.shown") == "1 of 2 shown"
    assert stage.text("health.filter.healthy") == "Healthy 1"


def test_a_selection_that_the_filter_hides_is_not_given_to_a_neighbour(stage: Stage) -> None:
    stage.say([service("1", "orders"), service("2", "payments"), service("3", "search")])
    stage.presenter.select("2")
    stage.view.grid.choose("2")
    stage.presenter.set_filter_text("search")
    assert stage.presenter.state.selected == "2"
    stage.presenter.set_filter_text("")
    assert stage.view.grid.currentIndex().row() == stage.presenter.cards.row_of("2")


def test_a_new_order_keeps_the_selection(stage: Stage) -> None:
    stage.say([service("1", "a"), service("2", "b"), service("3", "c")])
    stage.view.grid.choose("3")
    stage.say([service("1", "a"), service("2", "b"), service("3", "c", HealthStatus.UNHEALTHY)])
    assert stage.ids[0] == "3"
    assert stage.view.grid.currentIndex().row() == 0
    assert stage.presenter.state.selected == "3"


@pytest.mark.parametrize(
    ("said", "headline"),
    [
        (HealthSnapshot(loaded=True, source_lost=False), "This gateway lists no services"),
        (HealthSnapshot(loaded=True, unsupported=("GET /health: 404",)), "This gateway offers no health"),
    ],
)
def test_without_cards_a_page_says_why(stage: Stage, said: HealthSnapshot, headline: str) -> None:
    stage.tell(said)
    assert stage.text("health.face.headline") == headline
    stage.click("health.retry")
    assert stage.session.monitor.refreshed == 1


def test_before_the_first_word_there_are_skeletons(stage: Stage) -> None:
    assert stage.part("health.loading").isVisible()
    assert not stage.part("health.loading").grab().isNull()


def test_the_age_moves_on_the_refresh_button(stage: Stage) -> None:
    stage.say([service("1")])
    stage.clock.forward(7)
    stage.presenter.tick()
    assert "7 s" in stage.text("health.refresh")
    stage.click("health.refresh")
    assert stage.session.monitor.refreshed == 1


def test_the_theme_changes_while_it_is_shown(stage: Stage) -> None:  # fault 136
    stage.say([service("1")])
    before = stage.card_image(0).pixelColor(QPoint(60, 60)).lightness()
    dark(stage.theme)
    QTest.qWait(1)
    assert stage.card_image(0).pixelColor(QPoint(60, 60)).lightness() < before / 2
    light(stage.theme)
    QTest.qWait(1)
    assert stage.card_image(0).pixelColor(QPoint(60, 60)).lightness() == before


def test_every_control_has_a_name_for_screen_readers(stage: Stage) -> None:
    stage.say([service("1")])
    for button in stage.view.findChildren(QAbstractButton):
        assert button.accessibleName() or button.text(), button.objectName()
    for name in ("health.cards", "health.filter"):
        assert stage.part(name).accessibleName()
