"""The one window: rail, view, status bar."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QCloseEvent, QPainter, QPen
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from console.i18n import tr
from console.model.profile import NAME_LIMIT
from console.presenters.display import printable
from console.presenters.shell import HOME
from console.views import tab_order
from console.views.actions import ActionRegistry, Command
from console.views.banner import Banners
from console.views.commands import gateway_commands, password_command, window_commands
from console.views.connection_sheet import ConnectionSheet
from console.views.destinations import UPLOADS, ViewShelf, destinations
from console.views.frame import MINIMUM, NARROW_BELOW_PX
from console.views.login.view import LoginView, Page
from console.views.palette import CommandPalette
from console.views.password_sheet import PasswordSheet
from console.views.rail import Rail
from console.views.shortcut_sheet import ShortcutSheet
from console.views.status_bar import StatusBar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from PySide6.QtCore import QSettings
    from PySide6.QtGui import QPaintEvent, QResizeEvent

    from console.presenters.accounts import AccountPresenter
    from console.presenters.login import LoginPresenter
    from console.presenters.passphrase import PassphrasePresenter
    from console.presenters.shell import ShellPresenter, ShellState
    from console.presenters.unlock import UnlockPresenter
    from console.views.destinations import DestinationView
    from console.views.popup import Popup
    from console.views.theme import Choice, ThemeProvider

FRAME_PX = 3
_GO = "gateway.go."  # and the name of a profile


class MainWindow(QWidget):
    """Shows an empty shell at once; `attach` fills it when the services are there.

    Attributes:
        actions_registry: Everything the operator can do.
        memory: What is remembered of its arrangement.
    """

    close_wanted = Signal()
    removal_wanted = Signal(str)  # name of a profile
    theme_chosen = Signal(str)  # a word of `Choice`
    renewal_wanted = Signal()  # of the store; see `UnlockForm`
    lock_wanted = Signal()

    def __init__(self, themes: ThemeProvider, memory: QSettings) -> None:
        super().__init__()
        self.setObjectName("window")
        self.setWindowTitle("Gatewatch")
        self.setMinimumSize(MINIMUM)
        self._themes = themes
        self.memory = memory
        self._shell: ShellPresenter | None = None
        self._login: LoginView | None = None
        self._make_login: Callable[[], LoginView] | None = None
        self._shelf: ViewShelf | None = None
        self._incarnations: dict[str, int] = {}
        self._popup: Popup | None = None
        self.actions_registry = ActionRegistry(self)
        self._destinations = {one.key: one for one in destinations()}
        self.rail = Rail(themes, tuple(self._destinations.values()))
        self.banners = Banners(themes)
        self.status = StatusBar(themes)
        self.stack = QStackedWidget()
        self.stack.setObjectName("views")
        self.stack.addWidget(QWidget())  # what is there before the store is open
        self._lay_out()
        for command in window_commands(self):
            self.actions_registry.add(command)
        self.rail.setEnabled(False)
        self.actions_registry.failed.connect(
            lambda text, incident: self.tell(
                tr("“{action}” failed. Incident {id} is in the log.", action=text, id=incident)
            )
        )

    # Life

    def attach(
        self, shell: ShellPresenter, login: LoginPresenter, makers: Mapping[str, Callable[[str], DestinationView]]
    ) -> None:
        """Begin to show what the services say; `makers` as for `ViewShelf`."""
        self._shell = shell
        self._shelf = ViewShelf(self.stack, self.memory, makers)
        for command in gateway_commands(self, shell, tuple(self._destinations.values())):
            self.actions_registry.add(command)
        self.actions_registry.add(password_command(self, shell, login.accounts))
        while (before := self.stack.currentWidget()) is not None:  # the empty page, the one that opened the store
            self.stack.removeWidget(before)
            before.deleteLater()
        self._make_login = lambda: self._login_view(shell, login)
        self.rail.gateway_chosen.connect(self.choose_gateway)
        self.rail.view_chosen.connect(self.go)
        self.status.try_now.connect(shell.try_now)
        self.status.sign_in_wanted.connect(shell.ask_for_sign_in)
        self.status.palette_wanted.connect(self.open_palette)
        self.status.story_wanted.connect(self.open_story)
        self.status.uploads_wanted.connect(lambda: self.go(UPLOADS))
        login.added.connect(self.choose_gateway)
        login.sign_in_changed.connect(lambda _state: self._render(shell.state))
        self.rail.setEnabled(True)
        shell.state_changed.connect(self._render)
        self._render(shell.state)

    def show_unlock(self, presenter: UnlockPresenter) -> None:
        """The page that opens the store, instead of everything else."""
        from console.views.login.unlock_form import UnlockForm  # noqa: PLC0415  (brings the store; most starts need none)

        form = UnlockForm(presenter, self._themes)
        form.renewal_wanted.connect(self.renewal_wanted)
        page = Page("unlock.page", form)
        self.stack.addWidget(page)
        self.stack.setCurrentWidget(page)
        self.status.say(tr("The local store is not open yet."))

    def tell(self, text: str) -> None:
        """A sentence above the view, until it is put away."""
        self.banners.tell(text)

    def raise_up(self) -> None:
        """Come to the front: somebody started the program a second time."""
        window = self.outermost()
        window.setWindowState(window.windowState() & ~Qt.WindowState.WindowMinimized)
        window.show()
        window.raise_()
        window.activateWindow()

    def outermost(self) -> QWidget:
        """The window on screen, also while a curtain keeps this one out of sight."""
        window = self.window()
        while (above := window.parentWidget()) is not None:
            window = above.window()
        return window

    def known_view(self, key: str, gateway: str) -> DestinationView | None:
        """A destination's view, once it was shown."""
        return self._shelf.known(key, gateway) if self._shelf is not None else None

    def choose_gateway(self, name: str) -> None:
        """Make this the current gateway, and show a view of it; the empty name is "add one"."""
        if self._shell is not None:
            stays = name and self._destinations[self._shell.state.destination].of_gateway
            self._shell.choose(name, "" if stays else HOME)

    def show_service(self, gateway: str, service_id: str) -> None:
        """Health of a gateway, with one service opened where it is known; whoever isn't signed in is asked first."""
        self.show_part(HOME, gateway, service_id)

    def show_part(self, key: str, gateway: str, id_: str) -> None:
        """A view of a gateway, with one of its things opened, such as a document; sign-in comes first."""
        if self._shell is None:
            return
        self._shell.choose(gateway, key)
        if (view := self.known_view(key, gateway)) is not None and self.stack.currentWidget() is view and id_:
            view.show_part(id_)

    def go(self, key: str) -> None:
        """Show a destination's view, and give it the keyboard."""
        if self._shell is not None:
            self._shell.go(key)
            self.focus_view()

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802  (Qt's name)
        """Closing the window ends the program, on the program's own path."""
        if self._shelf is not None:
            self._shelf.keep()
        event.ignore()
        self.close_wanted.emit()

    # What is shown

    def _render(self, state: ShellState) -> None:
        shell, make_login, shelf = self._shell, self._make_login, self._shelf
        if shell is None or make_login is None or shelf is None:
            return
        item = state.gateway
        wanted = self._destinations[state.destination]
        signs_in = wanted.of_gateway and (not state.current or (wanted.needs_sign_in and state.wants_sign_in))
        self.rail.render_state(state, "" if signs_in else wanted.key)
        self.status.render_state(state)
        self.banners.set_sandbox(shown=item is not None and item.sandbox)
        title = [printable(state.current, NAME_LIMIT)] if item is not None else []
        if state.tenant:
            title.append(printable(state.tenant, NAME_LIMIT))
        if item is not None and item.production:
            title.append(tr("PRODUCTION"))
        self.setWindowTitle(" — ".join([*title, "Gatewatch"]))
        self._keep_up({one.name: one.incarnation for one in state.gateways})
        if signs_in:
            self._login = self._login or make_login()
            self._login.render_state(state)
            self._show(self._login)
        else:
            self._show(shelf.view(wanted.key, state.current if wanted.of_gateway else ""))
        self.update()

    def _login_view(self, shell: ShellPresenter, login: LoginPresenter) -> LoginView:
        """Made when first wanted: a start that is signed in already shows Health the sooner."""
        view = LoginView(login, self._themes)
        self.stack.addWidget(view)
        view.record_wanted.connect(shell.look_at_record)
        view.tenant_left.connect(shell.keep_tenant)
        view.sign_out_wanted.connect(shell.sign_out)
        view.removal_wanted.connect(self.removal_wanted)
        return view

    def _show(self, view: QWidget) -> None:
        if self.stack.currentWidget() is not view:
            self.stack.setCurrentWidget(view)
            if self._popup is None:
                self.focus_view()

    def _keep_up(self, incarnations: dict[str, int]) -> None:
        """Commands and views for the gateways that there are, none for those that are gone or reached otherwise."""
        names, before = tuple(incarnations), self._incarnations
        self._incarnations = incarnations
        if self._shelf is not None:
            for name in names:
                if before.get(name, incarnations[name]) != incarnations[name]:
                    self._shelf.drop(name)
        if names == tuple(before):
            return
        self.actions_registry.remove(_GO)
        for name in names:
            text = tr("Go to {name}", name=printable(name, NAME_LIMIT))
            go = partial(self.choose_gateway, name)
            self.actions_registry.add(Command(id=f"{_GO}{name}", text=text, group=tr("Gateway"), handler=go))
        if self._shelf is not None:
            self._shelf.drop_all_but(names)

    def focusNextPrevChild(self, forward: bool) -> bool:  # noqa: N802  (Qt's name)
        """Tab reads the window: the rail downwards, the view, the status bar. A sheet over it keeps the key."""
        parts = (
            (self._popup,) if self._popup is not None else (*self.rail.parts(), self.banners, self.stack, self.status)
        )
        return tab_order.step(parts, forward=forward)

    def focus_view(self) -> None:
        """Give the keyboard to the view that is shown."""
        view = self.stack.currentWidget()
        if isinstance(view, LoginView):
            view.take_focus()
        elif view is not None:
            view.setFocus(Qt.FocusReason.OtherFocusReason)

    # Over the window

    def choose_theme(self, choice: Choice) -> None:
        """Wear this theme now; whoever hears of it keeps it."""
        self._themes.choose(choice)
        self.theme_chosen.emit(choice.value)

    def open_palette(self) -> None:
        """Every command, found by a few letters."""
        self._open(CommandPalette(self, self._themes, self.actions_registry))

    def open_keys(self) -> None:
        """Every key."""
        self._open(ShortcutSheet(self, self._themes, self.actions_registry))

    def open_story(self) -> None:
        """Everything known about the current connection."""
        if self._shell is not None and self._shell.state.current:
            self._open(ConnectionSheet(self, self._themes, self._shell))

    def open_password(self, accounts: AccountPresenter) -> None:
        """A form for a new password of whoever is signed in to the current gateway."""
        if self._shell is not None and self._shell.state.current:
            accounts.choose(self._shell.state.current)
            self._open(PasswordSheet(self, self._themes, accounts))

    def open_passphrase(self, presenter: PassphrasePresenter) -> None:
        """The form for the step about the store's passphrase that was begun."""
        from console.views.settings.passphrase import PassphraseSheet  # noqa: PLC0415  (when it is wanted)

        self._open(PassphraseSheet(self, self._themes, presenter))

    def _open(self, popup: Popup) -> None:
        if self._popup is not None:
            self._popup.leave()
        self._popup = popup
        popup.closed.connect(self._forget_popup)
        popup.open()

    def _forget_popup(self) -> None:
        self._popup = None

    # Geometry and paint

    def _lay_out(self) -> None:
        middle = QVBoxLayout()
        middle.setSpacing(0)
        middle.addWidget(self.banners)
        middle.addWidget(self.stack, 1)
        row = QHBoxLayout()
        row.setSpacing(0)
        row.addWidget(self.rail)
        row.addLayout(middle, 1)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._column.addLayout(row, 1)
        self._column.addWidget(self.status)
        self._themes.changed.connect(self.update)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802  (Qt's name)
        """The rail gives way first."""
        super().resizeEvent(event)
        self.rail.set_narrow(narrow=self.width() < NARROW_BELOW_PX)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802  (Qt's name)
        """A production gateway frames the window."""
        production, label = False, ""
        if self._shell is not None and (item := self._shell.state.gateway) is not None:
            production, label = item.production, item.label
        margin = FRAME_PX if production else 0
        if self._column.contentsMargins().left() != margin:
            self._column.setContentsMargins(margin, margin, margin, margin)
        if production:
            painter = QPainter(self)
            painter.setPen(QPen(self._themes.current.label_colour(label), FRAME_PX))
            half = FRAME_PX / 2
            painter.drawRect(QRectF(self.rect()).adjusted(half, half, -half, -half))
