"""B2: a live feed on its way to cards and charts, over both transports, beside bare clients of the same feed."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from typing import TYPE_CHECKING, Any

from benchmarks.b1_start import ROOT
from benchmarks.outcome import Outcome

if TYPE_CHECKING:
    from collections.abc import Sequence

ROUNDS = 3
LIMIT_S = 180.0
TRANSPORTS = {"WebSocket": "websockets + msgspec", "Socket.IO": "python-socketio"}
RATE_ALLOWED = 0.5
LONGEST_MS, P99_MS = 50, 20


def measure() -> list[Outcome]:
    """Medians of alternating rounds, each in processes of its own. What each round saw is printed besides."""
    return [outcome for transport in TRANSPORTS for outcome in _measure(transport)]


def _measure(transport: str) -> Sequence[Outcome]:
    peers: list[float] = []
    ours: list[dict[str, Any]] = []
    for _ in range(ROUNDS):
        peers.append(_run("benchmarks.bare_feed", transport)["rate"])
        ours.append(_run("benchmarks.live_window", transport))
        print(f"  {_line(transport, ours[-1], peers[-1])}", file=sys.stderr, flush=True)
    longest = statistics.median(round_["paced"]["longest"] for round_ in ours)
    p99 = statistics.median(round_["paced"]["p99"] for round_ in ours)
    rate = statistics.median(round_["rate"] for round_ in ours)
    peer = statistics.median(peers)
    return [
        Outcome("B2", f"{transport} flood to cards and charts", rate, peer, "/s", RATE_ALLOWED, "least"),
        # The peer of a frame is its limit: what it takes to look smooth is the same on every machine.
        Outcome("B2", f"{transport} at 2,000/s, longest frame", longest, LONGEST_MS, "ms", 1),
        Outcome("B2", f"{transport} at 2,000/s, 99th percentile", p99, P99_MS, "ms", 1),
    ]


def _line(transport: str, ours: dict[str, Any], peer: float) -> str:
    frames = "; ".join(
        f"{when} longest {ours[when]['longest']:.0f} ms ({ours[when]['longest_worked']:.0f} of work), "
        f"p99 {ours[when]['p99']:.0f} ms ({ours[when]['p99_worked']:.0f})"
        for when in ("quiet", "paced")
    )
    busy = f"load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "load unknown"
    return (
        f"{transport}: {ours['rate']:,.0f}/s, {ours['dropped']:,} left out; {TRANSPORTS[transport]} {peer:,.0f}/s; "
        f"frames {frames}; {busy}"
    )


def _run(module: str, transport: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", module, transport],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(f"{module} failed:\n{done.stderr[-2000:]}")
    figures: dict[str, Any] = json.loads(done.stdout)
    return figures
