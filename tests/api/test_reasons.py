"""Why each attempt of a call was made, as tracking tells it. Over real sockets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from console.api.retry import RetryPolicy
from console.model.capability import Effect
from console.model.errors import NotOffered, ServiceFailed
from console.model.exchange import Reason
from console.services.request_stats import Retries, calls_of, counted, failed
from tests.api.scripted_gateway import READ, Asked, Tokens, plain_platform, reply, scripted, transport_to

if TYPE_CHECKING:
    from console.model.exchange import Exchange

TWO_ROUTES = msgspec.structs.replace(READ, routes=("/guide", "/field"))
WRITE = msgspec.structs.replace(TWO_ROUTES, name="things.make", method="POST", effect=Effect.WRITE)
EAGER = plain_platform(retry=RetryPolicy(retries=2, base_s=0.001))


def told(exchanges: list[Exchange]) -> list[tuple[int, Reason, int | None]]:
    return [(one.attempt, one.reason, one.status) for one in exchanges]


async def test_every_attempt_of_a_call_says_why_it_was_made() -> None:
    """A missing route, a token that is renewed, a service that is down for a moment, a slash: one call."""
    answers = iter([reply(405), reply(401), reply(503), reply(405), reply(308, None, "location: /field/"), reply(200)])
    seen: list[Exchange] = []
    async with (
        scripted(lambda _asked: next(answers)) as gateway,
        transport_to(gateway, tokens=Tokens(), platform=EAGER, seen=seen) as transport,
    ):
        await transport.call(TWO_ROUTES)
    assert told(seen) == [
        (1, Reason.FIRST, 405),
        (2, Reason.ROUTE, 401),
        (3, Reason.RENEWED, 503),
        (4, Reason.RETRY, 405),
        (5, Reason.ROUTE, 308),
        (6, Reason.SLASH, 200),
    ]
    (call,) = calls_of(seen)
    assert call == seen
    assert {one.call_id for one in seen} != {""}
    assert {one.service for one in seen} == {"things"}
    assert all(one.authenticated for one in seen)
    assert [one.status for one in counted(call)] == [401, 503, 200]
    assert Retries.of([call]) == Retries(calls=1, retried=1, recovered=1)


async def test_asking_where_a_write_may_go_is_no_error() -> None:
    def script(asked: Asked) -> bytes:
        if asked.method == "OPTIONS":
            return reply(404 if asked.path == "/guide" else 405, None, "allow: POST")
        return reply(200, {})

    seen: list[Exchange] = []
    async with scripted(script) as gateway, transport_to(gateway, seen=seen) as transport:
        await transport.call(WRITE, payload={})
        await transport.call(WRITE, payload={})
    assert told(seen) == [
        (1, Reason.PROBE, 404), (2, Reason.PROBE, 405), (3, Reason.FIRST, 200), (1, Reason.FIRST, 200),
    ]  # fmt: skip
    calls = calls_of(seen)
    assert [len(call) for call in calls] == [3, 1]
    assert not any(failed(one) for call in calls for one in counted(call))
    assert Retries.of(calls) == Retries(calls=2)


async def test_a_service_that_stays_down_is_given_up() -> None:
    seen: list[Exchange] = []
    async with (
        scripted(lambda _asked: reply(503)) as gateway,
        transport_to(gateway, platform=EAGER, seen=seen) as transport,
    ):
        with pytest.raises(ServiceFailed):
            await transport.call(msgspec.structs.replace(READ, authenticated=False))
    assert [one.reason for one in seen] == [Reason.FIRST, Reason.RETRY, Reason.RETRY]
    assert not any(one.authenticated for one in seen)
    assert Retries.of(calls_of(seen)) == Retries(calls=1, retried=1, given_up=1)


async def test_a_gateway_that_has_no_route_at_all_says_no_once() -> None:
    seen: list[Exchange] = []
    async with scripted(lambda _asked: reply(404)) as gateway, transport_to(gateway, seen=seen) as transport:
        with pytest.raises(NotOffered):
            await transport.call(TWO_ROUTES)
    (call,) = calls_of(seen)
    assert [(one.reason, one.status) for one in counted(call)] == [(Reason.ROUTE, 404)]
