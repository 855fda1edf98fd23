"""Requests that are streamed to one gateway."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from typing import TYPE_CHECKING

import httpx

from console.api import failures
from console.api.http1.answer import MalformedAnswer
from console.api.http1.opening import Way
from console.api.redaction import redact
from console.model.errors import ConnectionLost, GatewayError, NotAGateway

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from console.api.http1.answer import Answer
    from console.api.http1.connection import Connection, Outgoing
    from console.model.address import Address
    from console.model.network import NetworkOptions

KEPT_S = 3.0  # servers hang up after 5 s at the earliest: one that does so under a request leaves its outcome unknown


class Sender:
    """The connections that requests are streamed over. Closed by whoever made it."""

    def __init__(self, address: Address, options: NetworkOptions) -> None:
        self._way = Way(address, options)
        self._kept: dict[Connection, asyncio.TimerHandle] = {}
        self._used: set[Connection] = set()

    def close(self) -> None:
        """Close every connection. Requests still under way fail."""
        for connection, alarm in self._kept.items():
            alarm.cancel()
            connection.abort()
        self._kept.clear()
        for connection in self._used:
            connection.abort()

    async def send(self, request: httpx.Request, outgoing: Outgoing, *, route: str, request_id: str) -> httpx.Response:
        """Send its head and the body; the caller reads and closes the answer.

        An answer that comes before everything was sent is the answer all the same. Cancelled, the connection is closed.

        Raises:
            GatewayError: No answer came; blames `route`.
        """
        head = _head(request, absolute=self._way.absolute, extra=self._way.headers)
        connection = self._next_kept() or await self._way.connection(route, request_id)
        self._used.add(connection)
        try:
            with _mapped(route, request_id):
                answer = await connection.send(head, outgoing)
        except BaseException:
            self._let_go(connection)
            raise
        rest = _Body(connection, answer, self._let_go, (route, request_id))
        return httpx.Response(answer.status, headers=list(answer.headers), stream=rest)

    def _next_kept(self) -> Connection | None:
        while self._kept:
            connection, alarm = self._kept.popitem()
            alarm.cancel()
            if connection.reusable:
                return connection
            connection.abort()
        return None

    def _let_go(self, connection: Connection) -> None:
        """Keep it for the next request, or close it."""
        self._used.discard(connection)
        if connection.reusable:
            loop = asyncio.get_running_loop()
            self._kept[connection] = loop.call_later(KEPT_S, self._expire, connection)
        else:
            connection.abort()

    def _expire(self, connection: Connection) -> None:
        if self._kept.pop(connection, None) is not None:
            connection.abort()


class _Body(httpx.AsyncByteStream):
    def __init__(
        self,
        connection: Connection,
        answer: Answer,
        let_go: Callable[[Connection], None],
        blamed: tuple[str, str],
    ) -> None:
        self._connection = connection
        self._answer = answer
        self._let_go = let_go
        self._blamed = blamed
        self._open = True

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with _mapped(*self._blamed):
            while part := await self._connection.more(self._answer):
                yield part

    async def aclose(self) -> None:
        if self._open:
            self._open = False
            self._let_go(self._connection)


@contextlib.contextmanager
def _mapped(route: str, request_id: str) -> Iterator[None]:
    try:
        yield
    except ssl.SSLError as exc:
        raise failures.from_httpx(exc, route, request_id) from exc
    except OSError as exc:
        raise ConnectionLost(redact(str(exc)), route=route, request_id=request_id) from exc
    except MalformedAnswer as exc:
        raise NotAGateway(str(exc), route=route) from exc


def _head(request: httpx.Request, *, absolute: bool, extra: bytes) -> bytes:
    target = str(request.url).encode("ascii") if absolute else request.url.raw_path
    lines = [request.method.encode("ascii") + b" " + target + b" HTTP/1.1"]
    lines += [name + b": " + value for name, value in request.headers.raw]
    head = b"\r\n".join(lines)
    if head.count(b"\n") != len(lines) - 1 or head.count(b"\r") != len(lines) - 1 or b"\0" in head:
        raise GatewayError("a header holds what none may hold")
    return head + b"\r\n" + extra + b"\r\n"
