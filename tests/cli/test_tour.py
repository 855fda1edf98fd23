"""The tour's album: a scene counts when it came about and its pictures are there."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest

from console.cli import tour
from console.cli.tour import Album
from console.views.theme import Choice

if TYPE_CHECKING:
    from console.app import App


class Picture:
    """A pixmap that writes itself, or says that it could not."""

    def __init__(self, app: FakeApp) -> None:
        self._app = app

    def save(self, file: str) -> bool:
        self._app.chosen_at_save.append(self._app.chosen[-1])
        if self._app.disk_full:
            return False
        Path(file).write_bytes(b"png")
        return True


class FakeApp:
    """As much of the program as the album looks at: it is its own window and its own themes."""

    def __init__(self, *, disk_full: bool = False) -> None:
        self.disk_full = disk_full
        self.chosen: list[Choice] = []
        self.chosen_at_save: list[Choice] = []
        self.window = self.themes = self

    def choose(self, choice: Choice) -> None:
        self.chosen.append(choice)

    def outermost(self) -> FakeApp:
        return self

    def grab(self) -> Picture:
        return Picture(self)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tour, "SETTLE_S", 0.0)
    monkeypatch.setattr(tour, "SCENE_LIMIT_S", 0.0)


async def taken(album: Album, app: FakeApp, *, came_about: bool = True) -> None:
    await album.take(cast("App", app), "scene", lambda: came_about)


async def test_each_scene_is_pictured_in_light_and_dark(tmp_path: Path) -> None:
    album, app = Album(tmp_path), FakeApp()
    assert not album.complete  # nothing is no tour
    await taken(album, app)
    await taken(album, app)
    assert album.complete
    assert app.chosen_at_save == [Choice.LIGHT, Choice.DARK] * 2
    named = [file for scene in album.scenes for file in cast("list[str]", scene["files"])]
    assert sorted(path.name for path in tmp_path.glob("*.png")) == sorted(named)
    assert named[0] == "01-scene-light.png"


async def test_one_scene_that_did_not_come_about_spoils_the_tour(tmp_path: Path) -> None:
    album = Album(tmp_path)
    await taken(album, FakeApp())
    await taken(album, FakeApp(), came_about=False)
    assert [scene["ok"] for scene in album.scenes] == [True, False]
    assert not album.complete


async def test_a_picture_that_was_not_written_spoils_the_tour(tmp_path: Path) -> None:
    album = Album(tmp_path)
    await taken(album, FakeApp(disk_full=True))
    assert not album.complete
