"""B2's platform: dotmac, with its feed told as events of Socket.IO.

The platforms that have Socket.IO tell no health over it. The transport is theirs here, and the messages are dotmac's,
so that both transports carry the same to the same view.
"""

from __future__ import annotations

import dataclasses
import sys
from typing import TYPE_CHECKING

from benchmarks.feed_server import EVENT
from console.api import reading
from console.api.feed.importance import importance
from console.api.feed.other_events import other
from console.api.feed.reconnecting import ReconnectingFeed
from console.api.feed.socketio import SocketEvent, SocketIoEndpoint, SocketIoLink
from console.api.platforms import dotmac
from console.api.registry import ENTRY_POINTS
from console.model.health import HealthChange, derive_status

if TYPE_CHECKING:
    from pathlib import Path

    from console.api.contract import Gateway, TokenSource
    from console.api.transport import Transport
    from console.model.feed import FeedItem

NAME = "benchmark"


def install(folder: Path) -> None:
    """Be found as the platform of an installed package is, in this process only."""
    package = folder / "gatewatch_benchmark-1.dist-info"
    package.mkdir()
    (package / "METADATA").write_text("Metadata-Version: 2.1\nName: gatewatch-benchmark\nVersion: 1\n")
    (package / "entry_points.txt").write_text(f"[{ENTRY_POINTS}]\n{NAME} = {__name__}:PLATFORM\n")
    sys.path.append(str(folder))


def events(event: SocketEvent) -> tuple[FeedItem, ...]:
    """What one event says, read as tolerantly as dotmac's messages are."""
    if event.name != EVENT:
        return (other(event.name, event.args),)
    told = reading.unwrapped(event.args[0] if event.args else None, "event")
    score = reading.ratio(told.get("health_score"))
    return (
        HealthChange(
            service_name=reading.required_text(told, "service_name", "service", "name"),
            status=derive_status(reading.text(told.get("status")) or None, score),
            score=score,
        ),
    )


def build(transport: Transport, tokens: TokenSource) -> Gateway:
    """Tie the dialect to a gateway."""
    endpoint: SocketIoEndpoint[FeedItem] = SocketIoEndpoint(
        address=transport.address, url=transport.address.origin, decode=events, options=transport.options
    )
    feed = ReconnectingFeed(SocketIoLink(endpoint), tokens, importance=importance)
    return dataclasses.replace(dotmac.build(transport, tokens), feed=feed)


PLATFORM = dataclasses.replace(dotmac.PLATFORM, name=NAME, title="Benchmark", build=build)
