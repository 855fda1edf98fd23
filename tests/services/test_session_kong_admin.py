"""A session with Kong's admin address in its profile, and with services of its own choice."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING

import msgspec
import pytest

from console.api.platforms.kong import PLATFORM
from console.model.errors import AddressError, ConnectFailed, NotOffered, ProfileError
from console.model.network import NetworkOptions
from console.model.profile import Profile, checked_profile
from console.sandbox.options import SandboxOptions
from console.sandbox.thread import SandboxThread
from console.services.session import Session
from tests.services.test_session import LIMIT_S, credentials, is_live, profile, running, until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from console.services.ports import MetricsSnapshot
    from console.store.store import Store


@pytest.fixture
def sandbox() -> Iterator[SandboxThread]:
    with SandboxThread(SandboxOptions(history_step_s=1.0)) as running_sandbox:
        yield running_sandbox


def with_admin(sandbox: SandboxThread, url: str) -> Profile:
    return msgspec.structs.replace(profile(sandbox, PLATFORM.name), admin_url=url)


def values(told: MetricsSnapshot) -> dict[str, float | None]:
    return {one.value.id: one.value.value for one in told.metrics}


async def numbers(session: Session, wanted: Callable[[MetricsSnapshot], object]) -> MetricsSnapshot:
    async with asyncio.timeout(LIMIT_S):
        async for told in session.telemetry.metrics.follow():
            if wanted(told):
                return told
    raise AssertionError


async def test_the_numbers_of_kong_itself(sandbox: SandboxThread, store: Store) -> None:
    async with running(Session(with_admin(sandbox, sandbox.kong_admin_url), store.vault, store.record)) as session:
        await session.sign_in(credentials(sandbox))
        told = await numbers(session, lambda one: one.metrics)
        known = {one.value.id: one.value.value for one in told.metrics}
        assert known["kong.database"] == 1
        assert (known["kong.connections.active"] or 0) >= 1
        assert (known["kong.memory.workers"] or 0) > 0


async def test_the_targets_of_every_upstream(sandbox: SandboxThread, store: Store) -> None:
    bad, good = "kong.upstream.content-service.unhealthy", "kong.upstream.content-service.healthy"
    async with running(Session(with_admin(sandbox, sandbox.kong_admin_url), store.vault, store.record)) as session:
        await session.sign_in(credentials(sandbox))
        told = await numbers(session, lambda one: good in values(one))
        assert (values(told)[bad], values(told)[good]) == (0, 1)
        sandbox.apply(kill_service="content-service")
        session.cache.invalidate({"metrics"})
        told = await numbers(session, lambda one: values(one).get(good) == 0)
        assert [one.value.id for one in told.metrics if one.value.missed] == [bad]
        assert not told.failures


async def test_without_an_admin_address_there_are_none(sandbox: SandboxThread, store: Store) -> None:
    async with running(Session(profile(sandbox, PLATFORM.name), store.vault, store.record)) as session:
        await session.sign_in(credentials(sandbox))
        await until(session, is_live)
        assert session.gateway.metrics == ()
        assert not session.telemetry.metrics.value.offered


async def test_a_dead_admin_port_is_its_own_failure_and_no_lost_gateway(sandbox: SandboxThread, store: Store) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    async with running(Session(with_admin(sandbox, f"http://127.0.0.1:{port}"), store.vault, store.record)) as session:
        await session.sign_in(credentials(sandbox))
        told = await numbers(session, lambda one: len(one.failures) > 1)
        assert [name for name, _error in told.failures] == ["admin.status", "admin.upstreams"]
        assert all(isinstance(error, ConnectFailed) for _name, error in told.failures)
        await until(session, is_live)


async def test_the_gateway_itself_is_no_admin_api(sandbox: SandboxThread, store: Store) -> None:
    async with running(Session(with_admin(sandbox, sandbox.kong_url), store.vault, store.record)) as session:
        await session.sign_in(credentials(sandbox))
        told = await numbers(session, lambda one: one.failures)
        assert isinstance(told.failures[0][1], NotOffered)
        assert [name for name, _error in told.failures] == ["admin.status"]


async def test_the_admin_address_never_sees_a_token(sandbox: SandboxThread, store: Store) -> None:  # fault 40
    seen: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await reader.readuntil(b"\r\n\r\n"))
        redirect = f"{sandbox.kong_url}/api/v1/auth/me"
        status = b"401 Unauthorized" if len(seen) == 1 else b"307 Temporary Redirect\r\nLocation: " + redirect.encode()
        writer.write(b"HTTP/1.1 " + status + b"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, running(
        Session(with_admin(sandbox, f"http://127.0.0.1:{port}"), store.vault, store.record)
    ) as session:  # fmt: skip
        await session.sign_in(credentials(sandbox))
        token = await session.token()
        assert token is not None
        for asked in (1, 2):
            await numbers(session, lambda one: one.failures)
            async with asyncio.timeout(LIMIT_S):
                while len(seen) < asked:
                    session.telemetry.missed()
                    await asyncio.sleep(0.05)
        assert await session.token() == token  # a refusal there is no refusal of the token
        assert session.connection.value.facts.signed_in
    for request in seen:
        assert token.encode() not in request
        assert b"authorization" not in request.lower()
        assert b"cookie" not in request.lower()


async def test_a_request_there_is_tracked_with_its_whole_address(sandbox: SandboxThread, store: Store) -> None:
    async with running(Session(with_admin(sandbox, sandbox.kong_admin_url), store.vault, store.record)) as session:
        await session.sign_in(credentials(sandbox))
        await numbers(session, lambda one: one.metrics)
        routes = {one.route for one in session.tracking.since(0) if one.operation == "admin.status"}
        assert routes == {f"{sandbox.kong_admin_url}/status"}


async def test_services_that_the_profile_names_are_looked_at_too(sandbox: SandboxThread, store: Store) -> None:
    named = msgspec.structs.replace(profile(sandbox, PLATFORM.name), services=("users", "auth"))
    async with running(Session(named, store.vault, store.record)) as session:
        await session.sign_in(credentials(sandbox))
        async with asyncio.timeout(LIMIT_S):
            async for health in session.monitor.health.follow():
                ids = {one.value.id for one in health.services}
                if "users" in ids or any("users" in line for line in (*health.skipped, *health.unsupported)):
                    break
        assert {"auth", "documents", "notifications", "workflows"} <= ids


def test_an_admin_address_has_the_rules_of_any_address() -> None:
    plain = Profile(name="a", url="https://gateway.example", platform="kong", admin_url="http://admin.example:8001")
    with pytest.raises(AddressError) as caught:
        checked_profile(plain)
    assert caught.value.field == "admin_url"
    chosen = msgspec.structs.replace(plain, network=NetworkOptions(allow_plain_http=True))
    assert checked_profile(chosen).admin_url == "http://admin.example:8001"
    local = msgspec.structs.replace(plain, admin_url=" localhost:8445/ ")
    assert checked_profile(local).admin_url == "http://localhost:8445"
    with pytest.raises(AddressError):
        checked_profile(msgspec.structs.replace(plain, admin_url="https://user:word@admin.example"))


@pytest.mark.parametrize("name", ["../admin", "a/b", "x" * 65, "a b", "?"])
def test_a_service_is_a_name_and_nothing_more(name: str) -> None:
    with pytest.raises(ProfileError):
        checked_profile(Profile(name="a", url="https://gateway.example", platform="kong", services=(name,)))
