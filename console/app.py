"""The program with its window: application, loop, presenters, the one way in and the one way out."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import importlib
import logging
import os
import signal
import sys
import uuid
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

# isort: split
import qasync  # after PySide6: it takes the binding that is loaded

from console import crash, logs
from console.garbage import collected_here
from console.i18n import tr
from console.marks import wanted
from console.model.errors import GatewatchError, StoreError, StoreLocked
from console.model.record import Action
from console.presenters.login import LoginPresenter
from console.presenters.shell import HOME, ShellPresenter
from console.presenters.task_scope import TaskScope
from console.views.clipboard import secret_clipboard
from console.views.destinations import DIAGNOSTICS, DOCUMENTS, SETTINGS
from console.views.dialogs import Question, ask
from console.views.frame import Frame
from console.views.main_window import MainWindow
from console.views.notices.desk import NoticeDesk
from console.views.paint_watch import PaintWatch
from console.views.presence import Presence
from console.views.settings.desk import SettingsDesk
from console.views.theme import Choice, Theme
from console.views.uploads.desk import UploadsDesk
from console.views.widgets.glyph import window_icon

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from PySide6.QtWidgets import QApplication

    from console.composition import Console
    from console.instance import Instance
    from console.paths import Home
    from console.presenters.unlock import UnlockPresenter
    from console.services.directory import Directory
    from console.store.key import KeyChoice
    from console.store.record import Record
    from console.views.diagnostics.view import DiagnosticsView
    from console.views.documents.view import DocumentsView
    from console.views.health.view import HealthView
    from console.views.theme import ThemeProvider

_log = logging.getLogger(__name__)

QUIT_LIMIT_S = 2.0
HEAD_START_S = 0.3
RETENTION_AFTER_S = 5.0
PASSPHRASE_VARIABLE = "GATEWATCH_PASSPHRASE"  # noqa: S105  (the variable's name)


class App:
    """What runs in the window's loop. `drive` in `run` gets it once the services are there.

    Attributes:
        window: The window.
        themes: What it looks like.
        shell: Which gateway it shows.
        login: How gateways are signed in to.
        directory: The gateways.
    """

    def __init__(self, home: Home, window: MainWindow, themes: ThemeProvider, instance: Instance | None) -> None:
        self.window = window
        self.themes = themes
        self.shell: ShellPresenter
        self.login: LoginPresenter
        self.directory: Directory
        self._record: Record
        self._home = home
        self._instance = instance
        self._ended: asyncio.Future[int] = asyncio.get_event_loop().create_future()
        self._owner = QObject()  # of what outlives a window that was locked
        self._drives = TaskScope(self._owner, self.report)
        self._unlock: UnlockPresenter | None = None
        self._incidents: dict[str, str] = {}  # by what failed and where
        self._lock_wanted: asyncio.Future[None] = asyncio.get_event_loop().create_future()
        self._key: KeyChoice | None = None
        self._driven = False
        self._locked = False
        self._take(window)
        if instance is not None:
            instance.raised.connect(self._raise)
            for warning in instance.warnings:
                window.tell(warning)

    def _take(self, window: MainWindow) -> None:
        self.window = window
        self._tasks = TaskScope(window, self.report)
        window.close_wanted.connect(self.quit)
        window.removal_wanted.connect(self._remove)
        window.renewal_wanted.connect(self._renew_store)
        window.lock_wanted.connect(self.lock)

    def lock(self) -> None:
        """Forget the key and everything shown until the passphrase is given; without one, only hide the window."""
        frame = self.window.outermost()
        if self._lock_wanted.done() or not isinstance(frame, Frame) or frame.covered or self._asking:
            return
        secret_clipboard().clear()  # also where it is only a curtain
        from console.store.key import MemoryOnly  # noqa: PLC0415  (the store is there by now)
        from console.store.passphrase import locks  # noqa: PLC0415  (see above)
        from console.views.curtain import Curtain  # noqa: PLC0415  (when it is wanted)

        try:
            if self._key is not None and locks(self._home.store_dir, self._key):
                self._lock_wanted.set_result(None)
                return
        except StoreError as exc:  # whoever leaves must not leave everything on screen
            _log.warning("no lock, a curtain: %s", exc, exc_info=exc)
            Curtain(frame, self.themes, _explained(exc))
            return
        nothing_kept = isinstance(self._key, MemoryOnly)
        why = tr("Nothing is kept on this computer, so there is no passphrase to ask for.") if nothing_kept else ""
        Curtain(frame, self.themes, why)

    def _raise(self) -> None:
        self.window.raise_up()  # the present one; a lock makes a new one

    @property
    def _asking(self) -> bool:
        return self._unlock is not None

    def quit(self, code: int = 0) -> None:
        """End the program on its one way out."""
        if not self._ended.done():
            self._ended.set_result(code)

    def report(self, what: str, error: Exception) -> None:
        """An error that nobody handled: shown once, logged with an id, the program goes on."""
        if isinstance(error, GatewatchError):
            _log.warning("%s: %s", what, error, exc_info=error)
            self.window.tell(_explained(error))
            return
        place = error.__traceback__.tb_lineno if error.__traceback__ is not None else 0
        bug = f"{what} {type(error).__name__} {place}"
        if (known := self._incidents.get(bug)) is not None:
            _log.error("%s failed again, incident %s: %s", what, known, error)
            return
        incident = self._incidents[bug] = uuid.uuid4().hex[:8]
        _log.error("%s failed, incident %s", what, incident, exc_info=error)
        self.window.tell(tr("An error in the program was logged as incident {id}.", id=incident))

    async def main(self, key: KeyChoice | None, drive: Callable[[App], Awaitable[None]] | None) -> int:
        """Open the store, show what it holds, go live; until somebody quits."""
        keys = importlib.import_module("console.store.key")
        while not self._ended.done():
            try:
                await self._open(key or keys.Auto(), drive)
                if self._lock_wanted.done() and not self._ended.done():
                    self._lock_wanted = asyncio.get_running_loop().create_future()
                    # Not None: what the environment says opened the store once, and must not undo the lock.
                    key = self._key = keys.Auto()
                    gc.collect()  # presenters and models hold each other; their texts go with them
            except (StoreError, OSError) as exc:
                error = exc if isinstance(exc, StoreError) else StoreError(str(exc), path=self._home.store_dir)
                key = _key_from_environment(error, key) or await self._ask_key(error)
        return self._ended.result()

    async def _open(self, key: KeyChoice, drive: Callable[[App], Awaitable[None]] | None) -> None:
        composition = importlib.import_module("console.composition")
        async with composition.open_console(self._home, key, head_start_s=HEAD_START_S) as console:
            self._key = key
            await self._work(console, drive)

    async def _work(self, console: Console, drive: Callable[[App], Awaitable[None]] | None) -> None:
        self.directory = console.directory
        if self._locked:
            self._locked = False
            await console.actions.note("", Action.UNLOCKED)
        for notice in console.notices:
            self.window.tell(notice.text)
        if (problem := console.directory.settings_problem) is not None:
            self.report("settings", problem)
        self.shell = ShellPresenter(console.directory, self.report)
        self.login = login = LoginPresenter(console.directory, self.report)
        await console.directory.restored()  # or a start that is signed in would show the sign-in form first
        self.shell.start()
        retention = console.retention
        self._tasks.start("retention", lambda: retention.run(self.window.tell, first_after_s=RETENTION_AFTER_S))
        from console.store.key import MemoryOnly  # noqa: PLC0415  (the store is there by now)

        store_dir = None if isinstance(self._key, MemoryOnly) else self._home.store_dir
        desk = SettingsDesk(self.window, self.themes, console.preferences, console.directory, self.report, store_dir)
        self._record = console.record
        makers = {HOME: self._health_view, DIAGNOSTICS: self._diagnostics_view, DOCUMENTS: self._documents_view}
        works = {"notices": console.centre.run, "uploads": console.uploads.run, "watch folders": console.watching.run}
        for name, work in works.items():
            self._tasks.start(name, work)
        uploads = UploadsDesk(
            self.window, self.themes, console.uploads, console.directory, lambda: self.shell.state.current, self.report
        )
        notices = NoticeDesk(
            self.window, self.themes, console.centre, console.directory, self.report, uploads=uploads.unfinished
        )
        self.window.attach(self.shell, login, {**makers, SETTINGS: desk.view, **notices.makers, **uploads.makers})
        self._unlock = None  # its page went when the window was attached
        presence = Presence(self.window, lambda: console.preferences.current.value.security)
        preferred = console.preferences.current  # and no more of the console: the clipboard outlives a lock
        secret_clipboard().follow(lambda: preferred.value.security.clear_clipboard_after_s)
        presence.lock_due.connect(self.lock)
        if drive is not None and not self._driven:
            self._driven = self._drives.start("drive", lambda: self._drive(drive))
        try:
            await asyncio.wait((self._ended, self._lock_wanted), return_when=asyncio.FIRST_COMPLETED)
        finally:
            secret_clipboard().clear()
            leaving = self._ended.done() or not self._lock_wanted.done()
            if leaving:
                self.window.outermost().hide()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(QUIT_LIMIT_S):
                    if leaving:
                        await self._drives.close()
                    await self._tasks.close()
                    for part in (desk, notices, uploads, login, self.shell):
                        await part.stop()
            if not leaving:
                self._empty()
                self._locked = True
                await console.actions.note("", Action.LOCKED)

    def _empty(self) -> None:
        """A new window in place of the one that shows what nobody may see now."""
        frame, memory = self.window.outermost(), self.window.memory
        fresh = MainWindow(self.themes, memory)
        # What is connected to them holds them in turn, out of the collector's sight.
        self.shell.deleteLater()
        self.login.deleteLater()
        del self.shell, self.login, self.directory, self._record
        self._take(fresh)
        if isinstance(frame, Frame):
            frame.adopt(fresh)

    async def _drive(self, drive: Callable[[App], Awaitable[None]]) -> None:
        try:
            await drive(self)
        except BaseException:
            self.quit(1)
            raise

    def _health_view(self, name: str) -> HealthView:
        from console.presenters.health import HealthPresenter  # noqa: PLC0415  (after the first paint)
        from console.views.health.view import HealthView  # noqa: PLC0415  (see above)

        presenter = HealthPresenter(self.directory.session(name), self.report)
        view = HealthView(presenter, self.themes)
        presenter.setParent(view)
        if wanted():
            PaintWatch(view.grid)
        return view

    def _diagnostics_view(self, name: str) -> DiagnosticsView:
        from console.views.diagnostics.desk import diagnostics_view  # noqa: PLC0415  (when it is wanted)

        return diagnostics_view(name, self.directory, self._record, self._home, self.themes, self.report)

    def _documents_view(self, name: str) -> DocumentsView:
        from console.views.documents.desk import documents_view  # noqa: PLC0415  (when it is wanted)

        return documents_view(self.directory.session(name), self.themes, self.report)

    async def _ask_key(self, error: StoreError) -> KeyChoice | None:
        """Show the page that opens the store, and wait for the answer; None when the program is ended instead."""
        if self._unlock is None:
            from console.presenters.unlock import UnlockPresenter  # noqa: PLC0415  (brings the store)

            self._unlock = UnlockPresenter(self._home.store_dir, self.window)
            self.window.show_unlock(self._unlock)
        if self._ended.done():
            return None
        self._ended.add_done_callback(lambda _ended: self._give_up())
        return await self._unlock.ask(error)

    def _give_up(self) -> None:
        if self._unlock is not None:
            self._unlock.give_up()

    def _renew_store(self) -> None:
        async def work() -> None:
            question = Question(
                self.window,
                self.themes,
                headline=tr("Begin with an empty store?"),
                detail=tr(
                    "The present store is put aside, not deleted: sign-ins and records in it are out of reach until it"
                    " is put back and its key is found."
                ),
                verb=tr("Put it aside"),
            )
            if await ask(question) and self._unlock is not None:
                await self._unlock.begin_anew()

        self._tasks.start("renew the store", work)

    def _remove(self, name: str) -> None:
        async def work() -> None:
            question = Question(
                self.window,
                self.themes,
                headline=tr("Remove {name}?", name=name),
                detail=tr("Its sign-in is ended and its profile forgotten. What was recorded of it stays."),
                verb=tr("Remove"),
                typed=name if (item := self.shell.state.gateway) is not None and item.production else "",
            )
            if await ask(question):
                self.shell.remove(name)

        self._tasks.start("remove", work)


def run(
    home: Home,
    application: QApplication,
    frame: Frame,
    instance: Instance,
    *,
    key: KeyChoice | None,
    verbose: bool,
    drive: Callable[[App], Awaitable[None]] | None,
) -> int:
    """Fill the frame and stay until it is closed; the exit code. See `console.start.run`."""
    logs.begin(home.logs_dir, verbose=verbose)
    crashed = crash.keep(home.logs_dir)
    light = Theme.load(Choice.LIGHT)  # the icon stands on other programs' surfaces, whatever theme ours has
    application.setWindowIcon(window_icon(light.accent, light.on_accent))
    loop = qasync.QEventLoop(application)
    asyncio.set_event_loop(loop)
    with loop, collected_here(application):
        # In no variable here: a window that was locked must be forgotten.
        app = App(home, MainWindow(frame.themes, frame.memory), frame.themes, instance)
        frame.adopt(app.window)
        if crashed is not None:
            app.window.tell(crashed.text)
        _watch_signals(loop, app)
        unhandled = sys.excepthook
        sys.excepthook = lambda _kind, error, _trace: _slot_failed(app, error)
        loop.set_exception_handler(lambda _loop, context: _task_failed(app, context))
        try:
            code: int = loop.run_until_complete(app.main(key, drive))
            return code
        finally:
            sys.excepthook = unhandled
            instance.release()
            frame.deleteLater()


def _watch_signals(loop: asyncio.AbstractEventLoop, app: App) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        try:
            loop.add_signal_handler(number, app.quit)
        except (NotImplementedError, RuntimeError, ValueError):  # Windows has none
            signal.signal(number, lambda *_: app.quit())


def _slot_failed(app: App, error: BaseException) -> None:
    """PySide gives here what a slot raised."""
    if isinstance(error, Exception):
        app.report("slot", error)
    else:  # KeyboardInterrupt, SystemExit
        app.quit(1)


def _task_failed(app: App, context: dict[str, object]) -> None:
    error = context.get("exception")
    if isinstance(error, Exception):
        app.report("task", error)
    else:
        _log.error("event loop: %s", context.get("message"))


def _explained(error: GatewatchError) -> str:
    from console.services.explain import explain  # noqa: PLC0415  (a start without errors needs it later)

    return explain(error).text


def _key_from_environment(error: StoreError, tried: KeyChoice | None) -> KeyChoice | None:
    """The passphrase of the environment, where one is wanted and it was not tried yet."""
    text = os.environ.get(PASSPHRASE_VARIABLE)
    if not text or tried is not None or not isinstance(error, StoreLocked) or error.needs == "keyring":
        return None
    chosen: KeyChoice = importlib.import_module("console.store.key").Passphrase(text)
    return chosen
