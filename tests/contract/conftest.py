"""Every platform that there is, in every way to reach it. Nothing here names one: installed ones take part too."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from console.api import registry
from console.sandbox.options import SandboxOptions
from console.sandbox.thread import SandboxThread
from tests.contract.site import IN_PROCESS, SOCKET, InProcess, Site

if TYPE_CHECKING:
    from collections.abc import Iterator

    from console.api.contract import Platform

_OPTIONS = SandboxOptions(
    auth_limit_per_minute=1_000_000,
    limit_per_minute=1_000_000,
    history_step_s=0.2,
    metrics_interval_s=0.2,
    feed_heartbeat_s=0.5,
)


@pytest.fixture(scope="session")
def _running() -> Iterator[SandboxThread]:
    with SandboxThread(_OPTIONS) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(_running: SandboxThread) -> Iterator[SandboxThread]:
    """One for all tests: each finds it as after a start, but for who signed in and what happened."""
    yield _running
    _running.clear()


@pytest.fixture(params=registry.names())
def name(request: pytest.FixtureRequest) -> str:
    """Of a platform."""
    return str(request.param)


@pytest.fixture
def platform(name: str) -> Platform:
    """A dialect, not tied to any gateway."""
    return registry.platform(name)


@pytest.fixture(params=[IN_PROCESS, SOCKET])
def site(request: pytest.FixtureRequest, name: str, sandbox: SandboxThread, monkeypatch: pytest.MonkeyPatch) -> Site:
    """The platform's face, once without and once with TCP in between."""
    if request.param == IN_PROCESS:
        answer = InProcess(sandbox, name).answer

        async def handle(transport: httpx.AsyncHTTPTransport, asked: httpx.Request) -> httpx.Response:
            return await answer(transport, asked)

        monkeypatch.setattr(httpx.AsyncHTTPTransport, "handle_async_request", handle)
    return Site(name, request.param, sandbox)


@pytest.fixture
def wired(name: str, sandbox: SandboxThread) -> Site:
    """The platform's face over TCP only: for feeds, which have no other way."""
    return Site(name, SOCKET, sandbox)
