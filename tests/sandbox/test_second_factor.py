"""Codes and the challenges that ask for them."""

from __future__ import annotations

import hashlib

from console.sandbox.clock import Clock
from console.sandbox.second_factor import CHALLENGE_LIFETIME_S, CODE_ATTEMPTS, ChallengeOver, SecondFactor, WrongCode


class SetClock(Clock):
    at = 59.0

    def now(self) -> float:
        return self.at


def test_codes_are_those_of_the_standard() -> None:
    """RFC 6238, appendix B, the rows for SHA-1, cut to six digits."""
    clock = SetClock()
    factor = SecondFactor(clock, b"12345678901234567890")
    for at, code in ((59.0, "287082"), (1111111109.0, "081804"), (1234567890.0, "005924"), (20000000000.0, "353130")):
        clock.at = at
        assert factor.code() == code


def test_a_challenge_is_answered_once() -> None:
    factor = SecondFactor(Clock())
    token = factor.challenge("u-1")
    assert factor.answer(token, factor.code(1)) == "u-1"
    assert factor.answer(token, factor.code()) == ChallengeOver()


def test_attempts_run_out() -> None:
    factor = SecondFactor(Clock())
    token = factor.challenge("u-1")
    assert [factor.answer(token, "no") for _ in range(CODE_ATTEMPTS)] == [
        WrongCode(left) for left in reversed(range(CODE_ATTEMPTS))
    ]
    assert factor.answer(token, factor.code()) == ChallengeOver()


def test_a_challenge_grows_old() -> None:
    clock = SetClock()
    factor = SecondFactor(clock, hashlib.sha256(b"any").digest())
    token = factor.challenge("u-1")
    clock.at += CHALLENGE_LIFETIME_S
    assert factor.answer(token, factor.code()) == ChallengeOver()
