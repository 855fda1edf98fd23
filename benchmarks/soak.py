"""`python -m benchmarks.soak`: mixed traffic through misbehaving connections, with tokens that expire all the time.

The gateway is a sandbox in a process of its own, behind one chaos proxy for each face; a session of each platform works
through it from a real encrypted store. Storms and calm take turns. In the end no call was lost, nobody was asked to
sign in, no token was renewed without need, and the process holds no more than after the warm-up; otherwise the exit
code is 1.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import random
import sys
import tempfile
import time
import tracemalloc
import uuid
from contextlib import AsyncExitStack, aclosing
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from unittest import mock
from urllib.parse import urlsplit

from benchmarks.soak_ledger import Ledger, held, judge, report, table
from benchmarks.soak_renewals import added, counted
from benchmarks.soak_traffic import Operator
from benchmarks.soak_weather import GATEWAY_EVENTS, WRITTEN_TO, Fates, Weather
from benchmarks.soak_writes import Writer
from console.composition import open_console
from console.model.connection import Phase
from console.model.exchange import Exchange
from console.model.identity import PasswordCredentials
from console.model.network import NO_PROXY, NetworkOptions
from console.model.profile import Profile
from console.paths import Home
from console.sandbox.options import SandboxOptions
from console.sandbox.process import SandboxProcess
from console.services import renewal
from console.services import session as sessions
from console.services.tracking import Tracking
from console.store.key import Passphrase
from tests.faults.chaos_proxy import ChaosProxy
from tests.faults.running import port_of

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Mapping, Sequence

    from benchmarks.soak_ledger import Held
    from benchmarks.soak_renewals import Renewals
    from console.composition import Console
    from console.services.session import Session

FACES = ("kong", "dotmac", "opssight", WRITTEN_TO)
TOKEN_LIFETIME_S = 20.0
FRESH_S = 0.5  # a client leaves a gateway alone that refuses a new token; in proportion to tokens of 15 minutes
KEPT = 1_000  # requests of a session; what they take is no leak, so their place is filled before it is measured
STORM_S = 20.0
CALM_S = 6.0
WARM_UP_SHARE = 0.25
WARM_UP_LEAST_S = 45.0
WARM_UP_MOST_S = 120.0
READY_WITHIN_S = 60.0
FINISHED_WITHIN_S = 90.0
FDS_PER_LINK = 4  # a proxy's, for each connection through it
_LEAST_STORMS = 2


async def soak(minutes: float, seed: int) -> Mapping[str, object]:
    """Run it and give the report."""
    tracemalloc.start()
    ledger = Ledger()
    options = SandboxOptions(
        token_lifetime_s=TOKEN_LIFETIME_S,
        refresh_grace_s=120.0,  # an answer that got lost must not end the session: what is judged is the client
        auth_limit_per_minute=100_000,
        limit_per_minute=100_000,
        pings_per_s=1.0,  # what fills the monitor's window of 15 minutes is not what is measured
        seed=seed,
    )
    async with AsyncExitStack() as stack:
        stack.enter_context(mock.patch.object(renewal, "FRESH_S", FRESH_S))
        stack.enter_context(mock.patch.object(sessions, "Tracking", partial(Tracking, size=KEPT)))
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="gatewatch-soak-", ignore_cleanup_errors=True))
        sandbox = await stack.enter_async_context(SandboxProcess(options))
        found = (sandbox.kong_url, sandbox.dotmac_url, sandbox.opssight_url, sandbox.dafnck_url)
        urls = dict(zip(FACES, found, strict=True))
        fates = {face: Fates() for face in FACES}
        proxies = {face: stack.enter_context(ChaosProxy(port_of(url), fate=fates[face])) for face, url in urls.items()}
        console = await stack.enter_async_context(open_console(Home.at(Path(folder)), Passphrase("soak")))
        ways = {face: proxies[face].url + urlsplit(url).path for face, url in urls.items()}
        async with asyncio.timeout(READY_WITHIN_S):
            operators = await _operators(console, ways, sandbox, seed, ledger)
        writing = next(one.session for one in operators if one.face == WRITTEN_TO)
        writer = Writer(writing, sandbox.username, random.Random(-seed), ledger)  # noqa: S311  (chance, no secret)
        weather = Weather(sandbox, proxies, fates, random.Random(seed), ledger)  # noqa: S311  (chance, no secret)
        over = asyncio.Event()
        loop = asyncio.get_running_loop()
        working = [loop.create_task(one.work(), name=f"work {one.face}") for one in operators]
        working.append(loop.create_task(writer.write_on(over), name="writes"))
        samples = await _storms_and_calm(weather, operators, writer, proxies, minutes * 60, ledger)
        over.set()
        for operator in operators:
            operator.finish()
        await _finished(working, ledger)
        writer.saw(proxies[WRITTEN_TO].take_lines())
        renewals = await _renewals(weather, operators)
    if writer.invented:
        ledger.broken.append(f"{writer.invented} writes were answered that nobody saw on the wire")
    nothing_done = (
        sum(not ledger.events[event] for event in (*GATEWAY_EVENTS, "crash")) + (not renewals.taken) + (not writer.sent)
    )
    verdicts = judge(ledger, renewals, samples, repeated=writer.repeated, nothing_done=nothing_done)
    _tell(ledger, renewals, writer, samples)
    print(table(verdicts))
    return {"minutes": minutes, "seed": seed, **report(ledger, renewals, samples, verdicts)}


async def _finished(working: Sequence[asyncio.Task[None]], ledger: Ledger) -> None:
    """Whatever is under way ends by itself: a call without an end would be lost."""
    _done, late = await asyncio.wait(working, timeout=FINISHED_WITHIN_S)
    for task in late:
        task.cancel()
    for ended in await asyncio.gather(*working, return_exceptions=True):
        if ended is not None:
            ledger.broken.append(f"the traffic ended: {ended!r}")


async def _operators(
    console: Console, ways: Mapping[str, str], sandbox: SandboxProcess, seed: int, ledger: Ledger
) -> tuple[Operator, ...]:
    """One session each, signed in and live before anything goes wrong."""
    credentials = PasswordCredentials(username=sandbox.username, password=sandbox.password)
    operators = []
    for number, (face, url) in enumerate(ways.items()):
        network = NetworkOptions(proxy=NO_PROXY)
        await console.directory.add(Profile(name=face, url=url, platform=face, network=network))
        session = console.directory.session(face)
        await session.restored()
        _fill(session)
        chance = random.Random(seed * 1_000 + number)  # noqa: S311  (chance, no secret)
        operator = Operator(session, credentials, chance, ledger)
        await operator.sign_in()
        async with aclosing(session.connection.follow()) as stories:
            async for story in stories:
                if story.phase is Phase.LIVE:
                    break
        operators.append(operator)
    return tuple(operators)


def _fill(session: Session) -> None:
    """Have as many requests at the start as the session may keep."""
    for _ in range(KEPT):
        session.tracking.note(
            Exchange(
                at=datetime.now(UTC),
                operation="soak.fill",
                method="GET",
                route="/",
                status=200,
                error="",
                total_ms=random.random(),  # noqa: S311  (a number like no other)
                gateway_ms=random.random(),  # noqa: S311  (a number like no other)
                upstream_ms=None,
                request_id=str(uuid.uuid4()),
                attempt=1,
                said_at=datetime.now(UTC),
                call_id=uuid.uuid4().hex,
            )
        )


async def _storms_and_calm(
    weather: Weather,
    operators: Sequence[Operator],
    writer: Writer,
    proxies: Mapping[str, ChaosProxy],
    seconds: float,
    ledger: Ledger,
) -> list[Held]:
    """Take turns until the time is over; what was held in the calms after the warm-up."""
    started = time.monotonic()
    warm_s = min(WARM_UP_MOST_S, max(WARM_UP_LEAST_S, seconds * WARM_UP_SHARE))
    samples = []
    storms, told, crashed = 0, 0, False
    while storms < _LEAST_STORMS or time.monotonic() - started < seconds:
        ledger.calm, ledger.resting = 0, False
        crash = not crashed and time.monotonic() - started >= seconds / 3
        await weather.storm(STORM_S, crash=crash)
        crashed |= crash
        storms += 1
        ledger.resting = True
        await weather.calm()
        if all(await asyncio.gather(*(operator.recovered() for operator in operators))):
            ledger.calm = storms
        await asyncio.sleep(CALM_S)
        for face, proxy in proxies.items():
            lines = proxy.take_lines()
            if face == WRITTEN_TO:
                writer.saw(lines)
        for operator in operators:
            operator.take_requests()
        ledger.requests = sum(operator.requests for operator in operators)
        foreign_fds = FDS_PER_LINK * sum(proxy.open_connections for proxy in proxies.values())
        now = held(started, ledger.requests, foreign_fds)
        if now.at_s >= warm_s:
            samples.append(now)
        print(
            f"{now.at_s:5.0f} s: {now.requests} requests, {ledger.answered.total()} answers, "
            f"{ledger.failed.total()} errors, {len(ledger.broken)} broken, {now.traced_kib:.0f} KiB of objects, "
            f"{now.rss_mib:.1f} MiB, {now.fds} files, {now.tasks} tasks",
            *(f"BROKEN {problem}" for problem in ledger.broken[told:]),
            sep="\n",
            file=sys.stderr,
            flush=True,
        )
        told = len(ledger.broken)
    return samples


async def _renewals(weather: Weather, operators: Sequence[Operator]) -> Renewals:
    served = await weather.served_refreshes()
    await asyncio.sleep(1.0)  # answers that are under way arrive
    return added((counted(one.take_requests(), weather.ended_at, TOKEN_LIFETIME_S) for one in operators), served)


def _tell(ledger: Ledger, renewals: Renewals, writer: Writer, samples: Sequence[Held]) -> None:
    for title, so_many in (("answers", ledger.answered), ("errors", ledger.failed), ("events", ledger.events)):
        print(f"{title}: {_counts(so_many)}")
    print(
        f"refreshes: {renewals.served} served, {renewals.taken} taken, {renewals.refused} refused, "
        f"{renewals.lost} without an answer, {renewals.early} early, {renewals.overlapping} at once"
    )
    print(f"writes: {writer.sent} on the wire, {writer.repeated} again")
    print(f"slowest recovery: {ledger.slowest_recovery_s:.1f} s after a storm")
    if samples:
        first, last = samples[0], samples[-1]
        print(
            f"memory: {first.rss_mib:.1f} MiB after the warm-up, {last.rss_mib:.1f} MiB at the end; objects "
            f"{first.traced_kib:.0f} and {last.traced_kib:.0f} KiB, {last.requests - first.requests} requests between"
        )
    for problem in ledger.broken:
        print(f"BROKEN {problem}")


def _counts(counted: Counter[str]) -> str:
    return ", ".join(f"{count} {name}" for name, count in sorted(counted.items())) or "none"


def main() -> int:
    """Read the command line, run, and give the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=10.0, help="how long; 10 by default")
    parser.add_argument("--seed", type=int, default=None, help="repeats the chance of a former run")
    parser.add_argument("--report", type=Path, default=None, help="a file for everything as JSON")
    chosen = parser.parse_args()
    if not Path("/proc/self/statm").exists():
        print("the soak measures memory and files as Linux tells them", file=sys.stderr)
        return 2
    seed = chosen.seed if chosen.seed is not None else random.SystemRandom().randrange(1_000_000)
    print(f"seed {seed}, {chosen.minutes:g} minutes", file=sys.stderr, flush=True)
    logging.basicConfig(level=logging.ERROR)
    outcome = asyncio.run(soak(chosen.minutes, seed))
    if chosen.report is not None:
        chosen.report.write_text(json.dumps(outcome, indent=2), encoding="utf-8")
    return 0 if outcome["passed"] else 1


if __name__ == "__main__":
    sys.exit(main())
