"""What a run did not look at, and why: counted, for a skip says nothing of itself."""

from __future__ import annotations

import os
from collections import Counter
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

PEERS = "GATEWATCH_PEERS"  # "required": that a peer on Node is missing is an error; .ci/run says so where there is npm


def lines(reports: Iterable[pytest.TestReport | pytest.CollectReport]) -> Iterator[str]:
    """How many tests were skipped, then for each reason how many, the most frequent first."""
    reasons = Counter(reason_of(report) for report in reports)
    if not reasons:
        return
    yield f"Skipped: {reasons.total()}"
    for reason, count in sorted(reasons.items(), key=lambda one: (-one[1], one[0])):
        yield f"{count:6}  {reason}"


def reason_of(report: pytest.TestReport | pytest.CollectReport) -> str:
    said = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return said.removeprefix("Skipped: ")


def needs_node(missing: str) -> pytest.MarkDecorator:
    """For tests of a peer on Node.

    Args:
        missing: Why they can't run; empty when they can.

    Raises:
        RuntimeError: They can't, and this run may not do without them.
    """
    if missing and os.environ.get(PEERS) == "required":
        raise RuntimeError(f"{missing} ({PEERS}=required)")
    return pytest.mark.skipif(bool(missing), reason=missing)
