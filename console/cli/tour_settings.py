"""Scenes of the tour around the settings."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, cast

from PySide6.QtWidgets import QWidget

if TYPE_CHECKING:
    from console.app import App
    from console.cli.tour import Album, Hand
    from console.cli.tour_accounts import CameAbout
    from console.views.settings.view import SettingsView


async def look_at_settings(app: App, album: Album, hand: Hand, came_about: CameAbout) -> None:
    """A gateway tested, each section, a wrong value, a broken file, and how a gateway is reached."""
    hand.press("nav.settings")
    view = cast("SettingsView", hand.find(QWidget, "settings"))
    view.open_section("gateways")
    hand.press("settings.gateway.network.allow_plain_http")
    hand.press("settings.gateway.test")
    await album.take(app, "settings-gateway-tested", lambda: hand.shown("settings.gateway.layers"))
    hand.press("settings.gateway.discard")
    for section in ("appearance", "record", "alerts"):
        view.open_section(section)
        await album.take(app, f"settings-{section}", partial(hand.shown, f"settings.page.{section}"))
    view.open_section("staleness")
    view.presenter.type("staleness.health_s", "0")
    await album.take(app, "settings-refused", lambda: hand.shown("settings.staleness.health_s.error"))
    view.presenter.restore("staleness.health_s")
    file = Path(view.presenter.state.path)
    before = await asyncio.to_thread(file.read_bytes)
    await asyncio.to_thread(file.write_bytes, b"[appearance\n")
    view.presenter.look()
    await album.take(app, "settings-broken", lambda: hand.shown("settings.repair"))
    await asyncio.to_thread(file.write_bytes, before)
    hand.press("settings.look")
    await came_about(lambda: not hand.shown("settings.problems"))
    hand.press("rail.add")
    hand.press("login.advanced")
    hand.press("login.network.allow_plain_http")
    await album.take(app, "network-options", lambda: hand.shown("login.network.consequence"))
    hand.press("login.advanced")
    app.window.choose_gateway("sandbox-dotmac")
