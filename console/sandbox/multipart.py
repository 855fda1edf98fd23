"""Reading `multipart/form-data` as it comes in, a piece at a time: RFC 7578, and what browsers do with names."""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Iterator

_LINE_END = b"\r\n"
_HEAD_LIMIT = 16_384
_PARAMETER = re.compile(r';\s*([a-z*]+)=(?:"([^"]*)"|([^;\s]*))', re.IGNORECASE)
_ESCAPED = {"%22": '"', "%0D": "\r", "%0A": "\n"}
_ESCAPE = re.compile("|".join(_ESCAPED), re.IGNORECASE)


class MultipartBroken(Exception):
    """The body is not what its header promised."""


@dataclass(frozen=True, slots=True)
class PartBegins:
    """A field or a file.

    Attributes:
        filename: None for a plain field.
        media_type: As the client says; empty when it does not.
    """

    name: str
    filename: str | None
    media_type: str


@dataclass(frozen=True, slots=True)
class PartData:
    """A piece of the part that began last."""

    data: bytes


@dataclass(frozen=True, slots=True)
class PartEnds:
    """The part that began last is whole."""


PartEvent: TypeAlias = PartBegins | PartData | PartEnds


class _Place(enum.Enum):
    PREAMBLE = enum.auto()
    BOUNDARY = enum.auto()
    HEAD = enum.auto()
    BODY = enum.auto()
    EPILOGUE = enum.auto()


class MultipartReader:
    """Turns pieces of a body into events; keeps no more than a piece and a boundary.

    Args:
        content_type: The request's `Content-Type`.

    Raises:
        MultipartBroken: It is no form, or names no boundary.
    """

    def __init__(self, content_type: str) -> None:
        kind, _, _ = content_type.partition(";")
        parameters = _parameters(content_type)
        if kind.strip().casefold() != "multipart/form-data" or not parameters.get("boundary"):
            raise MultipartBroken("the body is no multipart form")
        self._delimiter = b"\r\n--" + parameters["boundary"].encode("latin-1", "replace")
        self._buffer = bytearray(_LINE_END)  # the first boundary has no line before it
        self._place = _Place.PREAMBLE

    @property
    def finished(self) -> bool:
        """Whether the last boundary has come."""
        return self._place is _Place.EPILOGUE

    def feed(self, data: bytes) -> Iterator[PartEvent]:
        """What a piece of the body says.

        Raises:
            MultipartBroken: A part's head is endless, or does not name the part.
        """
        self._buffer += data
        while True:
            before = self._place
            match before:
                case _Place.PREAMBLE | _Place.BODY:
                    yield from self._until_boundary(inside=before is _Place.BODY)
                case _Place.BOUNDARY:
                    self._boundary()
                case _Place.HEAD:
                    yield from self._head()
                case _Place.EPILOGUE:
                    self._buffer.clear()
            if self._place is before:
                return

    def _until_boundary(self, *, inside: bool) -> Iterator[PartEvent]:
        at = self._buffer.find(self._delimiter)
        sure = at if at >= 0 else len(self._buffer) - len(self._delimiter)
        if inside and sure > 0:
            with memoryview(self._buffer) as view:
                data = bytes(view[:sure])
            yield PartData(data)
        if at < 0:
            del self._buffer[: max(0, sure)]
            return
        del self._buffer[: at + len(self._delimiter)]
        self._place = _Place.BOUNDARY
        if inside:
            yield PartEnds()

    def _boundary(self) -> None:
        if self._buffer.startswith(b"--"):
            self._place = _Place.EPILOGUE
        elif (at := self._buffer.find(_LINE_END)) >= 0:
            del self._buffer[:at]  # the line's end stays: a head may have no lines at all
            self._place = _Place.HEAD

    def _head(self) -> Iterator[PartEvent]:
        at = self._buffer.find(_LINE_END * 2)
        if at < 0:
            if len(self._buffer) > _HEAD_LIMIT:
                raise MultipartBroken("a part's head has no end")
            return
        lines = self._buffer[:at].decode("utf-8", "replace").split("\r\n")
        del self._buffer[: at + 2 * len(_LINE_END)]
        heads = {name.strip().casefold(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        told = _parameters(heads.get("content-disposition", ""))
        if "name" not in told:
            raise MultipartBroken("a part has no name")
        filename = told.get("filename")
        if (extended := told.get("filename*")) is not None:
            filename = unquote(extended.rpartition("'")[2])
        self._place = _Place.BODY
        yield PartBegins(told["name"], filename, heads.get("content-type", ""))


def _parameters(header: str) -> dict[str, str]:
    found = {}
    for name, quoted, plain in _PARAMETER.findall(header):
        # A backslash is a character of the name: browsers escape with percent signs, and nothing else.
        found[name.casefold()] = _ESCAPE.sub(lambda match: _ESCAPED[match[0].upper()], quoted or plain)
    return found
