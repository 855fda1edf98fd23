"""`gatewatch health`: what the Health view shows, for scripts and terminals."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from console.cli.running import BAD, FINE, UNAUTHORISED, UNREACHABLE, give, printable, say, with_console
from console.i18n import tr
from console.model.connection import Phase
from console.model.health import HealthStatus
from console.services.explain import story

if TYPE_CHECKING:
    from console.composition import Console
    from console.model.freshness import Observed
    from console.model.health import ServiceHealth
    from console.paths import Home
    from console.services.ports import HealthSnapshot
    from console.services.session import Session

FIRST_ANSWER_S = 15.0


@click.command()
@click.argument("profile")
@click.option("--watch", is_flag=True, help="Go on, one line a change, until interrupted.")
@click.option("--json", "as_json", is_flag=True, help="One object a service; with --watch one a change.")
@click.pass_obj
def health(home: Home, *, profile: str, watch: bool, as_json: bool) -> None:
    """Health of every service of PROFILE. Exit code 1 when a service is unhealthy."""

    async def work(console: Console) -> int:
        session = console.directory.session(profile)
        await session.restored()
        phase = await _settled(session)
        if not watch or phase in (Phase.SIGNED_OUT, Phase.SIGN_IN_NEEDED):
            return _once(session, phase, as_json=as_json)
        await _watch(session, as_json=as_json)
        return FINE

    with_console(home, work)


async def _settled(session: Session) -> Phase:
    """The phase once the first attempt to connect has ended, one way or the other."""
    try:
        async with asyncio.timeout(FIRST_ANSWER_S):
            async for connection in session.connection.follow():
                settled = connection.phase is not Phase.CONNECTING
                if settled and not (connection.phase is Phase.LOST and connection.facts.culprit is None):
                    return connection.phase
    except TimeoutError:
        pass
    return session.connection.value.phase


def _once(session: Session, phase: Phase, *, as_json: bool) -> int:
    now = datetime.now(UTC)
    snapshot = session.monitor.health.value
    lines = [line(observed, snapshot, now) for observed in snapshot.services]
    if as_json:
        told = {"phase": phase.value, "story": story(session.connection.value, now), "observed": snapshot.observed}
        give({**told, "services": lines})
    else:
        if snapshot.observed:
            say(tr("Observed by this console: judged by its own requests of the last 5 minutes."))
        for entry in lines:
            click.echo(_text(entry))
        if phase is not Phase.LIVE:
            say(story(session.connection.value, now))
    if phase in (Phase.SIGNED_OUT, Phase.SIGN_IN_NEEDED):
        return UNAUTHORISED
    if phase in (Phase.LOST, Phase.CONNECTING):  # nothing was read, which is not "fine"
        return UNREACHABLE
    bad = any(observed.value.sample.status is HealthStatus.UNHEALTHY for observed in snapshot.services)
    return BAD if bad else FINE


async def _watch(session: Session, *, as_json: bool) -> None:
    """Print every change of a service's status or staleness, and every turn of the connection's story."""
    known: dict[str, tuple[str, bool]] = {}
    try:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(_watch_connection(session, as_json=as_json))
            async for snapshot in session.monitor.health.follow():
                now = datetime.now(UTC)
                for observed in snapshot.services:
                    entry = line(observed, snapshot, now)
                    mark = (observed.value.sample.status.value, bool(entry["stale"]))
                    if known.get(observed.value.id) != mark:
                        known[observed.value.id] = mark
                        give(entry) if as_json else click.echo(_text(entry))
    except ExceptionGroup as group:
        raise group.exceptions[0] from group  # such as a reader that has gone: no caller knows of the group


async def _watch_connection(session: Session, *, as_json: bool) -> None:
    told: tuple[Phase, str] | None = None
    async for connection in session.connection.follow():
        layer = connection.layer.value if connection.layer else ""
        if told != (connection.phase, layer):
            told = (connection.phase, layer)
            sentence = story(connection, datetime.now(UTC))
            if as_json:
                give({"phase": connection.phase.value, "layer": layer or None, "story": sentence})
            else:
                say(sentence)


def line(observed: Observed[ServiceHealth], snapshot: HealthSnapshot, now: datetime) -> dict[str, object]:
    """One service as JSON gives it. Times are ISO 8601 UTC, ages seconds."""
    service = observed.value
    return {
        "id": service.id,
        "name": service.name,
        "status": service.sample.status.value,
        "score": service.sample.score,
        "latency_ms": service.sample.latency_ms,
        "gateway_ms": service.sample.gateway_ms,
        "upstream_ms": service.sample.upstream_ms,
        "version": service.version,
        "host": service.host,
        "port": service.port,
        "observed_at": observed.observed_at.isoformat(),
        "age_s": round(observed.age_s(now), 1),
        "source": observed.source.value,
        "stale": observed.is_stale(now, budget_s=snapshot.budget_s, source_lost=snapshot.source_lost),
        "problem": service.sample.problem or observed.problem,
        "requests_per_minute": service.traffic.per_minute if service.traffic is not None else None,
    }


def _text(entry: dict[str, object]) -> str:
    latency = f"{entry['latency_ms']:.0f} ms" if entry["latency_ms"] is not None else "-"
    stale = tr("  stale, {age} s old", age=entry["age_s"]) if entry["stale"] else ""
    name = str(entry["name"])
    return printable(
        f"{entry['status']:10} {name[:48]:48} {latency:>8}  {entry['version']}{stale}  {entry['problem']}".rstrip()
    )
