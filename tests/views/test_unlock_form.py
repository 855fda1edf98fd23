"""The page that opens the store."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QLineEdit, QPushButton, QWidget

from console.model.errors import StoreError, StoreLocked, WrongPassphrase
from console.presenters.unlock import UnlockPresenter
from console.store.key import Auto, KeyChoice, MemoryOnly, Passphrase
from console.views.login.unlock_form import UnlockForm

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from console.views.theme import ThemeProvider

pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints", extend=True)


@asynccontextmanager
async def asked(
    error: StoreError, themes: ThemeProvider, folder: Path
) -> AsyncIterator[tuple[UnlockForm, asyncio.Future[KeyChoice | None]]]:
    presenter = UnlockPresenter(folder)
    form = UnlockForm(presenter, themes)
    form.show()
    answer = asyncio.ensure_future(presenter.ask(error))
    await asyncio.sleep(0)
    yield form, answer
    presenter.give_up()
    await answer
    form.close()
    form.deleteLater()


def shown(form: UnlockForm) -> set[str]:
    return {
        widget.objectName().removeprefix("unlock.")
        for widget in (*form.findChildren(QLineEdit), *form.findChildren(QPushButton))
        if widget.isVisible()
    }


def line(form: UnlockForm, name: str) -> QLineEdit:
    found = form.findChild(QLineEdit, name)
    assert isinstance(found, QLineEdit)
    return found


def press(form: UnlockForm, name: str) -> None:
    found = form.findChild(QPushButton, name)
    assert isinstance(found, QPushButton)
    found.click()


def said(form: UnlockForm) -> str:
    found = form.findChild(QLabel, "unlock.error")
    assert isinstance(found, QLabel)
    return found.text() if found.isVisible() else ""


async def test_a_first_start_without_a_keyring_asks_for_a_choice(themes: ThemeProvider, tmp_path: Path) -> None:
    async with asked(StoreLocked(needs="choice"), themes, tmp_path) as (form, answer):
        assert shown(form) == {"passphrase", "again", "submit", "memory", "retry"}
        QTest.keyClicks(line(form, "unlock.passphrase"), "short")
        QTest.keyClick(line(form, "unlock.again"), Qt.Key.Key_Return)
        assert "8 characters" in said(form)
        line(form, "unlock.passphrase").setText("correct horse")
        line(form, "unlock.again").setText("correct house")
        press(form, "unlock.submit")
        assert "differ" in said(form)
        line(form, "unlock.again").setText("correct horse")
        press(form, "unlock.submit")
        assert await answer == Passphrase("correct horse")


async def test_memory_only_is_a_choice(themes: ThemeProvider, tmp_path: Path) -> None:
    async with asked(StoreLocked(needs="choice"), themes, tmp_path) as (form, answer):
        press(form, "unlock.memory")
        assert await answer == MemoryOnly()


async def test_a_wrong_passphrase_is_said_and_the_field_emptied(themes: ThemeProvider, tmp_path: Path) -> None:
    async with asked(WrongPassphrase(), themes, tmp_path) as (form, answer):
        assert shown(form) == {"passphrase", "submit", "renew"}
        assert "does not open" in said(form)
        assert line(form, "unlock.passphrase").text() == ""
        assert form.focusWidget() is line(form, "unlock.passphrase")
        QTest.keyClick(line(form, "unlock.passphrase"), Qt.Key.Key_Return)
        assert said(form) == "\N{BLACK SQUARE} Type the passphrase."
        QTest.keyClicks(line(form, "unlock.passphrase"), "another")
        QTest.keyClick(line(form, "unlock.passphrase"), Qt.Key.Key_Return)
        assert await answer == Passphrase("another")
        assert all(not widget.isEnabled() for widget in form.findChildren(QLineEdit)), "a key is being derived"


async def test_a_silent_keyring_can_be_asked_again_and_nothing_is_renewed_unasked(
    themes: ThemeProvider, tmp_path: Path
) -> None:
    async with asked(StoreLocked("no answer", needs="keyring"), themes, tmp_path) as (form, answer):
        assert shown(form) == {"retry", "renew"}
        wanted: list[bool] = []
        form.renewal_wanted.connect(lambda: wanted.append(True))
        press(form, "unlock.renew")
        assert wanted == [True]
        assert not answer.done()
        press(form, "unlock.retry")
        assert await answer == Auto()


async def test_nothing_on_the_page_is_cut(themes: ThemeProvider, tmp_path: Path) -> None:
    async with asked(StoreLocked(needs="choice"), themes, tmp_path) as (form, _answer):
        form.adjustSize()
        for widget in form.findChildren(QWidget):
            if isinstance(widget, QPushButton) and widget.isVisible():
                assert widget.width() >= widget.minimumSizeHint().width(), widget.objectName()
