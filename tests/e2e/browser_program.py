"""The real program with a person at the window and a browser beside it, which opens what the program asks it to.

Arguments: home, address of an opssight gateway, id of the user who agrees in the browser. Each step that came about is
told on standard output.
"""

from __future__ import annotations

import asyncio
import sys
import threading
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QUrl, Slot
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QLabel, QPushButton, QWidget

from console import start
from console.model.connection import Phase
from console.model.profile import Profile
from console.paths import Home
from console.store.key import Passphrase

if TYPE_CHECKING:
    from collections.abc import Callable

    from console.app import App

HOME, GATEWAY, USER = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
NAME = "by-browser"


class Browser(QObject):
    """Opens the page in a thread, as a process of its own would, and presses the button of that user."""

    @Slot(QUrl)
    def open(self, url: QUrl) -> None:
        threading.Thread(target=self._agree, args=(url.url(QUrl.ComponentFormattingOption.FullyEncoded),)).start()

    def _agree(self, url: str) -> None:
        with urllib.request.urlopen(url, data=f"user={USER}".encode(), timeout=30) as page:  # noqa: S310  (loopback)
            said = page.read().decode()
        print("page" if "go back to Gatewatch" in said else said, flush=True)


def shown(app: App, name: str) -> bool:
    return any(widget.isVisible() for widget in app.window.findChildren(QWidget, name))


async def came_about(wanted: Callable[[], bool]) -> None:
    async with asyncio.timeout(40):
        while not wanted():
            await asyncio.sleep(0.02)


async def sign_in(app: App) -> None:
    browser = Browser()
    QDesktopServices.setUrlHandler("http", browser, "open")  # type: ignore[arg-type]  # the stub wants bytes
    if NAME not in [profile.name for profile in app.directory.profiles.value]:
        await app.directory.add(Profile(name=NAME, url=GATEWAY, platform="opssight"))
    app.shell.choose(NAME)
    button = "login.oauth.sandbox-sso"
    await came_about(lambda: shown(app, button))
    print("offered", flush=True)
    next(found for found in app.window.findChildren(QPushButton, button) if found.isVisible()).click()
    await came_about(lambda: app.shell.state.phase is Phase.LIVE or shown(app, "login.oauth.error"))
    if app.shell.state.phase is Phase.LIVE:
        await came_about(lambda: shown(app, "health.cards"))
        user = app.directory.session(NAME).user
        print(f"live {user.email if user else ''}", flush=True)
        app.shell.sign_out()
        await came_about(lambda: shown(app, button))
        print("signed out", flush=True)
    else:
        print(app.window.findChildren(QLabel, "login.oauth.error")[0].text(), flush=True)
    QDesktopServices.unsetUrlHandler("http")
    app.quit(0)


if __name__ == "__main__":
    sys.exit(start.run(Home.at(HOME), key=Passphrase("four words of passphrase"), drive=sign_in))
