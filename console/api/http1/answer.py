"""The answer to one request, as its bytes come in. No I/O."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

HEAD_LIMIT_BYTES = 64 * 1024
_CHUNK_LINE_LIMIT_BYTES = 4096
_END_OF_HEAD = re.compile(rb"\n\r?\n")
_STATUS_LINE = re.compile(rb"HTTP/1\.([01]) ([1-5][0-9]{2})(?: ([\t\x20-\x7e\x80-\xff]*))?")
_HEADER = re.compile(rb"([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*([^\x00\r\n]*?)[ \t]*")
_CHUNK_LINE = re.compile(rb"([0-9A-Fa-f]{1,15})(?:;[\t\x20-\x7e]*)?[ \t]*\r")
_LENGTH = re.compile(rb"[0-9]{1,18}")
_INFORMATIONAL, _SUCCESS, _SWITCHING = range(100, 200), range(200, 300), 101
_BODILESS = frozenset({204, 304})


class MalformedAnswer(ValueError):
    """What came is no HTTP/1.1."""


class Truncated(ConnectionError):
    """The connection ended before the answer did."""


class Answer:
    """One answer: fed with whatever the connection gives, asked for what is there.

    Attributes:
        status: 0 until the head is there. Informational answers are passed over.
        headers: In order, as they came.
        done: All of it is there.
        keeps_open: The connection may carry another request once this is done.
    """

    def __init__(self, *, tunnel: bool = False) -> None:
        """Args: tunnel: To CONNECT: a yes has no body."""
        self._tunnel = tunnel
        self.status = 0
        self.headers: tuple[tuple[bytes, bytes], ...] = ()
        self.done = False
        self.keeps_open = False
        self._buffer = bytearray()
        self._body = bytearray()
        self._left: int | None = None  # of the body, or of the chunk; None until the connection ends
        self._chunked = False
        self._in_trailer = False
        self._after_chunk = False

    @property
    def waiting_bytes(self) -> int:
        """What came and was not taken."""
        return len(self._buffer) + len(self._body)

    def feed(self, data: bytes) -> None:
        """More of it.

        Raises:
            MalformedAnswer: This is no answer.
        """
        self._buffer += data
        while not self.status and self._head():
            pass
        if self.status:
            self._sort()

    def end(self) -> None:
        """The connection gives nothing more.

        Raises:
            Truncated: And this was not all.
        """
        self.keeps_open = False
        if self.status and self._left is None and not self._chunked:
            self.done = True
        if not self.done:
            raise Truncated("the connection ended before the answer did" if self.status else "no answer came")

    def take(self) -> bytes:
        """What there is of the body, once."""
        body = bytes(self._body)
        self._body.clear()
        return body

    def _head(self) -> bool:
        """Read a head, if one is there; whether to look again."""
        end = _END_OF_HEAD.search(self._buffer)
        if (end.end() if end else len(self._buffer)) > HEAD_LIMIT_BYTES:
            raise MalformedAnswer("its head is too long")
        if end is None:
            if self._buffer and not b"HTTP/1.".startswith(self._buffer[:7]):
                raise MalformedAnswer("it does not begin as an answer")
            return False
        head = bytes(self._buffer[: end.start()]).removesuffix(b"\r")
        status_line, *lines = head.replace(b"\r\n", b"\n").split(b"\n")
        del self._buffer[: end.end()]
        told = _STATUS_LINE.fullmatch(status_line)
        if told is None:
            raise MalformedAnswer("it does not begin as an answer")
        status = int(told[2])
        headers = tuple(_header(line) for line in lines)
        if status in _INFORMATIONAL:
            if status == _SWITCHING:
                raise MalformedAnswer("it switches to another protocol")
            return True
        self._frame(status, headers, newest=told[1] == b"1")
        self.status, self.headers = status, headers
        return False

    def _frame(self, status: int, headers: tuple[tuple[bytes, bytes], ...], *, newest: bool) -> None:
        """Where the body ends (RFC 9112, 6.3)."""
        codings = list(_words(headers, b"transfer-encoding"))
        lengths = set(_words(headers, b"content-length"))
        if len(lengths) > 1 or any(_LENGTH.fullmatch(said) is None for said in lengths):
            raise MalformedAnswer("it says nonsense about its length")
        if codings and codings != [b"chunked"]:
            raise MalformedAnswer("its body is coded in a way nobody asked for")
        self.keeps_open = newest and b"close" not in _words(headers, b"connection")
        if status in _BODILESS or (self._tunnel and status in _SUCCESS):
            self._left = 0
        elif codings:
            self._chunked, self._left = True, 0
            self.keeps_open = self.keeps_open and not lengths  # who says both may be two who disagree
        elif lengths:
            self._left = int(lengths.pop())
        else:
            self.keeps_open = False

    def _sort(self) -> None:
        """Move what came to where it belongs."""
        while self._buffer and not self.done:
            if self._left is None:
                self._body += self._buffer
                self._buffer.clear()
            elif self._left:
                part = self._buffer[: self._left]
                del self._buffer[: len(part)]
                self._body += part
                self._left -= len(part)
                self._after_chunk = self._chunked and not self._left
            elif not self._chunked or not self._chunk_line():
                break
        if self._left == 0 and not self._chunked:
            self.done = True
        if self.done and self._buffer:
            self.keeps_open = False  # nobody asked for more

    def _chunk_line(self) -> bool:
        """Read one line between chunks, if one is there; whether to go on."""
        line, found, _rest = self._buffer.partition(b"\n")
        if len(line) > _CHUNK_LINE_LIMIT_BYTES:
            raise MalformedAnswer("a line between chunks is too long")
        if not found:
            return False
        del self._buffer[: len(line) + 1]
        bare = line.removesuffix(b"\r")
        if self._after_chunk:
            if bare:
                raise MalformedAnswer("a chunk is longer than it says")
            self._after_chunk = False
        elif self._in_trailer:
            if bare:
                _header(bytes(bare))
            else:
                self.done = True
        elif told := _CHUNK_LINE.fullmatch(line):
            self._left = int(told[1], 16)
            self._in_trailer = not self._left
        else:
            raise MalformedAnswer("a chunk does not say how long it is")
        return True


def _header(line: bytes) -> tuple[bytes, bytes]:
    found = _HEADER.fullmatch(line)
    if found is None:
        raise MalformedAnswer("a header is none")
    return found[1], found[2]


def _words(headers: tuple[tuple[bytes, bytes], ...], wanted: bytes) -> Iterator[bytes]:
    for name, value in headers:
        if name.lower() == wanted:
            for word in value.split(b","):
                yield word.strip().lower()
