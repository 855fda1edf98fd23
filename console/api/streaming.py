"""Requests and answers that are too large to be held: they have no deadline, but must not fall silent."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import enum
from typing import TYPE_CHECKING, Protocol

from console.api.client import Call
from console.model.errors import ConnectionLost

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx

    from console.api.http1.connection import Outgoing

STALL_S = 60.0
ANSWER_S = 120.0


class _Awaited(enum.Enum):
    CONNECTION = "no connection, and nothing over it, within {limit:g} s"
    PASSAGE = "nothing went through for {limit:g} s"
    ANSWER = "no answer within {limit:g} s of the last byte"


class Patience:
    """How long one attempt may be silent at a time: told what it waits for, whenever that changes."""

    def __init__(self, *, connect_s: float, stall_s: float = STALL_S, answer_s: float = ANSWER_S) -> None:
        self._limits = {
            _Awaited.CONNECTION: connect_s,
            _Awaited.PASSAGE: stall_s,
            _Awaited.ANSWER: answer_s,
        }
        self._awaited = _Awaited.CONNECTION
        self._timeout = asyncio.timeout(None)

    @contextlib.asynccontextmanager
    async def attempt(self, route: str, request_id: str) -> AsyncIterator[None]:
        """Around one attempt.

        Raises:
            ConnectionLost: It was silent for too long.
        """
        self._timeout = asyncio.timeout(None)
        try:
            async with self._timeout:
                self._await(_Awaited.CONNECTION)
                yield
        except TimeoutError as exc:
            said = self._awaited.value.format(limit=self._limits[self._awaited])
            raise ConnectionLost(said, timed_out=True, route=route, request_id=request_id) from exc

    def moving(self) -> None:
        """The other side is to take, or give, some bytes next."""
        self._await(_Awaited.PASSAGE)

    def answering(self) -> None:
        """Everything was sent: the answer is next."""
        self._await(_Awaited.ANSWER)

    def at_rest(self) -> None:
        """The next step is ours: nobody is silent."""
        self._timeout.reschedule(None)

    def _await(self, awaited: _Awaited) -> None:
        self._awaited = awaited
        self._timeout.reschedule(asyncio.get_running_loop().time() + self._limits[awaited])


class Streamed(Protocol):
    """What is streamed with one call, in one direction or the other."""

    @property
    def patience(self) -> Patience:
        """Of its attempts."""

    @property
    def outgoing(self) -> Outgoing | None:
        """The request's body, where that is what is streamed."""

    def prepare(self, request: httpx.Request, route: str) -> None:
        """Make it part of a request to this route, a template."""

    async def receive(self, response: httpx.Response, call: Call) -> bytes:
        """What of the answer is to be judged, as `console.api.body.read` gives it."""


def streaming(call: Call, streamed: Streamed) -> StreamingCall:
    """The call with what is streamed."""
    known = {field.name: getattr(call, field.name) for field in dataclasses.fields(call)}
    return StreamingCall(**known, streamed=streamed)


@dataclasses.dataclass(frozen=True, kw_only=True)
class StreamingCall(Call):
    """A call without a deadline of its own; what goes along with it says how long it may be silent."""

    streamed: Streamed

    @contextlib.asynccontextmanager
    async def within_deadline(self, route: str) -> AsyncIterator[None]:
        """See `Call`; the token, which has no route here, has the operation's time."""
        if route:
            async with self.streamed.patience.attempt(route, self.request_id):
                yield
            return
        limit_s = self.operation.timeout_s
        try:
            async with asyncio.timeout(limit_s):
                yield
        except TimeoutError as exc:
            raise ConnectionLost(f"no token within {limit_s:g} s", timed_out=True, request_id=self.request_id) from exc

    @property
    def outgoing(self) -> Outgoing | None:
        """See `Call`."""
        return self.streamed.outgoing

    async def receive(self, response: httpx.Response) -> bytes:
        """See `Call`."""
        return await self.streamed.receive(response, self)
