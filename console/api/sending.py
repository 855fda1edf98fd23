"""A file on its way out, and one on its way in: what dialects and services agree on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
    from contextlib import AbstractAsyncContextManager


class FileSource(Protocol):
    """Content that can be read from the start as often as needed: a refused token repeats the request."""

    @property
    def size_bytes(self) -> int:
        """How much there is: the request's length is made from it."""

    def open(self) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        """Pieces of 1 MiB at most, read outside the loop's thread; exactly `size_bytes` in all.

        Raises:
            FileTrouble: It is gone, unreadable, or no longer what was checked.
        """


@dataclass(kw_only=True)
class Sending:
    """One document to be sent once.

    Attributes:
        source: Its content.
        name: What it is called on the platform.
        media_type: By content.
        sha256: Of the content, lower-case hex.
        metadata: What is told with it, by `UploadField.id`.
        idempotency_key: The same for every sending of it.
        on_sent: Told how many bytes of the content the socket accepted so far; begins at 0 when sending begins anew.
        pace: Asked before each piece goes out, with its size: where a bandwidth limit holds it back.
        sent_whole: Set when the last bytes of the request are handed to the connection: from then on only an answer, or
            a look-up, tells what became of it. While it is not set, nothing whole can have arrived.
        request_id: Of the request that was answered, as the gateway logged it; empty until then.
    """

    source: FileSource
    name: str
    media_type: str
    sha256: str
    idempotency_key: str
    metadata: Mapping[str, str] = field(default_factory=dict)
    on_sent: Callable[[int], None] = lambda sent_bytes: None  # noqa: ARG005  (nobody listens)
    pace: Callable[[int], Awaitable[None]] | None = None
    sent_whole: bool = False
    request_id: str = ""


class Sink(Protocol):
    """Where a download goes."""

    async def begin(self, *, name: str, size_bytes: int | None, media_type: str) -> None:
        """What the answer says of itself: the name is the server's and not safe; the size may be missing."""

    async def take(self, piece: bytes) -> None:
        """The next piece. May wait: then the gateway waits as well."""
