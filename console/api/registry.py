"""From a platform's name to its dialect, imported when first needed."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from console.model.errors import ProfileError

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

    from console.api.contract import Platform

ENTRY_POINTS = "gatewatch.platforms"

_BUILT_IN = {
    "kong": "console.api.platforms.kong",
    "dotmac": "console.api.platforms.dotmac",
    "opssight": "console.api.platforms.opssight",
    "dafnck": "console.api.platforms.dafnck",
    "aigentable": "console.api.platforms.aigentable",
}


def names() -> tuple[str, ...]:
    """Every platform there is: the built-in ones, then those of installed packages."""
    return (*_BUILT_IN, *(name for name in _installed() if name not in _BUILT_IN))


def platform(name: str) -> Platform:
    """The dialect of that name.

    Raises:
        ProfileError: There is none.
    """
    if module := _BUILT_IN.get(name):
        built_in: Platform = importlib.import_module(module).PLATFORM
        return built_in
    if name in (installed := _installed()):
        added: Platform = installed[name].load()
        return added
    raise ProfileError(f"there is no platform {name!r}; there are {', '.join(names())}")


def _installed() -> dict[str, EntryPoint]:
    from importlib.metadata import entry_points  # noqa: PLC0415  (20 ms that a built-in platform never needs)

    return {point.name: point for point in entry_points(group=ENTRY_POINTS)}
