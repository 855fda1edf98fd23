"""A document on its way to a gateway: read, held back and counted slice by slice."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from console.api import body
from console.api.multipart import Form
from console.api.streaming import Patience
from console.model.file_trouble import FileChanged

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Sequence

    import httpx

    from console.api.client import Call
    from console.api.multipart import Part
    from console.api.sending import Sending
    from console.model.capability import Operation

_LEAST_BYTES, _FIRST_BYTES, _MOST_BYTES = 16 * 1024, 128 * 1024, 1024 * 1024
_QUICK_S, _SLOW_S = 0.05, 0.5


class FormBody:
    """The bytes of one form, from the start whenever they are asked for: see `console.api.http1.connection.Outgoing`.

    Slices are small where little goes through, so that a bandwidth limit is kept evenly.
    """

    def __init__(self, form: Form, sending: Sending, patience: Patience) -> None:
        self._form = form
        self._sending = sending
        self._patience = patience
        self._slice_bytes = _FIRST_BYTES
        self._accepted_bytes = 0

    @property
    def size_bytes(self) -> int:
        """Of everything."""
        return len(self._form.head) + self._sending.source.size_bytes + len(self._form.tail)

    async def slices(self) -> AsyncGenerator[bytes, None]:
        """See `Outgoing`. The last comes only after the source has said that it is what was checked."""
        sending, loop = self._sending, asyncio.get_running_loop()
        sending.sent_whole = False
        sending.on_sent(0)
        self._accepted_bytes = -len(self._form.head)
        self._patience.at_rest()
        async with contextlib.aclosing(self._blocks()) as blocks:
            async for block, last in blocks:
                at = 0
                while at < len(block):
                    began = loop.time()
                    part = self._slice(block, at)
                    at += len(part)
                    if sending.pace is not None:
                        await sending.pace(len(part))
                    if last and at == len(block):
                        sending.sent_whole = True  # before: what breaks off from here on may have arrived
                    self._patience.moving()
                    yield part
                    self._patience.at_rest()
                    self._adapt(loop.time() - began)
        self._patience.answering()

    def accepted(self, count: int) -> None:
        """See `Outgoing`."""
        self._accepted_bytes += count
        self._sending.on_sent(min(max(0, self._accepted_bytes), self._sending.source.size_bytes))
        self._patience.moving()

    def _slice(self, block: bytes, at: int) -> bytes:
        if len(block) - at <= self._slice_bytes:
            return block[at:] if at else block
        return block[at : at + self._slice_bytes]

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

    @property
    def outgoing(self) -> FormBody | None:
        """See `Streamed`: once it is prepared."""
        return self._body

    def prepare(self, request: httpx.Request, route: str) -> None:
        """See `Streamed`."""
        form = Form(self._parts(route), file_name=self._sending.name, media_type=self._sending.media_type)
        self._body = FormBody(form, self._sending, self.patience)
        request.headers["Content-Type"] = form.content_type
        request.headers["Content-Length"] = str(self._body.size_bytes)

    async def receive(self, response: httpx.Response, call: Call) -> bytes:
        """See `Streamed`."""
        return await body.read(response, route=call.named, request_id=call.request_id)
