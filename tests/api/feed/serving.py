"""Real web servers for feeds to talk to."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from typing import TYPE_CHECKING

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@contextlib.asynccontextmanager
async def listening(app: web.Application) -> AsyncIterator[int]:
    """Serve in a thread with a loop of its own, so that what is left behind in ours is the client's."""
    ear = socket.create_server(("127.0.0.1", 0))
    loop = asyncio.new_event_loop()
    runner = web.AppRunner(app, shutdown_timeout=0.0)

    async def start() -> None:
        await runner.setup()
        await web.SockSite(runner, ear).start()

    async def stop() -> None:
        for _ in range(2):  # first the handlers, for which the runner would wait; then what is left
            left = asyncio.all_tasks() - {asyncio.current_task()}
            for task in left:
                task.cancel()
            await asyncio.gather(*left, return_exceptions=True)
            await runner.cleanup()

    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(start(), loop))
    try:
        yield ear.getsockname()[1]
    finally:
        await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(stop(), loop))
        loop.call_soon_threadsafe(loop.stop)
        await asyncio.to_thread(thread.join)
        loop.close()
