"""What stands in the place of the documents when there are none to show."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from console.i18n import tr
from console.presenters.display import printable
from console.presenters.documents_state import DocumentsPhase, DocumentsState
from console.views.theme import GAP_M
from console.views.widgets.label import PlainLabel

if TYPE_CHECKING:
    from PySide6.QtGui import QShowEvent

    from console.views.theme import Theme

_TEXT_PX = 520
_ANSWER_LIMIT = 300


class DocumentsFace(QWidget):
    """One sentence, the way on, what was answered, the request id to pass on, and buttons."""

    retry_wanted = Signal()
    clear_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("documents.face")
        self._theme: Theme | None = None
        self._headline, self._advice, self._answers, self._request = (PlainLabel() for _ in range(4))
        for label, part in zip(self._labels, ("headline", "advice", "answers", "request"), strict=True):
            label.setObjectName(f"documents.face.{part}")
            label.setWordWrap(True)
            label.setFixedWidth(_TEXT_PX)
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        for label in (self._answers, self._request):
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._retry = _button(tr("Try again"), "documents.retry")
        self._retry.clicked.connect(self.retry_wanted)
        self._clear = _button(tr("Clear the search"), "documents.face.clear")
        self._clear.clicked.connect(self.clear_wanted)
        self._copy = _button(tr("Copy details"), "documents.face.copy")
        self._copy.clicked.connect(self._copy_details)
        self._lay_out()

    @property
    def _labels(self) -> tuple[PlainLabel, ...]:
        return (self._headline, self._advice, self._answers, self._request)

    def wear(self, theme: Theme) -> None:
        """Take other colours and fonts."""
        self._theme = theme
        self._headline.setFont(theme.title)
        self._advice.setFont(theme.body)
        for label in (self._answers, self._request):
            label.setFont(theme.fixed)
        for label in (self._advice, self._answers, self._request):
            label.setForegroundRole(label.palette().ColorRole.PlaceholderText)
        self._make_room()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802  (Qt's name)
        """Fonts that were set before a widget was first shown give way to the application's."""
        super().showEvent(event)
        if self._theme is not None:
            self.wear(self._theme)

    def render_state(self, state: DocumentsState) -> None:
        """Say why there is no list."""
        said = state.explanation
        match state.phase:
            case DocumentsPhase.SIGNED_OUT:
                self._say(tr("Nobody is signed in"), tr("Documents are shown to whoever is signed in to the gateway."))
            case DocumentsPhase.EMPTY:
                self._say(tr("No documents"), tr("What is uploaded to this gateway appears here."))
            case DocumentsPhase.NOTHING_FOUND:
                searched = printable(state.search, _ANSWER_LIMIT)
                self._say(tr("No document fits “{search}”", search=searched), tr("The gateway found none."), clear=True)
            case DocumentsPhase.UNSUPPORTED:
                self._say(
                    tr("This gateway does not list its documents"),
                    tr("Uploads are sent all the same; the queue tells what became of each."),
                    answers=state.answers,
                    retry=bool(state.answers),
                )
            case _ if said is not None:
                self._say(said.headline, said.advice, request_id=said.request_id, retry=True)
            case _:
                self._say(tr("No documents"))

    def _say(
        self,
        headline: str,
        advice: str = "",
        *,
        answers: tuple[str, ...] = (),
        request_id: str = "",
        retry: bool = False,
        clear: bool = False,
    ) -> None:
        self._headline.setText(headline)
        self._advice.setText(advice)
        self._answers.setText("\n".join(printable(answer, _ANSWER_LIMIT) for answer in answers))
        self._request.setText(tr("Request {id}", id=printable(request_id, _ANSWER_LIMIT)) if request_id else "")
        for label in self._labels:
            label.setVisible(bool(label.text()))
        self._make_room()
        self._retry.setVisible(retry)
        self._clear.setVisible(clear)
        self._copy.setVisible(bool(answers or request_id))

    def _make_room(self) -> None:
        """A box layout gives a label that wraps the height of one line."""
        for label in self._labels:
            label.setMinimumHeight(max(0, label.heightForWidth(_TEXT_PX)))

    def _copy_details(self) -> None:
        QGuiApplication.clipboard().setText("\n".join(filter(None, (label.text() for label in self._labels))))

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setSpacing(GAP_M)
        column.addStretch(2)
        for label in self._labels:
            column.addWidget(label, 0, Qt.AlignmentFlag.AlignHCenter)
        row = QHBoxLayout()
        row.addStretch(1)
        for button in (self._retry, self._clear, self._copy):
            row.addWidget(button)
        row.addStretch(1)
        column.addLayout(row)
        column.addStretch(3)


def _button(text: str, name: str) -> QPushButton:
    button = QPushButton(text)
    button.setObjectName(name)
    return button
