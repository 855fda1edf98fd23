"""What a downloaded document is called here: the server's name, made safe for every file system."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator

NAME_BYTES = 180  # of the 255 that file systems have, with room for a number behind it
_SUFFIX_CHARS = 16
_NAMELESS = "document"
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_FORBIDDEN = re.compile(r'[<>:"|?*]')  # on Windows; a slash of either kind ends a folder's name
_DEVICE = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])\s*(\.|$)", re.IGNORECASE)
_PARAMETER = re.compile(r';\s*([a-z*]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;\s]*))', re.IGNORECASE)
_CHARSETS = ("utf-8", "iso-8859-1")


def offered_name(disposition: str) -> str:
    """The name in a `Content-Disposition` (RFC 6266), not safe for anything; empty when there is none."""
    told = {
        name.casefold(): re.sub(r"\\(.)", r"\1", in_quotes) if in_quotes else plain
        for name, in_quotes, plain in _PARAMETER.findall(disposition)
    }
    charset, apart, rest = told.get("filename*", "").partition("'")
    if apart and charset.casefold() in _CHARSETS:
        return unquote_to_bytes(rest.partition("'")[2]).decode(charset, "replace")
    return told.get("filename", "")


def safe_name(name: str) -> str:
    """One path component that means the same on every system: no folder, no device, nothing invisible.

    Safe names stay as they are.
    """
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    seen = "".join(char for char in last if unicodedata.category(char) not in _INVISIBLE)
    kept = _trimmed(_FORBIDDEN.sub("_", seen)) or _NAMELESS
    return f"_{kept}" if _DEVICE.match(kept) else kept


def numbered(name: str) -> Iterator[str]:
    """A name, then the same with a number, for when it is taken."""
    yield name
    stem, suffix = _parts(name)
    number = 2
    while True:
        yield f"{stem} ({number}){suffix}"
        number += 1


def _trimmed(name: str) -> str:
    """Without dots and blanks around it, and not too long; what tells its kind stays."""
    stem, suffix = _parts(name.strip(". \u00a0"))
    room = NAME_BYTES - len(suffix.encode())
    while len(stem.encode()) > room:
        stem = stem[:-1]
    return f"{stem}{suffix}".strip(". \u00a0")


def _parts(name: str) -> tuple[str, str]:
    stem, dot, suffix = name.rpartition(".")
    return (stem, f".{suffix}") if stem and dot and len(suffix) <= _SUFFIX_CHARS else (name, "")
