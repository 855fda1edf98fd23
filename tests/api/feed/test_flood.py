"""More than anybody can take: what is dropped, what is told, and who still gets a turn."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from typing import TYPE_CHECKING

from websockets.exceptions import ConnectionClosed
from websockets.sync.server import ServerConnection, serve

from console.api.feed.reconnecting import ReconnectingFeed
from console.api.feed.websocket import Endpoint, WebSocketLink
from console.model.address import Address
from console.model.feed import FeedDropped, FeedMessage
from tests.api.feed.listening import AT_ONCE, Tokens

if TYPE_CHECKING:
    from collections.abc import Iterator

FLOOD = 40_000
ALERT_EVERY = 1000
HANDLING_S = 0.0005


def flood(connection: ServerConnection) -> None:
    """As fast as it goes; one in a thousand matters."""
    for number in range(FLOOD):
        connection.send(f"{'alert' if number % ALERT_EVERY == 0 else 'sample'} {number}")
    connection.send("end")
    with contextlib.suppress(TimeoutError, ConnectionClosed):
        connection.recv(timeout=30)


@contextlib.contextmanager
def flooding() -> Iterator[int]:
    with serve(flood, "127.0.0.1", 0, compression=None) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.socket.getsockname()[1]
        finally:
            server.shutdown()
            thread.join()


async def test_a_flood_drops_the_oldest_of_the_least_important_and_says_so() -> None:  # fault 60
    heard: list[str] = []
    dropped = 0
    run = longest_run = 0

    async def others() -> None:
        nonlocal run
        while True:
            run = 0
            await asyncio.sleep(0)

    with flooding() as port:
        endpoint = Endpoint(
            address=Address.parse(f"http://127.0.0.1:{port}"),
            url=f"ws://127.0.0.1:{port}/feed",
            decode=lambda message: [str(message)],
        )
        feed = ReconnectingFeed(
            WebSocketLink(endpoint), Tokens(), AT_ONCE, importance=lambda value: 0 if value.startswith("sample") else 1
        )
        ticking = asyncio.create_task(others())
        async with asyncio.timeout(60), contextlib.aclosing(feed.events()) as events:
            async for event in events:
                run += 1
                longest_run = max(longest_run, run)
                if isinstance(event, FeedDropped):
                    dropped += event.count
                    if "end" in heard and len(heard) + dropped == FLOOD + 1:
                        break
                elif isinstance(event, FeedMessage):
                    heard.append(event.value)
                    until = time.perf_counter() + HANDLING_S  # a consumer that is slower than the flood
                    while time.perf_counter() < until:
                        pass
                    if "end" in heard and len(heard) + dropped == FLOOD + 1:
                        break
        ticking.cancel()
        await asyncio.wait([ticking])
    assert dropped > 0
    assert len(heard) + dropped == FLOOD + 1  # what is missing was told
    assert [value for value in heard if value.startswith("alert")] == [
        f"alert {number}" for number in range(0, FLOOD, ALERT_EVERY)
    ]
    samples = [int(value.split()[1]) for value in heard if value.startswith("sample")]
    assert samples == sorted(samples)
    assert samples[-1] == FLOOD - 1  # the newest is never the one to go
    assert longest_run < 50  # the window had its turn
