"""Skips are counted by reason, and a run that must have its peers does not begin without them."""

from __future__ import annotations

import pytest

from tests import skips


def skipped(reason: str) -> pytest.TestReport:
    return pytest.TestReport(
        nodeid="tests/test_x.py::test_y",
        location=("tests/test_x.py", 1, "test_y"),
        keywords={},
        outcome="skipped",
        longrepr=("tests/test_x.py", 1, f"Skipped: {reason}"),
        when="setup",
    )


def test_the_most_frequent_reason_comes_first() -> None:
    told = list(skips.lines([skipped("no node"), skipped("POSIX"), skipped("no node")]))
    assert told == ["Skipped: 3", "     2  no node", "     1  POSIX"]


def test_nothing_is_said_of_no_skips() -> None:
    assert list(skips.lines([])) == []


def test_a_missing_peer_skips_unless_it_is_required(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(skips.PEERS, raising=False)
    assert skips.needs_node("no socket.io").args == (True,)
    monkeypatch.setenv(skips.PEERS, "required")
    assert skips.needs_node("").args == (False,)
    with pytest.raises(RuntimeError, match=r"no socket\.io"):
        skips.needs_node("no socket.io")
