"""What is dropped on the window: files and folders of this computer, and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import QUrl

from console.i18n import tr

if TYPE_CHECKING:
    from collections.abc import Iterable

_HERE = "localhost"


class Drop(msgspec.Struct, frozen=True, kw_only=True):
    """What is dropped, before anything of it is looked at.

    Attributes:
        paths: Of files and folders of this computer; which of the two they are is not known yet.
        elsewhere: Addresses of something else: pages, pictures in pages, files of other computers.
    """

    paths: tuple[Path, ...] = ()
    elsewhere: int = 0


def drop_of(urls: Iterable[QUrl]) -> Drop:
    """Sort what is dropped. Text and markup without addresses are an empty drop."""
    paths: dict[Path, None] = {}
    elsewhere = 0
    for url in urls:
        here = QUrl(url)
        if here.host() == _HERE:
            here.setHost("")  # or Qt would make a share of another computer of it
        if here.isLocalFile() and not here.host() and (path := here.toLocalFile()):
            paths[Path(path)] = None
        else:
            elsewhere += 1
    return Drop(paths=tuple(paths), elsewhere=elsewhere)


def welcome_text(drop: Drop) -> tuple[str, str]:
    """What will happen when it is let go here: a headline and a sentence."""
    if not drop.paths:
        return tr("This can't be uploaded"), refusal_text(drop)
    one = len(drop.paths) == 1
    headline = tr("Drop to add it") if one else tr("Drop to add {count} files or folders", count=f"{len(drop.paths):,}")
    happens = tr("Next you choose the gateway. Folders are searched; links and hidden files are left out.")
    return headline, " ".join(part for part in (happens, refusal_text(drop)) if part)


def refusal_text(drop: Drop) -> str:
    """Why some of it, or all, is not taken; empty where all is."""
    if drop.paths and not drop.elsewhere:
        return ""
    if drop.paths:
        some = (
            tr("1 address is left out:")
            if drop.elsewhere == 1
            else tr("{count} addresses are left out:", count=f"{drop.elsewhere:,}")
        )
        return tr("{some} only files and folders of this computer can be added.", some=some)
    return tr("Only files and folders of this computer can be added. Save it as a file first, then drop that.")
