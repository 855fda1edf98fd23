"""A small picture that a server sent, or the words that stand in its place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QSize, Qt
from PySide6.QtGui import QImage, QImageReader, QPixmap

from console.i18n import tr
from console.views.widgets.label import PlainLabel

if TYPE_CHECKING:
    from console.presenters.thumbnail import Thumbnail

SIDE_PX = 128
_PIXELS_LIMIT = 2_000_000  # what a few kilobytes may claim to be is decoded on the thread that paints
_ALLOCATION_LIMIT_MIB = 16
_WEBP_AT = slice(8, 12)


class ThumbnailLabel(PlainLabel):
    """Hidden where there is nothing to show or to say."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.hide()

    def render_state(self, state: Thumbnail) -> None:
        """Show it; what can't be shown is said."""
        picture = decoded(state.content, SIDE_PX, self.devicePixelRatioF()) if state.content else None
        self.setWordWrap(picture is None)  # a label that wraps has no height for a picture
        if picture is not None:
            self.setPixmap(QPixmap.fromImage(picture))
            self.setAccessibleName(tr("Thumbnail of the document"))
        else:
            note = tr("No picture: what the gateway sent can't be shown.") if state.content else state.note
            self.setText(note)
            self.setAccessibleName(note)
        self.setVisible(bool(state.content or state.note))


def decoded(content: bytes, side_px: int, device_ratio: float = 1.0) -> QImage | None:
    """The first picture in PNG, JPEG, GIF or WebP, no larger than so many pixels on a side; None for anything else.

    No other decoder gets to see it, whatever Qt has: each is one more that bytes from elsewhere could break.
    """
    if (kind := _kind(content)) is None:
        return None
    data = QByteArray(content)
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.ReadOnly)
    reader = QImageReader(buffer, kind)
    reader.setAutoDetectImageFormat(False)
    reader.setAutoTransform(True)
    size = reader.size()
    if not size.isValid() or size.isEmpty() or size.width() * size.height() > _PIXELS_LIMIT:
        return None
    most = QSize(round(side_px * device_ratio), round(side_px * device_ratio))
    if size.width() > most.width() or size.height() > most.height():
        reader.setScaledSize(size.scaled(most, Qt.AspectRatioMode.KeepAspectRatio).expandedTo(QSize(1, 1)))
    before_mib = QImageReader.allocationLimit()
    QImageReader.setAllocationLimit(_ALLOCATION_LIMIT_MIB)  # of the whole program: put back
    try:
        picture = reader.read()
    finally:
        QImageReader.setAllocationLimit(before_mib)
    if picture.isNull():
        return None
    picture.setDevicePixelRatio(device_ratio)
    return picture


def _kind(content: bytes) -> QByteArray | None:
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return QByteArray(b"png")
    if content.startswith(b"\xff\xd8\xff"):
        return QByteArray(b"jpeg")
    if content.startswith((b"GIF87a", b"GIF89a")):
        return QByteArray(b"gif")
    return QByteArray(b"webp") if content.startswith(b"RIFF") and content[_WEBP_AT] == b"WEBP" else None
