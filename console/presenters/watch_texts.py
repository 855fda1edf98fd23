"""Watch folders in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.i18n import tr
from console.presenters.display import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from console.services.upload_ports import Watched

_NAME, _PATH, _REASON = 60, 120, 160


def watch_notes(watched: Mapping[str, Watched]) -> Iterator[str]:
    """A line for each watch folder: that files go out from there is never left unsaid."""
    for name in sorted(watched):
        yield _note(printable(name, _NAME), watched[name])


def _note(gateway: str, watched: Watched) -> str:
    folder = printable(watched.folder, _PATH)
    if watched.trouble:
        return tr(
            "Watch folder {folder} of {gateway}: {trouble} Files in it are queued when it is back.",
            folder=folder,
            gateway=gateway,
            trouble=printable(watched.trouble, _REASON),
        )
    said = tr("What is put into {folder} is uploaded to {gateway}.", folder=folder, gateway=gateway)
    if not watched.refused:
        return said
    first = watched.refused[0]
    name = printable(first.path.replace("\\", "/").rpartition("/")[2], _NAME)
    reason = printable(first.reason, _REASON)
    if watched.refused_count == 1:
        return f"{said} {tr('Not taken: {name} ({reason})', name=name, reason=reason)}"
    count = f"{watched.refused_count - 1:,}"
    others = tr("Not taken: {name} ({reason}), and {count} more", name=name, reason=reason, count=count)
    return f"{said} {others}"
