"""The format of server-sent events (WHATWG HTML, 9.2), as a parser without any I/O."""

from __future__ import annotations

import msgspec

from console.model.errors import ProtocolViolation

EVENT_LIMIT_BYTES = 1024 * 1024

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_RETRY_DIGITS = 9


class ServerEvent(msgspec.Struct, frozen=True, kw_only=True):
    """One event.

    Attributes:
        data: Its lines, joined.
        name: Of its kind.
        id: Of the last event that had one, this one included; empty when none had.
    """

    data: str
    name: str = "message"
    id: str = ""


class EventStreamParser:
    """Takes bytes as they come and gives the events that are complete. Where the bytes were cut makes no difference.

    Attributes:
        last_id: To be shown when the stream is asked for again.
        retry_s: Wait before that, as the server wants it; None when it said nothing.
    """

    def __init__(self, last_id: str = "") -> None:
        self.last_id = last_id
        self.retry_s: float | None = None
        self._rest = bytearray()  # a line without an end
        self._at_start = True
        self._after_return = False
        self._id = last_id
        self._name = ""
        self._data: list[str] = []
        self._size_bytes = 0

    def feed(self, chunk: bytes) -> list[ServerEvent]:
        """The events that end in this chunk.

        Raises:
            ProtocolViolation: An event is larger than 1 MiB. The stream is of no use then.
        """
        if not chunk:
            return []
        if self._after_return:
            chunk = chunk.removeprefix(b"\n")  # the other half of the line's end
        events = []
        for line in chunk.splitlines(keepends=True):
            if not line.endswith((b"\n", b"\r")):
                self._keep(line)
                continue
            self._after_return = line.endswith(b"\r")
            self._count(len(line))
            if (event := self._line(bytes(self._rest) + line.rstrip(b"\r\n"))) is not None:
                events.append(event)
            self._rest.clear()
        self._after_return = self._after_return and chunk.endswith(b"\r")
        return events

    def _keep(self, piece: bytes) -> None:
        self._count(len(piece))
        self._rest += piece

    def _count(self, size_bytes: int) -> None:
        self._size_bytes += size_bytes
        if self._size_bytes > EVENT_LIMIT_BYTES:
            raise ProtocolViolation("an event is larger than 1 MiB", field="event")

    def _line(self, line: bytes) -> ServerEvent | None:
        if self._at_start:
            self._at_start = False
            line = line.removeprefix(_BYTE_ORDER_MARK)
        if not line:
            return self._end_of_event()
        if line.startswith(b":"):
            self._size_bytes = self._size_bytes if self._data else 0
            return None
        field, _, value = line.decode("utf-8", errors="replace").partition(":")
        value = value.removeprefix(" ")
        match field:
            case "data":
                self._data.append(value)
            case "event":
                self._name = value
            case "id" if "\0" not in value:
                self._id = value
            case "retry" if value.isascii() and value.isdigit():
                self.retry_s = int(value[:_RETRY_DIGITS]) / 1000
        return None

    def _end_of_event(self) -> ServerEvent | None:
        data, name = self._data, self._name
        self._data, self._name, self._size_bytes = [], "", 0
        self.last_id = self._id
        return ServerEvent(data="\n".join(data), name=name or "message", id=self.last_id) if data else None
