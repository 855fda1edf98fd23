"""Milestones of a start, for a benchmark that reads them."""

from __future__ import annotations

import os
import sys
import time

_WANTED = "GATEWATCH_START_MARKS"


def wanted() -> bool:
    """Whether somebody reads them."""
    return bool(os.environ.get(_WANTED))


def mark(what: str) -> None:
    """Say on standard error that the start has come so far, and when (nanoseconds since the epoch)."""
    if wanted():
        print(f"mark {what} {time.time_ns()}", file=sys.stderr, flush=True)  # noqa: T201  (read by the benchmark)
