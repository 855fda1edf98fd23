"""A document on its way to a gateway: read, held back and counted slice by slice."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import httpx

from console.api import body
from console.api.multipart import Form
from console.api.streaming import Patience
from console.model.file_trouble import FileChanged

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence

    from console.api.client import Call
    from console.api.multipart import Part
    from console.api.sending import Sending
    from console.model.capability import Operation

_LEAST_BYTES, _FIRST_BYTES, _MOST_BYTES = 16 * 1024, 128 * 1024, 1024 * 1024
_QUICK_S, _SLOW_S = 0.05, 0.5


class FormBody(httpx.AsyncByteStream):
    """The bytes of one form, from the start whenever they are asked for.

    A slice that comes out is handed to the connection at once, and the next is only asked for when the socket took all
    of it. Slices are small on a slow connection, so that progress, silence and a bandwidth limit are seen in time.
    """

    def __init__(self, form: Form, sending: Sending, patience: Patience) -> None:
        self._form = form
        self._sending = sending
        self._patience = patience
        self._slice_bytes = _FIRST_BYTES
        self._running: AsyncGenerator[bytes, None] | None = None

    @property
    def size_bytes(self) -> int:
        """Of everything."""
        return len(self._form.head) + self._sending.source.size_bytes + len(self._form.tail)

    def __aiter__(self) -> AsyncIterator[bytes]:
        self._running = self._slices()
        return self._running

    async def aclose(self) -> None:
        """Close the file: where a connection breaks off nobody else does."""
        if self._running is not None:
            await self._running.aclose()
            self._running = None

    async def _slices(self) -> AsyncGenerator[bytes, None]:
        sending, loop = self._sending, asyncio.get_running_loop()
        sending.sent_whole = False
        sending.on_sent(0)
        accepted = -len(self._form.head)
        self._patience.at_rest()
        async for block, last in self._blocks():
            at = 0
            while at < len(block):
                began = loop.time()
                part = block[at : at + self._slice_bytes]
                at += len(part)
                if sending.pace is not None:
                    await sending.pace(len(part))
                if last and at == len(block):
                    sending.sent_whole = True  # before: what breaks off from here on may have arrived
                self._patience.moving()
                yield part
                self._patience.at_rest()
                accepted += len(part)
                sending.on_sent(min(max(0, accepted), sending.source.size_bytes))
                self._adapt(loop.time() - began)
        self._patience.answering()

    async def _blocks(self) -> AsyncGenerator[tuple[bytes, bool], None]:
        """All of it, and whether this is the last: that comes only when the source has nothing to complain of."""
        held, seen_bytes = self._form.head, 0
        async with self._sending.source.open() as pieces:
            async for piece in pieces:
                if seen_bytes:
                    yield held, False
                    held = piece
                else:
                    held += piece
                seen_bytes += len(piece)
        if seen_bytes != self._sending.source.size_bytes:
            raise FileChanged("it is no longer as long as it was", self._sending.name)
        yield held + self._form.tail, True

    def _adapt(self, took_s: float) -> None:
        if took_s > _SLOW_S:
            self._slice_bytes = max(_LEAST_BYTES, self._slice_bytes // 2)
        elif took_s < _QUICK_S:
            self._slice_bytes = min(_MOST_BYTES, self._slice_bytes * 2)


class Upload:
    """See `console.api.streaming.Streamed`."""

    def __init__(self, operation: Operation, parts: Callable[[str], Sequence[Part]], sending: Sending) -> None:
        """Args: operation: What is asked. parts: The form for a route. sending: What goes there."""
        self.patience = Patience(connect_s=operation.timeout_s)
        self._parts = parts
        self._sending = sending
        self._body: FormBody | None = None

    def prepare(self, request: httpx.Request, route: str) -> None:
        """See `Streamed`."""
        form = Form(self._parts(route), file_name=self._sending.name, media_type=self._sending.media_type)
        self._body = FormBody(form, self._sending, self.patience)
        request.headers["Content-Type"] = form.content_type
        request.headers["Content-Length"] = str(self._body.size_bytes)
        request.stream = self._body

    async def receive(self, response: httpx.Response, call: Call) -> bytes:
        """See `Streamed`."""
        return await body.read(response, route=call.named, request_id=call.request_id)

    async def close(self) -> None:
        """See `Streamed`."""
        if self._body is not None:
            await self._body.aclose()
