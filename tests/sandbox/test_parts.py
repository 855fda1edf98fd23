"""The platform's parts on their own: tokens, limits, history, scores, state."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from console.model.errors import SandboxFailed
from console.model.health import HealthStatus
from console.sandbox.accounts import Accounts, PasswordHash
from console.sandbox.clock import Clock
from console.sandbox.components import Reading, score_of, specs
from console.sandbox.history import Entry, History, seeded_block, window_s
from console.sandbox.limits import RateLimiter
from console.sandbox.state import StateFolder
from console.sandbox.tokens import Claims, TokenIssuer, TokenPair, TokenRefusal

if TYPE_CHECKING:
    from pathlib import Path

KEY = b"k" * 32


def issuer(clock: Clock | None = None, *, grace_s: float = 0.0) -> tuple[TokenIssuer, TokenPair]:
    tokens = TokenIssuer(KEY, clock or Clock(), lifetime_s=900, grace_s=grace_s)
    return tokens, tokens.sign_in(Accounts("a@b.example", "secret").operator)


def test_tokens_expire_by_the_platforms_own_clock() -> None:
    clock = Clock()
    tokens, pair = issuer(clock)
    assert isinstance(tokens.check(pair.access), Claims)
    clock.skew_s = 901
    assert tokens.check(pair.access) is TokenRefusal.EXPIRED


@given(st.text(max_size=200) | st.none())
def test_nonsense_is_never_a_token(text: str | None) -> None:  # fault 37
    tokens, _pair = issuer_once()
    assert isinstance(tokens.check(text), TokenRefusal)
    assert isinstance(tokens.refresh(text or ""), TokenRefusal)


_ISSUED: list[tuple[TokenIssuer, TokenPair]] = []


def issuer_once() -> tuple[TokenIssuer, TokenPair]:
    if not _ISSUED:
        _ISSUED.append(issuer())
    return _ISSUED[0]


def test_a_wrong_secret_does_not_end_a_session_but_a_used_one_does() -> None:
    tokens, pair = issuer()
    session = pair.refresh.partition(".")[0]
    assert tokens.refresh(f"{session}.guess") is TokenRefusal.INVALID
    fresh = tokens.refresh(pair.refresh)
    assert isinstance(fresh, TokenPair)
    assert tokens.refresh(pair.refresh) is TokenRefusal.REVOKED
    assert tokens.refresh(fresh.refresh) is TokenRefusal.INVALID


def test_grace_forgives_lost_answers_until_one_arrives() -> None:  # fault 30
    tokens, pair = issuer(grace_s=60)
    for _lost in range(2):
        assert isinstance(tokens.refresh(pair.refresh), TokenPair)
    arrived = tokens.refresh(pair.refresh)
    assert isinstance(arrived, TokenPair)
    assert isinstance(tokens.refresh(arrived.refresh), TokenPair)
    assert tokens.refresh(pair.refresh) is TokenRefusal.REVOKED


def test_grace_outlives_a_restart() -> None:  # fault 30
    tokens, pair = issuer(grace_s=60)
    tokens.refresh(pair.refresh)
    after, _other = issuer(grace_s=60)
    after.load(json.loads(json.dumps(tokens.dump())))
    assert isinstance(after.refresh(pair.refresh), TokenPair)


def test_sessions_survive_in_what_is_dumped_and_no_token_is_in_it() -> None:
    tokens, pair = issuer()
    dumped = json.loads(json.dumps(tokens.dump()))
    assert pair.refresh.partition(".")[2] not in json.dumps(dumped)
    after = TokenIssuer(KEY, Clock(), lifetime_s=900)
    after.load(dumped)
    assert isinstance(after.check(pair.access), Claims)
    assert isinstance(after.refresh(pair.refresh), TokenPair)


def test_secrets_are_not_in_reprs() -> None:  # fault 27
    _tokens, pair = issuer()
    assert pair.access not in repr(pair)
    assert pair.refresh not in repr(pair)
    assert "digest" not in repr(PasswordHash.of("secret"))


def test_passwords_are_checked_against_hashes() -> None:
    accounts = Accounts("Op@x.example", "correct horse \u2603")
    assert asyncio.run(accounts.check(" op@X.example ", "correct horse \u2603")) is accounts.operator
    assert asyncio.run(accounts.check("op@x.example", "Correct horse \u2603")) is None
    assert asyncio.run(accounts.check("ana@sandbox.example", "")) is None


@given(st.integers(1, 20), st.lists(st.floats(0, 30), max_size=80))
@example(1, [1.0719238714693926, 7.763535925590887, 29.7152, 30.0, 0.0])
def test_no_minute_holds_more_than_the_limit(per_minute: int, gaps: list[float]) -> None:
    limiter, now, admitted = RateLimiter(per_minute), 0.0, []
    for gap in gaps:
        now += gap
        wait_s = limiter.admit("client", now)
        if wait_s == 0:
            admitted.append(now)
        else:
            assert 1 <= wait_s <= 60
        assert sum(1 for at in admitted if at > now - 60) <= per_minute


def test_clients_have_budgets_of_their_own() -> None:
    limiter = RateLimiter(1)
    assert limiter.admit("a", 0) == 0
    assert limiter.admit("a", 1) == 59
    assert limiter.admit("b", 1) == 0
    assert limiter.admit("a", 60) == 0


@given(st.floats(0, 10_000), st.floats(0, 10_000))
def test_slower_is_never_healthier(one: float, other: float) -> None:
    quick, slow = sorted((one, other))
    assert 0 <= score_of(slow) <= score_of(quick) <= 1


@given(st.integers(0, 3), st.text(max_size=20), st.integers(0, 3_000_000))
def test_the_seeded_past_is_the_same_every_time(seed: int, service: str, block: int) -> None:
    entries = seeded_block(seed, service, block)
    seeded_block.cache_clear()
    assert seeded_block(seed, service, block) == entries
    assert [entry.at for entry in entries] == [block * 600.0 + minute * 60 for minute in range(10)]
    assert all(0 <= entry.score <= 1 for entry in entries)


@given(st.integers(1, 20_000), st.floats(0, 720))
def test_an_answer_never_gets_out_of_hand(services: int, hours: float) -> None:
    assert services * window_s(services, hours) / 60 <= 40_000


def test_thirty_days_of_twelve_services_are_there() -> None:
    history = History(1, step_s=60)
    entries = list(history.seeded("postgres", 0))
    assert history.born_at - entries[0].at == pytest.approx(30 * 86_400, abs=60)
    assert all(later.at - earlier.at == 60 for earlier, later in pairwise(entries))
    assert {entry.status for entry in entries} > {"healthy"}


def test_live_steps_sum_up_and_survive_with_a_hole(tmp_path: Path) -> None:
    file = tmp_path / "history.jsonl"
    history = History(1, step_s=10, file=file)
    start = history.born_at // 10 * 10 + 10
    for offset, score, latency_ms in ((0, 1.0, 10.0), (5, 0.0, None), (12, 0.6, 400.0), (31, 1.0, 5.0)):
        status = HealthStatus.HEALTHY
        history.add("redis", Reading(at=start + offset, status=status, score=score, latency_ms=latency_ms))
    expected = [Entry(start, 0.5, 10.0), Entry(start + 10, 0.6, 400.0)]
    assert history.live("redis", start) == expected
    history.close()
    with file.open("a", encoding="utf-8") as out:
        out.write('{"at": 17, "of": {"redis"')  # fault 99: killed while writing
    again = History(1, step_s=10, file=file)
    assert again.live("redis", start) == expected
    assert again.born_at == pytest.approx(history.born_at)
    again.close()


def test_a_foreign_state_folder_is_refused(tmp_path: Path) -> None:
    StateFolder(tmp_path / "state").save({"generation": 1})
    if sys.platform != "win32":
        assert (tmp_path / "state" / "sandbox.json").stat().st_mode & 0o077 == 0
    assert StateFolder(tmp_path / "state").tokens == {"generation": 1}
    (tmp_path / "state" / "sandbox.json").write_text("[]")
    with pytest.raises(SandboxFailed):
        StateFolder(tmp_path / "state")


def test_the_platform_is_as_large_as_asked() -> None:
    assert len(specs(0)) == 12
    many = specs(10_000)
    assert len(many) == 10_000
    assert len({spec.name for spec in many}) == 10_000
    assert all(0 < spec.port < 65_536 for spec in many)


def test_the_clock_writes_utc() -> None:
    clock = Clock()
    clock.skew_s = 3600
    assert clock.text(0.0) == "1970-01-01T01:00:00.000Z"
    assert clock.now() - time.time() == pytest.approx(3600, abs=1)
