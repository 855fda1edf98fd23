"""The tour's album: a scene counts when it came about and its pictures are there."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest
from click.testing import CliRunner

from console.cli import gatewatch, tour, tour_lock
from console.cli.tour import Album
from console.cli.window import Part
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


@pytest.fixture
def taken_parts(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The parts that a tour takes, each of one scene that comes about."""
    taken: list[str] = []

    def one(part: Part, album: Album) -> int:
        taken.append(part)
        album.scenes.append({"scene": part, "ok": True, "waited_s": 0.0, "files": []})
        return 0

    monkeypatch.setattr(tour, "_gateways", lambda _folder, _key, album: [one(Part.GATEWAYS, album)])
    monkeypatch.setattr(tour_lock, "run", lambda _home, album, *_rest: one(Part.LOCK, album))
    monkeypatch.setattr(tour, "_all_gateways", lambda _folder, _key, album: one(Part.OVERVIEW, album))
    monkeypatch.setattr(tour, "_documents", lambda _folder, _key, album: one(Part.DOCUMENTS, album))
    monkeypatch.setattr(tour, "_uploads", lambda _folder, _key, album: one(Part.UPLOADS, album))
    return taken


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ([], list(Part)),
        (["--part", "lock"], [Part.LOCK]),
        (["--part", "overview", "--part", "lock"], [Part.LOCK, Part.OVERVIEW]),
    ],
)
def test_the_whole_tour_or_some_of_its_parts(
    tmp_path: Path, taken_parts: list[str], words: list[str], expected: list[Part]
) -> None:
    outcome = CliRunner().invoke(gatewatch, ["tour", "--out", str(tmp_path / "tour"), *words])
    assert outcome.exit_code == 0, outcome.output
    assert taken_parts == expected


def test_a_part_that_the_tour_does_not_have_is_refused(tmp_path: Path, taken_parts: list[str]) -> None:
    outcome = CliRunner().invoke(gatewatch, ["tour", "--out", str(tmp_path / "tour"), "--part", "moon"])
    assert outcome.exit_code == 2
    assert "gateways" in outcome.output
    assert taken_parts == []
