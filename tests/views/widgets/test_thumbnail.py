"""Pictures from elsewhere: decoded small, or said to be none."""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QBuffer, QByteArray, QIODevice, Qt
from PySide6.QtGui import QImage, QImageReader, QImageWriter

from console.presenters.thumbnail import NOTHING, Thumbnail
from console.views.widgets.thumbnail import SIDE_PX, ThumbnailLabel, decoded

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication


def picture(kind: str, width: int = 300, height: int = 60) -> bytes:
    image = QImage(width, height, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.darkGreen)
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    assert QImageWriter(buffer, QByteArray(kind.encode())).write(image)
    return bytes(buffer.data().data())


def bomb(width: int, height: int) -> bytes:
    """A PNG that claims to be large."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


@pytest.mark.parametrize("kind", ["png", "jpeg", "webp"])
def test_it_is_made_small_in_its_proportions(qapp: QApplication, kind: str) -> None:
    before = QImageReader.allocationLimit()
    image = decoded(picture(kind), SIDE_PX)
    assert image is not None
    assert (image.width(), image.height()) in {(128, 25), (128, 26)}
    assert QImageReader.allocationLimit() == before
    sharp = decoded(picture(kind), SIDE_PX, 2.0)
    assert sharp is not None
    assert (sharp.width(), sharp.devicePixelRatio()) == (256, 2.0)
    little = decoded(picture(kind, 10, 20), SIDE_PX)
    assert little is not None
    assert (little.width(), little.height()) == (10, 20)


def test_the_first_picture_of_a_gif(qapp: QApplication) -> None:
    gif = bytes.fromhex("47494638396101000100800000ffffff00000021f90401000000002c00000000010001000002024401003b")
    image = decoded(gif, SIDE_PX)
    assert image is not None
    assert (image.width(), image.height()) == (1, 1)


def test_what_claims_to_be_huge_or_is_of_another_kind_is_none(qapp: QApplication) -> None:
    assert decoded(bomb(30_000, 30_000), SIDE_PX) is None
    assert decoded(b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>', SIDE_PX) is None
    assert decoded(picture("bmp"), SIDE_PX) is None
    assert decoded(b"", SIDE_PX) is None


@pytest.mark.qt_log_ignore("", extend=True)  # the decoders say what they stumble over
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(
    start=st.sampled_from([b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF89a", b"RIFF\x24\x00\x00\x00WEBPVP8 ", b""]),
    rest=st.binary(max_size=200),
)
def test_garbage_is_none_and_breaks_nothing(qapp: QApplication, start: bytes, rest: bytes) -> None:
    image = decoded(start + rest, SIDE_PX)
    assert image is None or max(image.width(), image.height()) <= SIDE_PX


def test_the_label_shows_it_or_says_why_not(qapp: QApplication) -> None:
    label = ThumbnailLabel("a.thumbnail")
    try:
        label.render_state(Thumbnail(content=picture("png")))
        assert not label.isHidden()
        assert label.pixmap().width() == SIDE_PX * round(label.devicePixelRatioF())
        assert label.accessibleName() == "Thumbnail of the document"
        label.render_state(Thumbnail(content=b"<html>"))
        assert label.pixmap().isNull()
        assert label.text() == label.accessibleName() == "No picture: what the gateway sent can't be shown."
        label.render_state(Thumbnail(note="No picture. It is offline."))
        assert label.text() == "No picture. It is offline."
        label.render_state(NOTHING)
        assert label.isHidden()
    finally:
        label.deleteLater()
