"""The program in a process of its own, told what to do by its first argument.

`stay HOME`: open and stay. `slot HOME`: a slot and a task fail, then quit. `quit HOME`: quit with code 3.
`full HOME`: as with a record that fills up, until that was told.
`ask HOME`: no key is chosen; tell when it is asked for. `marks HOME`: as `quit`, with 0.
`lock HOME`, `curtain HOME`: lock with a passphrase, and without; then quit.
`crash HOME`: the interpreter dies. `hooks HOME`: a thread and a finaliser fail, then quit.
`banners HOME`: tell what the window tells, then quit.
`early HOME`: show the recorded health of that home, tell what of the network is loaded by then; then quit.
`damaged HOME`: lock where the key slot can't be read any more; then quit.
Every step is told on standard output, one word a line.
"""

from __future__ import annotations

import asyncio
import faulthandler
import gc
import resource
import sys
import threading
import weakref
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QLineEdit, QWidget

from console import app as window_program
from console import start
from console.model.profile import Profile
from console.model.retention import RecordLimit
from console.paths import Home
from console.presenters import unlock
from console.store import keyslot
from console.store.encrypted_file import FileKey
from console.store.key import DataKey, MemoryOnly, Passphrase
from console.views.clipboard import secret_clipboard
from console.views.health.card_grid import CardGrid
from console.views.theme import Choice

if TYPE_CHECKING:
    from collections.abc import Callable

    from console.app import App
    from console.model.errors import StoreError
    from console.store.key import KeyChoice


def say(word: str) -> None:
    print(word, flush=True)


async def stay(_app: App) -> None:
    say("open")
    await asyncio.Event().wait()


async def quit_with(app: App, code: int) -> None:
    say("open")
    secret_clipboard().copy("a secret")
    app.quit(code)


async def fail(app: App) -> None:
    def slot() -> None:
        raise ZeroDivisionError("a bug in a slot")

    async def task() -> None:
        raise LookupError("a bug in a task")

    for _ in range(3):
        QTimer.singleShot(0, slot)
    asyncio.get_running_loop().create_task(task())
    await asyncio.sleep(0.2)
    for label in app.window.banners.findChildren(QLabel):
        if "incident" in label.text():
            say("told")
    app.quit(0)


async def crash(_app: App) -> None:
    say(f"core {resource.getrlimit(resource.RLIMIT_CORE)[0]}")
    token = "c4n4ry-of-a-local"  # noqa: F841  (what a trace must not show)
    faulthandler._sigsegv()  # type: ignore[attr-defined]  # noqa: SLF001  (what it is there for)


async def hooks(app: App) -> None:
    def fail() -> None:
        raise LookupError("Bearer c4n4ry in a thread")

    class Failing:
        def __del__(self) -> None:
            raise LookupError("password=c4n4ry in a finaliser")

    thread = threading.Thread(target=fail, name="a-thread")
    thread.start()
    thread.join()
    failing = Failing()
    del failing
    app.quit(0)


async def banners(app: App) -> None:
    for label in app.window.banners.findChildren(QLabel):
        say(label.text())
    app.quit(0)


_KEPT = ("ask", "early", "lock", "damaged")  # in a store, with the passphrase that the environment says, if it does
CANARY = "c4n4ry-gateway"


