"""`gatewatch tour`: the console used from the first start to a dead gateway and back, with a picture of every state.

The tour presses the real buttons of the real window against a real sandbox process, and says of every scene whether it
came about.
"""

from __future__ import annotations

import asyncio
import json
import time
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, TypeVar

import click
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QLineEdit, QWidget

from console import start
from console.cli import (
    tour_accounts,
    tour_documents,
    tour_lock,
    tour_notices,
    tour_numbers,
    tour_settings,
    tour_uploads,
)
from console.cli.window import Part, faces
from console.i18n import tr
from console.model.connection import Phase
from console.model.identity import PasswordCredentials
from console.model.profile import Profile
from console.paths import Home
from console.presenters.shell import HOME
from console.sandbox.options import SandboxOptions
from console.sandbox.process import SandboxProcess
from console.store.key import Passphrase
from console.views.health.view import HealthView
from console.views.theme import Choice

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from console.app import App

W = TypeVar("W", bound=QWidget)

SCENE_LIMIT_S = 40.0
SETTLE_S = 0.15
HISTORY_S = 6.0
_LOOK_AGAIN_S = 0.05
_KEY_BYTES = 24
_PROVIDER = "login.oauth.sandbox-sso"
_NOBODY = "http://127.0.0.1:9"


@dataclass
class Album:
    """Pictures and what was expected of them.

    Attributes:
        folder: Where the pictures go.
        scenes: One entry a scene: name, whether it came about, after how many seconds, its files.
    """

    folder: Path
    scenes: list[dict[str, object]] = field(default_factory=list)

    @property
    def complete(self) -> bool:
        """Whether every scene came about."""
        return bool(self.scenes) and all(scene["ok"] for scene in self.scenes)

    async def take(
        self, app: App, name: str, expected: Callable[[], bool], of: Callable[[], QWidget] | None = None
    ) -> None:
        """Wait for a scene, then picture it in light and dark: the window, or what `of` gives, such as a dialog."""
        started = time.monotonic()
        ok = await _came_about(expected)
        number = len(self.scenes) + 1
        files = []
        for choice in (Choice.LIGHT, Choice.DARK):
            app.themes.choose(choice)
            await asyncio.sleep(SETTLE_S)
            file = self.folder / f"{number:02}-{name}-{choice.value}.png"
            pictured = of() if of is not None and ok else app.window.outermost()
            ok = pictured.grab().save(str(file)) and ok  # a full disk is told by the answer alone
            files.append(file.name)
        app.themes.choose(Choice.LIGHT)
        waited = round(time.monotonic() - started, 1)
        self.scenes.append({"scene": name, "ok": ok, "waited_s": waited, "files": files})
        click.echo(f"{'ok    ' if ok else 'FAILED'}  {name}  ({waited} s)")


class Hand:
    """Presses and types what an operator would, by object name."""

    def __init__(self, app: App) -> None:
        self._app = app

    @property
    def _window(self) -> QWidget:
        return self._app.window.outermost()  # what fills it is another after a lock

    def find(self, kind: type[W], name: str) -> W:
        """The widget of that name that is on screen: each gateway has views of its own."""
        for found in self._window.findChildren(kind, name):
            if found.isVisible():
                return found
        raise LookupError(f"no {kind.__name__} named {name} is on screen")

    def press(self, name: str) -> None:
        """Click a button."""
        self.find(QAbstractButton, name).click()

    def type(self, name: str, text: str) -> None:
        """Fill a field."""
        self.find(QLineEdit, name).setText(text)

    def text(self, name: str) -> str:
        """What a label on screen says; empty when it is not there."""
        return self.find(QLabel, name).text() if self.shown(name) else ""

    def shown(self, name: str) -> bool:
        """Whether something is on screen."""
        return any(found.isVisible() for found in self._window.findChildren(QWidget, name))


