"""Reading what is packed with the program: icons, themes, translations."""

from __future__ import annotations

import functools
from pathlib import Path

_PACKED = Path(__file__).parent / "_resources"  # in a wheel and in a frozen program
_CHECKOUT = Path(__file__).parent.parent / "resources"


@functools.cache
def root() -> Path:
    """The folder of the resources.

    Raises:
        FileNotFoundError: The installation is incomplete.
    """
    for folder in (_PACKED, _CHECKOUT):
        if folder.is_dir():
            return folder
    raise FileNotFoundError(f"the program's resources are missing from {_PACKED}: install it again")


def text(name: str) -> str:
    """A text file, by its path below the resources, such as `themes/dark.toml`."""
    return (root() / name).read_text(encoding="utf-8")


def path(name: str) -> Path:
    """A file, by its path below the resources."""
    return root() / name
