"""How the sandbox looks to clients: one face per platform, written from the platforms' guides and not from the client.

Installed packages may bring more, through the entry points `gatewatch.faces`: each a class that is made with the world
and is what `console.sandbox.door.Face` asks for.
"""

from __future__ import annotations

import functools
from importlib.metadata import EntryPoints, entry_points
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from console.sandbox.door import Face
    from console.sandbox.world import World

ENTRY_POINTS = "gatewatch.faces"


def installed(world: World) -> list[Face]:
    """The faces of installed packages, each on a free port of its own."""
    return [point.load()(world) for point in _points()]


@functools.cache
def _points() -> EntryPoints:
    """Looked for once: that goes through all that is installed."""
    return entry_points(group=ENTRY_POINTS)