def take_tour(out: Path, parts: Collection[Part] = tuple(Part)) -> int:
    """Take the tour, or some of its parts; 0 when every scene came about."""
    out.mkdir(parents=True, exist_ok=True)
    album = Album(out)
    codes: list[int] = []
    with TemporaryDirectory(prefix="gatewatch-tour-", ignore_cleanup_errors=True) as folder:
        key = Passphrase(_passphrase())
        if Part.GATEWAYS in parts:
            codes += _gateways(Path(folder), key, album)
        if Part.LOCK in parts:
            codes.append(tour_lock.run(Home.at(Path(folder) / "locked"), album, Hand, _came_about))
        if Part.OVERVIEW in parts:
            codes.append(_all_gateways(Path(folder), key, album))
        if Part.DOCUMENTS in parts:
            codes.append(_documents(Path(folder), key, album))
        if Part.UPLOADS in parts:
            codes.append(_uploads(Path(folder), key, album))
    (out / "summary.json").write_text(json.dumps({"ok": album.complete, "scenes": album.scenes}, indent=2) + "\n")
    click.echo(tr("{count} pictures in {folder}", count=2 * len(album.scenes), folder=out))
    return 0 if album.complete and not any(codes) else 1


def _gateways(folder: Path, key: Passphrase, album: Album) -> list[int]:
    """The first day with some gateways, and a start without them; the exit codes."""
    home = Home.at(folder / "home")
    sandbox = SandboxProcess(SandboxOptions(state_dir=folder / "sandbox"))
    return [
        start.run(home, key=key, theme=Choice.LIGHT, drive=lambda app: _first_day(app, album, sandbox)),
        start.run(home, key=key, theme=Choice.LIGHT, drive=lambda app: _after_restart(app, album, sandbox)),
    ]


def _all_gateways(folder: Path, key: Passphrase, album: Album) -> int:
    """Every face of another sandbox at once; the exit code."""
    sandbox = SandboxProcess(SandboxOptions(state_dir=folder / "sandbox-of-all"))

    async def switch(switches: dict[str, object]) -> None:
        await asyncio.to_thread(_switch, sandbox.control_url, switches)

    return tour_notices.run(Home.at(folder / "all"), key, album, sandbox, Hand, _came_about, switch)


def _documents(folder: Path, key: Passphrase, album: Album) -> int:
    """The documents of a gateway; the exit code."""
    sandbox = SandboxProcess(SandboxOptions(state_dir=folder / "sandbox-of-documents"))

    async def switch(switches: dict[str, object]) -> None:
        await asyncio.to_thread(_switch, sandbox.control_url, switches)

    return tour_documents.run(Home.at(folder / "documents"), key, album, sandbox, Hand, _came_about, switch)


def _uploads(folder: Path, key: Passphrase, album: Album) -> int:
    """Documents on their way to the faces of another sandbox; the exit code."""
    sandbox = SandboxProcess(SandboxOptions(state_dir=folder / "sandbox-of-uploads"))

    async def switch(switches: dict[str, object]) -> None:
        await asyncio.to_thread(_switch, sandbox.control_url, switches)

    home = Home.at(folder / "uploads")
    return tour_uploads.run(home, folder / "outbox", key, album, sandbox, Hand, _came_about, switch)


async def _first_day(app: App, album: Album, sandbox: SandboxProcess) -> None:
    """From nothing to live gateways, a failing service, and a dead gateway."""
    hand = Hand(app)
    try:
        await sandbox.start()
        await album.take(app, "first-start", lambda: hand.shown("login.url"))
        await _add_and_sign_in(app, album, hand, sandbox)
        await _look_at_health(app, album, hand, sandbox)
        await sandbox.kill()
        await album.take(
            app,
            "gateway-gone",
            lambda: app.shell.state.phase is Phase.LOST and "unreachable" in hand.text("status.story"),
        )
    finally:
        await sandbox.stop()
    app.quit(0)


