"""What a soak adds up: calls and how they ended, and what the process holds meanwhile."""

from __future__ import annotations

import asyncio
import enum
import gc
import statistics
import time
import tracemalloc
from collections import Counter
from dataclasses import asdict, dataclass, field
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING

from console.model.errors import BreakerOpen, GatewayError, SignInRequired, Unauthorized

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence

    from benchmarks.soak_renewals import Renewals

KIB_PER_REQUEST_ALLOWED = 0.6  # what fills the windows of 15 minutes takes up to half of that
GROWTH_ALLOWED_MIB = 16.0
FDS_ALLOWED = 24
TASKS_ALLOWED = 12
SAMPLES_LEAST = 3
MARGIN_S = 5.0
FRESH_TOKEN = "fresh-token"  # noqa: S105  (an error's code)
FRESH_TOKEN_TOLD = "a token that it has just given"  # noqa: S105  (an error's words)
_PAGE_BYTES = 4096
_KIB, _MIB = 1024, 1024 * 1024


class CallEnd(enum.Enum):
    """How a call ended."""

    ANSWERED = enum.auto()
    FAILED = enum.auto()  # with an error that an operator can be told of, in time
    BROKEN = enum.auto()


@dataclass
class Ledger:
    """What happened so far.

    A call is lost that neither brings an answer nor, in time, an error that says what is wrong. While a storm lasts
    such an error is an answer, too; in a calm it is not.

    Attributes:
        begun: Calls, by what was asked.
        answered: Of these, those that ended with an answer.
        failed: Calls that ended with an error an operator can be told of, by the error's name.
        broken: What must not happen, in words; any is a failure of the soak.
        events: What was done to the connections, the gateway and the sign-ins.
        calm: The number of the calm that lasts, when all that went wrong has been recovered from; 0 in a storm.
        resting: No storm: nobody signs out, so that what is held can be compared.
        tokens_ended: How often the gateway was told to end all tokens.
        requests: On the wire, of all sessions.
    """

    begun: Counter[str] = field(default_factory=Counter)
    answered: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)
    events: Counter[str] = field(default_factory=Counter)
    slowest_recovery_s: float = 0.0
    calm: int = 0
    resting: bool = False
    tokens_ended: int = 0
    requests: int = 0
    ends: int = 0

    @property
    def endless(self) -> int:
        """Calls that began and never ended."""
        return self.begun.total() - self.ends

    async def ended(
        self,
        what: str,
        call: Awaitable[object],
        within_s: float,
        *,
        signs: Callable[[], bool] = lambda: False,
    ) -> CallEnd:
        """How a call ended; anything but an answer or a gateway's error in time is a break.

        Args:
            what: Face and what is asked.
            call: The call.
            within_s: Its own deadline; a little more is allowed.
            signs: Whether the operator signed in or out meanwhile, so that the call may be told so.
        """
        calm, tokens_ended, started = self.calm, self.tokens_ended, time.monotonic()
        self.begun[what] += 1
        try:
            async with asyncio.timeout(within_s + MARGIN_S):
                await call
        except GatewayError as exc:
            end = CallEnd.FAILED
            self.failed[type(exc).__name__] += 1
            signed_out = isinstance(exc, SignInRequired)
            # A request is renewed for once. It may be told so when the token it then had was ended, too.
            ended_again = exc.code == FRESH_TOKEN or tokens_ended != self.tokens_ended
            if isinstance(exc, Unauthorized) and not signs() and (signed_out or not ended_again):
                end = CallEnd.BROKEN
            # A circuit that a storm opened may say so for a while.
            if calm and calm == self.calm and not signs() and not isinstance(exc, BreakerOpen):
                end = CallEnd.BROKEN
            if end is CallEnd.BROKEN:
                when = "in a calm" if calm else "in a storm"
                self.broken.append(f"{what}, {when}: {type(exc).__name__}: {exc}")
        except TimeoutError:
            end = CallEnd.BROKEN
            self.broken.append(f"{what}: no end after {time.monotonic() - started:.0f} s")
        except Exception as exc:  # noqa: BLE001  (a soak reports every kind of break and goes on)
            end = CallEnd.BROKEN
            self.broken.append(f"{what}: {type(exc).__name__}: {exc}")
        else:
            end = CallEnd.ANSWERED
            self.answered[what] += 1
        self.ends += 1
        return end


@dataclass(frozen=True, kw_only=True)
class Held:
    """What the process held at one time, the gateway's process not included.

    Attributes:
        at_s: Since the soak began.
        requests: Sent until then.
        traced_kib: What Python's own objects take: exact, so that a little for each request shows.
        rss_mib: What the system gave the process, libraries' memory included.
        fds: Open files of the console.
        tasks: Tasks that have not ended.
    """

    at_s: float
    requests: int
    traced_kib: float
    rss_mib: float
    fds: int
    tasks: int


def held(started: float, requests: int, foreign_fds: int) -> Held:
    """Measure; garbage is collected before, so that only what is really held counts.

    Args:
        started: Monotonic seconds.
        requests: Sent until now.
        foreign_fds: Open files that are none of the console's.
    """
    gc.collect()
    return Held(
        at_s=time.monotonic() - started,
        requests=requests,
        traced_kib=tracemalloc.get_traced_memory()[0] / _KIB,
        rss_mib=int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * _PAGE_BYTES / _MIB,
        fds=len(list(Path("/proc/self/fd").iterdir())) - foreign_fds,
        tasks=len(asyncio.all_tasks()),
    )


def kib_per_request(samples: Sequence[Held]) -> float:
    """What each request leaves behind: the median of the slopes between any two samples, which no outlier moves."""
    slopes = [
        (later.traced_kib - earlier.traced_kib) / (later.requests - earlier.requests)
        for earlier, later in combinations(samples, 2)
        if later.requests > earlier.requests
    ]
    return statistics.median(slopes) if slopes else 0.0


def growth(values: Sequence[float]) -> float:
    """From the median of the first third to that of the last."""
    third = max(1, len(values) // 3)
    return statistics.median(values[-third:]) - statistics.median(values[:third]) if values else 0.0


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


def judge(
    ledger: Ledger, renewals: Renewals, samples: Sequence[Held], *, repeated: int, nothing_done: int
) -> tuple[Verdict, ...]:
    """Every bound of a soak.

    Args:
        ledger: How the calls ended.
        renewals: Of all sessions.
        samples: Those after the warm-up, each taken in a calm moment.
        repeated: Writes that were sent again.
        nothing_done: What should have happened and did not: a soak without renewals shows nothing about them.
    """
    return (
        Verdict(what="lost requests: no end", found=ledger.endless, allowed=0),
        Verdict(what="lost requests: broken", found=len(ledger.broken), allowed=0),
        Verdict(what="writes sent twice", found=repeated, allowed=0),
        Verdict(what="extra refreshes", found=renewals.extra, allowed=0),
        Verdict(
            what="memory, each request", found=kib_per_request(samples), allowed=KIB_PER_REQUEST_ALLOWED, unit="KiB"
        ),
        Verdict(
            what="memory, growth",
            found=growth([one.rss_mib for one in samples]),
            allowed=GROWTH_ALLOWED_MIB,
            unit="MiB",
        ),
        Verdict(what="open files, growth", found=growth([one.fds for one in samples]), allowed=FDS_ALLOWED),
        Verdict(what="tasks, growth", found=growth([one.tasks for one in samples]), allowed=TASKS_ALLOWED),
        Verdict(what="measurements too few", found=max(0, SAMPLES_LEAST - len(samples)), allowed=0),
        Verdict(what="never happened", found=nothing_done, allowed=0),
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