async def until(done: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not done():
            await asyncio.sleep(0.02)


def shows(word: str) -> bool:
    """Whether any widget has it in its text, or any object of the console in its fields."""
    texts = [
        getter()
        for widget in QApplication.allWidgets()
        for getter in (getattr(widget, name, None) for name in ("text", "windowTitle", "toolTip", "accessibleName"))
        if callable(getter)
    ]
    held = [
        repr(thing)
        for thing in gc.get_objects()
        if type(thing).__module__.startswith(("console.presenters", "console.model")) and not isinstance(thing, QObject)
    ]
    return any(word in str(text) for text in (*texts, *held))


def keys_held() -> bool:
    """Whether something still refers to what opens the store."""
    return any(isinstance(thing, (DataKey, FileKey, Passphrase)) for thing in gc.get_objects())


async def lock(app: App) -> None:
    say("open")
    former = [weakref.ref(one) for one in (app.directory, app.shell, app.login, app.window)]
    await app.directory.add(Profile(name=CANARY, url="http://127.0.0.1:9", platform="kong"))
    await until(lambda: shows(CANARY))
    say("shown")
    secret_clipboard().copy("a secret")
    app.window.actions_registry.run("lock")
    await until(lambda: bool(app.window.findChildren(QWidget, "unlock")))
    gc.collect()
    await until(lambda: not shows(CANARY))
    await until(lambda: not keys_held() and not any(one() is not None for one in former))
    say("gone")
    say(f"copied: {QGuiApplication.clipboard().text()!r}")
    fields = app.window.findChildren(QLineEdit)
    next(field for field in fields if field.objectName() == "unlock.passphrase").setText("correct horse")
    next(iter(app.window.findChildren(QAbstractButton, "unlock.submit"))).click()
    await until(lambda: shows(CANARY) and not app.window.findChildren(QWidget, "unlock"))
    say("back")
    app.lock()
    await until(lambda: bool(app.window.findChildren(QWidget, "unlock")))
    gc.collect()
    await until(lambda: not shows(CANARY) and not keys_held())  # neither what was typed
    say("again")
    app.quit(0)


async def curtain(app: App) -> None:
    say("open")
    frame = app.window.outermost()
    app.window.setWindowTitle(CANARY)
    secret_clipboard().copy("a secret")
    app.window.actions_registry.run("lock")
    say(f"copied: {QGuiApplication.clipboard().text()!r}")
    await until(lambda: named(frame, "curtain.back").hasFocus())
    QTest.keyClick(named(frame, "curtain.back"), Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    if not app.window.isVisible() and frame.windowTitle() == "Gatewatch" and not palettes(app):
        say("hidden")
    app.window.setWindowTitle(f"{CANARY} again")
    app.window.raise_up()
    app.lock()
    if frame.windowTitle() == "Gatewatch" and frame.isVisible() and len(frame.findChildren(QWidget, "curtain")) == 1:
        say("still")
    QTest.keyClick(named(frame, "curtain.back"), Qt.Key.Key_Return)
    await until(lambda: app.window.stack.isVisible() and not frame.findChildren(QWidget, "curtain"))
    if CANARY in frame.windowTitle() and app.window.outermost() is frame:
        QTest.keyClick(app.window, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
        await until(lambda: bool(palettes(app)))
        say("back")
    app.quit(0)


def named(frame: QWidget, name: str) -> QWidget:
    return next(iter(frame.findChildren(QWidget, name)))


def palettes(app: App) -> list[QWidget]:
    return app.window.findChildren(QWidget, "palette")


async def damaged(app: App, store_dir: Path) -> None:
    say("open")
    (store_dir / keyslot.NAME).write_bytes(b"{")
    app.window.actions_registry.run("lock")
    text = next(iter(app.window.outermost().findChildren(QLabel, "curtain.text"))).text()
    if not app.window.stack.isVisible() and "could not be locked" in text:
        say("hidden")
    app.quit(0)


async def early(app: App) -> None:
    await until(lambda: any(cards.model().rowCount() for cards in app.window.findChildren(CardGrid)))
    speaking = ("httpx", "websockets", "socketio", "aiohttp", "pyqtgraph", "console.api.platforms.kong")
    say(f"loaded: {[name for name in speaking if name in sys.modules]}")
    app.quit(0)


async def until_told(app: App) -> None:
    async with asyncio.timeout(20):
        while not any("The record is" in label.text() for label in app.window.banners.findChildren(QLabel)):
            await asyncio.sleep(0.02)
    say("told")
    app.quit(0)


def main() -> int:
    what, home = sys.argv[1], Home.at(Path(sys.argv[2]))
    drives = {
        "stay": stay,
        "slot": fail,
        "quit": lambda app: quit_with(app, 3),
        "full": until_told,
        "crash": crash,
        "hooks": hooks,
        "banners": banners,
        "marks": lambda app: quit_with(app, 0),
        "lock": lock,
        "curtain": curtain,
        "early": early,
        "damaged": lambda app: damaged(app, home.store_dir),
    }
    key: KeyChoice | None = None if what in _KEPT else MemoryOnly()

    if what == "early":
        window_program.HEAD_START_S = 60.0  # however slow this machine is
    if what == "full":
        RecordLimit.warn_bytes = property(lambda _limit: 1)  # type: ignore[assignment, method-assign]
    asking = unlock.UnlockPresenter.ask

    async def ask(presenter: unlock.UnlockPresenter, error: StoreError) -> KeyChoice | None:
        say("asked")
        return await asking(presenter, error)

    unlock.UnlockPresenter.ask = ask  # type: ignore[method-assign, assignment]  # to tell when the page is there
    code = start.run(home, key=key, theme=Choice.LIGHT, drive=drives.get(what))
    if what == "quit":
        say(f"copied: {QGuiApplication.clipboard().text()!r}")
    return code


if __name__ == "__main__":
    sys.exit(main())
