"""A WebSocket whose messages are taken many at a time: thousands may come in a second, on the window's own loop."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

from websockets.asyncio.client import ClientConnection
from websockets.frames import CloseCode, Frame, Opcode
from websockets.protocol import State

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Sequence

    from websockets.protocol import Event

PIECE_BYTES = 4096
KEPT_MESSAGES = 256
_DATA = frozenset({Opcode.TEXT, Opcode.BINARY, Opcode.CONT})


class InboundConnection(ClientConnection):
    """See `websockets`. Instead of one wait for each message, `take` gives all that a piece of the stream holds.

    The library reads 256 KiB at once and looks through them in one go, which takes longer than a frame of the window.
    Here the stream is looked through in pieces, when somebody asks for messages; meanwhile nothing more is read, so
    that a gateway which is too fast is slowed by TCP.

    Attributes:
        heard_at: When anything came, by the loop's clock: a frame, or a part of one.
        spoken_at: When a message came.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._unread: deque[bytes] = deque()
        self._fragments: bytearray | None = None  # of a message that is not whole yet
        self._text = True
        self._messages: list[bytes | str] = []
        self._deaf = self._garbled = False
        self._held = False
        self._waiting: asyncio.Future[None] | None = None
        self.heard_at = self.spoken_at = self.loop.time()

    def take(self) -> Sequence[str | bytes]:
        """What came since the last time, oldest first; nothing when there is nothing yet."""
        while not self._messages and self._unread:
            self._read_on()
        if not self._unread:
            self._go_on_reading()
        if not self._messages:
            return ()
        taken, self._messages = self._messages, []
        self.spoken_at = self.loop.time()
        return taken

    async def filled(self) -> None:
        """Wait until there is something to take.

        Raises:
            ConnectionClosed: There will never be. ConnectionClosedOK: nobody complained.
        """
        while not self._messages and not self._unread:
            if self._garbled:
                await self.close(CloseCode.INVALID_DATA, "a text that is no UTF-8")
            if self.state is State.CLOSED:
                await self.recv()  # raises, and knows why
            self._waiting = self.loop.create_future()
            try:
                await self._waiting
            finally:
                self._waiting = None

    async def close(self, *args: Any, **options: Any) -> None:
        """See the library. Nobody wants to hear what is still to come."""
        self._deaf = True
        while self._unread:
            self._read_on()
        self._messages.clear()
        self._go_on_reading()
        await super().close(*args, **options)

    def data_received(self, data: bytes) -> None:
        """See `asyncio.Protocol`."""
        self.heard_at = self.loop.time()
        if self._deaf or self.state is State.CONNECTING:
            super().data_received(data)
            return
        if len(data) <= PIECE_BYTES and not self._unread:
            super().data_received(data)
        else:
            self._unread.extend(data[start : start + PIECE_BYTES] for start in range(0, len(data), PIECE_BYTES))
        if not self._held and (self._unread or len(self._messages) > KEPT_MESSAGES):
            self._held = True
            self.transport.pause_reading()
        if self._unread or self._messages:
            self._wake()

    def eof_received(self) -> None:
        """See `asyncio.Protocol`."""
        while self._unread:
            self._read_on()
        super().eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        """See `asyncio.Protocol`."""
        super().connection_lost(exc)
        self._wake()

    def process_event(self, event: Event) -> None:
        """See the library: whole messages are kept here, everything else is its own business."""
        if not isinstance(event, Frame) or event.opcode not in _DATA:
            super().process_event(event)
        elif self._deaf or self._garbled:
            return
        elif event.fin and self._fragments is None:
            self._keep(event.data, text=event.opcode is Opcode.TEXT)
        else:
            if self._fragments is None:
                self._fragments, self._text = bytearray(), event.opcode is Opcode.TEXT
            self._fragments += event.data
            if event.fin:
                self._keep(self._fragments, text=self._text)
                self._fragments = None

    def _keep(self, data: bytes | bytearray | memoryview, *, text: bool) -> None:
        try:
            self._messages.append(str(data, "utf-8") if text else bytes(data))
        except UnicodeDecodeError:
            self._garbled = True
            self._wake()

    def _go_on_reading(self) -> None:
        if self._held:
            self._held = False
            self.transport.resume_reading()

    def _read_on(self) -> None:
        self.heard_at = self.loop.time()
        super().data_received(self._unread.popleft())

    def _wake(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)
