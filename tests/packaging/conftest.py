"""What the packaged program is measured by: its own tour."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any, Protocol

import pytest

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

PNG = b"\x89PNG\r\n\x1a\n"
TOUR_TIMEOUT_S = 900  # it is long, and machines may be busy with other things


class TakesTheTour(Protocol):
    """Take the tour with a program, all of it or the parts named."""

    def __call__(self, program: Path, *parts: str) -> None: ...


def walk(program: Path, out: Path, parts: Sequence[str]) -> None:
    """Take the tour with a program, from outside the checkout; fail with what it said."""
    elsewhere = out.parent
    done = subprocess.run(
        [program, "tour", "--out", out, *(f"--part={part}" for part in parts)],
        capture_output=True,
        text=True,
        timeout=TOUR_TIMEOUT_S,
        check=False,
        cwd=elsewhere,
    )
    said = f"{done.stdout}\n{done.stderr}"
    assert done.returncode == 0, said
    assert "Traceback" not in said, said
    summary: dict[str, Any] = json.loads((out / "summary.json").read_text(encoding="utf-8"))
    assert summary["ok"] is True, said
    pictures = [out / name for scene in summary["scenes"] for name in scene["files"]]
    assert pictures
    for picture in pictures:
        assert picture.read_bytes().startswith(PNG), picture


@pytest.fixture
def takes_the_tour(tmp_path: Path) -> TakesTheTour:
    return lambda program, *parts: walk(program, tmp_path / "tour", parts)
