"""Types of documents, by what is in them."""

from __future__ import annotations

import io
import struct
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.services.uploads.media_type import HEAD_BYTES, OLE, TEXT, UNKNOWN, ZIP, media_type

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
OLE_HEAD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def of(content: bytes) -> str:
    return media_type(lambda offset, count: content[offset : offset + count], len(content))


def archive(*names: str, comment: bytes = b"", compressed: bool = False, mimetype: str = "") -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED if compressed else zipfile.ZIP_STORED) as made:
        if mimetype:
            made.writestr(zipfile.ZipInfo("mimetype"), mimetype)
        for name in names:
            made.writestr(name, "x" * 100)
        made.comment = comment
    return file.getvalue()


def compound(*streams: str, folder_sectors: int = 1) -> bytes:
    """A compound file whose streams are named in the last sector of its folder."""
    head = bytearray(512)
    head[:8] = OLE_HEAD
    struct.pack_into("<H", head, 30, 9)
    struct.pack_into("<I", head, 48, 1)
    struct.pack_into("<109I", head, 76, 0, *[0xFFFFFFFF] * 108)
    table = [0xFFFFFFFD, *range(2, folder_sectors + 1), 0xFFFFFFFE]
    sectors = [struct.pack("<128I", *table, *[0xFFFFFFFF] * (128 - len(table))), *[bytes(512)] * (folder_sectors - 1)]
    entries = b""
    for name in ["Root Entry", *streams]:
        raw = name.encode("utf-16-le")
        entries += raw.ljust(64, b"\0") + struct.pack("<H", len(raw) + 2) + bytes(62)
    sectors.append(entries.ljust(512, b"\0")[:512])
    return bytes(head) + b"".join(sectors)


@pytest.mark.parametrize(
    ("content", "named"),
    [
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n\0\0", "image/png"),
        (b"GIF89a\0\0", "image/gif"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", "image/webp"),
        (b"RIFF\x10\0\0\0WAVEfmt ", UNKNOWN),
        (b"%PDF-1.7\n%\xe2\xe3", "application/pdf"),
        (b"\xef\xbb\xbf\r\n%PDF-1.4", "application/pdf"),
        (b"see %PDF-1.4", TEXT),
        (b"{\\rtf1 hello}", "application/rtf"),
        (b"", TEXT),
        (b"plain", TEXT),
        ("grün \U0001f4c4".encode(), TEXT),
        ("grün".encode("cp1252"), TEXT),
        ("\ufeffgrün".encode("utf-16"), TEXT),
        ("grün".encode("utf-16-be"), UNKNOWN),
        (b"\x1b[31mred\x1b[0m", TEXT),
        (b"nul \0", UNKNOWN),
        (b"\x7fELF\x02\x01\x01", UNKNOWN),
        (archive("[Content_Types].xml", "_rels/.rels", "word/document.xml"), DOCX),
        (archive("[Content_Types].xml", "xl/workbook.xml", compressed=True), XLSX),
        (archive("[Content_Types].xml", "word/document.xml", comment=b"PK\x01\x02" * 1000), DOCX),
        (archive("word/document.xml"), ZIP),
        (archive("a.txt"), ZIP),
        (archive(), ZIP),
        (
            archive("content.xml", mimetype="application/vnd.oasis.opendocument.text"),
            "application/vnd.oasis.opendocument.text",
        ),
        (archive("content.xml", mimetype="text/html; charset=x\r\nevil"), ZIP),
        (compound("WordDocument"), "application/msword"),
        (compound("1Table", "WordDocument", folder_sectors=3), "application/msword"),
        (compound("Workbook"), "application/vnd.ms-excel"),
        (compound("Something"), OLE),
        (OLE_HEAD, OLE),
    ],
)
def test_a_documents_content_says_what_it_is(content: bytes, named: str) -> None:
    assert of(content) == named


@given(st.text(alphabet="aü\u20ac\U0001f4c4", min_size=1, max_size=40), st.integers(0, 3))
def test_text_is_text_wherever_the_first_part_ends(text: str, before: int) -> None:
    assert of(b"a" * before + text.encode() * HEAD_BYTES) == TEXT


@given(
    st.sampled_from([archive("[Content_Types].xml", "word/x"), compound("WordDocument"), archive("a", mimetype="a/b")]),
    st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 255)), max_size=8),
    st.integers(0, 2000),
)
def test_damage_is_told_apart_and_never_raised(content: bytes, damage: list[tuple[int, int]], cut: int) -> None:
    broken = bytearray(content)
    for at, value in damage:
        broken[at % len(broken)] = value
    assert of(bytes(broken[: max(1, len(broken) - cut)]))


@given(st.binary(max_size=3000))
def test_anything_is_something(content: bytes) -> None:
    for head in (b"", OLE_HEAD, b"PK\x03\x04", b"PK\x05\x06"):
        assert of(head + content)


def test_a_huge_listing_is_not_read_whole() -> None:
    content = archive("[Content_Types].xml", *(f"x/{number:0200}" for number in range(8000)), "word/document.xml")
    asked: list[int] = []

    def read_at(offset: int, count: int) -> bytes:
        asked.append(count)
        return content[offset : offset + count]

    assert media_type(read_at, len(content)) == ZIP
    assert sum(asked) < 2 * 1024 * 1024
