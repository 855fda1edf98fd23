"""What stands in the place of the cards when there are none: skeletons, and pages that say why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QGuiApplication, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from console.i18n import tr
from console.presenters.display import printable
from console.views.health.card_layout import CardLayout, cell_width, columns
from console.views.health.look import quieten
from console.views.widgets.label import PlainLabel

if TYPE_CHECKING:
    from console.views.health.card_delegate import CardDelegate
    from console.views.health.look import CardLook

_TEXT_WIDTH = 520
_SKELETONS = 24
_ANSWER_LIMIT = 300


class SkeletonGrid(QWidget):
    """Cards without content, where the cards will stand. Nothing moves: what loads within a second needs no show."""

    def __init__(self, look: CardLook, delegate: CardDelegate, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("health.loading")
        self.setAccessibleName(tr("Reading the services"))
        self._look = look
        self._delegate = delegate

    def set_look(self, look: CardLook) -> None:
        """Take other colours."""
        self._look = look
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802  (Qt's name)
        """Draw."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        across, height = columns(self.width()), self._delegate.height
        size = QSize(cell_width(self.width()), height)
        for number in range(min(_SKELETONS, across * (self.height() // height + 1))):
            row, column = divmod(number, across)
            cell = QRect(column * size.width(), row * height, size.width(), height)
            self._draw_card(painter, self._delegate.layout(cell))
        painter.end()

    def _draw_card(self, painter: QPainter, layout: CardLayout) -> None:
        look = self._look
        painter.setPen(QPen(look.edge, look.edge_width))
        painter.setBrush(look.surface)
        painter.drawRoundedRect(QRectF(layout.card).adjusted(0.5, 0.5, -0.5, -0.5), look.radius, look.radius)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(look.sunken)
        painter.drawEllipse(QRectF(layout.mark))
        bars = (
            (layout.title.adjusted(layout.mark.width() + 8, 4, 0, -4), 0.5),
            (layout.metrics.adjusted(0, 4, 0, -4), 0.7),
            (layout.foot.adjusted(0, 3, 0, -3), 0.4),
        )
        for area, share in bars:
            bar = QRectF(area)
            bar.setWidth(area.width() * share)
            painter.drawRoundedRect(bar, 3, 3)
        painter.drawRoundedRect(QRectF(layout.sparkline).adjusted(0, 4, 0, -4), 4, 4)


class FacePage(QWidget):
    """One sentence, the way on, what was answered, the request id to pass on, and buttons."""

    retry_asked = Signal()
    clear_asked = Signal()

    def __init__(self, look: CardLook, part: str = "health", parent: QWidget | None = None) -> None:
        """`part` is what the object names of the page begin with."""
        super().__init__(parent)
        self.setObjectName(f"{part}.face")
        self._headline = PlainLabel("")
        self._headline.setObjectName(f"{part}.face.headline")
        self._advice = PlainLabel("")
        self._advice.setObjectName(f"{part}.face.advice")
        self._answers = PlainLabel("")
        self._request = PlainLabel("")
        for label in self._labels:
            label.setWordWrap(True)
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            label.setFixedWidth(_TEXT_WIDTH)
        for label in (self._answers, self._request):
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._retry = QPushButton(tr("Try again"))
        self._retry.setObjectName(f"{part}.retry")
        self._retry.clicked.connect(self.retry_asked)
        self._copy = QPushButton(tr("Copy details"))
        self._copy.setObjectName(f"{part}.copy")
        self._copy.clicked.connect(self._copy_details)
        self._clear = QPushButton(tr("Clear the filter"))
        self._clear.setObjectName(f"{part}.filter.clear")
        self._clear.clicked.connect(self.clear_asked)
        self._lay_out()
        self.set_look(look)

    def set_look(self, look: CardLook) -> None:
        """Take other fonts."""
        self._headline.setFont(look.fonts["title"])
        self._advice.setFont(look.fonts["text"])
        self._answers.setFont(look.fonts["fixed"])
        self._request.setFont(look.fonts["fixed"])
        for label in (self._advice, self._answers, self._request):
            quieten(label, look)

    def say(
        self,
        headline: str,
        advice: str = "",
        *,
        answers: tuple[str, ...] = (),
        request_id: str = "",
        can_retry: bool = False,
        can_clear: bool = False,
    ) -> None:
        """Show another page."""
        self._headline.setText(headline)
        self._advice.setText(advice)
        self._answers.setText("\n".join(printable(answer, _ANSWER_LIMIT) for answer in answers))
        self._request.setText(tr("Request {id}", id=printable(request_id, _ANSWER_LIMIT)) if request_id else "")
        for label in self._labels:
            label.setVisible(bool(label.text()))
        self._retry.setVisible(can_retry)
        self._copy.setVisible(bool(answers or request_id))
        self._clear.setVisible(can_clear)

    @property
    def _labels(self) -> tuple[PlainLabel, ...]:
        return (self._headline, self._advice, self._answers, self._request)

    def _copy_details(self) -> None:
        QGuiApplication.clipboard().setText("\n".join(filter(None, (label.text() for label in self._labels))))

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setSpacing(8)
        column.addStretch(2)
        for label in self._labels:
            column.addWidget(label, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addSpacing(8)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addStretch(1)
        for button in (self._retry, self._clear, self._copy):
            row.addWidget(button)
        row.addStretch(1)
        column.addLayout(row)
        column.addStretch(3)