async def _add_and_sign_in(app: App, album: Album, hand: Hand, sandbox: SandboxProcess) -> None:
    hand.type("login.url", _NOBODY)
    hand.press("login.probe")
    await album.take(app, "address-refused", lambda: "refused" in hand.text("login.url.error"))
    hand.type("login.url", sandbox.kong_url)
    hand.press("login.probe")
    await album.take(app, "platform-proposed", lambda: hand.shown("login.platform"))
    hand.type("login.name", "sandbox-kong")
    hand.press("login.add.submit")
    await _came_about(lambda: hand.shown("login.username"))
    hand.type("login.username", sandbox.username)
    hand.type("login.password", "not the password")
    hand.press("login.submit")
    await album.take(app, "wrong-password", lambda: hand.shown("login.password.error"))
    hand.type("login.password", sandbox.password)
    hand.press("login.submit")
    await _came_about(lambda: app.shell.state.phase is Phase.LIVE)
    await album.take(app, "health-polled", lambda: hand.shown("health.cards") and _cards(app, "sandbox-kong") > 0)
    await _sign_in_in_browser(app, album, hand, sandbox)


async def _sign_in_in_browser(app: App, album: Album, hand: Hand, sandbox: SandboxProcess) -> None:
    """As far as a tour can go without a browser: nothing is opened, and the answer is that of somebody who says no."""
    name = "sandbox-opssight"
    await app.directory.add(Profile(name=name, url=faces(sandbox)["opssight"], platform="opssight", sandbox=True))
    app.window.choose_gateway(name)
    open_url, app.login.browser.open_url = app.login.browser.open_url, lambda _url: False
    try:
        await album.take(app, "browser-offered", lambda: hand.shown(_PROVIDER))
        hand.press(_PROVIDER)
        await album.take(app, "browser-waiting", lambda: hand.shown("login.oauth.url"))
        hand.press("login.oauth.paste")
        hand.type("login.oauth.code", "error=access_denied&state=of-another-sign-in")
        hand.press("login.oauth.submit")
        await album.take(app, "browser-code-refused", lambda: hand.shown("login.oauth.code.error"))
        url = hand.find(QLineEdit, "login.oauth.url").text()
        await asyncio.to_thread(_decline, url)
        await album.take(app, "browser-declined", lambda: "declined" in hand.text("login.oauth.error"))
    finally:
        app.login.browser.open_url = open_url
    hand.type("login.username", sandbox.username)
    hand.type("login.password", sandbox.password)
    hand.press("login.submit")
    await album.take(app, "health-of-one-server", lambda: hand.shown("health.cards") and _cards(app, name) > 0)
    await tour_numbers.look_at_numbers(app, album, hand, _came_about)


async def _look_at_health(app: App, album: Album, hand: Hand, sandbox: SandboxProcess) -> None:
    name = "sandbox-dotmac"
    await app.directory.add(
        Profile(
            name=name, url=faces(sandbox)["dotmac"], platform="dotmac", label="eu-west", production=True, sandbox=True
        )
    )
    await app.directory.session(name).sign_in(PasswordCredentials(username=sandbox.username, password=sandbox.password))
    app.shell.choose(name)
    await tour_accounts.choose_a_tenant(app, album, hand)
    await _came_about(lambda: _cards(app, name) > 0)
    await asyncio.sleep(HISTORY_S)
    await album.take(app, "health-live", lambda: app.shell.state.phase is Phase.LIVE)
    await asyncio.to_thread(_switch, sandbox.control_url, {"kill_service": "search-indexer"})
    await asyncio.to_thread(_switch, sandbox.control_url, {"degrade_service": "workflow-service"})
    await album.take(app, "service-crashed", lambda: "unhealthy" in hand.text("health.totals"))
    view = _health(app, name)
    if view is None:
        raise LookupError("the Health view of the dotmac face is not there")
    view.grid.setCurrentIndex(view.grid.model().index(0, 0))
    QApplication.sendEvent(
        view.grid, QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_Return, Qt.KeyboardModifier.NoModifier)
    )
    await album.take(app, "detail-15-minutes", lambda: hand.shown("health.chart"))
    hand.press("health.range.1h")
    await album.take(app, "detail-1-hour", lambda: hand.shown("health.chart"))
    hand.press("health.range.24h")
    await album.take(app, "detail-24-hours", lambda: hand.shown("health.chart"))
    hand.press("health.detail.close")
    hand.type("health.filter", "service")
    await album.take(app, "health-filtered", lambda: bool(hand.text("health.shown")))
    hand.type("health.filter", "")
    app.window.open_palette()
    await album.take(app, "palette", lambda: hand.shown("palette.line"))
    app.window.open_keys()
    await album.take(app, "keys", lambda: hand.shown("shortcuts.close"))
    hand.press("shortcuts.close")
    hand.press("nav.diagnostics")
    await album.take(app, "diagnostics", lambda: "requests/min" in hand.text("diagnostics.tile.requests.value"))
    hand.press("nav.health")
    await tour_accounts.switch_the_tenant(app, album, hand, _came_about)
    await tour_accounts.help_oneself(app, album, hand, sandbox, _came_about)
    await tour_numbers.look_at_observed(app, album, hand)
    app.shell.choose("sandbox-dotmac")
    await tour_settings.look_at_settings(app, album, hand, _came_about)


