"""A small picture of a document: where it may be fetched from, and what is taken for one."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote, urljoin, urlsplit

from console.i18n import tr
from console.model.address import Address
from console.model.capability import Effect, Operation
from console.model.errors import AddressError, ConnectionLost, NotOffered, ProtocolViolation

if TYPE_CHECKING:
    from collections.abc import Mapping

    from console.api.transport import Transport

MEDIA_TYPES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
LIMIT_BYTES = 1024 * 1024
TIMEOUT_S = 20.0
NAME = "documents.thumbnail"
_SERVICE = "thumbnails"  # what becomes of pictures says nothing of the documents themselves

_WORD = re.compile(r"[a-z][a-z_-]{0,31}")  # of a route; what is not one is a value: an id, a name


class Place:
    """Where a picture is, as a request to the gateway itself.

    Attributes:
        operation: Its route is a template: ids would make another route of every picture.
        fields: What goes into it.
        params: Query, such as the signature of an address that expires.
    """

    def __init__(self, url: str, gateway: Address) -> None:
        """Read an address as a platform gives it: in full, or a path of the gateway.

        Raises:
            NotOffered: It leads away from the gateway, and nobody else is asked: neither a host that a document
                names nor whoever else answers at this one gets a request, let alone a token.
        """
        try:
            parts = urlsplit(urljoin(f"{gateway.origin}/", url))
            told = Address.parse(f"{parts.scheme}://{parts.netloc}", allow_plain_http=True)
        except (AddressError, ValueError) as exc:
            raise _elsewhere() from exc
        if told.origin != gateway.origin or not parts.path.startswith(f"{gateway.path}/"):
            raise _elsewhere()
        segments = [unquote(segment) for segment in parts.path[len(gateway.path) + 1 :].split("/")]
        if any(segment in ("", ".", "..") or "/" in segment or "\\" in segment for segment in segments):
            raise _elsewhere()
        self.fields: dict[str, str] = {}
        route = "".join(f"/{self._named(segment)}" for segment in segments)
        self.operation = Operation(
            name=NAME, method="GET", routes=(route,), effect=Effect.READ, timeout_s=TIMEOUT_S, service=_SERVICE
        )
        self.params: Mapping[str, str] | None = dict(parse_qsl(parts.query, keep_blank_values=True)) or None

    def _named(self, segment: str) -> str:
        if _WORD.fullmatch(segment):
            return segment
        name = f"part{len(self.fields) + 1}"
        self.fields[name] = segment
        return f"{{{name}}}"


class Picture:
    """A `console.api.sending.Sink` in memory, for what may be a small picture.

    Attributes:
        content: What came so far.
    """

    def __init__(self) -> None:
        self.content = b""

    async def begin(self, *, name: str, size_bytes: int | None, media_type: str) -> None:  # noqa: ARG002  (not kept)
        """See `Sink`.

        Raises:
            ProtocolViolation: It is no picture, or none that is small.
        """
        if media_type not in MEDIA_TYPES:
            raise ProtocolViolation("the answer is no picture", field="content-type")
        self._check(size_bytes or 0)

    async def take(self, piece: bytes) -> None:
        """See `Sink`.

        Raises:
            ProtocolViolation: It is larger than it may be.
        """
        self._check(len(self.content) + len(piece))
        self.content += piece

    def _check(self, size_bytes: int) -> None:
        if size_bytes > LIMIT_BYTES:
            raise ProtocolViolation(f"the picture is larger than {LIMIT_BYTES} bytes", field="body")


async def fetch(transport: Transport, url: str) -> bytes:
    """See `console.api.contract.Documents.thumbnail`."""
    place, picture = Place(url, transport.address), Picture()
    try:
        async with asyncio.timeout(place.operation.timeout_s):  # in all: nobody waits long for something this small
            await transport.download(place.operation, sink=picture, fields=place.fields, params=place.params)
    except TimeoutError as exc:
        raise ConnectionLost(f"no whole picture within {TIMEOUT_S:g} s", timed_out=True) from exc
    return picture.content


def _elsewhere() -> NotOffered:
    return NotOffered(tr("the picture is not on this gateway"))
