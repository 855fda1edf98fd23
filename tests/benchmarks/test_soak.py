"""What a soak counts, and that each of its bounds can be overstepped."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from benchmarks.soak_ledger import CallEnd, Held, Ledger, growth, judge, kib_per_request
from benchmarks.soak_renewals import Renewals, added, counted
from console.model.errors import BreakerOpen, ConnectionLost, SignInRequired, Unauthorized
from console.model.exchange import Exchange

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
LIFETIME_S = 20.0
FLAT = [
    Held(at_s=number * 30.0, requests=number * 100, traced_kib=9_000.0, rss_mib=90.0, fds=60, tasks=50)
    for number in range(9)
]


def asked(
    at_s: float, operation: str = "auth.refresh", *, status: int | None = 200, total_ms: float = 50.0
) -> Exchange:
    return Exchange(
        at=START + timedelta(seconds=at_s),
        operation=operation,
        method="POST",
        route="/auth/refresh",
        status=status,
        error="" if status == 200 else "ConnectionLost" if status is None else "ServiceFailed",
        total_ms=total_ms,
        gateway_ms=None,
        upstream_ms=None,
        request_id="",
        attempt=1,
    )


def broken_bounds(
    ledger: Ledger | None = None,
    renewals: Renewals | None = None,
    samples: list[Held] | None = None,
    *,
    repeated: int = 0,
    nothing_done: int = 0,
) -> set[str]:
    verdicts = judge(
        ledger or Ledger(),
        renewals or Renewals(),
        FLAT if samples is None else samples,
        repeated=repeated,
        nothing_done=nothing_done,
    )
    return {one.what for one in verdicts if not one.within}


# Renewals


def test_a_renewal_for_each_half_life_is_none_too_many() -> None:
    found = counted([asked(0, "auth.login"), asked(10), asked(20), asked(30)], [], LIFETIME_S)
    assert found == Renewals(taken=3)
    assert added([found, found], served=6).extra == 0


def test_a_lost_answer_may_be_repeated() -> None:
    found = counted([asked(0, "auth.login"), asked(10, status=None), asked(10.1), asked(20.1)], [], LIFETIME_S)
    assert found == Renewals(taken=2, lost=1)
    assert added([found], served=3).extra == 0
    assert added([found], served=2).extra == 0


def test_two_renewals_at_once_are_one_too_many() -> None:
    found = counted([asked(0, "auth.login"), asked(10, total_ms=300), asked(10.05, total_ms=300)], [], LIFETIME_S)
    assert found.overlapping == 1
    assert found.extra == 2  # and one was for a token that was new


def test_a_renewal_before_its_time_is_extra_unless_the_token_was_ended() -> None:
    exchanges = [asked(0, "auth.login"), asked(4)]
    assert counted(exchanges, [], LIFETIME_S).early == 1
    assert counted(exchanges, [START + timedelta(seconds=3)], LIFETIME_S).early == 0
    assert counted(exchanges, [START - timedelta(seconds=3)], LIFETIME_S).early == 1


def test_a_sign_in_begins_a_new_life() -> None:
    assert counted([asked(0, "auth.login"), asked(6, "auth.login"), asked(11)], [], LIFETIME_S).early == 1
    assert counted([asked(0, "auth.login"), asked(6, "auth.login"), asked(16)], [], LIFETIME_S).early == 0


def test_what_the_gateway_served_and_nobody_asked_for_is_extra() -> None:
    assert added([Renewals(taken=3, refused=1, lost=1)], served=6).extra == 1


# Calls


async def answer() -> str:
    return "an answer"


async def failure(error: Exception) -> None:
    raise error


async def nothing() -> None:
    await asyncio.Event().wait()


async def test_an_answer_and_an_error_with_a_name_are_ends() -> None:
    ledger = Ledger()
    assert await ledger.ended("who", answer(), 1.0) is CallEnd.ANSWERED
    assert await ledger.ended("who", failure(ConnectionLost("cut")), 1.0) is CallEnd.FAILED
    assert ledger.endless == 0
    assert not ledger.broken


async def test_an_error_in_a_calm_is_a_break_but_for_a_circuit_that_a_storm_opened() -> None:
    ledger = Ledger(calm=1)
    assert await ledger.ended("who", failure(BreakerOpen("auth", retry_after_s=5.0)), 1.0) is CallEnd.FAILED
    assert await ledger.ended("who", failure(ConnectionLost("cut")), 1.0) is CallEnd.BROKEN
    assert broken_bounds(ledger) == {"lost requests: broken"}


@pytest.mark.parametrize("error", [SignInRequired("over"), Unauthorized("no"), RuntimeError("a bug")])
async def test_a_sign_in_that_is_over_and_a_bug_are_breaks(error: Exception) -> None:
    ledger = Ledger()
    assert await ledger.ended("who", failure(error), 1.0) is CallEnd.BROKEN
    assert broken_bounds(ledger) == {"lost requests: broken"}


async def test_a_token_that_was_ended_meanwhile_may_be_told_of_in_a_storm() -> None:
    async def ended_twice(ledger: Ledger) -> None:
        ledger.tokens_ended += 1
        raise Unauthorized("ended", status=401)

    ledger = Ledger()
    assert await ledger.ended("who", ended_twice(ledger), 1.0) is CallEnd.FAILED
    ledger.calm = 1
    assert await ledger.ended("who", ended_twice(ledger), 1.0) is CallEnd.BROKEN


async def test_who_signs_out_may_be_told_so() -> None:
    ledger = Ledger(calm=1)
    assert await ledger.ended("who", failure(SignInRequired("over")), 1.0, signs=lambda: True) is CallEnd.FAILED


async def test_a_call_past_its_deadline_is_a_break() -> None:
    ledger = Ledger()
    assert await ledger.ended("who", nothing(), -5.0) is CallEnd.BROKEN
    assert broken_bounds(ledger) == {"lost requests: broken"}


async def test_a_call_that_never_ends_is_lost() -> None:
    ledger = Ledger()
    call = asyncio.ensure_future(ledger.ended("who", nothing(), 60.0))
    await asyncio.sleep(0)
    call.cancel()
    await asyncio.gather(call, return_exceptions=True)
    assert broken_bounds(ledger) == {"lost requests: no end"}


# Bounds


def test_a_quiet_soak_is_within_every_bound() -> None:
    assert not broken_bounds()


def test_a_kibibyte_left_behind_by_each_request_shows_through_an_outlier() -> None:
    leaking = [replace(one, traced_kib=one.traced_kib + one.requests) for one in FLAT]
    leaking[4] = replace(leaking[4], traced_kib=8_000.0)
    assert kib_per_request(leaking) == pytest.approx(1.0, abs=0.05)
    assert broken_bounds(samples=leaking) == {"memory, each request"}


def test_what_libraries_and_the_system_hold_may_not_grow_either() -> None:
    for field, step, bound in (
        ("rss_mib", 4.0, "memory, growth"),
        ("fds", 6, "open files, growth"),
        ("tasks", 3, "tasks, growth"),
    ):
        growing = [
            replace(one, **dict[str, Any]({field: getattr(one, field) + step * number}))
            for number, one in enumerate(FLAT)
        ]
        assert broken_bounds(samples=growing) == {bound}
    assert growth([1.0, 5.0, 1.0, 90.0, 1.0, 1.0, 1.0, 5.0, 1.0]) == 0


def test_writes_sent_again_and_a_soak_in_which_nothing_happened_fail() -> None:
    assert broken_bounds(repeated=1) == {"writes sent twice"}
    assert broken_bounds(nothing_done=1) == {"never happened"}
    assert broken_bounds(samples=FLAT[:2]) == {"measurements too few"}
    assert broken_bounds(renewals=Renewals(overlapping=1)) == {"extra refreshes"}
