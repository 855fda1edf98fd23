"""Names that a server gave, as names of files on this machine."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

LIMIT_BYTES = 200  # of 255 that file systems take: room for a number and `.part`
FALLBACK = "document"
_SUFFIX_LIMIT_BYTES = 32
_SEPARATORS = re.compile(r"[/\\]")
_NOT_ON_WINDOWS = re.compile(r'[<>:"|?*]')
_DEVICES = re.compile(
    r"(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9\u00b9\u00b2\u00b3])[ .]*(?:\..*)?", re.IGNORECASE | re.DOTALL
)
# Control, format (bidirectional overrides, zero widths), surrogates, private use, unassigned; line and paragraph ends.
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def safe_name(said: str, fallback: str = FALLBACK) -> str:
    """One name for one file in one folder, on every operating system: no path, no device, nothing invisible.

    The same for what it returned itself. `fallback` stands in when nothing is left.
    """
    last = _SEPARATORS.split(said)[-1]
    # Composed first: composing may bring a character that is none of a name's.
    composed = unicodedata.normalize("NFC", last)
    visible = "".join(_visible(char) for char in composed)
    name = _trimmed(_NOT_ON_WINDOWS.sub("_", visible))
    name = _trimmed(_shortened(name))
    if _DEVICES.fullmatch(name):
        name = f"_{name}"
    return name or fallback


def numbered(name: str) -> Iterator[str]:
    """The name, then the same with a number before its suffix, for a folder that has it already."""
    yield name
    stem, suffix = _split(name)
    number = 2
    while True:
        yield f"{stem} ({number}){suffix}"
        number += 1


def _visible(char: str) -> str:
    kind = unicodedata.category(char)
    if kind == "Zs":
        return " "
    return "" if kind in _INVISIBLE else char


def _trimmed(name: str) -> str:
    """Without what Windows drops at the end, and without what hides a file at the beginning."""
    return name.rstrip(". ").lstrip(". ")


def _shortened(name: str) -> str:
    if len(name.encode()) <= LIMIT_BYTES:
        return name
    stem, suffix = _split(name)
    return _cut(stem, LIMIT_BYTES - len(suffix.encode())) + suffix


def _split(name: str) -> tuple[str, str]:
    """Stem and suffix, with its dot; a suffix too long to be one belongs to the stem."""
    stem, dot, suffix = name.rpartition(".")
    if not stem or len(suffix.encode()) >= _SUFFIX_LIMIT_BYTES:
        return name, ""
    return stem, dot + suffix


def _cut(text: str, limit_bytes: int) -> str:
    """Not within a character, and not before what belongs to the last one."""
    cut = text.encode()[:limit_bytes].decode(errors="ignore")
    while cut and len(cut) < len(text) and unicodedata.combining(text[len(cut)]):
        cut = cut[:-1]
    return cut
