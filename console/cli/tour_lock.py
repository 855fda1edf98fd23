"""Scenes of the tour around the lock: a store without a passphrase, one that is given one, and what a lock asks."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import keyring
from keyring.backend import KeyringBackend
from PySide6.QtWidgets import QWidget

from console import start
from console.store.key import Keyring
from console.views.theme import Choice

if TYPE_CHECKING:
    from collections.abc import Callable

    from console.app import App
    from console.cli.tour import Album, Hand
    from console.cli.tour_accounts import CameAbout
    from console.paths import Home
    from console.views.settings.view import SettingsView

_FIRST, _SECOND = "correct horse battery", "staple and some more"


class TourKeyring(KeyringBackend):
    """Keeps in memory what it is given: the tour leaves the operator's own keyring alone."""

    priority = 0.1  # below every real one: it is only ever chosen by name

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # keyring's own
        self._kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        """See keyring's own."""
        return self._kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        """See keyring's own."""
        self._kept[service, username] = password


def run(home: Home, album: Album, hands: Callable[[App], Hand], came_about: CameAbout) -> int:
    """A store of its own, whose key is in a keyring at first; the exit code."""
    before = keyring.get_keyring()
    keyring.set_keyring(TourKeyring())
    try:
        return start.run(
            home,
            key=Keyring(),
            theme=Choice.LIGHT,
            drive=lambda app: _lock(app, album, hands(app), came_about),
        )
    finally:
        keyring.set_keyring(before)


async def _lock(app: App, album: Album, hand: Hand, came_about: CameAbout) -> None:
    await came_about(lambda: hand.shown("login.url"))
    app.lock()
    await album.take(app, "curtain", lambda: hand.shown("curtain.text"))
    hand.press("curtain.back")
    _open_security(hand)
    await album.take(app, "security-without-passphrase", lambda: hand.shown("settings.passphrase.set"))
    hand.press("settings.passphrase.set")
    hand.type("passphrase.new", _FIRST)
    hand.type("passphrase.again", _SECOND)
    hand.press("passphrase.submit")
    await album.take(app, "passphrase-refused", lambda: hand.shown("passphrase.again.error"))
    hand.type("passphrase.again", _FIRST)
    hand.press("passphrase.submit")
    await album.take(app, "security-with-passphrase", lambda: hand.shown("settings.passphrase.change"))
    hand.press("settings.passphrase.change")
    hand.type("passphrase.old", _SECOND)
    hand.type("passphrase.new", _SECOND)
    hand.type("passphrase.again", _SECOND)
    hand.press("passphrase.submit")
    await album.take(app, "passphrase-wrong", lambda: hand.shown("passphrase.old.error"))
    hand.press("passphrase.cancel")
    app.lock()
    await album.take(app, "locked", lambda: hand.shown("unlock.submit"))
    hand.type("unlock.passphrase", _SECOND)
    hand.press("unlock.submit")
    await album.take(app, "unlock-wrong", lambda: hand.shown("unlock.error"))
    hand.type("unlock.passphrase", _FIRST)
    hand.press("unlock.submit")
    await album.take(app, "unlocked", lambda: hand.shown("login.url"))
    app.quit(0)


def _open_security(hand: Hand) -> None:
    hand.press("nav.settings")
    view = cast("SettingsView", hand.find(QWidget, "settings"))
    view.open_section("security")