async def _after_restart(app: App, album: Album, sandbox: SandboxProcess) -> None:
    """Started with no gateway at all: the record; then the gateway comes back by itself."""
    hand = Hand(app)
    try:
        await album.take(app, "offline-start", lambda: hand.shown("health.cards") and _cards(app, "sandbox-kong") > 0)
        app.window.open_story()
        await album.take(app, "offline-story", lambda: _says(hand, "connection", tr("from the record")))
        hand.press("connection.close")
        await sandbox.start()
        await album.take(app, "live-again", lambda: app.shell.state.phase is Phase.LIVE)
        app.shell.sign_out()
        await album.take(app, "signed-out", lambda: hand.shown("login.record"))
        await asyncio.to_thread(_switch, sandbox.control_url, {"require_mfa": True})
        hand.type("login.password", sandbox.password)
        hand.press("login.submit")
        await _came_about(lambda: hand.shown("login.code"))
        hand.type("login.code", "not the code")
        hand.press("login.submit")
        await album.take(app, "second-factor", lambda: "left" in hand.text("login.code.error"))
    finally:
        await sandbox.stop()
    app.quit(0)


def _says(hand: Hand, name: str, words: str) -> bool:
    """Whether some label of a part of the window has these words."""
    return hand.shown(name) and any(words in label.text() for label in hand.find(QWidget, name).findChildren(QLabel))


def _cards(app: App, name: str) -> int:
    view = _health(app, name)
    return view.grid.model().rowCount() if view is not None and view.isVisible() else 0


def _health(app: App, name: str) -> HealthView | None:
    view = app.window.known_view(HOME, name)
    return view if isinstance(view, HealthView) else None


async def _came_about(expected: Callable[[], bool]) -> bool:
    """Look at the window until something is so, as a person would; whether it was in time."""
    deadline = time.monotonic() + SCENE_LIMIT_S
    while not expected():
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(_LOOK_AGAIN_S)
    return True


def _switch(control_url: str, switches: dict[str, object]) -> None:
    """Make the sandbox misbehave."""
    request = urllib.request.Request(  # noqa: S310  (the sandbox's own address)
        f"{control_url}/__sandbox/faults",
        data=json.dumps(switches).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=SCENE_LIMIT_S):  # noqa: S310  (see above)
        pass


def _decline(url: str) -> None:
    """Press the button on the provider's page that says no; the browser is sent back to the window by that."""
    with urllib.request.urlopen(url, data=b"user=", timeout=SCENE_LIMIT_S):  # noqa: S310  (the sandbox's own address)
        pass


def _passphrase() -> str:
    import secrets  # noqa: PLC0415  (once)

    return secrets.token_urlsafe(_KEY_BYTES)
