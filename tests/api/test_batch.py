"""A batch answers each asker in turn, and nobody's trouble is anybody else's."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from console.api.batch import LIMIT, Batcher
from console.api.platforms.kong.batch import batcher
from console.model.capability import Effect
from console.model.errors import ConnectionLost, GatewayError, NotFound, ProtocolViolation, Rejected
from tests.api.scripted_gateway import Asked, reply, scripted, transport_to

if TYPE_CHECKING:
    from collections.abc import Sequence


class Wire:
    """Doubles numbers; negative ones are rejected. Notes what it was sent; holds back until `gate` is open."""

    def __init__(self) -> None:
        self.sent: list[list[int]] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.broken: GatewayError | None = None

    async def __call__(self, numbers: Sequence[int]) -> list[int | GatewayError]:
        self.sent.append(list(numbers))
        await self.gate.wait()
        if self.broken is not None:
            raise self.broken
        return [number * 2 if number >= 0 else Rejected("negative") for number in numbers]


async def test_ten_go_at_once_and_the_rest_when_its_moment_is_over() -> None:
    wire = Wire()
    asked = Batcher(wire)
    answers = await asyncio.gather(*(asked.ask(number) for number in range(LIMIT + 3)))
    assert answers == [number * 2 for number in range(LIMIT + 3)]
    assert wire.sent == [list(range(LIMIT)), list(range(LIMIT, LIMIT + 3))]


async def test_a_full_batch_does_not_wait_for_the_window() -> None:
    asked = Batcher(Wire(), limit=2, window_s=3600)
    assert list(await asyncio.gather(asked.ask(1), asked.ask(2))) == [2, 4]


async def test_each_has_its_own_error() -> None:
    asked = Batcher(Wire(), limit=3)
    answers = await asyncio.gather(asked.ask(1), asked.ask(-1), asked.ask(2), return_exceptions=True)
    assert [answers[0], answers[2]] == [2, 4]
    assert isinstance(answers[1], Rejected)


async def test_a_batch_that_fails_fails_all_of_its_own_only() -> None:
    wire = Wire()
    wire.broken = ConnectionLost("cut")
    asked = Batcher(wire, limit=2, window_s=0)
    first = tuple(await asyncio.gather(asked.ask(1), asked.ask(2), return_exceptions=True))
    assert first == (wire.broken, wire.broken)
    wire.broken = None
    assert await asked.ask(3) == 6


async def test_who_is_cancelled_costs_the_others_nothing() -> None:
    wire = Wire()
    wire.gate.clear()
    asked = Batcher(wire, limit=3, window_s=3600)
    early, late, patient = (asyncio.ensure_future(asked.ask(number)) for number in (1, 2, 3))
    await asyncio.sleep(0)
    late.cancel()
    wire.gate.set()
    assert await early == 2
    assert await patient == 6
    assert late.cancelled()


async def test_who_is_cancelled_before_the_batch_goes_is_not_sent() -> None:
    wire = Wire()
    asked = Batcher(wire, window_s=0.01)
    gone, stays = asyncio.ensure_future(asked.ask(1)), asyncio.ensure_future(asked.ask(2))
    await asyncio.sleep(0)
    gone.cancel()
    assert await stays == 4
    assert wire.sent == [[2]]


async def test_a_wrong_number_of_answers_is_nobodys_answer() -> None:
    async def short(numbers: Sequence[int]) -> Sequence[int | GatewayError]:
        return numbers[:-1]

    asked = Batcher(short, limit=2)
    for answer in await asyncio.gather(asked.ask(1), asked.ask(2), return_exceptions=True):
        assert isinstance(answer, ProtocolViolation)


async def test_closing_cancels_those_who_wait_and_those_on_their_way() -> None:
    wire = Wire()
    wire.gate.clear()
    asked = Batcher(wire, limit=1, window_s=3600)
    under_way = asyncio.ensure_future(asked.ask(1))
    waits_in = Batcher(wire, limit=2, window_s=3600)
    waiting = asyncio.ensure_future(waits_in.ask(2))
    await asyncio.sleep(0)
    await asyncio.gather(asked.close(), waits_in.close())
    done = await asyncio.gather(under_way, waiting, return_exceptions=True)
    assert all(isinstance(one, asyncio.CancelledError) for one in done)


async def test_kong_takes_batches_below_an_endpoint() -> None:
    def script(_asked: Asked) -> bytes:
        results = [{"data": {"id": 1}}, {"error": {"message": "no such document", "status": 404}}, {"error": "odd"}]
        return reply(200, {"results": results})

    async with scripted(script) as gateway, transport_to(gateway) as transport:
        asked = batcher(transport, "documents.batch", "/api/v1/documents", Effect.READ)
        one, two, three = await asyncio.gather(
            *(asked.ask({"id": number}) for number in (1, 2, 3)), return_exceptions=True
        )
        assert gateway.lines == ["POST /api/v1/documents/batch"]
    assert one == {"id": 1}
    assert isinstance(two, NotFound)
    assert two.detail == "no such document"
    assert isinstance(three, Rejected)


@pytest.mark.parametrize("body", [{}, {"results": 5}, {"results": [{}]}, {"results": ["x"]}, []])
async def test_a_batch_without_results_is_told_to_everyone(body: object) -> None:
    async with scripted(lambda _asked: reply(200, body)) as gateway, transport_to(gateway) as transport:
        asked = batcher(transport, "documents.batch", "/api/v1/documents", Effect.READ)
        with pytest.raises(ProtocolViolation):
            await asked.ask({"id": 1})
