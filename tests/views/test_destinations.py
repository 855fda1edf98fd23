"""Views are made when first wanted, kept while their gateway is there, and remember how they were arranged."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QStackedWidget, QWidget

from console.presenters.shell import GatewayItem, ShellState
from console.views.destinations import Destination, DestinationView, ViewShelf
from console.views.rail import Rail
from console.views.widgets.glyph import Glyph

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from console.views.theme import ThemeProvider

pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints", extend=True)

OF_GATEWAY = Destination(key="requests", text="Requests", glyph=Glyph.CHECK, needs_sign_in=False)
OF_WINDOW = Destination(key="options", text="Options", glyph=Glyph.GATE, of_gateway=False, needs_sign_in=False)


class Noted(DestinationView):
    def __init__(self, gateway: str) -> None:
        super().__init__()
        self.gateway = gateway
        self.found = ""

    def recall(self, memory: QSettings, place: str) -> None:
        self.found = str(memory.value(f"noted/{place}", ""))

    def keep(self, memory: QSettings, place: str) -> None:
        memory.setValue(f"noted/{place}", f"of {self.gateway}")


@pytest.fixture
def memory(tmp_path: Path) -> QSettings:
    return QSettings(str(tmp_path / "window.ini"), QSettings.Format.IniFormat)


def test_a_view_is_made_once_for_each_gateway_and_goes_with_it(qtbot: QtBot, memory: QSettings) -> None:
    stack = QStackedWidget()
    qtbot.addWidget(stack)
    shelf = ViewShelf(stack, memory, {"requests": Noted, "options": Noted})
    assert shelf.known("requests", "one") is None
    one, two, whole = shelf.view("requests", "one"), shelf.view("requests", "two"), shelf.view("options", "")
    assert shelf.view("requests", "one") is one is not two
    assert stack.count() == 3
    shelf.drop_all_but(("two",))
    assert shelf.known("requests", "one") is None
    assert shelf.known("requests", "two") is two
    assert shelf.known("options", "") is whole
    assert stack.count() == 2


def test_each_gateways_arrangement_is_its_own(qtbot: QtBot, memory: QSettings) -> None:
    stack = QStackedWidget()
    qtbot.addWidget(stack)
    shelf = ViewShelf(stack, memory, {"requests": Noted})
    shelf.view("requests", "a/b")
    shelf.view("requests", "a")
    shelf.keep()
    again = ViewShelf(stack, memory, {"requests": Noted})
    view = again.view("requests", "a/b")
    assert isinstance(view, Noted)
    assert view.found == "of a/b"


def test_the_rail_offers_what_is_of_a_gateway_only_with_one(qtbot: QtBot, themes: ThemeProvider) -> None:
    rail = Rail(themes, (OF_GATEWAY, OF_WINDOW))
    window = QWidget()
    qtbot.addWidget(window)
    QHBoxLayout(window).addWidget(rail)
    window.resize(400, 700)
    window.show()
    gone: list[str] = []
    rail.view_chosen.connect(gone.append)
    requests, options = _button(rail, "nav.requests"), _button(rail, "nav.options")
    rail.render_state(ShellState(), "options")
    assert not requests.isEnabled()
    assert options.isEnabled()
    assert options.isChecked()
    state = ShellState(gateways=(GatewayItem(name="one", platform="kong"),), current="one")
    rail.render_state(state, "requests")
    assert requests.isEnabled(), "a gateway that wants a sign-in is when its requests are looked at"
    assert (requests.isChecked(), options.isChecked()) == (True, False)
    requests.click()
    options.click()
    assert gone == ["requests", "options"]
    foot = options.mapTo(rail, options.rect().bottomLeft()).y()
    assert foot > rail.height() - options.height(), "what is of the whole window stands at the foot"


def _button(rail: QWidget, name: str) -> QAbstractButton:
    button = rail.findChild(QAbstractButton, name)
    assert button is not None
    return button
