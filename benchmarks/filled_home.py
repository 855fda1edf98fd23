"""A home whose record is as large as after weeks of work, signed in to a gateway that is down."""

from __future__ import annotations

import asyncio
import itertools
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from console.model.health import HealthSample, Origin, ServiceHealth, status_of_score
from console.model.identity import Tokens
from console.model.profile import Profile
from console.services.kept_sign_in import kept_as
from console.settings import Settings
from console.store.key import Keyring
from console.store.store import open_store

if TYPE_CHECKING:
    from collections.abc import Iterator

    from console.paths import Home

SERVICES = 48
STEP = timedelta(seconds=15)
BATCH = 20_000
# Nothing listens on the first port: the start is one without a network, and waits for no answer.
GATEWAY = Profile(name="benchmark", url="http://127.0.0.1:1", platform="kong", username="operator@example.org")


def fill(home: Home, samples: int) -> None:
    """Make the home, with that many samples in its record, the newest of them now."""
    home.create()
    Settings(home.settings_file).save(GATEWAY)
    asyncio.run(_fill(home, samples))


async def _fill(home: Home, samples: int) -> None:
    now = datetime.now(UTC)
    store = await open_store(home.store_dir, Keyring())
    try:
        lasting = Tokens(access="benchmark", refresh="benchmark", expires_at=now + timedelta(days=365))
        await store.vault.save_sign_in(kept_as(GATEWAY), lasting, None)
        rows = itertools.islice(_samples(now - samples // SERVICES * STEP), samples)
        while batch := tuple(itertools.islice(rows, BATCH)):
            await store.record.append_samples(GATEWAY.gateway_id, batch)
        latest = tuple(
            ServiceHealth(id=sample.service_id, name=f"service {sample.service_id}", sample=sample)
            for sample in itertools.islice(_samples(now), SERVICES)
        )
        await store.record.save_services(GATEWAY.gateway_id, latest)
    finally:
        await store.close()


def _samples(since: datetime) -> Iterator[HealthSample]:
    """All services at one time, then all at the next; every run the same but for the times."""
    for tick in itertools.count():
        for service in range(SERVICES):
            score = 1 - (tick * (service + 7) % 100) / 250
            yield HealthSample(
                service_id=str(service),
                at=since + tick * STEP,
                origin=Origin.POLL,
                status=status_of_score(score),
                score=score,
                total_ms=20.0 + tick % 50,
                gateway_ms=2.0,
                upstream_ms=17.0 + tick % 50,
            )
