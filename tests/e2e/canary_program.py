"""The real program with a person at the window who uses every secret there is, provokes every failure, and crashes.

Arguments: home. The environment has what the person knows. What they copy is told on standard output, as an export.
"""

from __future__ import annotations

import asyncio
import faulthandler
import gc
import logging
import os
import sys
import threading
import urllib.request
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QObject, QTimer, QUrl, Slot
from PySide6.QtGui import QAction, QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QAbstractButton, QLineEdit, QTableView, QWidget

from console import start
from console.model.connection import Phase
from console.model.profile import Profile
from console.paths import Home
from console.views.clipboard import secret_clipboard
from console.views.destinations import DIAGNOSTICS

if TYPE_CHECKING:
    from collections.abc import Callable

    from console.app import App

W = TypeVar("W", bound=QWidget)
PASSWORD, MFA_CODE = os.environ["CANARY_PASSWORD"], os.environ["CANARY_MFA_CODE"]


class Browser(QObject):
    """Presses the button of the user who agrees."""

    @Slot(QUrl)
    def open(self, url: QUrl) -> None:
        threading.Thread(target=self._agree, args=(url.url(QUrl.ComponentFormattingOption.FullyEncoded),)).start()

    def _agree(self, url: str) -> None:
        with urllib.request.urlopen(url, data=b"user=u-2", timeout=30) as page:  # noqa: S310  (loopback)
            page.read()


async def came_about(wanted: Callable[[], bool]) -> None:
    async with asyncio.timeout(40):
        while not wanted():
            await asyncio.sleep(0.02)


async def act(app: App) -> None:
    def shown(kind: type[W], name: str) -> list[W]:
        return [found for found in app.window.findChildren(kind, name) if found.isVisible()]

    async def press(name: str) -> None:
        await came_about(lambda: any(found.isEnabled() for found in shown(QAbstractButton, name)))
        shown(QAbstractButton, name)[0].click()

    async def fill(name: str, text: str) -> None:
        await came_about(lambda: bool(shown(QLineEdit, name)))
        shown(QLineEdit, name)[0].setText(text)

    async def live() -> None:
        await came_about(lambda: app.shell.state.phase is Phase.LIVE)

    await app.directory.add(Profile(name="typed", url=os.environ["CANARY_KONG"], platform="kong"))
    app.shell.choose("typed")
    await fill("login.username", os.environ["CANARY_USERNAME"])
    await fill("login.password", f"wrong {PASSWORD}")
    await press("login.submit")
    await came_about(lambda: bool(shown(QWidget, "login.error") or shown(QWidget, "login.password.error")))
    await fill("login.password", PASSWORD)
    await press("login.submit")
    await fill("login.code", MFA_CODE)
    await press("login.submit")
    await live()
    print("typed", flush=True)

    browser = Browser()
    QDesktopServices.setUrlHandler("http", browser, "open")  # type: ignore[arg-type]  # the stub wants bytes
    await app.directory.add(Profile(name="browsed", url=os.environ["CANARY_OPSSIGHT"], platform="opssight"))
    app.shell.choose("browsed")
    await press("login.oauth.sandbox-sso")
    await fill("login.code", MFA_CODE)
    await press("login.submit")
    await live()
    QDesktopServices.unsetUrlHandler("http")
    print("browsed", flush=True)

    app.shell.choose("typed")
    await live()
    app.window.go(DIAGNOSTICS)
    await came_about(lambda: bool(shown(QTableView, "diagnostics.table")))
    table = shown(QTableView, "diagnostics.table")[0]
    await came_about(lambda: table.model().rowCount() > 3)
    table.setCurrentIndex(table.model().index(0, 0))
    table.activated.emit(table.currentIndex())
    for shell in ("sh", "cmd", "powershell"):
        app.window.findChildren(QAction, f"diagnostics.curl.{shell}")[0].trigger()
        print(QGuiApplication.clipboard().text(), flush=True)
    secret_clipboard().clear()

    await fail(app)
    token = app.directory.session("typed")  # noqa: F841  (a local with tokens, in the frame that dies)
    print("crashing", flush=True)
    faulthandler._sigsegv()  # type: ignore[attr-defined]  # noqa: SLF001  (what it is there for)


async def fail(app: App) -> None:
    """Every way in which something fails, each with a secret in its words."""

    def slot() -> None:
        raise LookupError(f"a slot: password={PASSWORD}")

    def thread() -> None:
        raise LookupError(f"a thread: {{'mfa_code': '{MFA_CODE}', 'password': '{PASSWORD}'}}")

    async def task() -> None:
        raise LookupError(f"a task: http://operator:{PASSWORD}@proxy:3128")

    class Failing:
        def __del__(self) -> None:
            raise LookupError(f"a finaliser: Authorization: Basic {PASSWORD}")

    QTimer.singleShot(0, slot)
    failing = threading.Thread(target=thread)
    failing.start()
    failing.join()
    asyncio.get_running_loop().create_task(task())
    Failing()
    gc.collect()
    logging.getLogger("httpx").warning("%r", [(b"authorization", f"Bearer {PASSWORD}".encode())])
    warnings.warn(f"password={PASSWORD}", UserWarning, stacklevel=1)
    await asyncio.sleep(0.2)


if __name__ == "__main__":
    sys.exit(start.run(Home.at(Path(sys.argv[1])), verbose=True, drive=act))
