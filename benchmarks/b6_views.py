"""B6: views with a hundred times as much in them as usual, beside the same views with little."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from benchmarks.outcome import Outcome

ROOT = Path(__file__).resolve().parent.parent
ALLOWED = 3.0
LIMIT_S = 300.0
# What is opened, by the module that opens it: each prints its medians in milliseconds, `{"what": [much, little]}`.
VIEWS = ("benchmarks.uploads_view",)


def measure() -> list[Outcome]:
    """Each view in a process of its own, offscreen: a display's own speed is not what is asked for."""
    outcomes = []
    for module in VIEWS:
        for what, (much, little) in _measured(module).items():
            outcomes.append(Outcome("B6", what, much, little, "ms", ALLOWED))
    return outcomes


def _measured(module: str) -> dict[str, tuple[float, float]]:
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "QT_LOGGING_RULES": "qt.qpa.*=false"}
    done = subprocess.run(
        [sys.executable, "-m", module],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{module} ended with {done.returncode}: {done.stderr.strip()[-400:]}")
    found: dict[str, tuple[float, float]] = json.loads(done.stdout)
    return found
