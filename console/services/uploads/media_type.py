"""What kind of document a file is, by what is in it. A name can say anything and is not asked.

Everything here blocks: called from threads, with files that may be hostile. It reads some KiB, never the whole.
"""

from __future__ import annotations

import re
import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    ReadAt = Callable[[int, int], bytes]

UNKNOWN = "application/octet-stream"
TEXT = "text/plain"
ZIP = "application/zip"
OLE = "application/x-ole-storage"
HEAD_BYTES = 64 * 1024

_SIGNATURES = (
    (re.compile(rb"\xff\xd8\xff"), "image/jpeg"),
    (re.compile(rb"\x89PNG\r\n\x1a\n"), "image/png"),
    (re.compile(rb"GIF8[79]a"), "image/gif"),
    (re.compile(rb"RIFF....WEBP", re.DOTALL), "image/webp"),
    (re.compile(rb"(?:\xef\xbb\xbf)?[\t\r\n\f ]{0,64}%PDF-[0-9]"), "application/pdf"),
    (re.compile(rb"\{\\rtf"), "application/rtf"),
)
_OFFICE_OPEN = "application/vnd.openxmlformats-officedocument."
_FOLDERS = (  # the folder that only such a document has
    (b"word/", _OFFICE_OPEN + "wordprocessingml.document"),
    (b"xl/", _OFFICE_OPEN + "spreadsheetml.sheet"),
    (b"ppt/", _OFFICE_OPEN + "presentationml.presentation"),
)
_STREAMS = (
    ("WordDocument", "application/msword"),
    ("Workbook", "application/vnd.ms-excel"),
    ("Book", "application/vnd.ms-excel"),
    ("PowerPoint Document", "application/vnd.ms-powerpoint"),
)

_END_OF_ZIP, _ZIP_ENTRY = b"PK\x05\x06", b"PK\x01\x02"
_LISTING_LIMIT_BYTES = 1024 * 1024
_NAMED_IN_ZIP = re.compile(rb"application/[a-zA-Z0-9.+-]{1,100}")

_OLE_SIGNATURE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OLE_SECTOR_SHIFTS = (9, 12)
_OLE_FOLDER_SECTORS = 64
_END_OF_CHAIN = 0xFFFFFFFA  # this and above are no sectors

_NOT_IN_TEXT = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_BOMS = ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))


def media_type(read_at: ReadAt, size_bytes: int) -> str:
    """The type of a file's content; `UNKNOWN` for all that is not known for certain.

    Args:
        read_at: Gives so many bytes from an offset on, fewer at the end.
        size_bytes: Of the file.

    Raises:
        OSError: What `read_at` raises.
    """
    head = read_at(0, HEAD_BYTES)
    for signature, named in _SIGNATURES:
        if signature.match(head):
            return named
    if head.startswith((b"PK\x03\x04", _END_OF_ZIP)):
        return _of_zip(head, read_at, size_bytes)
    if head.startswith(_OLE_SIGNATURE):
        return _of_ole(head, read_at)
    return TEXT if _is_text(head, whole=size_bytes <= len(head)) else UNKNOWN


def _is_text(head: bytes, *, whole: bool) -> bool:
    """Text in UTF-8, in UTF-16 with a mark, or in Windows' western code page. Nothing at all is text as well."""
    for bom, encoding in _BOMS:
        if head.startswith(bom):
            return _reads_as_text(head[: len(head) & ~1], encoding, whole=whole)
    return _reads_as_text(head, "utf-8", whole=whole) or _reads_as_text(head, "cp1252", whole=whole)


def _reads_as_text(head: bytes, encoding: str, *, whole: bool) -> bool:
    try:
        text = head.decode(encoding)
    except UnicodeDecodeError as exc:
        cut_off = not whole and exc.end == len(head) and len(head) - exc.start < 4  # noqa: PLR2004  (longest in UTF-8)
        if not cut_off:
            return False
        text = head[: exc.start].decode(encoding)
    return _NOT_IN_TEXT.search(text) is None


def _of_zip(head: bytes, read_at: ReadAt, size_bytes: int) -> str:
    named = _named_by_itself(head)
    if named:
        return named
    names = list(_names_in_zip(read_at, size_bytes))
    if b"[Content_Types].xml" in names:
        for folder, office in _FOLDERS:
            if any(name.startswith(folder) for name in names):
                return office
    return ZIP


def _named_by_itself(head: bytes) -> str:
    """OpenDocument and EPUB begin with an entry, not compressed, that says what they are."""
    if len(head) < 30:  # noqa: PLR2004  (of an entry's head)
        return ""
    method, _time, _date, _crc, packed, _plain, name_bytes, extra_bytes = struct.unpack_from("<HHHIIIHH", head, 8)
    begin = 30 + name_bytes + extra_bytes
    if method or head[30 : 30 + name_bytes] != b"mimetype":
        return ""
    said = _NAMED_IN_ZIP.fullmatch(head[begin : begin + packed])
    return said[0].decode() if said else ""


def _names_in_zip(read_at: ReadAt, size_bytes: int) -> Iterator[bytes]:
    """The names in the listing at the end of an archive; of a damaged one those before the damage."""
    tail_at = max(0, size_bytes - 22 - 65535)
    tail = read_at(tail_at, 22 + 65535)
    end = tail.rfind(_END_OF_ZIP)
    if end < 0 or len(tail) - end < 22:  # noqa: PLR2004  (of that record)
        return
    listing_bytes, listing_at = struct.unpack_from("<II", tail, end + 12)
    listing = read_at(listing_at, min(listing_bytes, _LISTING_LIMIT_BYTES))
    at = 0
    while listing[at : at + 4] == _ZIP_ENTRY and at + 46 <= len(listing):
        name_bytes, extra_bytes, comment_bytes = struct.unpack_from("<HHH", listing, at + 28)
        yield listing[at + 46 : at + 46 + name_bytes]
        at += 46 + name_bytes + extra_bytes + comment_bytes


def _of_ole(head: bytes, read_at: ReadAt) -> str:
    names = set(_names_in_ole(head, read_at))
    return next((named for stream, named in _STREAMS if stream in names), OLE)


def _names_in_ole(head: bytes, read_at: ReadAt) -> Iterator[str]:
    """The names in the folder of a compound file ([MS-CFB] 2.6), as far as its header leads to it."""
    if len(head) < 512 or struct.unpack_from("<H", head, 30)[0] not in _OLE_SECTOR_SHIFTS:  # noqa: PLR2004  (a header)
        return
    sector_bytes = 1 << struct.unpack_from("<H", head, 30)[0]
    table = struct.unpack_from("<109I", head, 76)
    (sector,) = struct.unpack_from("<I", head, 48)
    for _ in range(_OLE_FOLDER_SECTORS):
        if sector >= _END_OF_CHAIN:
            return
        entries = read_at((sector + 1) * sector_bytes, sector_bytes)
        for at in range(0, len(entries) - 127, 128):
            name_bytes = min(64, struct.unpack_from("<H", entries, at + 64)[0])
            yield entries[at : at + max(0, name_bytes - 2)].decode("utf-16-le", "replace")
        where, which = divmod(sector, sector_bytes // 4)
        if where >= len(table) or table[where] >= _END_OF_CHAIN:
            return
        link = read_at((table[where] + 1) * sector_bytes + which * 4, 4)
        if len(link) < 4:  # noqa: PLR2004  (a link)
            return
        (sector,) = struct.unpack("<I", link)
