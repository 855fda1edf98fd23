"""B2's peers: the least that a program does to read the same feed. Prints messages a second."""

from __future__ import annotations

import asyncio
import json
import sys
import time

import msgspec
import socketio
from websockets.asyncio.client import connect

from benchmarks.feed_server import EVENT, FEED_PATH, LAST, MESSAGES, FeedServer, feed_server


class Change(msgspec.Struct):
    """One message, as it is on the wire."""

    service_name: str
    status: str
    health_score: float


async def websocket(server: FeedServer) -> float:
    """Bare websockets, and msgspec that knows the form of a message."""
    decode = msgspec.json.Decoder(Change).decode
    heard = 0
    async with connect(f"ws://127.0.0.1:{server.port}{FEED_PATH}") as socket:
        started = time.perf_counter()
        server.flood()
        async for message in socket:
            heard += 1
            if decode(message).service_name == LAST:
                break
        return heard / (time.perf_counter() - started)


async def over_socketio(server: FeedServer) -> float:
    """The bare client of python-socketio, which decodes by itself."""
    client = socketio.AsyncClient(reconnection=False, handle_sigint=False)
    all_heard = asyncio.Event()
    heard = 0

    def hear(change: dict[str, object]) -> None:
        nonlocal heard
        heard += bool(change["service_name"])
        if heard > MESSAGES:
            all_heard.set()

    client.on(EVENT, hear)
    await client.connect(f"http://127.0.0.1:{server.port}", transports=["websocket"])
    try:
        started = time.perf_counter()
        server.flood()
        await all_heard.wait()
        return heard / (time.perf_counter() - started)
    finally:
        await client.disconnect()


if __name__ == "__main__":
    with feed_server() as _server:
        print(
            json.dumps(
                {"rate": asyncio.run({"WebSocket": websocket, "Socket.IO": over_socketio}[sys.argv[1]](_server))}
            )
        )
