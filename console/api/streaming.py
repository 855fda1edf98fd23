"""Requests and answers that are too large to be held: they have no deadline, but must not fall silent."""

from __future__ import annotations

import asyncio
import dataclasses
import enum
import math
from typing import TYPE_CHECKING, Protocol

from console.api.client import Call
from console.api.deadline import Deadline
from console.model.errors import ConnectionLost

if TYPE_CHECKING:
    from types import TracebackType

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
        self._least_s = min(self._limits.values())
        self._loop = asyncio.get_running_loop()
        self._awaited = _Awaited.CONNECTION
        self._until = math.inf
        self._timeout = asyncio.timeout(None)
        self._alarm: asyncio.TimerHandle | None = None
        self._blamed = "", ""

    def attempt(self, route: str, request_id: str) -> Patience:
        """Around one attempt, as `async with`.

        Raises:
            ConnectionLost: It was silent for too long.
        """
        self._blamed = route, request_id
        return self

    async def __aenter__(self) -> None:
        self._timeout = asyncio.timeout(None)
        await self._timeout.__aenter__()
        self._await(_Awaited.CONNECTION)
        self._look()

    async def __aexit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
        try:
            await self._timeout.__aexit__(kind, exc, trace)
        except TimeoutError as timeout:
            said = self._awaited.value.format(limit=self._limits[self._awaited])
            route, request_id = self._blamed
            raise ConnectionLost(said, timed_out=True, route=route, request_id=request_id) from timeout

    def moving(self) -> None:
        """The other side is to take, or give, some bytes next."""
        self._await(_Awaited.PASSAGE)

    def answering(self) -> None:
        """Everything was sent: the answer is next."""
        self._await(_Awaited.ANSWER)

    def at_rest(self) -> None:
        """The next step is ours: nobody is silent."""
        self._until = math.inf

    def _await(self, awaited: _Awaited) -> None:
        self._awaited = awaited
        self._until = self._loop.time() + self._limits[awaited]

    def _look(self) -> None:
        """One alarm, that looks when it may be time, instead of a new one for each slice."""
        now = self._loop.time()
        if self._until <= now:
            self._timeout.reschedule(now)
        else:
            self._alarm = self._loop.call_at(min(self._until, now + self._least_s), self._look)


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


@dataclasses.dataclass(frozen=True, kw_only=True)
class StreamingCall(Call):
    """A call without a deadline of its own; what goes along with it says how long it may be silent."""

    streamed: Streamed

    def within_deadline(self, route: str) -> Deadline | Patience:
        """See `Call`; the token, which has no route here, has the operation's time."""
        if route:
            return self.streamed.patience.attempt(route, self.request_id)
        limit_s = self.operation.timeout_s
        return Deadline(asyncio.timeout(limit_s), lambda: self._no_token(limit_s))

    def _no_token(self, limit_s: float) -> ConnectionLost:
        return ConnectionLost(f"no token within {limit_s:g} s", timed_out=True, request_id=self.request_id)

    @property
    def outgoing(self) -> Outgoing | None:
        """See `Call`."""
        return self.streamed.outgoing

    async def receive(self, response: httpx.Response) -> bytes:
        """See `Call`."""
        return await self.streamed.receive(response, self)
