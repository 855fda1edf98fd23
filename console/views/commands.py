"""What the window's operator can do, from anywhere in it: one list for keys, palette and sheet."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from console.i18n import tr
from console.model.capability import Capability
from console.views.actions import Command
from console.views.theme import Choice

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from console.presenters.accounts import AccountPresenter
    from console.presenters.shell import ShellPresenter
    from console.views.destinations import Destination
    from console.views.main_window import MainWindow


def window_commands(window: MainWindow) -> Iterator[Command]:
    """Those that are there before any gateway is."""

    def make(id_: str, text: str, handler: Callable[[], object], *keys: str, listed: bool = True) -> Command:
        return Command(id=id_, text=text, keys=keys, group=tr("Window"), handler=handler, listed=listed, weight=1)

    yield make("palette", tr("Find a command"), window.open_palette, "Ctrl+K", listed=False)
    yield make("keys", tr("Show all keys"), window.open_keys, "?", "F1")
    for choice, text in (
        (Choice.SYSTEM, tr("Theme of the system")),
        (Choice.LIGHT, tr("Light theme")),
        (Choice.DARK, tr("Dark theme")),
        (Choice.HIGH_CONTRAST, tr("High-contrast theme")),
    ):
        yield make(f"theme.{choice}", text, partial(window.choose_theme, choice))
    yield make("lock", tr("Lock now"), window.lock_wanted.emit, "Ctrl+L")
    yield make("quit", tr("Quit"), window.close_wanted.emit, "Ctrl+Q")


def gateway_commands(
    window: MainWindow, shell: ShellPresenter, destinations: tuple[Destination, ...]
) -> Iterator[Command]:
    """Those on the current gateway, and from one view or gateway to another."""

    def chosen() -> bool:
        return bool(shell.state.current)

    def viewed() -> bool:
        return not shell.state.wants_sign_in

    def make(id_: str, text: str, handler: Callable[[], object], *keys: str, enabled: Callable[[], bool]) -> Command:
        return Command(id=id_, text=text, keys=keys, group=tr("Gateway"), handler=handler, enabled=enabled)

    def reachable(destination: Destination) -> bool:
        return chosen() or not destination.of_gateway

    for number, destination in enumerate(destinations):
        yield Command(
            id=f"view.{destination.key}",
            text=tr("Go to {view}", view=destination.text),
            keys=(f"Ctrl+{number}",),
            group=tr("Views"),
            handler=partial(window.go, destination.key),
            enabled=partial(reachable, destination),
        )
    yield make("refresh", tr("Ask the gateway now"), shell.try_now, "F5", "Ctrl+R", enabled=viewed)
    yield make("connection", tr("Show the story of the connection"), window.open_story, "Ctrl+I", enabled=chosen)
    yield make("gateway.next", tr("Next gateway"), partial(shell.choose_next, 1), "Ctrl+Tab", enabled=chosen)
    yield make(
        "gateway.previous", tr("Previous gateway"), partial(shell.choose_next, -1), "Ctrl+Shift+Tab", enabled=chosen
    )
    yield make("gateway.add", tr("Add a gateway"), partial(window.choose_gateway, ""), "Ctrl+N", enabled=lambda: True)
    yield make("answers.clear", tr("Clear cached answers of this gateway"), shell.clear_answers, enabled=chosen)
    yield make("tenant.switch", tr("Switch tenant"), shell.choose_tenant, enabled=lambda: bool(shell.state.tenant))
    yield make("sign-out", tr("Sign out"), shell.sign_out, enabled=lambda: viewed() or shell.state.wants_tenant)
    yield make(
        "gateway.remove",
        tr("Remove this gateway"),
        lambda: window.removal_wanted.emit(shell.state.current),
        enabled=chosen,
    )


def password_command(window: MainWindow, shell: ShellPresenter, accounts: AccountPresenter) -> Command:
    """Where the platform lets people change their password themselves."""

    def offered() -> bool:
        return not shell.state.wants_sign_in and Capability.CHANGE_PASSWORD in (shell.state.standing.offered or ())

    return Command(
        id="password.change",
        text=tr("Change your password"),
        group=tr("Gateway"),
        handler=partial(window.open_password, accounts),
        enabled=offered,
    )
