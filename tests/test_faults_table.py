"""`tests/FAULTS.md` says which fault is shown by which test; tests cite them in a comment, by number.

`python tests/test_faults_table.py` writes it anew.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from pathlib import Path

TESTS = Path(__file__).parent
TABLE = TESTS / "FAULTS.md"
_CITED = re.compile(r"# faults? (\d+(?:(?:, | and | )\d+)*)")
_HEAD = """# Faults and the tests that show them

Written by `python tests/test_faults_table.py` from what tests cite. A fault that is not here has no test of its own.

| fault | tests |
| ---: | --- |
"""


def test_the_table_is_fresh() -> None:
    assert TABLE.read_text(encoding="utf-8") == table(), "write it anew: python tests/test_faults_table.py"


def table() -> str:
    """The whole file."""
    cited: defaultdict[int, list[str]] = defaultdict(list)
    for file in sorted(TESTS.rglob("test_*.py")):
        for fault, test in citations(file):
            where = f"`{file.relative_to(TESTS).as_posix()}`: {test}"
            if where not in cited[fault]:
                cited[fault].append(where)
    rows = (f"| {fault} | {'<br>'.join(tests)} |\n" for fault, tests in sorted(cited.items()))
    return _HEAD + "".join(rows)


def citations(file: Path) -> list[tuple[int, str]]:
    """Each fault that is cited in a file, with the test it stands in or above."""
    text = file.read_text(encoding="utf-8")
    tests = [
        node
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")
    ]
    found: list[tuple[int, str]] = []
    for number, line in enumerate(text.splitlines(), 1):
        for match in _CITED.finditer(line):
            after = [test for test in tests if (test.end_lineno or test.lineno) >= number]
            if after:
                nearest = min(after, key=lambda test: test.lineno)
                found += [(int(fault), nearest.name) for fault in re.findall(r"\d+", match[1])]
    return found


if __name__ == "__main__":
    TABLE.write_text(table(), encoding="utf-8")
