"""What stands at an address, over real sockets."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

from console.model.blame import Layer
from console.model.errors import AddressError, ConnectFailed, NotAGateway, ServiceFailed
from console.sandbox.options import SandboxOptions
from console.sandbox.thread import SandboxThread
from console.services.discovery import RECOGNISED, discover
from tests.api.scripted_gateway import Asked, reply, scripted

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def sandbox() -> Iterator[SandboxThread]:
    with SandboxThread(SandboxOptions()) as running:
        yield running


@pytest.mark.parametrize("face", ["kong", "dotmac", "opssight"])
@pytest.mark.parametrize("field_routes", [False, True])
async def test_the_platform_is_proposed(sandbox: SandboxThread, face: str, *, field_routes: bool) -> None:
    sandbox.apply(field_routes=field_routes)
    found = await discover(getattr(sandbox, f"{face}_url"))
    assert found.problem is None
    assert found.proposals[0].platform == face
    assert found.proposals[0].fit > found.proposals[1].fit
    assert found.verdict.culprit is None


async def test_nobody_answers() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        found = await discover(f"127.0.0.1:{taken.getsockname()[1]}")
    assert isinstance(found.problem, ConnectFailed)
    assert [probe.layer for probe in found.verdict.probes] == [Layer.NETWORK, Layer.GATEWAY]
    assert found.proposals  # may still be added, by hand


@pytest.mark.parametrize("kind", ["text/html", "text/html; charset=utf-8"])
async def test_a_web_page_is_no_gateway(kind: str) -> None:  # fault 49
    def portal(_asked: Asked) -> bytes:
        return reply(200, b"<!doctype html><title>Welcome</title>", f"Content-Type: {kind}")

    async with scripted(portal) as gateway:
        found = await discover(gateway.address.text)
    assert isinstance(found.problem, NotAGateway)


async def test_json_of_something_else_is_a_doubt_and_no_refusal() -> None:
    def other(_asked: Asked) -> bytes:
        return reply(200, {"hello": "world"})

    async with scripted(other) as gateway:
        found = await discover(gateway.address.text)
    assert found.problem is None
    assert all(proposal.fit < RECOGNISED for proposal in found.proposals)


async def test_a_gateway_that_fails_is_said_to_fail() -> None:
    async with scripted(lambda _asked: reply(503)) as gateway:
        found = await discover(gateway.address.text)
    assert isinstance(found.problem, ServiceFailed)
    assert found.problem.layer is Layer.GATEWAY


@pytest.mark.parametrize("typed", ["", "ftp://127.0.0.1", "http://u:p@127.0.0.1"])
async def test_what_is_no_address_is_refused(typed: str) -> None:  # fault 118
    with pytest.raises(AddressError):
        await discover(typed)
