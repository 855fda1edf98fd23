"""Scenes of the tour around tenants and accounts."""

from __future__ import annotations

import asyncio
import json
import urllib.request
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QListWidget

from console.cli.window import self_service
from console.model.connection import Phase
from console.model.identity import PasswordCredentials
from console.model.profile import Profile

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from console.app import App
    from console.cli.tour import Album, Hand
    from console.sandbox.process import SandboxProcess

    CameAbout = Callable[[Callable[[], bool]], Awaitable[bool]]

_NEW_PASSWORD = "right horse 1"  # noqa: S105  (of an account that lives as long as the tour)
_TIMEOUT_S = 10.0


async def choose_a_tenant(app: App, album: Album, hand: Hand) -> None:
    """Signed in with several tenants: one is chosen before anything is shown."""
    await album.take(app, "tenant-choice", lambda: hand.shown("tenant.list"))
    hand.find(QListWidget, "tenant.list").setCurrentRow(0)
    hand.press("tenant.submit")


async def switch_the_tenant(app: App, album: Album, hand: Hand, came_about: CameAbout) -> None:
    """To another tenant and back: the page says what becomes of the present one."""
    app.window.actions_registry.run("tenant.switch")
    await came_about(lambda: hand.shown("tenant.list"))
    await album.take(app, "tenant-switch", lambda: hand.shown("tenant.cancel"))
    hand.find(QListWidget, "tenant.list").setCurrentRow(1)
    hand.press("tenant.submit")
    await came_about(lambda: "Contoso" in app.shell.state.tenant and app.shell.state.phase is Phase.LIVE)
    app.window.open_story()
    await album.take(app, "tenant-switched", lambda: hand.shown("connection.close"))
    hand.press("connection.close")


async def help_oneself(app: App, album: Album, hand: Hand, sandbox: SandboxProcess, came_about: CameAbout) -> None:
    """Forget a password, ask for an account, confirm it, change its password."""
    platform, url = self_service(sandbox)
    name = f"sandbox-{platform}"
    await app.directory.add(Profile(name=name, url=url, platform=platform, sandbox=True))
    app.shell.choose(name)
    await album.take(app, "account-offers", lambda: hand.shown("account.forgot"))
    hand.press("account.forgot")
    hand.type("account.email", sandbox.username)
    hand.press("account.submit")
    await album.take(app, "account-forgot", lambda: hand.shown("account.token"))
    hand.press("account.back")
    await came_about(lambda: hand.shown("account.register"))
    hand.press("account.register")
    for field, text in (
        ("first_name", "Ada"),
        ("last_name", "Byron"),
        ("email", "ada@sandbox.example"),
        ("password", "horse"),
        ("again", "horse"),
    ):
        hand.type(f"account.{field}", text)
    hand.press("account.terms")
    hand.press("account.submit")
    await album.take(app, "account-refused", lambda: hand.shown("account.password.error"))
    hand.type("account.password", _NEW_PASSWORD)
    hand.type("account.again", _NEW_PASSWORD)
    hand.press("account.submit")
    await album.take(app, "account-confirm", lambda: hand.shown("account.resend"))
    hand.type("account.token", await asyncio.to_thread(_newest_code, sandbox.control_url))
    hand.press("account.submit")
    await album.take(app, "account-confirmed", lambda: hand.shown("account.done"))
    await app.directory.session(name).sign_in(
        PasswordCredentials(username="ada@sandbox.example", password=_NEW_PASSWORD)
    )
    await came_about(lambda: app.shell.state.phase is Phase.LIVE and bool(app.shell.state.standing.offered))
    app.window.actions_registry.run("password.change")
    await album.take(app, "password-change", lambda: hand.shown("account.current"))
    hand.press("account.back")


def _newest_code(control_url: str) -> str:
    """Read the sandbox's mail."""
    url = f"{control_url}/__sandbox/outbox"
    with urllib.request.urlopen(url, timeout=_TIMEOUT_S) as answer:  # noqa: S310  (the sandbox's own address)
        return str(json.load(answer)[-1]["code"])
