"""Opening a web page in the system's browser."""

from __future__ import annotations

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices

_WEB = ("http", "https")


def open_web_page(address: str) -> bool:
    """Open an address; False when it is no web address, or no browser could be opened."""
    url = QUrl(address, QUrl.ParsingMode.StrictMode)
    return url.isValid() and url.scheme() in _WEB and bool(url.host()) and QDesktopServices.openUrl(url)
