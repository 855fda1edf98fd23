"""One connection that carries one request at a time, and hears the answer while the request is still going out."""

from __future__ import annotations

import asyncio
import ssl
from typing import TYPE_CHECKING, Protocol, cast

from console.api.http1.answer import Answer, MalformedAnswer, Truncated

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

TICK_S = 0.25
_UNTAKEN_LIMIT_BYTES = 1024 * 1024


class Outgoing(Protocol):
    """The body of one request."""

    def slices(self) -> AsyncGenerator[bytes, None]:
        """From its start. The next is asked for when the connection took all of the last."""

    def accepted(self, count: int) -> None:
        """The connection took so many bytes more of the body."""


class Connection(asyncio.Protocol):
    """Closed by whoever opened it, with `abort`.

    A server may answer and hang up while it is still being sent to. Its answer would be lost with the connection if it
    was read only after the request, so everything that comes is taken in at once.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._answer: Answer | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._trouble: Exception | None = None
        self._whole = False

    @property
    def reusable(self) -> bool:
        """Whether it can carry another request."""
        idle = self._answer is None or (self._whole and self._answer.done and self._answer.keeps_open)
        return idle and self._trouble is None and self._transport is not None and not self._transport.is_closing()

    def use(self, transport: asyncio.BaseTransport) -> None:
        """From now on speak through this one: TLS was put on top."""
        self._transport = cast("asyncio.Transport", transport)
        # Nothing is taken before all of the last was: then what was taken is what the socket has. TLS knows no 0.
        self._transport.set_write_buffer_limits(high=int(transport.get_extra_info("ssl_object") is not None), low=0)

    async def secure(self, context: ssl.SSLContext, host: str) -> None:
        """Put TLS on top.

        Raises:
            OSError: The handshake failed.
        """
        transport = await self._loop.start_tls(self._open, self, context, server_hostname=host)
        if transport is None:
            raise Truncated("the connection ended during the handshake")
        self.use(transport)

    def abort(self) -> None:
        """Close it now; what was not sent is not sent."""
        if self._transport is not None:
            self._transport.abort()

    async def send(self, head: bytes, outgoing: Outgoing) -> Answer:
        """Send a request; the head of its answer is there. An answer that comes early ends the sending.

        Raises:
            OSError: The connection broke off without an answer.
            MalformedAnswer: What came is none.
        """
        answer = self._begin()
        slices = outgoing.slices()
        try:
            async for part in slices:
                if not head:
                    await self._hear()
                if answer.status or self._trouble is not None:
                    break
                await self._write(head, part, outgoing)
                head = b""
                if answer.status or self._trouble is not None:
                    break
            else:
                if head:  # a body of nothing
                    self._open.write(head)
                self._whole = True
        finally:
            await slices.aclose()
        await self._until_begun(answer)
        return answer

    async def ask(self, head: bytes) -> Answer:
        """Send a request without a body; the whole answer is there.

        Raises:
            OSError: The connection broke off.
            MalformedAnswer: What came is no answer.
        """
        answer = self._begin(tunnel=True)
        self._open.write(head)
        self._whole = True
        await self._until_begun(answer)
        self._answer = None
        return answer

    async def more(self, answer: Answer) -> bytes:
        """The next part of the answer's body; empty at its end.

        Raises:
            OSError: The connection broke off before.
            MalformedAnswer: It makes no sense.
        """
        while not (part := answer.take()):
            if answer.done:
                return b""
            if self._trouble is not None:
                raise self._trouble
            self._open.resume_reading()
            await self._wait()
        return part

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See asyncio."""
        self.use(transport)

    def data_received(self, data: bytes) -> None:
        """See asyncio."""
        if self._answer is None:
            self._fail(MalformedAnswer("an answer to nothing"))
            return
        try:
            self._answer.feed(data)
        except MalformedAnswer as exc:
            self._fail(exc)
        if self._answer.waiting_bytes > _UNTAKEN_LIMIT_BYTES:
            self._open.pause_reading()
        self._wake()

    def eof_received(self) -> None:
        """See asyncio: closes."""
        self._end(None)

    def connection_lost(self, exc: Exception | None) -> None:
        """See asyncio."""
        self._end(exc)

    def pause_writing(self) -> None:
        """See asyncio."""

    def resume_writing(self) -> None:
        """See asyncio."""
        self._wake()

    @property
    def _open(self) -> asyncio.Transport:
        if self._transport is None:
            raise Truncated("not connected")
        return self._transport

    def _begin(self, *, tunnel: bool = False) -> Answer:
        if self._trouble is not None:
            raise self._trouble
        self._whole = False
        self._answer = Answer(tunnel=tunnel)
        return self._answer

    async def _write(self, head: bytes, part: bytes, outgoing: Outgoing) -> None:
        """Hand it over, and wait until the socket took it, an answer is there or the connection is gone."""
        transport = self._open
        transport.writelines([head, part]) if head else transport.write(part)
        left = len(part)
        while True:
            now = min(left, transport.get_write_buffer_size())
            if self._trouble is not None or (self._answer is not None and self._answer.status):
                return
            if now < left:
                outgoing.accepted(left - now)
                left = now
            if not left:
                return
            await self._wait(TICK_S)

    async def _hear(self) -> None:
        """Let what has come in be heard before more goes out: where that fails, it would be lost."""
        await asyncio.sleep(0)  # the loop looks at its sockets
        await asyncio.sleep(0)  # and tells us

    async def _until_begun(self, answer: Answer) -> None:
        while not answer.status:
            if self._trouble is not None:
                raise self._trouble
            await self._wait()

    async def _wait(self, limit_s: float | None = None) -> None:
        """For anything to happen, or a while."""
        self._waiter = self._loop.create_future()
        alarm = self._loop.call_later(limit_s, self._wake) if limit_s is not None else None
        try:
            await self._waiter
        finally:
            self._waiter = None
            if alarm is not None:
                alarm.cancel()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _end(self, exc: Exception | None) -> None:
        if self._trouble is None:
            try:
                if self._answer is not None and not self._answer.done:
                    self._answer.end()
            except Truncated as truncated:
                self._trouble = exc if isinstance(exc, ssl.SSLError) else truncated
                self._trouble.__cause__ = exc if self._trouble is truncated else None
            else:
                self._trouble = Truncated("the connection is closed")
        self._wake()

    def _fail(self, exc: Exception) -> None:
        self._trouble = exc
        self.abort()
        self._wake()
