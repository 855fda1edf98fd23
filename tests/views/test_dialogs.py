"""Questions that are awaited."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from PySide6.QtWidgets import QLineEdit, QPushButton, QWidget

from console.views.dialogs import Question, ask

if TYPE_CHECKING:
    from collections.abc import Iterator

    from console.views.theme import ThemeProvider

pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints", extend=True)


@pytest.fixture
def window(themes: ThemeProvider) -> Iterator[QWidget]:
    window = QWidget()
    window.show()
    yield window
    window.close()
    window.deleteLater()


def question(window: QWidget, themes: ThemeProvider, typed: str = "") -> Question:
    return Question(window, themes, headline="Remove it?", detail="<b>It</b> is gone.", verb="Remove", typed=typed)


def button(window: QWidget, name: str) -> QPushButton:
    found = window.findChild(QPushButton, name)
    assert isinstance(found, QPushButton)
    return found


async def test_a_modal_question_stops_no_other_task(window: QWidget, themes: ThemeProvider) -> None:  # fault 2
    ticks = 0
    asked = question(window, themes)
    asking = asyncio.ensure_future(ask(asked))
    for _ in range(50):
        await asyncio.sleep(0.001)
        ticks += 1
    assert asked.isModal()
    assert asked.isVisible()
    assert ticks == 50
    button(window, "question.go").click()
    assert await asking is True


async def test_cancel_is_no(window: QWidget, themes: ThemeProvider) -> None:
    asking = asyncio.ensure_future(ask(question(window, themes)))
    await asyncio.sleep(0)
    button(window, "question.cancel").click()
    assert await asking is False


async def test_what_is_destructive_wants_the_name_typed(window: QWidget, themes: ThemeProvider) -> None:
    asking = asyncio.ensure_future(ask(question(window, themes, typed="kong-prod")))
    await asyncio.sleep(0)
    line, go = window.findChild(QLineEdit, "question.typed"), button(window, "question.go")
    assert isinstance(line, QLineEdit)
    line.setText("kong-pro")
    assert not go.isEnabled()
    line.setText("kong-prod")
    go.click()
    assert await asking is True


async def test_a_cancelled_task_closes_its_question(window: QWidget, themes: ThemeProvider) -> None:
    asked = question(window, themes)
    hidden: list[int] = []
    asked.finished.connect(hidden.append)
    asking = asyncio.ensure_future(ask(asked))
    await asyncio.sleep(0)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert len(hidden) == 1
