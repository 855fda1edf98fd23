"""B1: from nothing to the first painted window and to the health of last time, with a large record on a warm disk."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.filled_home import fill
from benchmarks.outcome import Outcome
from console.paths import Home

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).resolve().parent.parent
SAMPLES = 1_000_000
ROUNDS = 7
LIMIT_S = 60.0
PAINTED_ALLOWED = 1.6
HEALTH_ALLOWED = 2.5


def measure() -> list[Outcome]:
    """Medians of alternating starts, after one of each that warms the disk's cache."""
    with tempfile.TemporaryDirectory(prefix="gatewatch-b1-") as folder:
        environment = _environment(Path(folder))
        _prepare(Path(folder), environment)
        bare: list[dict[str, float]] = []
        whole: list[dict[str, float]] = []
        for _ in range(ROUNDS + 1):
            bare.append(_start("benchmarks.bare_window", "painted", environment))
            whole.append(_start("benchmarks.whole_window", "health", environment))
    peer = _median(bare, "painted")
    return [
        Outcome("B1", "start to painted window", _median(whole, "painted"), peer, "ms", PAINTED_ALLOWED),
        Outcome("B1", "start to recorded health", _median(whole, "health"), peer, "ms", HEALTH_ALLOWED),
    ]


def _environment(folder: Path) -> dict[str, str]:
    variables = {
        **os.environ,
        "GATEWATCH_HOME": str(folder / "home"),
        "GATEWATCH_START_MARKS": "1",
        "PYTHON_KEYRING_BACKEND": "benchmarks.file_keyring.FileKeyring",
        "BENCHMARK_KEYRING": str(folder / "keyring.json"),
    }
    # An installed program has its modules compiled; without this the first start would not leave them so.
    for variable in ("GATEWATCH_PASSPHRASE", "PYTHONDONTWRITEBYTECODE"):
        variables.pop(variable, None)
    if sys.platform.startswith("linux") and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        variables["QT_QPA_PLATFORM"] = "offscreen"
    return variables


def _prepare(folder: Path, environment: Mapping[str, str]) -> None:
    """Fill the home in a process of its own, whose keyring is the file."""
    code = f"from benchmarks.b1_start import prepare; prepare({str(folder)!r})"
    subprocess.run([sys.executable, "-c", code], env=environment, cwd=ROOT, check=True)


def prepare(folder: str, samples: int = SAMPLES) -> None:
    """Fill the home in that folder."""
    fill(Home.at(Path(folder) / "home"), samples)


def _start(module: str, last: str, environment: Mapping[str, str]) -> dict[str, float]:
    """Start a module and end it after its mark `last`; milliseconds to each of its marks."""
    begun_ns = time.time_ns()
    # Errors and marks share a pipe: when no mark comes, what came instead is the explanation.
    process = subprocess.Popen(
        [sys.executable, "-m", module], env=environment, cwd=ROOT, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None  # noqa: S101  (asked for above)
    watchdog = threading.Timer(LIMIT_S, process.kill)
    watchdog.start()
    marks: dict[str, float] = {}
    heard: list[str] = []
    try:
        for line in process.stderr:
            heard.append(line)
            match line.split():
                case ["mark", what, at_ns] if what not in marks:
                    marks[what] = (int(at_ns) - begun_ns) / 1e6
            if last in marks:
                return marks
        raise RuntimeError(f"{module} ended before its mark {last!r}:\n{''.join(heard[-20:])}")
    finally:
        process.terminate()
        process.stderr.close()
        process.wait()
        watchdog.cancel()


def _median(starts: list[dict[str, float]], mark: str) -> float:
    return statistics.median(start[mark] for start in starts[1:])
