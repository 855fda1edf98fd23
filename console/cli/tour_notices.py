"""Scenes of the tour around all gateways at once: the overview, and the notifications centre."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QPushButton

from console import start
from console.cli.window import faces, sign_in_everywhere
from console.model.connection import Phase
from console.views.destinations import OVERVIEW
from console.views.notices.view import NoticesView
from console.views.overview.view import OverviewView
from console.views.theme import Choice

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from console.app import App
    from console.cli.tour import Album, Hand
    from console.cli.tour_accounts import CameAbout
    from console.paths import Home
    from console.presenters.overview_tiles import Tile
    from console.sandbox.process import SandboxProcess
    from console.store.key import KeyChoice

_KILLED, _SLOW = "search-indexer", "workflow-service"


def run(
    home: Home,
    key: KeyChoice,
    album: Album,
    sandbox: SandboxProcess,
    hands: Callable[[App], Hand],
    came_about: CameAbout,
    switch: Callable[[dict[str, object]], Awaitable[None]],
) -> int:
    """A home of its own, signed in to every face of the sandbox; the exit code."""

    async def drive(app: App) -> None:
        await came_about(lambda: hands(app).shown("login.url"))
        try:
            await _look(app, album, hands(app), sandbox, came_about, switch)
        finally:
            await sandbox.stop()
        app.quit(0)

    return start.run(home, key=key, theme=Choice.LIGHT, drive=drive)


async def _look(
    app: App,
    album: Album,
    hand: Hand,
    sandbox: SandboxProcess,
    came_about: CameAbout,
    switch: Callable[[dict[str, object]], Awaitable[None]],
) -> None:
    hand.press("nav.overview")
    await album.take(app, "overview-empty", lambda: hand.shown("overview.face.act"))
    hand.press("nav.notices")
    await album.take(app, "notifications-empty", lambda: hand.shown("notices.face"))
    await sandbox.start()
    await sign_in_everywhere(app, sandbox)
    await came_about(lambda: len(_live(app)) == len(faces(sandbox)))
    await switch({"kill_service": _KILLED})
    await switch({"degrade_service": _SLOW})
    hand.press("nav.overview")
    await album.take(app, "overview", lambda: len(_live(app)) == len(faces(sandbox)) and _troubled(app) > 1)
    hand.press("nav.notices")
    view = hand.find(NoticesView, "notices.view")
    rows = view.list.model()
    hand.type("notices.filter", _KILLED)
    await came_about(lambda: rows.rowCount() > 2)  # noqa: PLR2004  (a heading, and more than one entry)
    hand.type("notices.filter", "")
    view.list.setCurrentIndex(rows.index(1, 0))
    await album.take(app, "notifications", lambda: hand.shown("notices.detail"))
    chosen = view.presenter.state.chosen
    if chosen is not None:
        view.presenter.mute_until_tomorrow(chosen.gateway, "")
    await album.take(app, "notifications-muted", lambda: hand.shown("notices.muted"))
    hand.press("notices.unread.only")

    def all_read() -> bool:
        view.presenter.mark_all_read()  # a slow service goes on talking
        return hand.shown("notices.face")

    await album.take(app, "notifications-all-read", all_read)
    hand.press("notices.unread.only")
    await came_about(lambda: not hand.find(QPushButton, "notices.unread.only").isChecked())
    view.list.setCurrentIndex(rows.index(1, 0))
    hand.press("notices.show")
    await album.take(app, "notification-shown", lambda: hand.shown("health.detail"))
    await sandbox.kill()
    hand.press("nav.overview")
    await album.take(app, "overview-offline", lambda: _view(app) is not None and not _live(app))


def _view(app: App) -> OverviewView | None:
    view = app.window.known_view(OVERVIEW, "")
    return view if isinstance(view, OverviewView) else None


def _tiles(app: App) -> tuple[Tile, ...]:
    view = _view(app)
    return view.presenter.model.tiles if view is not None else ()


def _live(app: App) -> list[Tile]:
    """Those that are reached."""
    view = _view(app)
    if view is not None:
        view.presenter.look()
    return [one for one in _tiles(app) if one.phase is Phase.LIVE]


def _troubled(app: App) -> int:
    return sum(1 for one in _tiles(app) if one.open_alerts)
