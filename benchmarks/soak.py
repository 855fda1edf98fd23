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
import math
import random
import sys
import tempfile
import time
from contextlib import AsyncExitStack, aclosing
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.soak_ledger import Ledger, Renewals, held, judge, report, table
from benchmarks.soak_traffic import Operator
from benchmarks.soak_weather import Fates, Weather
from console.composition import open_console
from console.model.connection import Phase
from console.model.identity import PasswordCredentials
from console.model.network import NO_PROXY, NetworkOptions
from console.model.profile import Profile
from console.paths import Home
from console.sandbox.options import SandboxOptions
from console.sandbox.process import SandboxProcess
from console.store.key import Passphrase
from tests.faults.chaos_proxy import ChaosProxy
from tests.faults.running import port_of

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Mapping, Sequence

    from benchmarks.soak_ledger import Held
    from console.composition import Console

FACES = ("kong", "dotmac", "opssight")
TOKEN_LIFETIME_S = 20.0
STORM_S = 20.0
CALM_S = 6.0
WARM_UP_SHARE = 0.25
WARM_UP_MOST_S = 120.0
_REFRESH = "auth.refresh"
_LEAST_STORMS = 2


async def soak(minutes: float, seed: int) -> Mapping[str, object]:
    """Run it and give the report."""
    ledger = Ledger()
    options = SandboxOptions(
        token_lifetime_s=TOKEN_LIFETIME_S,
        refresh_grace_s=120.0,  # an answer that got lost must not end the session: what is judged is the client
        auth_limit_per_minute=100_000,
        limit_per_minute=100_000,
        pings_per_s=4.0,  # what fills the monitor's window of 15 minutes is not what is measured
        seed=seed,
    )
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="gatewatch-soak-", ignore_cleanup_errors=True))
        sandbox = await stack.enter_async_context(SandboxProcess(options))
        urls = {"kong": sandbox.kong_url, "dotmac": sandbox.dotmac_url, "opssight": sandbox.opssight_url}
        fates = {face: Fates() for face in FACES}
        proxies = {face: stack.enter_context(ChaosProxy(port_of(urls[face]), fate=fates[face])) for face in FACES}
        console = await stack.enter_async_context(open_console(Home.at(Path(folder)), Passphrase("soak")))
        operators = await _operators(console, proxies, sandbox, seed, ledger)
        weather = Weather(sandbox, proxies, fates, random.Random(seed), ledger)  # noqa: S311  (chance, no secret)
        working = [asyncio.get_running_loop().create_task(one.work(), name=f"work {one.face}") for one in operators]
        samples = await _storms_and_calm(weather, operators, minutes * 60, ledger)
        for task in working:
            task.cancel()
        for ended in await asyncio.gather(*working, return_exceptions=True):
            if not isinstance(ended, asyncio.CancelledError):
                ledger.broken.append(f"the traffic ended: {ended!r}")
        renewals = await _renewals(weather, operators)
    verdicts = judge(ledger, renewals, samples)
    _tell(ledger, renewals, samples)
    print(table(verdicts))
    return {"minutes": minutes, "seed": seed, **report(ledger, renewals, samples, verdicts)}


async def _operators(
    console: Console, proxies: Mapping[str, ChaosProxy], sandbox: SandboxProcess, seed: int, ledger: Ledger
) -> tuple[Operator, ...]:
    """One session each, signed in and live before anything goes wrong."""
    credentials = PasswordCredentials(username=sandbox.username, password=sandbox.password)
    operators = []
    for number, (face, proxy) in enumerate(proxies.items()):
        network = NetworkOptions(proxy=NO_PROXY)
        await console.directory.add(Profile(name=face, url=proxy.url, platform=face, network=network))
        session = console.directory.session(face)
        await session.restored()
        chance = random.Random(seed * 1_000 + number)  # noqa: S311  (chance, no secret)
        operator = Operator(session, credentials, chance, ledger)
        await operator.sign_in()
        async with aclosing(session.connection.follow()) as stories:
            async for story in stories:
                if story.phase is Phase.LIVE:
                    break
        operators.append(operator)
    return tuple(operators)


async def _storms_and_calm(
    weather: Weather, operators: Sequence[Operator], seconds: float, ledger: Ledger
) -> list[Held]:
    """Take turns until the time is over; what was held in the calms after the warm-up."""
    started = time.monotonic()
    warm_s = min(WARM_UP_MOST_S, seconds * WARM_UP_SHARE)
    samples = []
    storms, crashed = 0, False
    while storms < _LEAST_STORMS or time.monotonic() - started < seconds:
        crash = not crashed and time.monotonic() - started >= seconds / 3
        await weather.storm(STORM_S, crash=crash)
        crashed |= crash
        storms += 1
        await weather.calm()
        await asyncio.gather(*(operator.recovered() for operator in operators))
        await asyncio.sleep(CALM_S)
        now = held(started)
        if now.at_s >= warm_s:
            samples.append(now)
        print(
            f"{now.at_s:5.0f} s: {ledger.answered.total()} answers, {ledger.failed.total()} errors, "
            f"{len(ledger.broken)} broken, {now.rss_mib:.1f} MiB, {now.fds} files, {now.tasks} tasks",
            file=sys.stderr,
            flush=True,
        )
    return samples


async def _renewals(weather: Weather, operators: Sequence[Operator]) -> Renewals:
    served = await weather.served_refreshes()
    await asyncio.sleep(1.0)  # answers that are under way arrive
    taken = lost = lives = 0
    for operator in operators:
        asked = [
            one for one in operator.session.tracking.since(0) if one.operation == _REFRESH and one.method == "POST"
        ]
        taken += sum(one.status == 200 and not one.error for one in asked)
        lost += sum(one.status is None or (one.status == 200 and bool(one.error)) for one in asked)
        # A session renews halfway through so short a life; also after each sign-in and each time all tokens were ended.
        per_life = math.ceil(operator.known_signed_in_s() / (TOKEN_LIFETIME_S / 2))
        lives += per_life + operator.sign_ins + weather.expiries
    return Renewals(served=served, taken=taken, lost=lost, lives=lives)


def _tell(ledger: Ledger, renewals: Renewals, samples: Sequence[Held]) -> None:
    for title, counted in (("answers", ledger.answered), ("errors", ledger.failed), ("events", ledger.events)):
        print(f"{title}: {_counts(counted)}")
    print(
        f"refreshes: {renewals.served} served, {renewals.taken} taken, {renewals.lost} without an answer, "
        f"at most {renewals.lives} lives"
    )
    print(f"slowest recovery: {ledger.slowest_recovery_s:.1f} s after a storm")
    if samples:
        print(f"memory: {samples[0].rss_mib:.1f} MiB after the warm-up, {samples[-1].rss_mib:.1f} MiB at the end")
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
