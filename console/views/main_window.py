"""The one window: rail, view, status bar."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QRectF, Qt, Signal
from PySide6.QtGui import QCloseEvent, QGuiApplication, QPainter, QPen
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from console.i18n import tr
from console.presenters.display import printable
from console.views.actions import ActionRegistry, Command
from console.views.banner import Banners
from console.views.connection_sheet import ConnectionSheet
from console.views.login.view import LoginView, Page
from console.views.palette import CommandPalette
from console.views.rail import Destination, Rail
from console.views.shortcut_sheet import ShortcutSheet
from console.views.status_bar import StatusBar
from console.views.theme import Choice
from console.views.widgets.glyph import Glyph

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtCore import QSettings
    from PySide6.QtGui import QPaintEvent, QResizeEvent

    from console.presenters.login import LoginPresenter
    from console.presenters.shell import ShellPresenter, ShellState
    from console.presenters.unlock import UnlockPresenter
    from console.views.health.view import HealthView
    from console.views.popup import Popup
    from console.views.theme import ThemeProvider

MINIMUM_PX = (760, 480)
FIRST_PX = (1240, 780)
NARROW_BELOW_PX = 1100
FRAME_PX = 3
_GEOMETRY = "window/geometry"


class MainWindow(QWidget):
    """Shows an empty shell at once; `attach` fills it when the services are there.

    Attributes:
        painted: Set when the first frame is on screen.
        actions_registry: Everything the operator can do.
    """

    close_wanted = Signal()
    removal_wanted = Signal(str)  # name of a profile
    renewal_wanted = Signal()  # of the store; see `UnlockForm`

    def __init__(self, themes: ThemeProvider, memory: QSettings) -> None:
        super().__init__()
        self.setObjectName("window")
        self.setWindowTitle("Gatewatch")
        self.setMinimumSize(*MINIMUM_PX)
        self.painted = asyncio.Event()
        self._themes = themes
        self._memory = memory
        self._shell: ShellPresenter | None = None
        self._login: LoginView | None = None
        self._make_health: Callable[[str], HealthView] | None = None
        self._health: dict[str, HealthView] = {}
        self._popup: Popup | None = None
        self.actions_registry = ActionRegistry(self)
        self.rail = Rail(themes, (Destination("health", tr("Health"), Glyph.PULSE),))
        self.banners = Banners(themes)
        self.status = StatusBar(themes)
        self.stack = QStackedWidget()
        self.stack.setObjectName("views")
        self.stack.addWidget(QWidget())  # what is there before the store is open
        self._lay_out()
        self._register()
        self._restore_geometry()
        self.rail.setEnabled(False)
        self.actions_registry.failed.connect(
            lambda text, incident: self.tell(
                tr("“{action}” failed. Incident {id} is in the log.", action=text, id=incident)
            )
        )

    # Life

    def attach(self, shell: ShellPresenter, login: LoginPresenter, make_health: Callable[[str], HealthView]) -> None:
        """Begin to show what the services say."""
        self._shell = shell
        self._make_health = make_health
        self._login = LoginView(login, self._themes)
        self.stack.addWidget(self._login)
        self._login.record_wanted.connect(shell.look_at_record)
        self._login.removal_wanted.connect(self.removal_wanted)
        self.rail.gateway_chosen.connect(self._choose)
        self.rail.view_chosen.connect(lambda _key: self._focus_view())
        self.status.try_now.connect(shell.try_now)
        self.status.sign_in_wanted.connect(shell.ask_for_sign_in)
        self.status.palette_wanted.connect(self.open_palette)
        self.status.story_wanted.connect(self.open_story)
        login.added.connect(shell.choose)
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

    def tell(self, text: str) -> None:
        """A sentence above the view, until it is put away."""
        self.banners.tell(text)

    def raise_up(self) -> None:
        """Come to the front: somebody started the program a second time."""
        self.setWindowState(self.windowState() & ~Qt.WindowState.WindowMinimized)
        self.show()
        self.raise_()
        self.activateWindow()

    def health_view(self, name: str) -> HealthView | None:
        """The Health view of a gateway, once it was shown."""
        return self._health.get(name)

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802  (Qt's name)
        """Closing the window ends the program, on the program's own path."""
        self._memory.setValue(_GEOMETRY, self.saveGeometry())
        event.ignore()
        self.close_wanted.emit()

    # What is shown

    def _render(self, state: ShellState) -> None:
        self.rail.render_state(state, "" if state.wants_sign_in else "health")
        self.status.render_state(state)
        item = state.gateway
        self.banners.set_sandbox(shown=item is not None and item.sandbox)
        title = [printable(state.current, 64)] if item is not None else []
        if item is not None and item.production:
            title.append(tr("PRODUCTION"))
        self.setWindowTitle(" — ".join([*title, "Gatewatch"]))
        self._drop_gone({one.name for one in state.gateways})
        if self._login is None or self._make_health is None:
            return
        if state.wants_sign_in:
            self._login.render_state(state)
            self._show(self._login)
        else:
            if state.current not in self._health:
                view = self._make_health(state.current)
                self._health[state.current] = view
                self.stack.addWidget(view)
            self._show(self._health[state.current])
        self.update()

    def _show(self, view: QWidget) -> None:
        if self.stack.currentWidget() is not view:
            had_focus = self.stack.isAncestorOf(self.focusWidget()) if self.focusWidget() is not None else True
            self.stack.setCurrentWidget(view)
            if had_focus:
                self._focus_view()

    def _drop_gone(self, names: set[str]) -> None:
        for gone in self._health.keys() - names:
            view = self._health.pop(gone)
            self.stack.removeWidget(view)
            view.deleteLater()

    def _focus_view(self) -> None:
        view = self.stack.currentWidget()
        if isinstance(view, LoginView):
            view.take_focus()
        elif view is not None:
            view.setFocus(Qt.FocusReason.OtherFocusReason)

    def _choose(self, name: str) -> None:
        if self._shell is not None:
            self._shell.choose(name)

    # Commands

    def _register(self) -> None:
        add = self.actions_registry.add
        window, gateway = tr("Window"), tr("Gateway")
        add(Command(id="palette", text=tr("Find a command"), keys=("Ctrl+K",), group=window, handler=self.open_palette))
        add(Command(id="keys", text=tr("Show all keys"), keys=("?", "F1"), group=window, handler=self.open_keys))
        add(Command(id="quit", text=tr("Quit"), keys=("Ctrl+Q",), group=window, handler=self.close_wanted.emit))
        for choice, text in (
            (Choice.SYSTEM, tr("Theme of the system")),
            (Choice.LIGHT, tr("Light theme")),
            (Choice.DARK, tr("Dark theme")),
            (Choice.HIGH_CONTRAST, tr("High-contrast theme")),
        ):
            add(Command(id=f"theme.{choice}", text=text, group=window, handler=partial(self._themes.choose, choice)))
        add(
            Command(
                id="view.health", text=tr("Go to Health"), keys=("Ctrl+1",), group=tr("Views"),
                handler=self._focus_view, enabled=self._is_chosen,
            )
        )  # fmt: skip
        add(
            Command(
                id="refresh", text=tr("Ask the gateway now"), keys=("F5", "Ctrl+R"), group=gateway,
                handler=lambda: self._shell.try_now() if self._shell else None, enabled=self._is_chosen,
            )
        )  # fmt: skip
        add(
            Command(
                id="connection",
                text=tr("Show the story of the connection"),
                keys=("Ctrl+I",),
                group=gateway,
                handler=self.open_story,
                enabled=self._is_chosen,
            )
        )
        add(
            Command(
                id="gateway.next", text=tr("Next gateway"), keys=("Ctrl+Tab",), group=gateway,
                handler=lambda: self._shell.choose_next(1) if self._shell else None, enabled=self._is_chosen,
            )
        )  # fmt: skip
        add(
            Command(
                id="gateway.previous", text=tr("Previous gateway"), keys=("Ctrl+Shift+Tab",), group=gateway,
                handler=lambda: self._shell.choose_next(-1) if self._shell else None, enabled=self._is_chosen,
            )
        )  # fmt: skip
        add(
            Command(
                id="gateway.add", text=tr("Add a gateway"), keys=("Ctrl+N",), group=gateway,
                handler=lambda: self._choose(""), enabled=lambda: self._shell is not None,
            )
        )  # fmt: skip
        add(
            Command(
                id="sign-out", text=tr("Sign out"), group=gateway,
                handler=lambda: self._shell.sign_out() if self._shell else None,
                enabled=lambda: self._shell is not None and not self._shell.state.wants_sign_in,
            )
        )  # fmt: skip
        add(
            Command(
                id="gateway.remove", text=tr("Remove this gateway"), group=gateway,
                handler=lambda: self.removal_wanted.emit(self._shell.state.current if self._shell else ""),
                enabled=self._is_chosen,
            )
        )  # fmt: skip

    def _is_chosen(self) -> bool:
        return self._shell is not None and bool(self._shell.state.current)

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

    def _restore_geometry(self) -> None:
        """Where it was, unless that is nowhere: a screen may be gone, the file may be damaged."""
        kept = self._memory.value(_GEOMETRY)
        if not (isinstance(kept, QByteArray) and self.restoreGeometry(kept)):
            self.resize(*FIRST_PX)
        screens = QGuiApplication.screens()
        if not any(screen.availableGeometry().intersects(self.frameGeometry()) for screen in screens):
            self.resize(*FIRST_PX)
            self.move(screens[0].availableGeometry().topLeft())

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
        self.painted.set()
