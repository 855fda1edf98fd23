"""Preferences are kept one at a time, followed, and taken over when the file is changed by hand."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from console.model.appearance import Density, ThemeChoice
from console.model.errors import SettingsError
from console.model.preferences import Preferences
from console.services.preferences import PreferenceBook
from console.settings import Settings
from tests.presenters.fake_directory import FakeDirectory, profile

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "settings.toml"


async def test_a_change_is_kept_and_followed(file: Path) -> None:
    book = PreferenceBook(Settings(file), FakeDirectory())
    assert book.current.value == Preferences()
    await asyncio.gather(
        book.change("appearance.theme", "dark"),
        book.change("appearance.density", "touch"),
        book.change("record.max_size", "64 MiB"),
    )
    preferred = book.current.value
    assert (preferred.appearance.theme, preferred.appearance.density) == (ThemeChoice.DARK, Density.TOUCH)
    assert preferred.record.max_size_bytes == 64 << 20
    assert PreferenceBook(Settings(file), FakeDirectory()).current.value == preferred
    await book.change("appearance.theme", None)
    assert book.current.value.appearance.theme is ThemeChoice.SYSTEM
    assert "theme" not in file.read_text(encoding="utf-8")


async def test_what_is_not_allowed_is_not_kept(file: Path) -> None:
    book = PreferenceBook(Settings(file), FakeDirectory())
    with pytest.raises(SettingsError, match="pink"):
        await book.change("appearance.theme", "pink")
    with pytest.raises(SettingsError, match="no setting"):
        await book.change("appearance.colour", "pink")
    assert not file.exists()


@pytest.mark.expects_logs
async def test_a_file_changed_by_hand_is_taken_over(file: Path) -> None:  # fault 133
    file.write_text("[appearance]\ntheme = 'dark'\n", encoding="utf-8")
    directory = FakeDirectory(profile("one"))
    Settings(file).save(profile("one"))
    book = PreferenceBook(Settings(file), directory)
    assert not await book.look()
    file.write_text(file.read_text(encoding="utf-8") + "[staleness]\nhealth_s = 0\n", encoding="utf-8")
    assert await book.look()
    assert directory.reloaded == 0
    (problem,) = book.held.value.problems
    assert problem.key == "staleness.health_s"
    assert book.current.value.appearance.theme is ThemeChoice.DARK
    await book.change("staleness.health_s", 30)
    assert book.held.value.problems == ()
    Settings(file).save(profile("two"))
    assert await book.look()
    assert directory.reloaded == 1


@pytest.mark.expects_logs
async def test_a_file_that_breaks_leaves_what_held_and_is_repaired_with_it(file: Path) -> None:  # fault 133
    directory = FakeDirectory(profile("one"), profile("demo", sandbox=True))
    book = PreferenceBook(Settings(file), directory)
    await book.change("appearance.theme", "dark")
    file.write_text("[appearance", encoding="utf-8")
    assert await book.look()
    assert book.held.value.broken is not None
    assert book.current.value.appearance.theme is ThemeChoice.DARK
    assert not await book.look()
    file.write_text("[other", encoding="utf-8")
    with pytest.raises(SettingsError):
        await book.change("appearance.theme", "light")
    assert "at end of document" in book.held.value.problems[0].text
    file.write_text("[appearance", encoding="utf-8")
    assert file.read_text(encoding="utf-8") == "[appearance"
    kept = await book.repair()
    assert kept is not None
    assert kept.read_text(encoding="utf-8") == "[appearance"
    assert book.held.value.problems == ()
    reading = Settings(file).read()
    assert [one.name for one in reading.profiles] == ["one", "demo"]
    assert reading.values == {"appearance.theme": "dark"}
