"""Are the locks made from what pyproject.toml asks for now? Answered offline.

The first line of each lock carries a digest of the dependency tables that it was made from. `write` puts it there after
the locks were made, `check` compares it and exits 1 when it is out of date.
"""

from __future__ import annotations

import hashlib
import json
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ("requirements.lock", "requirements-dev.lock")
_MARK = "# Made by `make lock` from pyproject.toml's dependencies, sha256 "


def digest(pyproject: str) -> str:
    """The SHA-256 of what decides a lock's content, whatever the order or layout of the file."""
    document = tomllib.loads(pyproject)
    project = document["project"]
    deciding = {
        "requires-python": project["requires-python"],
        "dependencies": sorted(project["dependencies"]),
        "optional-dependencies": project.get("optional-dependencies", {}),
        "dependency-groups": document.get("dependency-groups", {}),
        "build-system": sorted(document["build-system"]["requires"]),
    }
    return hashlib.sha256(json.dumps(deciding, sort_keys=True).encode()).hexdigest()


def write(root: Path = ROOT) -> None:
    """Mark every lock with the digest of the present dependency tables."""
    mark = _MARK + digest((root / "pyproject.toml").read_text(encoding="utf-8"))
    for name in LOCKS:
        lock = root / name
        pins = [line for line in lock.read_text(encoding="utf-8").splitlines() if not line.startswith(_MARK)]
        lock.write_text("\n".join([mark, *pins]) + "\n", encoding="utf-8", newline="\n")


def stale(root: Path = ROOT) -> list[str]:
    """The names of the locks that were made from other dependency tables, or that are missing."""
    mark = _MARK + digest((root / "pyproject.toml").read_text(encoding="utf-8"))
    return [name for name in LOCKS if not (root / name).is_file() or _first_line(root / name) != mark]


def _first_line(path: Path) -> str:
    with path.open(encoding="utf-8") as lines:
        return lines.readline().rstrip("\n")


def main(arguments: list[str]) -> int:
    """Run as a script."""
    match arguments:
        case ["write"]:
            write()
            return 0
        case ["check"]:
            if outdated := stale():
                print(f"pyproject.toml's dependencies changed since {' and '.join(outdated)}: run `make lock`")
                return 1
            print("The locks are up to date.")
            return 0
        case _:
            print("usage: lock.py write|check")
            return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
