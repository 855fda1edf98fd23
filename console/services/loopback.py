"""The port on this machine that the browser comes back to (RFC 8252, 7.3)."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import socket
from typing import TYPE_CHECKING, Self

from console.i18n import tr
from console.model.errors import BrowserSignInFailed
from console.model.oauth import BrowserSignInReason

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import TracebackType

_log = logging.getLogger(__name__)

PATH = "/callback"
HEAD_LIMIT_BYTES = 32 * 1024
HEAD_LIMIT_S = 15.0
CONNECTIONS_LIMIT = 32
_FAMILIES = ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1"))
_REQUEST_LINE_PARTS = 3


class Loopback:
    """Listens on an ephemeral port of this machine alone, and hands on the query of every visit to `/callback`.

    Whatever comes is answered or dropped, and never ends the listening: other programs and pages of this machine can
    reach the port too. Nothing that came is shown or logged. Leaving the block frees the port at once.

    Args:
        on_query: Gets the query of a visit, before it is answered: the browser may be gone by then.
        families: Which addresses to try, in order.

    Raises:
        BrowserSignInFailed: On entering: no port of this machine can be listened on.
    """

    def __init__(
        self, on_query: Callable[[str], None], families: Iterable[tuple[socket.AddressFamily, str]] = _FAMILIES
    ) -> None:
        self._on_query = on_query
        self._families = tuple(families)
        self._server: asyncio.Server | None = None
        self._visits: dict[asyncio.Task[None], asyncio.StreamWriter] = {}
        self.redirect_uri = ""

    async def __aenter__(self) -> Self:
        why = "no address"
        for family, host in self._families:
            try:
                self._server = await asyncio.start_server(
                    self._visited, host, 0, family=family, limit=HEAD_LIMIT_BYTES, start_serving=True
                )
            except OSError as exc:
                why = errno.errorcode.get(exc.errno or 0, "OSError")
                _log.info("sign-in can't wait on %s: %s", host, exc)
                continue
            port = self._server.sockets[0].getsockname()[1]
            name = f"[{host}]" if family == socket.AF_INET6 else host
            self.redirect_uri = f"http://{name}:{port}{PATH}"  # never a name: that could be another machine
            return self
        raise BrowserSignInFailed(why, reason=BrowserSignInReason.NO_LISTENER)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server is not None:
            self._server.close()
        for writer in self._visits.values():
            if kind is not None or not writer.is_closing():  # who was answered may still read the page
                writer.transport.abort()  # ends the visit too: a cancelled one would be logged by asyncio as a bug
        await asyncio.gather(*self._visits, return_exceptions=True)

    async def _visited(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        visit = asyncio.current_task()
        if visit is None:
            return
        if len(self._visits) >= CONNECTIONS_LIMIT:  # idle ones must not keep the browser out
            next(iter(self._visits.values())).transport.abort()
        self._visits[visit] = writer
        try:
            async with asyncio.timeout(HEAD_LIMIT_S):
                head = await _head(reader)
                writer.write(self._answer(head))
                await writer.drain()
        except (TimeoutError, OSError, asyncio.IncompleteReadError):
            writer.transport.abort()
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()
            self._visits.pop(visit, None)

    def _answer(self, head: bytes | None) -> bytes:
        if head is None:
            return _response("431 Request Header Fields Too Large")
        words = head.split(b"\r\n", 1)[0].split(b" ")
        if len(words) != _REQUEST_LINE_PARTS or not words[2].startswith(b"HTTP/1.") or not words[1].isascii():
            return _response("400 Bad Request")
        method, target = words[0], words[1].decode("ascii")
        path, _, query = target.partition("?")
        if path != PATH:
            return _response("404 Not Found")
        if method == b"HEAD":  # looks, but is no visit
            return _response("200 OK", body=False)
        if method != b"GET":
            return _response("405 Method Not Allowed", "Allow: GET, HEAD")
        self._on_query(query)
        return _response("200 OK")


async def _head(reader: asyncio.StreamReader) -> bytes | None:
    """Everything up to the blank line; None when it is too much."""
    try:
        return await reader.readuntil(b"\r\n\r\n")
    except asyncio.LimitOverrunError:
        return None


def _response(status: str, *headers: str, body: bool = True) -> bytes:
    """A page that says the same whatever came, and lets the browser keep or pass on nothing of it."""
    page = _PAGE.format(title=tr("Gatewatch"), text=tr("You can close this page and go back to Gatewatch.")).encode()
    head = "\r\n".join(
        (
            f"HTTP/1.1 {status}",
            "Content-Type: text/html; charset=utf-8",
            f"Content-Length: {len(page)}",
            "Connection: close",
            "Cache-Control: no-store",
            "Referrer-Policy: no-referrer",
            "X-Content-Type-Options: nosniff",
            "Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
            *headers,
        )
    )
    return head.encode("ascii") + b"\r\n\r\n" + (page if body else b"")


_PAGE = (
    "<!DOCTYPE html><html><head><meta charset=utf-8><title>{title}</title>"
    "<style>body{{font:16px system-ui,sans-serif;margin:20vh auto;max-width:28em;text-align:center;"
    "color-scheme:light dark}}</style></head><body><p>{text}</p></body></html>"
)
