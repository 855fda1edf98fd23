"""The settings' form: the newest change of a field wins, and every change arrives."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from console.model.errors import SettingsError
from console.presenters.settings import SettingsPresenter, SettingsState
from console.services.preferences import PreferenceBook
from console.settings import Settings
from tests.presenters.fake_directory import FakeDirectory

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from console.model.setting import Value


class SlowBook(PreferenceBook):
    """Keeps a change only once it may go on."""

    def __init__(self, file: Path) -> None:
        super().__init__(Settings(file), FakeDirectory())
        self.gate = asyncio.Event()
        self.gate.set()
        self.kept: list[tuple[str, Value | None]] = []
        self.refusal: SettingsError | None = None

    async def change(self, key: str, value: Value | None) -> None:
        await self.gate.wait()
        if self.refusal is not None:
            raise self.refusal
        self.kept.append((key, value))
        await super().change(key, value)


@pytest.fixture
async def book(tmp_path: Path) -> SlowBook:
    return SlowBook(tmp_path / "settings.toml")


@pytest.fixture
async def presenter(book: SlowBook) -> AsyncIterator[SettingsPresenter]:
    errors: list[Exception] = []
    presenter = SettingsPresenter(book, lambda _what, error: errors.append(error))
    yield presenter
    await presenter.stop()
    assert errors == []


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not holds():
            await asyncio.sleep(0.005)


def row(state: SettingsState, key: str) -> tuple[Value, str, str]:
    (found,) = (row for row in state.rows if row.setting.key == key)
    return found.value, found.typed, found.problem


async def test_the_newest_of_a_field_wins_and_every_field_arrives(presenter: SettingsPresenter, book: SlowBook) -> None:
    book.gate.clear()
    presenter.keep("appearance.theme", "dark")
    await asyncio.sleep(0)
    for count in range(2, 30):
        presenter.type("staleness.health_s", str(count))
    presenter.keep("appearance.theme", "light")
    book.gate.set()
    await until(lambda: row(presenter.state, "staleness.health_s")[0] == 29)
    await until(lambda: row(presenter.state, "appearance.theme")[0] == "light")
    assert len(book.kept) <= 3
    key = "appearance.reduced_motion"
    for _ in range(10):  # each as soon as the one before is through
        presenter.keep(key, True)
        await until(lambda: row(presenter.state, key)[0] is True)
        presenter.keep(key, False)
        await until(lambda: row(presenter.state, key)[0] is False)


async def test_what_holds_already_is_not_written_again(presenter: SettingsPresenter, book: SlowBook) -> None:
    presenter.keep("appearance.theme", None)
    presenter.keep("appearance.theme", "auto")  # the default by name: the file says so from now on
    await until(lambda: presenter.state.note == "Kept.")
    presenter.type("appearance.theme", "auto")
    presenter.keep("appearance.times", "utc")
    await until(lambda: row(presenter.state, "appearance.times")[0] == "utc")
    assert book.kept == [("appearance.theme", "auto"), ("appearance.times", "utc")]


async def test_what_can_not_be_kept_stays_typed_with_its_reason(presenter: SettingsPresenter, book: SlowBook) -> None:
    told: list[str] = []
    presenter.not_kept.connect(told.append)
    book.refusal = SettingsError("settings.toml can't be written: No space left on device")
    presenter.type("record.max_size", "2 GiB")
    await until(lambda: bool(row(presenter.state, "record.max_size")[2]))
    assert row(presenter.state, "record.max_size")[:2] == ("1 GiB", "2 GiB")
    assert told == ["settings.toml can't be written: No space left on device"]
    book.refusal = None
    presenter.type("record.max_size", "2 GiB")
    await until(lambda: row(presenter.state, "record.max_size") == ("2 GiB", "", ""))


async def test_a_wrong_text_replaces_one_that_waited(presenter: SettingsPresenter, book: SlowBook) -> None:
    book.gate.clear()
    presenter.keep("appearance.theme", "dark")
    await asyncio.sleep(0)
    presenter.type("staleness.health_s", "30")
    presenter.type("staleness.health_s", "nonsense")
    book.gate.set()
    await until(lambda: row(presenter.state, "appearance.theme")[0] == "dark")
    assert row(presenter.state, "staleness.health_s")[:2] == (15, "nonsense")
    assert [key for key, _ in book.kept] == ["appearance.theme"]


@pytest.mark.expects_logs
async def test_a_change_waits_for_the_repair_that_it_needs(
    presenter: SettingsPresenter, book: SlowBook, tmp_path: Path
) -> None:  # fault 133
    asked: list[bool] = []
    presenter.repair_wanted.connect(lambda: asked.append(True))
    (tmp_path / "settings.toml").write_text("[", encoding="utf-8")
    presenter.look()
    await until(lambda: presenter.state.broken)
    presenter.keep("appearance.theme", "dark")
    assert (asked, presenter.state.wanted) == ([True], True)
    await asyncio.sleep(0.05)
    assert book.kept == []
    presenter.repair()
    await until(lambda: row(presenter.state, "appearance.theme")[0] == "dark")
    assert not presenter.state.broken
    assert (tmp_path / "settings.toml").read_text(encoding="utf-8").count("dark") == 1


@pytest.mark.parametrize(("key", "typed", "kept"), [("lock_after_minutes", "10", 10), ("lock_on_suspend", "on", True)])
async def test_what_locks_the_window_is_set_in_the_form(  # fault 108
    presenter: SettingsPresenter, book: SlowBook, key: str, typed: str, kept: Value
) -> None:
    presenter.type(f"security.{key}", typed)
    await until(lambda: row(presenter.state, f"security.{key}") == (kept, "", ""))
    await until(lambda: getattr(book.current.value.security, key) == kept)
