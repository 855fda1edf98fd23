"""Somebody signs in through a browser: the real window, the real port, the sandbox's real page."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from console.sandbox.options import SandboxOptions
from console.sandbox.thread import SandboxThread

PROGRAM = Path(__file__).with_name("browser_program.py")
ROOT = PROGRAM.parents[2]
LIMIT_S = 120.0
ANA, JO = "u-2", "u-3"


async def signed_in(home: Path, sandbox: SandboxThread, user: str) -> tuple[list[str], str]:
    """What came about, and everything that was logged or complained of."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "QT_QPA_PLATFORM": "offscreen"}
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(PROGRAM), str(home), sandbox.opssight_url, user,
        env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await asyncio.wait_for(process.communicate(), LIMIT_S)
    assert process.returncode == 0, err.decode()
    return out.decode().splitlines(), err.decode()


async def test_a_person_signs_in_and_another_one_is_refused(tmp_path: Path) -> None:  # fault 14
    home = tmp_path / "home"
    with SandboxThread(SandboxOptions(history_step_s=1.0)) as sandbox:
        words, err = await signed_in(home, sandbox, ANA)
        assert sorted(words) == ["live ana@sandbox.example", "offered", "page", "signed out"]
        assert "Traceback" not in err
        words, err = await signed_in(home, sandbox, JO)
        assert {"offered", "page"} < set(words)
        (refused,) = set(words) - {"offered", "page"}
        assert "Another user signed in (jo@sandbox.example)" in refused
        assert "kept for ana@sandbox.example" in refused
        assert sandbox.stats()["code_trades"] == 2
