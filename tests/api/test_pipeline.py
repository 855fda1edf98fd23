"""The parts of the transport together, over real sockets."""

from __future__ import annotations

import asyncio
import itertools
from email.utils import formatdate
from typing import TYPE_CHECKING

import pytest

from console.api.breaker import CircuitState
from console.api.retry import RetryPolicy
from console.api.transport import Transport
from console.model.capability import Effect, Operation
from console.model.errors import BreakerOpen, ConnectionLost, RateLimited, ReadOnly, ServiceFailed, SignInRequired
from tests.api.scripted_gateway import READ, Asked, Tokens, plain_platform, reply, scripted, transport_to

if TYPE_CHECKING:
    from console.model.exchange import Exchange

QUICK = RetryPolicy(base_s=0.001)
POLLED = Operation(
    name="things.poll", method="GET", routes=("/things",), effect=Effect.READ, timeout_s=5.0, polled=True
)
WRITE = Operation(name="things.add", method="POST", routes=("/things",), effect=Effect.WRITE, timeout_s=5.0)
LOGIN = Operation(
    name="auth.login", method="POST", routes=("/login",), effect=Effect.WRITE, authenticated=False, session=True
)


class Sequence:
    """Each answer once, the last one ever after."""

    def __init__(self, *answers: bytes | None) -> None:
        self._answers = itertools.chain(answers, itertools.repeat(answers[-1]))

    def __call__(self, _asked: Asked) -> bytes | None:
        return next(self._answers)


async def test_equal_reads_at_once_are_one_request() -> None:
    async with scripted(lambda _asked: reply(200, {"n": 1})) as gateway, transport_to(gateway) as transport:
        replies = await asyncio.gather(*(transport.call(READ) for _ in range(50)))
        assert gateway.lines == ["GET /things"]
        assert {id(one) for one in replies} == {id(replies[0])}
        await asyncio.gather(transport.call(READ, params={"q": "a"}), transport.call(READ, params={"q": "b"}))
        assert len(gateway.asked) == 3


async def test_another_login_gets_its_own_answer() -> None:
    async with scripted(lambda _asked: reply(200, {})) as gateway, transport_to(gateway) as transport:
        first = asyncio.ensure_future(transport.call(READ))
        await asyncio.sleep(0)
        transport.begin_login()
        await asyncio.gather(first, transport.call(READ))
        assert len(gateway.asked) == 2


async def test_writes_are_never_shared_and_never_repeated() -> None:  # fault 43
    async with (
        scripted(Sequence(reply(503))) as gateway,
        transport_to(gateway, platform=plain_platform(retry=QUICK)) as transport,
    ):
        outcomes = await asyncio.gather(*(transport.call(WRITE) for _ in range(2)), return_exceptions=True)
        assert [type(outcome) for outcome in outcomes] == [ServiceFailed] * 2
        assert gateway.lines == ["POST /things"] * 2


@pytest.mark.parametrize("failure", [reply(503), reply(429), None], ids=["503", "429", "dropped"])
async def test_a_read_gets_through_what_passes(failure: bytes | None) -> None:
    seen: list[Exchange] = []
    async with (
        scripted(Sequence(failure, failure, reply(200, {"ok": 1}))) as gateway,
        transport_to(gateway, platform=plain_platform(retry=QUICK), seen=seen) as transport,
    ):
        assert (await transport.call(READ)).body == {"ok": 1}
        assert [exchange.attempt for exchange in seen] == [1, 2, 3]


async def test_retry_after_may_be_a_date() -> None:  # fault 43
    soon = reply(503, None, f"Retry-After: {formatdate(0, usegmt=True)}")
    async with (
        scripted(Sequence(soon, reply(200, {}))) as gateway,
        transport_to(gateway, platform=plain_platform(retry=QUICK)) as transport,
    ):
        await transport.call(READ)
        assert len(gateway.asked) == 2


async def test_a_wait_beyond_reason_is_told_instead_of_waited() -> None:  # fault 43
    later = reply(429, None, "Retry-After: 3600")
    async with (
        scripted(Sequence(later)) as gateway,
        transport_to(gateway, platform=plain_platform(retry=QUICK)) as transport,
    ):
        with pytest.raises(RateLimited) as told:
            await transport.call(READ)
        assert told.value.retry_after_s == 3600
        assert len(gateway.asked) == 1


async def test_what_polls_waits_for_its_next_turn_instead() -> None:
    async with (
        scripted(Sequence(reply(429, None, "Retry-After: 60"))) as gateway,
        transport_to(gateway, platform=plain_platform(retry=QUICK)) as transport,
    ):
        for _ in range(3):
            with pytest.raises(RateLimited):
                await transport.call(POLLED)
        assert len(gateway.asked) == 1  # the gateway was heeded
        with pytest.raises(RateLimited):
            await transport.call(WRITE)  # what the operator does by hand is sent
        assert len(gateway.asked) == 2


async def test_a_service_that_keeps_failing_is_left_alone_and_health_is_not() -> None:  # fault 54
    async with scripted(Sequence(reply(500))) as gateway, transport_to(gateway) as transport:
        for _ in range(5):
            with pytest.raises(ServiceFailed):
                await transport.call(READ)
        with pytest.raises(BreakerOpen):
            await transport.call(READ)
        assert len(gateway.asked) == 5
        for operation in (POLLED, LOGIN):
            with pytest.raises(ServiceFailed):
                await transport.call(operation)
        transport.begin_anew()
        with pytest.raises(ServiceFailed):
            await transport.call(READ)


