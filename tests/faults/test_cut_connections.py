"""Connections that are cut, frozen or lost between the console and the sandbox."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import msgspec
import pytest

from console.api.feed.policy import DEFAULT
from console.api.retry import RetryPolicy
from console.api.transport import Transport
from console.model.address import Address
from console.model.capability import Effect, Operation
from console.model.connection import FeedState, Phase
from console.model.errors import ConnectFailed, ConnectionLost
from console.model.network import NO_PROXY, NetworkOptions
from console.services.explain import explain
from console.services.kept_sign_in import kept_as
from tests.api.scripted_gateway import plain_platform, scripted
from tests.faults.chaos_proxy import ChaosProxy, Fate
from tests.faults.running import operator, port_of, session_at, until

if TYPE_CHECKING:
    from console.model.exchange import Exchange
    from console.sandbox.thread import SandboxThread
    from console.store.store import Store

READ = Operation(name="things.list", method="GET", routes=("/things",), effect=Effect.READ, timeout_s=5.0)
WRITE = Operation(name="things.make", method="POST", routes=("/things",), effect=Effect.WRITE, timeout_s=1.0)
PLATFORM = plain_platform(retry=RetryPolicy())


class SignedIn:
    async def token(self) -> str | None:
        return "a token"

    async def renew(self, refused: str) -> str:
        return refused


def transport_through(proxy: ChaosProxy, seen: list[Exchange]) -> Transport:
    return Transport(
        Address.parse(proxy.url),
        PLATFORM,
        tokens=SignedIn(),
        observe=seen.append,
        options=NetworkOptions(proxy=NO_PROXY),
    )


def answered(_asked: object) -> bytes:
    return b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 20\r\n\r\n" + b'{"things": [1,2,3]} '


@pytest.mark.parametrize("fate", [Fate(cut_down_bytes=0), Fate(cut_down_bytes=0, reset=True), Fate(trickle_s=0.5)])
async def test_a_write_whose_answer_is_lost_is_done_once(fate: Fate) -> None:  # fault 44
    async with scripted(answered) as gateway:
        with ChaosProxy(gateway.address.port, fate=lambda: fate) as proxy:
            seen: list[Exchange] = []
            transport = transport_through(proxy, seen)
            with pytest.raises(ConnectionLost) as caught:
                await transport.call(WRITE, payload={"name": "one"})
            await transport.close()
        assert gateway.lines == ["POST /things"]
        assert [one.attempt for one in seen] == [1]
        assert explain(caught.value).headline


@pytest.mark.parametrize("cut_after_bytes", [0, 5, 40, 80])
@pytest.mark.parametrize("reset", [False, True])
async def test_a_read_that_breaks_off_anywhere_succeeds_on_a_new_connection(  # fault 46
    cut_after_bytes: int, reset: bool
) -> None:
    async with scripted(answered) as gateway:
        with ChaosProxy(gateway.address.port) as proxy:
            proxy.next(Fate(cut_down_bytes=cut_after_bytes, reset=reset))
            transport = transport_through(proxy, [])
            reply = await transport.call(READ)
            assert reply.body == {"things": [1, 2, 3]}
            assert proxy.accepted == 2
            assert proxy.open_connections == 1
            await transport.call(READ)
            assert proxy.accepted == 2
            await transport.close()


async def test_a_kept_connection_that_is_reset_while_idle_costs_no_answer() -> None:  # fault 46
    async with scripted(answered) as gateway:
        with ChaosProxy(gateway.address.port) as proxy:
            transport = transport_through(proxy, [])
            await transport.call(READ)
            proxy.cut_all(reset=True)
            assert (await transport.call(READ)).status == 200
            assert proxy.accepted == 2
            await transport.close()


async def test_a_read_of_the_session_is_asked_once_more_when_its_connection_ends() -> None:  # fault 46
    me = msgspec.structs.replace(READ, session=True)
    async with scripted(answered) as gateway:
        with ChaosProxy(gateway.address.port) as proxy:
            transport = transport_through(proxy, [])
            await transport.call(me)
            proxy.cut_after(Fate(cut_up_bytes=1))
            assert (await transport.call(me)).status == 200
            assert proxy.accepted == 2
            proxy.next(Fate(cut_down_bytes=0), Fate(cut_down_bytes=0))
            proxy.cut_all()
            with pytest.raises(ConnectionLost):
                await transport.call(me)
            await transport.close()


async def test_a_sign_in_whose_connection_ends_is_not_sent_again() -> None:  # fault 44
    sign_in = msgspec.structs.replace(WRITE, session=True)
    async with scripted(answered) as gateway:
        with ChaosProxy(gateway.address.port) as proxy:
            proxy.next(Fate(cut_down_bytes=0))
            transport = transport_through(proxy, [])
            with pytest.raises(ConnectionLost):
                await transport.call(sign_in)
            await transport.close()
        assert gateway.lines == ["POST /things"]


async def test_abandoned_calls_leave_no_connection() -> None:  # fault 4
    async with scripted(answered) as gateway:
        with ChaosProxy(gateway.address.port, fate=lambda: Fate(cut_down_bytes=None, trickle_s=0.05)) as proxy:
            transport = transport_through(proxy, [])
            for number in range(40):
                call = asyncio.ensure_future(transport.call(READ, params={"page": str(number)}))
                while len(proxy.lines) <= number:
                    await asyncio.sleep(0.005)
                call.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await call
            async with asyncio.timeout(5.0):
                while proxy.open_connections:
                    await asyncio.sleep(0.01)
            await transport.close()


async def test_the_answer_of_a_renewal_that_is_cut_costs_no_sign_in(  # fault 30
    sandbox: SandboxThread, store: Store
) -> None:
    with ChaosProxy(port_of(sandbox.kong_url)) as proxy:
        async with session_at(proxy.url, "kong", store) as session:
            await session.sign_in(operator(sandbox))
            await until(session, lambda connection: connection.phase is Phase.LIVE)
            refused = await session.token()
            assert refused is not None
            proxy.cut_all()
            proxy.next(Fate(cut_down_bytes=0, reset=True))  # a poll that takes it instead does no harm
            renewed = await session.renew(refused)
            assert renewed != refused
            kept = await store.vault.load_sign_in(kept_as(session.profile))
            assert kept is not None
            assert kept.tokens.access == renewed
            await until(session, lambda connection: connection.phase is Phase.LIVE)
    assert sandbox.stats()["sign_ins"] == 1


@pytest.mark.timeout(90)
async def test_a_half_open_feed_is_noticed_and_comes_back(sandbox: SandboxThread, store: Store) -> None:  # fault 61
    with ChaosProxy(port_of(sandbox.dotmac_url)) as proxy:
        async with session_at(proxy.url, "dotmac", store) as session:
            await session.sign_in(operator(sandbox))
            await until(session, lambda connection: connection.facts.feed is FeedState.LIVE)
            proxy.freeze()
            async with asyncio.timeout(3 * (DEFAULT.ping_interval_s + DEFAULT.ping_timeout_s)):
                await until(session, lambda connection: connection.facts.feed is not FeedState.LIVE)
            proxy.thaw()
            proxy.cut_all()
            session.try_now()
            await until(session, lambda connection: connection.phase is Phase.LIVE)


async def test_nobody_listening_is_said_as_such() -> None:
    async with scripted(answered) as gateway:
        port = gateway.address.port
    transport = Transport(
        Address(scheme="http", host="127.0.0.1", port=port),
        PLATFORM,
        tokens=SignedIn(),
        observe=lambda _exchange: None,
        options=NetworkOptions(proxy=NO_PROXY),
    )
    with pytest.raises(ConnectFailed) as caught:
        await transport.call(WRITE)
    await transport.close()
    assert explain(caught.value).headline
