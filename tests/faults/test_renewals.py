"""Renewals whose answer is lost on the way, clocks that are wrong, and processes that die or share a sign-in."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest

from console.model.connection import Phase
from console.model.errors import ConnectionLost
from console.sandbox.options import SandboxOptions
from console.sandbox.thread import SandboxThread
from console.services.kept_sign_in import kept_as
from tests.faults.chaos_proxy import ChaosProxy, Fate
from tests.faults.running import operator, port_of, session_at, until

if TYPE_CHECKING:
    from console.store.store import Store

ROOT = Path(__file__).parents[2]
LIMIT_S = 60.0
REFRESH = {"kong": "POST /api/v1/auth/refresh", "dotmac": "POST /api/auth/refresh"}
each_platform = pytest.mark.parametrize("platform", REFRESH)
CUT = [Fate(cut_down_bytes=0, reset=True), Fate(cut_down_bytes=0), Fate(cut_down_bytes=120)]
each_cut = pytest.mark.parametrize("cut", CUT, ids=["reset", "closed", "half-way"])


def url_of(sandbox: SandboxThread, platform: str) -> str:
    return sandbox.kong_url if platform == "kong" else sandbox.dotmac_url


@each_platform
@each_cut
async def test_a_lost_answer_is_asked_for_once_more_and_nobody_notices(  # fault 30
    sandbox: SandboxThread, store: Store, platform: str, cut: Fate
) -> None:
    with ChaosProxy(port_of(url_of(sandbox, platform))) as proxy:
        async with session_at(proxy.url, platform, store) as session:
            await session.sign_in(operator(sandbox))
            await until(session, lambda connection: connection.phase is Phase.LIVE)
            proxy.lose(REFRESH[platform], cut)
            sandbox.apply(expire_tokens=True)
            assert (await session.gateway.authentication.who_am_i()).email == sandbox.username
            assert sum(line.startswith(REFRESH[platform]) for line in proxy.lines) == 2
            kept = await store.vault.load_sign_in(kept_as(session.profile))
            assert kept is not None
            assert kept.tokens.access == await session.token()
            assert sandbox.stats()["sign_ins"] == 1


@each_platform
async def test_answers_that_keep_getting_lost_leave_the_session_signed_in(  # fault 30
    sandbox: SandboxThread, store: Store, platform: str
) -> None:
    with ChaosProxy(port_of(url_of(sandbox, platform))) as proxy:
        async with session_at(proxy.url, platform, store) as session:
            await session.sign_in(operator(sandbox))
            await until(session, lambda connection: connection.phase is Phase.LIVE)
            refused = await session.token()
            assert refused is not None
            proxy.lose(REFRESH[platform], *CUT[:2])
            with pytest.raises(ConnectionLost):
                await session.renew(refused)
            assert session.connection.value.phase is not Phase.SIGN_IN_NEEDED
            assert await session.renew(refused) != refused
            assert sandbox.stats()["sign_ins"] == 1


@each_platform
@pytest.mark.parametrize("skew_s", [-600.0, 600.0])
async def test_a_gateway_whose_clock_differs_costs_no_renewal(  # fault 36
    sandbox: SandboxThread, store: Store, platform: str, skew_s: float
) -> None:
    sandbox.apply(clock_skew_s=skew_s)
    async with session_at(url_of(sandbox, platform), platform, store) as session:
        await session.sign_in(operator(sandbox))
        await until(session, lambda connection: connection.phase is Phase.LIVE)
        given = await session.token()
        assert (await session.gateway.authentication.who_am_i()).email == sandbox.username
        assert await session.token() == given
        assert sandbox.stats()["refreshes"] == 0


@each_platform
@pytest.mark.parametrize("hours", [-1, 1])
async def test_a_clock_that_was_set_costs_one_renewal_at_most(  # fault 10 and 36
    sandbox: SandboxThread, store: Store, platform: str, hours: int
) -> None:
    async with session_at(url_of(sandbox, platform), platform, store) as session:
        await session.sign_in(operator(sandbox))
        profile = session.profile
    kept = await store.vault.load_sign_in(kept_as(profile))
    assert kept is not None
    assert kept.tokens.expires_at is not None
    # To a clock that was set forward the token ends too early, to one that was set back too late.
    expires_at = kept.tokens.expires_at - timedelta(hours=hours)
    await store.vault.save_sign_in(
        kept_as(profile), msgspec.structs.replace(kept.tokens, expires_at=expires_at), kept.user
    )
    sandbox.apply(expire_tokens=hours < 0)
    async with session_at(profile.url, platform, store) as session:
        await until(session, lambda connection: connection.phase is Phase.LIVE)
        assert sandbox.stats()["refreshes"] == 1
        assert (await session.gateway.authentication.who_am_i()).email == sandbox.username
        assert sandbox.stats()["refreshes"] == 1
        assert sandbox.stats()["sign_ins"] == 1


_DYING = """
import os, signal, sys
from console.__main__ import main
from console.services import kept_sign_in
from console.services.kept_sign_in import KeptSignIn

kept_sign_in.LEASE_TTL_S = 1.0  # what the dead hold runs out by itself
save, when = KeptSignIn.save, sys.argv.pop(1)

async def dying(self, tokens, user):
    if when == "after":
        await save(self, tokens, user)
    os.kill(os.getpid(), signal.SIGKILL)

KeptSignIn.save = dying
main()
"""


def command(home: Path, *words: str, program: tuple[str, ...] = ("-m", "console"), **more: str) -> tuple[int, str, str]:
    done = subprocess.run(
        [sys.executable, *program, *words],
        cwd=ROOT,
        env={
            **os.environ,
            "GATEWATCH_HOME": str(home),
            "GATEWATCH_PASSPHRASE": "four words of passphrase",
            "PYTHONPATH": str(ROOT),
            **more,
        },
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="nobody kills like that there")
@pytest.mark.parametrize(("when", "grace_s"), [("after", 0.0), ("before", 60.0)])
async def test_a_process_that_dies_right_after_a_renewal_costs_no_sign_in(  # fault 31
    tmp_path: Path, when: str, grace_s: float
) -> None:
    options = SandboxOptions(token_lifetime_s=1.0, refresh_grace_s=grace_s)
    with SandboxThread(options) as sandbox:
        assert command(tmp_path, "profile", "add", "d", sandbox.dotmac_url, "--platform", "dotmac")[0] == 0
        words = ("login", "d", "--username", sandbox.username, "--tenant", "northwind")
        assert command(tmp_path, *words, GATEWATCH_PASSWORD=sandbox.password)[0] == 0
        await asyncio.sleep(1.0)  # the life of the token
        before = sandbox.stats()["refreshes"]
        code, _out, _said = command(tmp_path, when, "health", "d", program=("-c", _DYING))
        assert code == -9
        assert sandbox.stats()["refreshes"] != before
        code, out, said = command(tmp_path, "health", "d", "--json")
        assert code == 0, said
        assert json.loads(out)["phase"] in ("live", "partial")
        assert sandbox.stats()["sign_ins"] == 1
