"""Documents that were there before: the same ones for the same seed, with content that is what it says."""

from __future__ import annotations

import io
import random
import struct
import zipfile
import zlib

PLAIN, PDF, PNG = "text/plain", "application/pdf", "image/png"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_TOPICS = ("handover", "capacity review", "incident report", "runbook", "release notes", "vendor contract", "audit log")
_PLACES = ("Lisbon", "Oslo", "Nairobi", "Kyoto", "Lima", "Tallinn")
_WORDS = (
    *("gateway", "upstream", "latency", "budget", "queue", "operator", "window", "release", "rollback", "region"),
    *("storage", "backup", "traffic", "review", "owner", "measure", "confirm", "restore", "approve", "alert"),
)
_KINDS = ((PLAIN, "txt"), (PDF, "pdf"), (PLAIN, "txt"), (DOCX, "docx"), (PNG, "png"))
_ZIP_DAY = (2024, 1, 1, 0, 0, 0)
_SIDE = 48


def name_of(seed: int, index: int) -> str:
    """What the document is called."""
    source = _source(seed, index)
    return f"{source.choice(_TOPICS).capitalize()} {source.choice(_PLACES)} {index + 1:02d}.{_KINDS[index % 5][1]}"


def media_type_of(index: int) -> str:
    """What its content is."""
    return _KINDS[index % len(_KINDS)][0]


def content_of(seed: int, index: int) -> bytes:
    """Its content, byte for byte the same for the same seed."""
    lines = _lines(seed, index)
    match media_type_of(index):
        case "application/pdf":
            return _pdf(lines)
        case "image/png":
            return picture(seed + index)
        case media_type if media_type == DOCX:
            return _docx(lines)
        case _:
            return "\n".join(lines).encode()


def picture(number: int, *, side: int = _SIDE) -> bytes:
    """A square picture, another one for each number."""
    rows = bytearray()
    for y in range(side):
        rows.append(0)
        for x in range(side):
            rows += bytes(((x * 2 + number * 37) % 256, (y * 2 + number * 91) % 256, ((x ^ y) + number) % 256))
    return png(side, side, bytes(rows))


def png(width: int, height: int, rows: bytes) -> bytes:
    """A PNG of 8-bit RGB rows, each after the byte of its filter."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )


def _source(seed: int, index: int) -> random.Random:
    return random.Random(f"document:{seed}:{index}")  # noqa: S311  (a picture, no secret)


def _lines(seed: int, index: int) -> list[str]:
    source = _source(seed, index)
    lengths = [source.randint(6, 14) for _ in range(source.randint(12, 90))]
    return [name_of(seed, index), "", *(" ".join(source.choices(_WORDS, k=length)) + "." for length in lengths)]


def _pdf(lines: list[str]) -> bytes:
    shown = "".join(f"({line}) Tj T*\n" for line in lines[:45])
    stream = f"BT /F1 10 Tf 14 TL 50 780 Td\n{shown}ET".encode("latin-1")
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        (
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
            b"/Resources << /Font << /F1 5 0 R >> >> >>"
        ),
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    )
    out = bytearray(b"%PDF-1.4\n")
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 6\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<< /Size 6 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % start
    return bytes(out)


def _docx(lines: list[str]) -> bytes:
    word = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    package = "http://schemas.openxmlformats.org/package/2006"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"
    main = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    paragraphs = "".join(f"<w:p><w:r><w:t>{line}</w:t></w:r></w:p>" for line in lines)
    files = {
        "[Content_Types].xml": (
            f'<Types xmlns="{package}/content-types">'
            '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            f'<Override PartName="/word/document.xml" ContentType="{main}"/></Types>'
        ),
        "_rels/.rels": (
            f'<Relationships xmlns="{package}/relationships">'
            f'<Relationship Id="rId1" Type="{office}" Target="word/document.xml"/></Relationships>'
        ),
        "word/document.xml": f'<w:document xmlns:w="{word}"><w:body>{paragraphs}</w:body></w:document>',
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, text in files.items():
            packed.writestr(zipfile.ZipInfo(name, _ZIP_DAY), text, zipfile.ZIP_DEFLATED)
    return out.getvalue()
