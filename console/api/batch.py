"""Many small requests as one: collected for a moment, sent together, answered one by one."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Generic, TypeVar

from console.model.errors import GatewayError, ProtocolViolation

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

Q = TypeVar("Q")
A = TypeVar("A")

LIMIT = 10
WINDOW_S = 0.05


class Batcher(Generic[Q, A]):
    """Sends what is asked within 50 ms, or ten requests, whichever is first.

    The answers come in the order of the requests. Each asker gets its own answer or error; one that is cancelled costs
    the others nothing, and a batch that fails as a whole fails all of its askers.
    """

    def __init__(
        self,
        send: Callable[[Sequence[Q]], Awaitable[Sequence[A | GatewayError]]],
        *,
        limit: int = LIMIT,
        window_s: float = WINDOW_S,
    ) -> None:
        self._send = send
        self._limit = limit
        self._window_s = window_s
        self._waiting: list[tuple[Q, asyncio.Future[A]]] = []
        self._timer: asyncio.TimerHandle | None = None
        self._under_way: set[asyncio.Task[None]] = set()

    async def ask(self, request: Q) -> A:
        """The answer to one request.

        Raises:
            GatewayError: Its own error, or that of the batch it went with.
        """
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[A] = loop.create_future()
        self._waiting.append((request, answer))
        if len(self._waiting) >= self._limit:
            self._go()
        elif self._timer is None:
            self._timer = loop.call_later(self._window_s, self._go)
        return await answer

    async def close(self) -> None:
        """Give up what waits or is under way; its askers are cancelled."""
        self._stop_timer()
        for _request, answer in self._waiting:
            answer.cancel()
        self._waiting.clear()
        under_way = list(self._under_way)
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)

    def _go(self) -> None:
        self._stop_timer()
        batch = [(request, answer) for request, answer in self._waiting if not answer.done()]
        self._waiting.clear()
        if batch:
            task = asyncio.get_running_loop().create_task(self._exchange(batch), name="batch")
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    async def _exchange(self, batch: Sequence[tuple[Q, asyncio.Future[A]]]) -> None:
        try:
            answers = await self._answers([request for request, _answer in batch])
        except GatewayError as exc:
            answers = [exc] * len(batch)
        except BaseException:
            for _request, asker in batch:
                asker.cancel()
            raise
        for (_request, asker), answer in zip(batch, answers, strict=True):
            if asker.done():
                continue  # it was cancelled meanwhile
            if isinstance(answer, GatewayError):
                asker.set_exception(answer)
            else:
                asker.set_result(answer)

    async def _answers(self, requests: Sequence[Q]) -> Sequence[A | GatewayError]:
        answers = await self._send(requests)
        if len(answers) != len(requests):
            raise ProtocolViolation(f"{len(answers)} answers to {len(requests)} requests", field="results")
        return answers
