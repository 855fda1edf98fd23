"""B1's peer: the least that a PySide6 program does to paint a window."""

from __future__ import annotations

import sys
import time

from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QWidget


class Window(QWidget):
    """Paints one text and tells when it did."""

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802  (Qt's name)
        """See Qt."""
        painter = QPainter(self)
        painter.drawText(event.rect().center(), "A window")
        painter.end()
        print(f"mark painted {time.time_ns()}", file=sys.stderr, flush=True)


application = QApplication(sys.argv[:1])
window = Window()
window.resize(1280, 800)
window.show()
sys.exit(application.exec())
