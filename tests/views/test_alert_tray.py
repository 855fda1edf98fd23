"""An alert is a line in the window, also where the desktop has no tray."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtWidgets import QApplication, QLabel, QSystemTrayIcon

from console.presenters.alerts import Alert
from console.views.alert_tray import AlertTray
from tests.presenters.fake_directory import FakeDirectory, profile
from tests.views.shell_window import desk

if TYPE_CHECKING:
    from pathlib import Path

    from console.views.theme import ThemeProvider

pytestmark = pytest.mark.qt_log_ignore("does not support propagateSizeHints", extend=True)


async def test_without_a_tray_the_window_tells(themes: ThemeProvider, tmp_path: Path) -> None:  # fault 130
    assert not QSystemTrayIcon.isSystemTrayAvailable()
    async with desk(FakeDirectory(profile("one")), themes, tmp_path / "window.ini") as at:
        AlertTray(at.window).show_alert(Alert(gateway="one", text="a of one turned unhealthy."))
        assert "a of one turned unhealthy." in [label.text() for label in at.window.banners.findChildren(QLabel)]
        assert at.window.isVisible()


async def test_with_a_tray_the_desktop_tells_and_leads_to_the_gateway(
    themes: ThemeProvider, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[str] = []
    rung: list[bool] = []
    monkeypatch.setattr(QSystemTrayIcon, "isSystemTrayAvailable", staticmethod(lambda: True))
    monkeypatch.setattr(QSystemTrayIcon, "showMessage", lambda _self, _title, text, _icon: shown.append(text))
    monkeypatch.setattr(QSystemTrayIcon, "show", lambda _self: None)
    monkeypatch.setattr(QApplication, "beep", staticmethod(lambda: rung.append(True)))
    async with desk(FakeDirectory(profile("one"), profile("two")), themes, tmp_path / "window.ini") as at:
        monkeypatch.setattr(at.window, "isActiveWindow", lambda: False)
        tray = AlertTray(at.window)
        chosen: list[str] = []
        tray.chosen.connect(chosen.append)
        tray.show_alert(Alert(gateway="two", text="a of two turned unhealthy.", sound=True))
        assert (shown, rung) == (["a of two turned unhealthy."], [True])
        icon = tray.findChild(QSystemTrayIcon)
        assert icon is not None
        icon.messageClicked.emit()
        assert chosen == ["two"]
        monkeypatch.setattr(at.window, "isActiveWindow", lambda: True)
        tray.show_alert(Alert(gateway="one", text="b of one turned unhealthy."))
        assert len(shown) == 1  # it is seen in the window