async def test_a_read_only_profile_sends_no_write() -> None:
    async with scripted(lambda _asked: reply(200, {})) as gateway:
        transport = Transport(
            gateway.address, plain_platform(), tokens=Tokens(), observe=lambda _exchange: None, read_only=True
        )
        try:
            with pytest.raises(ReadOnly):
                await transport.call(WRITE)
            assert gateway.asked == []
            await transport.call(READ)
            await transport.call(LOGIN)
        finally:
            await transport.close()
        assert gateway.lines == ["GET /things", "POST /login"]


async def test_a_renewal_that_fails_is_not_tried_again_for_the_request() -> None:  # fault 33
    class Failing(Tokens):
        async def renew(self, refused: str) -> str:
            self.renewals += 1
            raise ConnectionLost("reset", route="POST /refresh")

    tokens = Failing()
    async with (
        scripted(Sequence(reply(401))) as gateway,
        transport_to(gateway, platform=plain_platform(retry=QUICK), tokens=tokens) as transport,
    ):
        with pytest.raises(ConnectionLost):
            await transport.call(READ)
        assert tokens.renewals == 1
        assert transport.breaker.views()[0].failures == 0


async def test_all_tries_have_one_deadline() -> None:  # fault 45
    brief = Operation(name="things.brief", method="GET", routes=("/things",), effect=Effect.READ, timeout_s=0.3)
    async with (
        scripted(Sequence(reply(503))) as gateway,
        transport_to(gateway, platform=plain_platform(retry=RetryPolicy(base_s=0.2, retries=50))) as transport,
    ):
        with pytest.raises(ServiceFailed):
            await transport.call(brief)
        assert 1 <= len(gateway.asked) <= 2


async def test_a_write_with_a_key_that_the_platform_honours_is_sent_again() -> None:  # fault 44
    keyed = Operation(
        name="things.put", method="POST", routes=("/things",), effect=Effect.WRITE, timeout_s=5.0, keyed=True
    )
    platform = plain_platform(retry=QUICK)
    async with (
        scripted(Sequence(None, reply(503), reply(201, {"id": 7}))) as gateway,
        transport_to(gateway, platform=platform) as transport,
    ):
        answer = await transport.call(keyed, payload={}, idempotency_key="k-1")
        assert answer.body == {"id": 7}
        assert [asked.headers["idempotency-key"] for asked in gateway.asked] == ["k-1"] * 3


async def test_a_key_that_the_platform_does_not_honour_changes_nothing() -> None:  # fault 44
    platform = plain_platform(retry=QUICK)
    async with (
        scripted(Sequence(None, reply(201, {}))) as gateway,
        transport_to(gateway, platform=platform) as transport,
    ):
        with pytest.raises(ConnectionLost):
            await transport.call(WRITE, payload={}, idempotency_key="k-1")
        assert len(gateway.asked) == 1


async def test_a_refused_write_is_not_sent_again_in_somebody_elses_name() -> None:  # fault 39
    tokens = Tokens("ann's")
    async with scripted(lambda _asked: reply(401)) as gateway, transport_to(gateway, tokens=tokens) as transport:

        def refuse(asked: Asked) -> bytes:
            if asked.headers["authorization"] != "Bearer ann's":
                return reply(200, {})
            tokens.current = "bob's"
            transport.begin_login()
            return reply(401)

        gateway.script = refuse
        with pytest.raises(SignInRequired):
            await transport.call(WRITE)
        assert len(gateway.asked) == 1
        assert (await transport.call(WRITE)).status == 200


async def test_a_write_is_retried_for_the_tenant_that_it_began_with() -> None:
    keyed = Operation(
        name="things.put", method="POST", routes=("/things",), effect=Effect.WRITE, timeout_s=5.0, keyed=True
    )
    seen: list[str] = []
    platform = plain_platform(lambda context: {"X-Tenant": context.tenant}, QUICK)
    async with (
        scripted(lambda _asked: reply(200)) as gateway,
        transport_to(gateway, platform=platform, tenant="a") as transport,
    ):

        def switch(asked: Asked) -> bytes:
            seen.append(asked.headers["x-tenant"])
            transport.tenant = "b"
            return reply(503) if len(seen) == 1 else reply(200)

        gateway.script = switch
        await transport.call(keyed, idempotency_key="k")
        assert seen == ["a", "a"]


async def test_a_renewal_that_hangs_is_no_failure_of_the_service() -> None:
    class Hanging(Tokens):
        async def token(self) -> str | None:
            await asyncio.Event().wait()
            raise AssertionError

    brief = Operation(name="things.list", method="GET", routes=("/things",), effect=Effect.READ, timeout_s=0.05)
    async with scripted(lambda _asked: reply(200, {})) as gateway, transport_to(gateway, tokens=Hanging()) as transport:
        for _ in range(5):
            with pytest.raises(ConnectionLost):
                await transport.call(brief)
        assert [(view.state, view.failures) for view in transport.breaker.views()] == [(CircuitState.CLOSED, 0)]
        assert gateway.asked == []
