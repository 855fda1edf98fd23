"""The passphrase in the real window, on the key slot of a real store."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QLabel, QLineEdit

from console.model.errors import WrongPassphrase
from console.store.key import Passphrase, unlock
from console.views.settings.view import SettingsView
from tests.presenters.fake_directory import FakeDirectory
from tests.views.shell_window import Desk, desk, until

if TYPE_CHECKING:
    from pathlib import Path

    from console.views.theme import ThemeProvider

pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints", extend=True)
OLD, NEW = Passphrase("correct horse"), Passphrase("battery staple")


def opened(at: Desk) -> None:
    at.find(QAbstractButton, "nav.settings").click()
    at.find(SettingsView, "settings").open_section("security")


def typed(at: Desk, **texts: str) -> None:
    for name, text in texts.items():
        at.find(QLineEdit, f"passphrase.{name}").setText(text)
    at.find(QAbstractButton, "passphrase.submit").click()


async def test_it_is_changed_in_the_security_section(themes: ThemeProvider, tmp_path: Path) -> None:  # fault 109
    store_dir = tmp_path / "store"
    store_dir.mkdir(mode=0o700)
    made = await unlock(store_dir, OLD)
    async with desk(FakeDirectory(), themes, tmp_path / "window.ini", store_dir) as at:
        opened(at)
        assert at.shown("settings.security.lock_after_minutes")
        assert at.shown("settings.security.lock_on_suspend")
        await until(lambda: at.shown("settings.passphrase.change"))
        assert at.shown("settings.passphrase.remove")
        assert not at.shown("settings.passphrase.set")
        at.find(QAbstractButton, "settings.passphrase.change").click()
        assert at.focus() == "passphrase.old"
        typed(at, old="", new="short")
        assert at.shown("passphrase.old.error")
        assert at.shown("passphrase.new.error")
        typed(at, old="not the one", new=NEW.text, again="another")
        assert at.shown("passphrase.again.error")
        assert not at.shown("passphrase.old.error")
        typed(at, again=NEW.text)
        await until(lambda: at.shown("passphrase.old.error"))
        await until(at.find(QAbstractButton, "passphrase.submit").isEnabled)
        typed(at, old="wrong again")  # from the second one on, the next has to wait
        await until(lambda: at.shown("passphrase.old.error"))
        assert not at.find(QAbstractButton, "passphrase.submit").isEnabled()
        await until(at.find(QAbstractButton, "passphrase.submit").isEnabled)
        typed(at, old=OLD.text)
        await until(lambda: not at.shown("passphrase"))
        assert "changed" in at.find(QLabel, "settings.passphrase.note").text()
    assert await unlock(store_dir, NEW) == made
    with pytest.raises(WrongPassphrase):
        await unlock(store_dir, OLD)


async def test_escape_leaves_everything_as_it_is(themes: ThemeProvider, tmp_path: Path) -> None:
    store_dir = tmp_path / "store"
    store_dir.mkdir(mode=0o700)
    made = await unlock(store_dir, OLD)
    async with desk(FakeDirectory(), themes, tmp_path / "window.ini", store_dir) as at:
        opened(at)
        await until(lambda: at.shown("settings.passphrase.remove"))
        at.find(QAbstractButton, "settings.passphrase.remove").click()
        line = at.find(QLineEdit, "passphrase.old")
        line.setText(OLD.text)
        QTest.keyClick(line, Qt.Key.Key_Escape)
        assert not at.shown("passphrase")
        assert line.text() == ""
    assert await unlock(store_dir, OLD) == made


async def test_where_nothing_is_kept_there_is_nothing_to_protect(themes: ThemeProvider, tmp_path: Path) -> None:
    async with desk(FakeDirectory(), themes, tmp_path / "window.ini") as at:
        opened(at)
        await until(lambda: "Nothing is kept" in at.find(QLabel, "settings.passphrase.about").text())
        assert not any(at.shown(f"settings.passphrase.{step}") for step in ("set", "change", "remove"))
