"""Small pictures of pictures, as far as the standard library goes: PNG with 8 bits a channel, not interlaced."""

from __future__ import annotations

import struct
import zlib

from console.sandbox.document_seeds import png

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_CHANNELS = {0: 1, 2: 3, 4: 2, 6: 4}
_PIXELS_LIMIT = 250_000
_SIDE = 64


def thumbnail(content: bytes) -> bytes | None:
    """A PNG of 64 pixels at most on a side; None where it can't be made."""
    try:
        return _scaled(*_decoded(content))
    except (ValueError, struct.error, zlib.error):
        return None


def _decoded(content: bytes) -> tuple[int, int, int, list[bytes]]:
    """Width, height, channels and rows."""
    if not content.startswith(_SIGNATURE):
        raise ValueError("no PNG")
    at, data, head = len(_SIGNATURE), bytearray(), b""
    while at + 8 <= len(content):
        length, kind = struct.unpack_from(">I4s", content, at)
        body = content[at + 8 : at + 8 + length]
        if kind == b"IHDR":
            head = body
        elif kind == b"IDAT":
            data += body
        at += 12 + length
    width, height, depth, colour, _, _, interlaced = struct.unpack(">IIBBBBB", head)
    channels = _CHANNELS.get(colour, 0)
    if depth != 8 or interlaced or not channels or not 0 < width * height <= _PIXELS_LIMIT:  # noqa: PLR2004  (bits)
        raise ValueError("another kind of PNG")
    stride = width * channels
    raw = zlib.decompressobj().decompress(bytes(data), (stride + 1) * height)
    if len(raw) != (stride + 1) * height:
        raise ValueError("half a PNG")
    rows, above = [], bytearray(stride)
    for y in range(height):
        start = y * (stride + 1)
        above = _unfiltered(raw[start], bytearray(raw[start + 1 : start + 1 + stride]), above, channels)
        rows.append(bytes(above))
    return width, height, channels, rows


def _unfiltered(kind: int, row: bytearray, above: bytearray, step: int) -> bytearray:
    for x in range(len(row)) if kind else ():
        left, up = row[x - step] if x >= step else 0, above[x]
        corner = above[x - step] if x >= step else 0
        row[x] = (row[x] + (0, left, up, (left + up) // 2, _paeth(left, up, corner))[kind]) & 255
    return row


def _paeth(left: int, up: int, corner: int) -> int:
    guess = left + up - corner
    return min((left, up, corner), key=lambda one: abs(guess - one))


def _scaled(width: int, height: int, channels: int, rows: list[bytes]) -> bytes:
    longest = max(width, height, _SIDE)
    wide, high = max(1, width * _SIDE // longest), max(1, height * _SIDE // longest)
    out = bytearray()
    for y in range(high):
        row = rows[y * height // high]
        out.append(0)
        for x in range(wide):
            at = (x * width // wide) * channels
            out += row[at : at + 3] if channels >= 3 else row[at : at + 1] * 3  # noqa: PLR2004  (red, green, blue)
    return png(wide, high, bytes(out))
