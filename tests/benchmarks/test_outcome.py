"""What the table of budgets says."""

from __future__ import annotations

import pytest

from benchmarks.outcome import Outcome, table

START = Outcome("B1", "start", ours=240, peer=160, unit="ms", allowed=1.6)


def test_a_time_is_within_its_budget_up_to_the_allowed_ratio() -> None:
    assert START.ratio == pytest.approx(1.5)
    assert START.within
    assert not Outcome("B1", "start", ours=257, peer=160, unit="ms", allowed=1.6).within


def test_a_rate_is_within_its_budget_from_the_allowed_ratio_on() -> None:
    assert Outcome("B2", "events", ours=50, peer=100, unit="/s", allowed=0.5, bound="least").within
    assert not Outcome("B2", "events", ours=49, peer=100, unit="/s", allowed=0.5, bound="least").within


def test_a_peer_that_took_nothing_is_never_matched() -> None:
    assert not Outcome("B7", "calls", ours=1, peer=0, unit="", allowed=1).within


def test_the_table_has_a_line_for_each_outcome() -> None:
    head, line = table([START]).splitlines()
    assert head.split() == ["budget", "what", "ours", "peer", "ratio", "allowed", "within"]
    assert line.split() == ["B1", "start", "240", "ms", "160", "ms", "1.50", "<=", "1.6", "yes"]
