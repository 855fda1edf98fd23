"""Waiting for what a session hears, in tests."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from console.model.record import RecordKind, RecordQuery
from tests.services.test_session import LIMIT_S

if TYPE_CHECKING:
    from collections.abc import Callable

    from console.model.connection import Connection, FeedState
    from console.model.deployment import Deployment
    from console.model.notice import Notice
    from console.sandbox.server import Sandbox
    from console.sandbox.thread import SandboxThread
    from console.services.session import Session
    from console.store.record import Record


def tell(sandbox: SandboxThread, title: str, severity: str = "warning") -> None:
    async def create(running: Sandbox) -> None:
        running.world.notices.create(kind="test", title=title, message="All of it", severity=severity, source="auth")

    sandbox.call(create)


def deploy(sandbox: SandboxThread, service: str, version: str) -> None:
    async def start(running: Sandbox) -> None:
        running.world.deployments.start(service, version, author="ann")

    sandbox.call(start)


async def notice(session: Session, wanted: Callable[[Notice], bool]) -> Notice:
    async with asyncio.timeout(LIMIT_S):
        async for told in session.telemetry.notices.follow():
            for one in told.known.value if told is not None and told.known is not None else ():
                if wanted(one):
                    return one
    raise AssertionError


async def deployment(session: Session, wanted: Callable[[Deployment], bool]) -> Deployment:
    async with asyncio.timeout(LIMIT_S):
        async for told in session.telemetry.deployments.follow():
            for one in told.known.value if told is not None and told.known is not None else ():
                if wanted(one):
                    return one
    raise AssertionError


async def numbers(session: Session, *metric_ids: str) -> dict[str, float | None]:
    """All that are known, once these are among them."""
    async with asyncio.timeout(LIMIT_S):
        async for told in session.telemetry.metrics.follow():
            known = {one.value.id: one.value.value for one in told.metrics}
            if known.keys() >= set(metric_ids):
                return known
    raise AssertionError


async def recorded(record: Record, state: str) -> None:
    """Until the record has an entry of the feed that says so."""
    query = RecordQuery(kinds=(RecordKind.FEED,), limit=100)
    async with asyncio.timeout(LIMIT_S):
        while all(entry.detail.get("state") != state for entry in (await record.entries(query)).entries):
            await asyncio.sleep(0.05)


def feed_is(state: FeedState) -> Callable[[Connection], bool]:
    return lambda connection: connection.facts.feed is state
