"""The way to a gateway's documents: rail, command, and from elsewhere to one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtWidgets import QAbstractButton

from console.model.capability import Capability
from console.presenters.shell import HOME
from console.views.destinations import DOCUMENTS, DestinationView, destinations
from tests.presenters.fake_directory import FakeDirectory, profile
from tests.views.shell_window import desk, until

if TYPE_CHECKING:
    from pathlib import Path

    from console.views.theme import ThemeProvider


class Papers(DestinationView):
    def __init__(self, gateway: str) -> None:
        super().__init__()
        self.setObjectName("documents.view")
        self.gateway = gateway
        self.opened: list[str] = []

    def show_part(self, id_: str) -> None:
        self.opened.append(id_)


@pytest.fixture
def directory() -> FakeDirectory:
    directory = FakeDirectory(profile("one"), profile("two"))
    for session in directory.sessions.values():
        session.go_live()
    return directory


async def test_the_rail_and_a_command_lead_there_and_others_to_one_document(
    directory: FakeDirectory, themes: ThemeProvider, tmp_path: Path
) -> None:
    assert next(one for one in destinations() if one.key == DOCUMENTS).capability is Capability.DOCUMENTS
    async with desk(directory, themes, tmp_path / "window.ini", more={DOCUMENTS: Papers}) as window:
        window.window.choose_gateway("one")
        window.find(QAbstractButton, "nav.documents").click()
        await until(lambda: window.shown("documents.view"))
        window.window.go(HOME)
        assert not window.shown("documents.view")
        window.window.actions_registry.run("view.documents")
        assert window.shown("documents.view")
        window.window.show_part(DOCUMENTS, "two", "doc-7")
        view = window.find(Papers, "documents.view")
        assert (view.gateway, view.opened) == ("two", ["doc-7"])
