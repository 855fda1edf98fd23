"""The recipe in `docs/adding-a-platform.md` is true: what it shows is what the tests install."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
RECIPE = ROOT / "docs" / "adding-a-platform.md"
SIXTH = Path(__file__).with_name("sixth")
_BLOCK = re.compile(r"`([\w./-]+)`[^\n]*:\n\n```(?:python|toml)\n(.*?)```", re.DOTALL)


def test_every_code_block_is_part_of_the_platform_that_is_tested() -> None:
    blocks = _BLOCK.findall(RECIPE.read_text(encoding="utf-8"))
    assert {name for name, _code in blocks} == {
        "pyproject.toml",
        "gatewatch_lighthouse/wire.py",
        "gatewatch_lighthouse/__init__.py",
        "gatewatch_lighthouse/face.py",
    }
    assert len(blocks) == RECIPE.read_text(encoding="utf-8").count("```python\n") + RECIPE.read_text(
        encoding="utf-8"
    ).count("```toml\n")
    for name, code in blocks:
        for piece in code.split("\n...\n"):
            assert piece.strip("\n") in (SIXTH / name).read_text(encoding="utf-8"), f"{name} has no:\n{piece}"


def test_every_file_that_it_names_is_there() -> None:
    for path in re.findall(r"`((?:console|tests|docs)/[\w./-]+)`", RECIPE.read_text(encoding="utf-8")):
        assert (ROOT / path).exists(), path
