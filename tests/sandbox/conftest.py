"""Sandboxes for the sandbox's own tests: real sockets, real tasks."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import httpx
import pytest

from console.sandbox.options import SandboxOptions
from console.sandbox.thread import SandboxThread

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_DEADLINE_S = 20.0


@pytest.fixture
def sandbox() -> Iterator[SandboxThread]:
    with SandboxThread(SandboxOptions(history_step_s=0.2)) as running:
        yield running


@pytest.fixture
def kong(sandbox: SandboxThread) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=sandbox.kong_url, trust_env=False, timeout=10) as client:
        yield client


@pytest.fixture
def dotmac(sandbox: SandboxThread) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=sandbox.dotmac_url, trust_env=False, timeout=10) as client:
        yield client


@pytest.fixture
def opssight(sandbox: SandboxThread) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=sandbox.opssight_url, trust_env=False, timeout=10) as client:
        yield client


@pytest.fixture
def aigentable(sandbox: SandboxThread) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=sandbox.aigentable_url, trust_env=False, timeout=10) as client:
        yield client


@pytest.fixture
def kong_user(sandbox: SandboxThread, kong: httpx.Client) -> httpx.Client:
    answer = kong.post("/api/v1/auth/login", json={"email": sandbox.username, "password": sandbox.password})
    kong.headers["authorization"] = f"Bearer {answer.json()['access_token']}"
    return kong


@pytest.fixture
def dotmac_user(sandbox: SandboxThread, dotmac: httpx.Client) -> httpx.Client:
    answer = dotmac.post("/api/auth/login", json={"email": sandbox.username, "password": sandbox.password})
    dotmac.headers["authorization"] = f"Bearer {answer.json()['access_token']}"
    dotmac.cookies.clear()
    return dotmac


@pytest.fixture
def eventually() -> Callable[[Callable[[], bool]], None]:
    """Look again and again until something holds; fail when it does not in twenty seconds."""

    def look(holds: Callable[[], bool]) -> None:
        deadline = time.monotonic() + _DEADLINE_S
        while not holds():
            assert time.monotonic() < deadline, "did not come true in time"
            time.sleep(0.02)

    return look
