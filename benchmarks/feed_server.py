"""B2's gateway, in a process of its own: a registry of services, and a feed that floods or keeps a pace.

It only knows how to write: all messages are made beforehand and sent as bytes, so that it is never the one waited for.
Both feeds carry the same messages, one of them as events of Socket.IO.
"""

from __future__ import annotations

import contextlib
import json
import struct
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING

from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Response
from websockets.sync.server import serve

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from websockets.http11 import Request
    from websockets.sync.server import ServerConnection

SERVICES = 48
MESSAGES = 60_000
LAST = "the last"  # a service that is told of only at the end of a flood
EVENT = "service_health"
FEED_PATH, SOCKETIO_PATH = "/ws/service-health", "/socket.io/"
REGISTRY_PATH = "/api/service-registry/services"
_ALERT_EVERY = 997  # one in so many says unhealthy, which raises an alert
_DEGRADED_TURNS, _DEGRADED_SHARE = 50, 8  # for so many messages, and one service in so many
_PACE_STEP_S = 0.001
_CHUNK = 200
# Nobody is asked for a sign of life while it is measured.
_OPEN = json.dumps({"sid": "b2", "upgrades": [], "pingInterval": 120_000, "pingTimeout": 60_000, "maxPayload": 10**6})


class FeedServer:
    """The process, told what to send."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stdin is not None  # noqa: S101  (asked for in `feed_server`)
        assert process.stdout is not None  # noqa: S101  (asked for in `feed_server`)
        self._words = process.stdin
        self.port = int(process.stdout.readline())

    def flood(self) -> None:
        """Send all `MESSAGES` as fast as they are taken, then one of `LAST`, over the newest connection."""
        self._say("flood")

    def pace(self, rate: int, duration_s: float) -> None:
        """Send so many a second for so long, over the newest connection."""
        self._say(f"pace {rate} {duration_s}")

    def _say(self, word: str) -> None:
        self._words.write(f"{word}\n")
        self._words.flush()


@contextlib.contextmanager
def feed_server() -> Iterator[FeedServer]:
    """A server that ends with the block."""
    with subprocess.Popen(
        [sys.executable, "-m", "benchmarks.feed_server"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            yield FeedServer(process)
        finally:
            process.kill()


def names() -> tuple[str, ...]:
    """Of all services; their ids are the same."""
    return (*(f"service {number:02}" for number in range(SERVICES - 1)), LAST)


def _messages() -> Iterator[str]:
    """Scores that waver with every message, and at any time some services that are degraded for a while."""
    told = names()[:-1]
    for number in range(MESSAGES):
        turn, service = divmod(number, len(told))
        score = 1 - (turn * 7 % 100) / 600
        status = "healthy"
        if (turn // _DEGRADED_TURNS + service) % _DEGRADED_SHARE == 0:
            score, status = score - 0.3, "degraded"
        if number % _ALERT_EVERY == 0:
            score, status = 0.2, "unhealthy"
        yield json.dumps({"service_name": told[service], "status": status, "health_score": score})
    yield json.dumps({"service_name": LAST, "status": "degraded", "health_score": 0.7})


def _frame(text: str) -> bytes:
    """A whole text message of a server, as RFC 6455 has it on the wire."""
    payload = text.encode()
    size = bytes([len(payload)]) if len(payload) < 126 else struct.pack("!BH", 126, len(payload))
    return b"\x81" + size + payload


class _Sender:
    """Writes past the library: it would take longer for a message than those whose speed is measured."""

    def __init__(self) -> None:
        plain = tuple(_messages())
        self._frames = {
            False: tuple(_frame(message) for message in plain),
            True: tuple(_frame(f'42["{EVENT}",{message}]') for message in plain),
        }
        self._connection: ServerConnection | None = None
        self._listened = threading.Event()

    def serve(self, connection: ServerConnection) -> None:
        """Take a listener, and hear it until it goes."""
        self._connection = connection
        self._listened.set()
        with contextlib.suppress(ConnectionClosed):
            if self._speaks_socketio(connection):
                connection.send(f"0{_OPEN}")
            for message in connection:
                if isinstance(message, str) and message.startswith("40"):
                    connection.send('40{"sid":"b2"}')

    def obey(self, word: Sequence[str]) -> None:
        """Do what a line of the standard input says, once somebody listens."""
        self._listened.wait()
        match word:
            case ["flood"]:
                for first in range(0, MESSAGES + 1, _CHUNK):
                    self._send(first, first + _CHUNK)
            case ["pace", rate, duration_s]:
                self._pace(int(rate), float(duration_s))
            case _:
                raise ValueError(f"nobody understands {' '.join(word)!r}")

    def _pace(self, rate: int, duration_s: float) -> None:
        started, sent = time.monotonic(), 0
        while (passed := time.monotonic() - started) < duration_s:
            due = min(int(passed * rate), MESSAGES)
            self._send(sent, due)
            sent = due
            time.sleep(_PACE_STEP_S)

    def _send(self, first: int, end: int) -> None:
        connection = self._connection
        if connection is None:
            return
        frames = self._frames[self._speaks_socketio(connection)]
        with connection.protocol_mutex:  # the library answers pings from its own thread
            connection.socket.sendall(b"".join(frames[first:end]))

    @staticmethod
    def _speaks_socketio(connection: ServerConnection) -> bool:
        return connection.request is not None and connection.request.path.startswith(SOCKETIO_PATH)


def _answer(_connection: ServerConnection, request: Request) -> Response | None:
    """The registry, and nothing else; what wants to be a feed goes on."""
    if request.path.startswith((FEED_PATH, SOCKETIO_PATH)):
        return None
    if request.path != REGISTRY_PATH:
        return _json(404, "Not Found", {"detail": "Not Found"})
    return _json(200, "OK", [{"id": name, "name": name, "status": "healthy", "version": "1.0"} for name in names()])


def _json(status: int, reason: str, body: object) -> Response:
    content = json.dumps(body).encode()
    headers = {"Content-Type": "application/json", "Content-Length": str(len(content)), "Connection": "close"}
    return Response(status, reason, Headers(headers), content)


def _main() -> None:
    sender = _Sender()
    with serve(sender.serve, "127.0.0.1", 0, process_request=_answer, compression=None) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        print(server.socket.getsockname()[1], flush=True)
        for line in sys.stdin:
            sender.obey(line.split())


if __name__ == "__main__":
    _main()
