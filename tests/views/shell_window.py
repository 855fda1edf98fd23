"""The main window on a fake directory, as `console.app` puts it together."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QSettings
from PySide6.QtWidgets import QWidget

from console.presenters.health import HealthPresenter
from console.presenters.login import LoginPresenter
from console.presenters.shell import HOME, ShellPresenter
from console.services.notice_centre import NoticeCentre
from console.services.preferences import PreferenceBook
from console.settings import Settings
from console.views.destinations import SETTINGS
from console.views.health.view import HealthView
from console.views.main_window import MainWindow
from console.views.notices.desk import NoticeDesk
from console.views.settings.desk import SettingsDesk
from console.views.uploads.desk import UploadsDesk
from tests.presenters.fake_session import FakeClock
from tests.presenters.fake_uploads import FakeQueue

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping
    from pathlib import Path

    from console.views.destinations import DestinationView
    from console.views.theme import ThemeProvider
    from tests.presenters.fake_directory import FakeDirectory


class StrayWindows(QObject):
    """Notes widgets that were shown before they had a parent: each flashes as a window and takes the focus away."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802  (Qt's name)
        if (
            event.type() is QEvent.Type.Show
            and isinstance(watched, QWidget)
            and watched.isWindow()
            and not watched.parent()
        ):
            self.names.append(f"{type(watched).__name__} {watched.objectName()}")
        return False


W = TypeVar("W", bound=QWidget)


@dataclass
class Desk:
    """A window in use. `errors` is what nobody handled."""

    window: MainWindow
    shell: ShellPresenter
    login: LoginPresenter
    book: PreferenceBook
    settings_file: Path
    centre: NoticeCentre
    uploads: UploadsDesk
    queue: FakeQueue
    errors: list[tuple[str, Exception]] = field(default_factory=list)

    def find(self, kind: type[W], name: str) -> W:
        """The visible widget of that name."""
        return next(widget for widget in self.window.findChildren(kind, name) if widget.isVisible())

    def shown(self, name: str) -> bool:
        """Whether a widget of that name is on screen."""
        return any(widget.isVisible() for widget in self.window.findChildren(QWidget, name))

    def focus(self) -> str:
        """Name of what has the keyboard."""
        widget = self.window.focusWidget()
        return widget.objectName() if widget is not None else ""


@asynccontextmanager
async def desk(
    directory: FakeDirectory,
    themes: ThemeProvider,
    settings: Path,
    store_dir: Path | None = None,
    queue: FakeQueue | None = None,
    more: Mapping[str, Callable[[str], DestinationView]] | None = None,
) -> AsyncIterator[Desk]:
    """A window that is shown and attached, with `more` makers of views; closed at the end."""
    errors: list[tuple[str, Exception]] = []

    def report(what: str, error: Exception) -> None:
        errors.append((what, error))

    strays = StrayWindows()
    application = QCoreApplication.instance()
    assert application is not None
    application.installEventFilter(strays)
    window = MainWindow(themes, QSettings(str(settings), QSettings.Format.IniFormat))
    window.resize(1240, 780)
    window.show()
    shell = ShellPresenter(directory, report, FakeClock())
    login = LoginPresenter(directory, report)

    def health(name: str) -> HealthView:
        presenter = HealthPresenter(directory.session(name), report, FakeClock())
        view = HealthView(presenter, themes)
        presenter.setParent(view)
        return view

    shell.start()
    settings_file = settings.with_name("settings.toml")
    book = PreferenceBook(Settings(settings_file), directory)
    settings_desk = SettingsDesk(window, themes, book, directory, report, store_dir)
    centre = NoticeCentre(directory, book, FakeClock(), interval_s=0.01)
    following = asyncio.get_running_loop().create_task(centre.run())
    queue = queue or FakeQueue()
    uploads = UploadsDesk(window, themes, queue, directory, lambda: shell.state.current, report, FakeClock())
    notice_desk = NoticeDesk(window, themes, centre, directory, report, FakeClock(), uploads.unfinished)
    makers = {HOME: health, SETTINGS: settings_desk.view, **notice_desk.makers, **uploads.makers}
    window.attach(shell, login, makers | dict(more or {}))
    await until(lambda: len(shell.state.gateways) == len(directory.profiles.value))
    try:
        yield Desk(window, shell, login, book, settings_file, centre, uploads, queue, errors)
    finally:
        application.removeEventFilter(strays)
        await shell.stop()
        await login.stop()
        await settings_desk.stop()
        await notice_desk.stop()
        await uploads.stop()
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
        window.close()
        window.hide()
        window.deleteLater()
        await asyncio.sleep(0.01)
    assert errors == []
    assert strays.names == ["MainWindow window"], strays.names


async def until(holds: Callable[[], bool]) -> None:
    """Wait for the window to get there."""
    async with asyncio.timeout(15):
        while not holds():
            await asyncio.sleep(0.01)
