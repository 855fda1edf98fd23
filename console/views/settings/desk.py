"""The settings in the window: what they change at once, and the view that changes them, made when it is wanted."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QGuiApplication

from console.i18n import tr
from console.model.muting import muted
from console.presenters.alerts import AlertPresenter
from console.presenters.settings import Book, SettingsPresenter
from console.presenters.task_scope import TaskScope
from console.views.alert_tray import AlertTray
from console.views.appearance import Wardrobe
from console.views.dialogs import Question, ask
from console.views.opening import FORMER_THEME_KEY, former_theme

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from console.model.preferences import Preferences
    from console.presenters.gateway_editor import GatewayEditor
    from console.presenters.passphrase import PassphrasePresenter
    from console.services.latest import Latest
    from console.services.ports import GatewayDirectory
    from console.views.main_window import MainWindow
    from console.views.settings.view import SettingsView
    from console.views.theme import ThemeProvider

THEME = "appearance.theme"


class Preferred(Book, Protocol):
    """See `console.services.preferences.PreferenceBook`."""

    @property
    def current(self) -> Latest[Preferences]:
        """What the operator prefers."""


class SettingsDesk(QObject):
    """Wears what is preferred, also when the file is changed by hand, and asks before a broken file is put aside.

    `store_dir` is the open store's; None when it keeps nothing on disk.
    """

    def __init__(
        self,
        window: MainWindow,
        themes: ThemeProvider,
        book: Preferred,
        directory: GatewayDirectory,
        on_error: Callable[[str, Exception], None],
        store_dir: Path | None = None,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._themes = themes
        self._book = book
        self._tasks = TaskScope(self, on_error)
        self._view: SettingsView | None = None
        self._store_dir = store_dir
        self._on_error = on_error
        self._passphrase: PassphrasePresenter | None = None
        self._wardrobe = Wardrobe(themes, book.current.value.appearance)
        self._presenter = SettingsPresenter(book, on_error, self)
        self._directory = directory
        self._editor: GatewayEditor | None = None  # brings the dialect of its first gateway
        for problem in self._presenter.state.problems:
            if not self._presenter.state.broken:  # that one is told by whoever opened the gateways
                window.tell(problem)
        window.theme_chosen.connect(lambda word: self._presenter.keep(THEME, word))
        self._presenter.repair_wanted.connect(self._ask_repair)
        self._presenter.not_kept.connect(self._tell_not_kept)
        if isinstance(application := QGuiApplication.instance(), QGuiApplication):
            application.applicationStateChanged.connect(self._activated)
        self._alerts = AlertPresenter(directory, book.current, on_error, muted=self._is_muted, parent=self)
        tray = AlertTray(window)
        self._alerts.raised.connect(tray.show_alert)
        tray.chosen.connect(self._go_to)
        self._alerts.start()
        self._migrate_theme()
        self._tasks.start("wear preferences", self._wear)

    async def stop(self) -> None:
        """Cancel what is under way."""
        await self._tasks.close()
        await self._presenter.stop()
        if self._editor is not None:
            await self._editor.stop()
        if self._passphrase is not None:
            await self._passphrase.stop()
        await self._alerts.stop()

    def view(self, _gateway: str) -> SettingsView:
        """The view, for `console.views.destinations.ViewShelf`."""
        from console.presenters.gateway_editor import GatewayEditor  # noqa: PLC0415  (when it is wanted)
        from console.presenters.passphrase import PassphrasePresenter  # noqa: PLC0415  (brings the store)
        from console.views.settings.view import SettingsView  # noqa: PLC0415  (when it is wanted)

        self._passphrase = passphrase = PassphrasePresenter(self._store_dir, self._on_error, parent=self)
        self._editor = editor = GatewayEditor(self._directory, self._on_error, self)
        view = SettingsView(self._presenter, editor, passphrase, self._themes)
        view.passphrase_wanted.connect(lambda: self._window.open_passphrase(passphrase))
        self._view = view
        view.repair_wanted.connect(self._ask_repair)
        view.removal_wanted.connect(self._window.removal_wanted)
        view.addition_wanted.connect(lambda: self._window.choose_gateway(""))
        return view

    async def _wear(self) -> None:
        async with aclosing(self._book.current.follow()) as changes:
            async for preferred in changes:
                self._wardrobe.wear(preferred.appearance)

    def _migrate_theme(self) -> None:
        """What was chosen before the settings held it, once."""
        former = former_theme(self._window.memory)
        if former is None or self._presenter.state.broken:
            return
        if not any(row.is_set for row in self._presenter.state.rows if row.setting.key == THEME):
            self._presenter.keep(THEME, former.value)
        self._window.memory.remove(FORMER_THEME_KEY)

    def _tell_not_kept(self, why: str) -> None:
        """A theme chosen by its key, say, while no form is there to say it."""
        if self._view is None or not self._view.isVisible():
            self._window.tell(tr("The setting is not kept: {why}.", why=why))

    def _is_muted(self, gateway: str, service: str, at: datetime) -> bool:
        return muted(self._book.held.value.reading.mutes, gateway, service, at)

    def _go_to(self, gateway: str) -> None:
        self._window.raise_up()
        self._window.choose_gateway(gateway)

    def _activated(self, state: Qt.ApplicationState) -> None:
        if state is Qt.ApplicationState.ApplicationActive:
            self._presenter.look()  # back from the editor, perhaps

    def _ask_repair(self) -> None:
        async def work() -> None:
            question = Question(
                self._window,
                self._themes,
                headline=tr("Repair the settings file?"),
                detail=tr(
                    "It can't be understood, so nothing can be kept in it. It is renamed to"
                    " settings.toml.broken and the date, and the settings and gateways that are in use now are written"
                    " to a new one. Or correct it by hand, and choose Read again."
                ),
                verb=tr("Keep it aside and write a new one"),
            )
            if await ask(question):
                self._presenter.repair()
            else:
                self._presenter.give_up_change()

        self._tasks.start("ask repair", work)
