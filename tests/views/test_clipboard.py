"""Copied secrets go when their time is up; what else is on the clipboard stays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtGui import QClipboard, QGuiApplication

from console.views.clipboard import SecretClipboard, secret_clipboard

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PySide6.QtWidgets import QApplication

SECRET = "curl --header 'X-Request-ID: 1'"


class HandTimer(QTimer):
    """Runs out when the test says so."""

    def __init__(self) -> None:
        super().__init__()
        self.waits_ms: list[int] = []

    def start(self, wait_ms: int = 0, /) -> None:
        self.waits_ms.append(wait_ms)

    def run_out(self) -> None:
        self.timeout.emit()


@pytest.fixture
def clipboard(qapp: QApplication) -> Iterator[QClipboard]:
    del qapp
    clipboard = QGuiApplication.clipboard()
    clipboard.setText("before")
    yield clipboard
    clipboard.clear()


@pytest.fixture
def timer(clipboard: QClipboard) -> HandTimer:
    del clipboard  # the application is there
    return HandTimer()


def test_a_secret_goes_after_the_time_that_is_preferred(clipboard: QClipboard, timer: HandTimer) -> None:  # fault 126
    secrets = SecretClipboard(clipboard, timer=timer)
    secrets.copy(SECRET)
    assert clipboard.text() == SECRET
    assert timer.waits_ms == [30_000]
    timer.run_out()
    assert clipboard.text() == ""
    secrets.follow(lambda: 5)
    secrets.copy(SECRET)
    assert timer.waits_ms == [30_000, 5_000]


def test_the_timer_of_the_program_runs_out(clipboard: QClipboard) -> None:  # fault 126
    timer = QTimer()
    secrets = SecretClipboard(clipboard, timer=timer)
    secrets.copy(SECRET)
    assert timer.isSingleShot()
    assert timer.isActive()
    loop = QEventLoop()
    timer.timeout.connect(loop.quit)
    timer.start(0)  # as if the time was up
    loop.exec()
    assert clipboard.text() == ""


def test_what_was_copied_since_stays(clipboard: QClipboard, timer: HandTimer) -> None:  # fault 126
    secrets = SecretClipboard(clipboard, timer=timer)
    secrets.copy(SECRET)
    clipboard.setText("req-1")
    timer.run_out()
    assert clipboard.text() == "req-1"
    secrets.copy(SECRET)
    clipboard.setText(SECRET + " ")
    secrets.clear()
    assert clipboard.text() == SECRET + " "


def test_a_second_secret_gets_its_whole_time(clipboard: QClipboard, timer: HandTimer) -> None:
    secrets = SecretClipboard(clipboard, timer=timer)
    secrets.copy("first")
    secrets.copy("second")
    assert timer.waits_ms == [30_000, 30_000], "the first wait was begun anew"
    timer.run_out()
    assert clipboard.text() == ""


def test_zero_is_never_and_holds_at_a_lock_too(clipboard: QClipboard, timer: HandTimer) -> None:
    secrets = SecretClipboard(clipboard, timer=timer)
    secrets.copy("first")
    secrets.follow(lambda: 0)
    secrets.copy(SECRET)
    timer.run_out()
    secrets.clear()
    assert clipboard.text() == SECRET


def test_a_lock_or_the_end_takes_it_back_at_once(clipboard: QClipboard, timer: HandTimer) -> None:
    secrets = SecretClipboard(clipboard, timer=timer)
    secrets.copy(SECRET)
    secrets.clear()
    assert clipboard.text() == ""
    clipboard.setText(SECRET)
    timer.run_out()
    assert clipboard.text() == SECRET, "copied by somebody else since"


def test_histories_are_told_to_leave_it_out(clipboard: QClipboard, timer: HandTimer) -> None:  # fault 126
    secrets = SecretClipboard(clipboard, timer=timer)
    secrets.copy(SECRET)
    data = clipboard.mimeData()
    assert bytes(data.data("x-kde-passwordManagerHint").data()) == b"secret"
    windows = 'application/x-qt-windows-mime;value="CanIncludeInClipboardHistory"'
    assert bytes(data.data(windows).data()) == bytes(4)
    clipboard.setText("req-1")
    assert not clipboard.mimeData().hasFormat("x-kde-passwordManagerHint")


def test_there_is_one_for_the_application(clipboard: QClipboard) -> None:
    assert secret_clipboard() is secret_clipboard()
    secret_clipboard().copy(SECRET)
    assert clipboard.text() == SECRET
