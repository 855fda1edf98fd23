"""`python -m benchmarks [B1 ...]`: measure the budgets and print a table of ratios.

Times depend on the machine, so they are printed and never judged; what counts is the ratio to the peer. The exit code
is 1 only when a benchmark itself could not run.
"""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from benchmarks import b1_start, b2_feed, b4_upload, b6_views, b7_transport
from benchmarks.outcome import table

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from benchmarks.outcome import Outcome

BENCHMARKS: dict[str, Callable[[], Sequence[Outcome]]] = {
    "B1": b1_start.measure,
    "B2": b2_feed.measure,
    "B4": b4_upload.measure,
    "B6": b6_views.measure,
    "B7": b7_transport.measure,
}


def main(chosen: Sequence[str]) -> int:
    """Run the chosen benchmarks, or all; the exit code."""
    if unknown := sorted(set(chosen) - set(BENCHMARKS)):
        print(f"no such benchmark: {', '.join(unknown)}; there are {', '.join(BENCHMARKS)}", file=sys.stderr)
        return 2
    outcomes: list[Outcome] = []
    broken = False
    for name in chosen or BENCHMARKS:
        print(f"{name}: {BENCHMARKS[name].__module__.partition('.')[2]}", file=sys.stderr, flush=True)
        try:
            outcomes += BENCHMARKS[name]()
        except (OSError, subprocess.SubprocessError, RuntimeError) as exc:
            print(f"{name} could not be measured: {exc}", file=sys.stderr)
            broken = True
    print(table(outcomes))
    return int(broken)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
