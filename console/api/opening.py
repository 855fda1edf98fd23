"""A connection that is given up before it is open."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


class _Stream(Protocol):
    async def aclose(self) -> None: ...


class Opening:
    """Closes the socket of a TLS handshake that is cancelled; httpcore closes it only where the handshake fails.

    Goes along with one request, as its extension `trace`.
    """

    def __init__(self) -> None:
        self._stream: _Stream | None = None

    async def __call__(self, event: str, info: Mapping[str, Any]) -> None:
        """What httpcore does at the moment, such as `connection.start_tls.failed`, and what came of it."""
        match event.partition(".")[2]:
            case "connect_tcp.complete":
                self._stream = info["return_value"]
            case "start_tls.complete":
                self._stream = None
            case "start_tls.failed" if self._stream is not None:
                await self._stream.aclose()
