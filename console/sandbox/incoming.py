"""A form on its way in: fields in memory, files on disk, hashed as they come."""

from __future__ import annotations

import contextlib
import hashlib
import secrets
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING

from starlette.requests import ClientDisconnect

from console.sandbox.multipart import MultipartBroken, MultipartReader, PartBegins, PartData, PartEnds

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from starlette.requests import Request

_FIELD_LIMIT = 1_048_576


class FormRefused(Exception):
    """The form is not taken.

    Attributes:
        status: 400 for one that is broken or broke off, 413 for a file that is too large, 507 when there is no room.
        reason: For people.
    """

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


@dataclass(frozen=True, kw_only=True)
class ReceivedFile:
    """A file of a form, whole, in a place of its own until somebody keeps it.

    Attributes:
        field: Name of the form's field.
        name: As the client calls it.
        media_type: As the client says; empty when it does not.
        sha256: Of what came, lower-case hex.
    """

    field: str
    name: str
    media_type: str
    size_bytes: int
    sha256: str
    path: Path


@dataclass
class Form:
    """What came.

    Attributes:
        begun: Names of the files that began to come, whole or not.
    """

    fields: dict[str, str] = field(default_factory=dict)
    files: list[ReceivedFile] = field(default_factory=list)
    begun: list[str] = field(default_factory=list)


@dataclass
class _Writing:
    head: PartBegins
    path: Path
    out: IO[bytes]
    size_bytes: int = 0
    hashed: hashlib._Hash = field(default_factory=hashlib.sha256)


class FormReader:
    """Takes one form. `form` is filled as it comes, so that it tells how far a form came that broke off.

    Args:
        folder: Where files are written.
        max_bytes: Of one file; None for any size.
        room_bytes: That are left for files; None for enough.
    """

    def __init__(self, folder: Path, *, max_bytes: int | None = None, room_bytes: int | None = None) -> None:
        self.form = Form()
        self._folder = folder
        self._max_bytes = max_bytes
        self._room_bytes = room_bytes
        self._writing: _Writing | None = None
        self._part: PartBegins | None = None
        self._text = bytearray()

    @contextlib.asynccontextmanager
    async def reading(self, request: Request) -> AsyncIterator[Form]:
        """The whole form; files that nobody kept are gone afterwards.

        Raises:
            FormRefused: It is not taken.
        """
        try:
            await self._read(request)
            yield self.form
        finally:
            if self._writing is not None:
                self._writing.out.close()
                self._writing.path.unlink(missing_ok=True)
            for received in self.form.files:
                received.path.unlink(missing_ok=True)

    async def _read(self, request: Request) -> None:
        try:
            reader = MultipartReader(request.headers.get("content-type", ""))
            async for piece in request.stream():
                for event in reader.feed(piece):
                    match event:
                        case PartBegins():
                            self._begin(event)
                        case PartData(data):
                            self._take(data)
                        case PartEnds():
                            self._end()
        except ClientDisconnect as exc:
            raise FormRefused(400, "Client closed request") from exc
        except MultipartBroken as exc:
            raise FormRefused(400, f"There was an error parsing the body: {exc}") from exc
        if not reader.finished:
            raise FormRefused(400, "There was an error parsing the body: it ends early")

    def _begin(self, head: PartBegins) -> None:
        self._part = head
        self._text.clear()
        if head.filename is None:
            return
        self.form.begun.append(head.filename)
        path = self._folder / f"{secrets.token_hex(8)}.part"
        self._writing = _Writing(head, path, path.open("xb"))

    def _take(self, data: bytes) -> None:
        writing = self._writing
        if writing is None:
            self._text += data
            if len(self._text) > _FIELD_LIMIT:
                raise FormRefused(400, "A field is too large")
            return
        writing.size_bytes += len(data)
        if self._max_bytes is not None and writing.size_bytes > self._max_bytes:
            raise FormRefused(413, "File too large")
        if self._room_bytes is not None and writing.size_bytes > self._room_bytes:
            raise FormRefused(507, "Insufficient storage")
        writing.hashed.update(data)
        writing.out.write(data)

    def _end(self) -> None:
        writing, self._writing = self._writing, None
        if writing is None:
            if self._part is not None:
                self.form.fields[self._part.name] = self._text.decode("utf-8", "replace")
            return
        writing.out.close()
        self.form.files.append(
            ReceivedFile(
                field=writing.head.name,
                name=writing.head.filename or "",
                media_type=writing.head.media_type,
                size_bytes=writing.size_bytes,
                sha256=writing.hashed.hexdigest(),
                path=writing.path,
            )
        )
