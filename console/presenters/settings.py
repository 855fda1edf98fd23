"""The settings as one form: every change is checked under its field and kept at once."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING, Protocol

import msgspec
from PySide6.QtCore import QObject, Signal

from console.i18n import tr
from console.model.errors import SettingsError
from console.model.setting import BY_KEY, SETTINGS, BadValue, Setting, Value, value_text
from console.presenters.task_scope import TaskScope

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from console.services.latest import Latest
    from console.services.preferences import SettingsHeld

_SAVE, _LOOK, _REPAIR = "save settings", "look at settings", "repair settings"


class Book(Protocol):
    """See `console.services.preferences.PreferenceBook`."""

    @property
    def path(self) -> Path:
        """The settings file."""

    @property
    def held(self) -> Latest[SettingsHeld]:
        """What the file says, and what is wrong with it."""

    async def change(self, key: str, value: Value | None) -> None:
        """Keep a value; None goes back to the default. Raises SettingsError."""

    async def repair(self) -> Path | None:
        """Put a broken file aside and begin a new one. Raises SettingsError."""

    async def look(self) -> bool:
        """Read the file if it was changed by hand."""


class SettingRow(msgspec.Struct, frozen=True, kw_only=True):
    """One setting.

    Attributes:
        setting: What it may hold.
        value: What holds.
        is_set: The file says so; otherwise it is the default.
        typed: What was typed and can't be kept; empty when the value is what is shown.
        problem: What is wrong with what was typed, or with what the file says.
    """

    setting: Setting
    value: Value
    is_set: bool = False
    typed: str = ""
    problem: str = ""

    def says(self, value: Value | None) -> bool:
        """Whether the file says just this already."""
        return not self.problem and (value == self.value if self.is_set else value is None)


class SettingsState(msgspec.Struct, frozen=True, kw_only=True):
    """The form.

    Attributes:
        path: The file in which everything is kept.
        rows: Every setting that something goes by, in the order of the sections.
        problems: What is wrong with the file, one sentence each.
        broken: The file can't be understood as a whole; nothing can be kept before it is repaired.
        wanted: A change waits for the repair.
        note: What was just done.
    """

    path: str = ""
    rows: tuple[SettingRow, ...] = ()
    problems: tuple[str, ...] = ()
    broken: bool = False
    wanted: bool = False
    note: str = ""

    @property
    def sections(self) -> tuple[str, ...]:
        """The sections that have rows."""
        return tuple(dict.fromkeys(row.setting.section for row in self.rows))


class SettingsPresenter(QObject):
    """Keeps one change after the other; the newest of a field wins."""

    state_changed = Signal(object)  # SettingsState
    not_kept = Signal(str)  # why; the form says so too, under the field
    repair_wanted = Signal()  # a change can't be kept before: ask the operator

    def __init__(self, book: Book, on_error: Callable[[str, Exception], None], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._book = book
        self._tasks = TaskScope(self, on_error)
        self._wanted: dict[str, Value | None] = {}
        self._due = asyncio.Event()  # something is wanted, and nothing stands in its way
        self._faults: dict[str, tuple[str, str]] = {}  # by key: what was typed, what is wrong with it
        self._note = ""
        self.state = self._built()
        self._tasks.start("follow settings", self._follow)
        self._tasks.start(_SAVE, self._keep_saving)

    async def stop(self) -> None:
        """Cancel what is under way."""
        await self._tasks.close()

    # Intents

    def type(self, key: str, text: str) -> None:
        """Keep what was typed for a setting, if it can be."""
        try:
            value = BY_KEY[key].understood(text)
        except BadValue as exc:
            self._wanted.pop(key, None)
            self._faults[key] = (text, tr("Type {allowed}.", allowed=exc.allowed))
            self._tell()
            return
        self.keep(key, value)

    def keep(self, key: str, value: Value | None) -> None:
        """Keep a value; None goes back to the default."""
        self._faults.pop(key, None)
        self._tell()
        if key not in self._wanted and any(row.setting.key == key and row.says(value) for row in self.state.rows):
            return
        self._wanted[key] = value
        if self._book.held.value.broken is not None:
            self._tell()
            self.repair_wanted.emit()
            return
        self._due.set()

    def restore(self, key: str) -> None:
        """Back to the default."""
        self.keep(key, None)

    def look(self) -> None:
        """Take over what was changed in the file by hand."""
        self._tasks.start(_LOOK, self._look)

    def repair(self) -> None:
        """Put the broken file aside, write what holds, and keep the change that waited."""
        self._tasks.start(_REPAIR, self._repair)

    def give_up_change(self) -> None:
        """The operator does not want the repair: what waited for it is dropped."""
        self._wanted.clear()
        self._tell()

    async def _keep_saving(self) -> None:
        while True:
            await self._due.wait()
            self._due.clear()
            await self._save()

    async def _save(self) -> None:
        while self._wanted:
            key, value = next(iter(self._wanted.items()))
            try:
                await self._book.change(key, value)
            except SettingsError as exc:
                self._faults[key] = ("" if value is None else value_text(value), tr("Not kept: {why}.", why=exc.detail))
                self._note = ""
                self.not_kept.emit(exc.detail)
            else:
                self._note = tr("Kept.")
            if key in self._wanted and self._wanted[key] is value:  # otherwise a newer one waits, or none any more
                del self._wanted[key]
            self._tell()

    async def _look(self) -> None:
        if await self._book.look():
            self._faults.clear()
            self._note = tr("The file was changed by hand, and read anew.")
            self._tell()

    async def _repair(self) -> None:
        try:
            kept = await self._book.repair()
        except SettingsError as exc:
            self._note = tr("The file can't be repaired: {why}.", why=exc.detail)
            self._tell()
            return
        self._note = tr("The broken file is kept as {name}.", name=kept.name) if kept is not None else ""
        self._tell()
        self._due.set()

    async def _follow(self) -> None:
        async with aclosing(self._book.held.follow()) as changes:
            async for _held in changes:
                self._tell()

    def _tell(self) -> None:
        state = self._built()
        if state != self.state:
            self.state = state
            self.state_changed.emit(state)

    def _built(self) -> SettingsState:
        held = self._book.held.value
        said: Mapping[str, str] = {problem.key: problem.text for problem in held.problems}
        rows = []
        for setting in SETTINGS:
            if setting.awaits:
                continue
            typed, fault = self._faults.get(setting.key, ("", ""))
            rows.append(
                SettingRow(
                    setting=setting,
                    value=held.reading.values.get(setting.key, setting.default),
                    is_set=setting.key in held.reading.values,
                    typed=typed,
                    problem=fault or said.get(setting.key, ""),
                )
            )
        return SettingsState(
            path=str(self._book.path),
            rows=tuple(rows),
            problems=tuple(problem.text for problem in held.problems),
            broken=held.broken is not None,
            wanted=held.broken is not None and bool(self._wanted),
            note=self._note,
        )
