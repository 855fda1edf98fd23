"""What a soak adds up: calls and how they ended, renewals on both sides, and what the process holds meanwhile."""

from __future__ import annotations

import asyncio
import gc
import statistics
import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

SLOPE_ALLOWED_MIB_PER_MIN = 1.0
GROWTH_ALLOWED_MIB = 32.0
FDS_ALLOWED = 24
TASKS_ALLOWED = 24
_PAGE_BYTES = 4096
_MIB = 1024 * 1024


@dataclass
class Ledger:
    """What happened so far.

    Attributes:
        answered: Calls that ended with an answer, by what was asked.
        failed: Calls that ended with an error an operator can be told of, by the error's name.
        broken: What must not happen, in words; any is a failure of the soak.
        events: What was done to the connections, the gateway and the sign-ins.
    """

    answered: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)
    events: Counter[str] = field(default_factory=Counter)
    slowest_recovery_s: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Renewals:
    """How often tokens were renewed, as the gateway and as the sessions count.

    Attributes:
        served: Requests that the gateway's refresh route worked on.
        taken: Good answers that arrived.
        lost: Requests without an answer: the gateway may have worked on them.
        lives: How many a session renewing once per life of a token may have needed.
    """

    served: int
    taken: int
    lost: int
    lives: int

    @property
    def extra(self) -> int:
        """Those that nothing accounts for."""
        return max(0, self.served - self.taken - self.lost) + max(0, self.taken - self.lives)


@dataclass(frozen=True, kw_only=True)
class Held:
    """What the process held at one time, the gateway's process not included."""

    at_s: float
    rss_mib: float
    fds: int
    tasks: int


def held(started: float) -> Held:
    """Measure; garbage is collected before, so that only what is really held counts."""
    gc.collect()
    return Held(
        at_s=time.monotonic() - started,
        rss_mib=int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * _PAGE_BYTES / _MIB,
        fds=len(list(Path("/proc/self/fd").iterdir())),
        tasks=len(asyncio.all_tasks()),
    )


def slope_per_min(samples: Sequence[Held]) -> float:
    """MiB that the memory grew a minute, by the line that fits best."""
    if len({sample.at_s for sample in samples}) < 2:
        return 0.0
    fit = statistics.linear_regression([one.at_s / 60 for one in samples], [one.rss_mib for one in samples])
    return fit.slope


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """One line of the table."""

    what: str
    found: float
    allowed: float
    unit: str = ""

    @property
    def within(self) -> bool:
        """Whether the soak passes by it."""
        return self.found <= self.allowed


def judge(ledger: Ledger, renewals: Renewals, samples: Sequence[Held]) -> tuple[Verdict, ...]:
    """Every bound of a soak. The samples are those after the warm-up, each taken in a calm moment."""
    first = samples[0] if samples else None
    grown = max((one.rss_mib for one in samples), default=0.0) - (first.rss_mib if first else 0.0)
    fds = max((one.fds for one in samples), default=0) - (first.fds if first else 0)
    tasks = max((one.tasks for one in samples), default=0) - (first.tasks if first else 0)
    return (
        Verdict(what="lost requests and other breaks", found=len(ledger.broken), allowed=0),
        Verdict(what="extra refreshes", found=renewals.extra, allowed=0),
        Verdict(what="memory, slope", found=slope_per_min(samples), allowed=SLOPE_ALLOWED_MIB_PER_MIN, unit="MiB/min"),
        Verdict(what="memory, growth", found=grown, allowed=GROWTH_ALLOWED_MIB, unit="MiB"),
        Verdict(what="open files, growth", found=fds, allowed=FDS_ALLOWED),
        Verdict(what="tasks, growth", found=tasks, allowed=TASKS_ALLOWED),
        Verdict(what="measurements too few", found=max(0, 2 - len(samples)), allowed=0),
    )


def table(verdicts: Iterable[Verdict]) -> str:
    """All verdicts as text in columns."""
    rows = [("what", "found", "allowed", "within")]
    rows += [
        (one.what, f"{one.found:,.2f} {one.unit}", f"<= {one.allowed:g}", "yes" if one.within else "NO")
        for one in verdicts
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def report(
    ledger: Ledger, renewals: Renewals, samples: Sequence[Held], verdicts: Sequence[Verdict]
) -> Mapping[str, object]:
    """Everything, as plain values."""
    return {
        "passed": all(one.within for one in verdicts),
        "ledger": {**vars(ledger), "events": dict(sorted(ledger.events.items()))},
        "renewals": {**asdict(renewals), "extra": renewals.extra},
        "held": [asdict(one) for one in samples],
        "verdicts": [{**asdict(one), "within": one.within} for one in verdicts],
    }
