"""One upload in full: what comes next, what can be done about it, and its story."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFormLayout,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from console.i18n import tr
from console.presenters.display import escaped
from console.presenters.upload_next import WayOn, way_text
from console.presenters.upload_rows import is_undecided
from console.presenters.upload_texts import (
    candidate_text,
    fact_lines,
    name_text,
    rate_text,
    remaining_text,
    state_word,
    story_line,
)
from console.views.theme import GAP_L, GAP_M, GAP_S
from console.views.widgets.form import Choices, Heading, Quiet
from console.views.widgets.label import PlainLabel
from console.views.widgets.thumbnail import ThumbnailLabel

if TYPE_CHECKING:
    from console.model.document import Document
    from console.presenters.upload_texts import Fact
    from console.presenters.uploads_state import UploadsState
    from console.views.theme import Theme, ThemeProvider

_LEAST_PX = 340
_CAPTION_PX = 84
_ACROSS = 2  # buttons, where they need two rows
_BARE_MARGIN_PX = -2  # Qt's own, that labels don't have
_CALLING = frozenset({WayOn.RETRY, WayOn.FIND_FILE, WayOn.SIGN_IN})


class UploadDetail(QWidget):
    """Renders the chosen item; says what is wanted."""

    way_wanted = Signal(object)  # a `WayOn`
    decided = Signal(bool, str)  # whether it is stored, and as which document
    closed = Signal()

    def __init__(self, themes: ThemeProvider) -> None:
        super().__init__()
        self.setObjectName("uploads.detail")
        self.setMinimumWidth(_LEAST_PX)
        self._themes = themes
        self._facts_shown: tuple[Fact, ...] = ()
        self._story_shown: tuple[str, ...] = ()
        self._title = Heading(themes, name="uploads.detail.title")
        self._state = PlainLabel()
        self._state.setObjectName("uploads.detail.state")
        self._next = PlainLabel()
        self._next.setObjectName("uploads.detail.next")
        for label in (self._state, self._next):
            label.setWordWrap(True)
        self._next.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._ways = {way: self._button(way, way_text(way)) for way in WayOn}
        self._document = QLineEdit()
        self._document.setObjectName("uploads.detail.document")
        self._document.setPlaceholderText(tr("Document id on the platform (optional)"))
        self._document.setAccessibleName(tr("Document id on the platform"))
        self._candidates = Choices(themes, "uploads.detail.candidates", tr("Which document it is"))
        self._candidates.setSizeAdjustPolicy(Choices.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self._offered: tuple[Document, ...] | None = None
        self._story = QListWidget()
        self._story.setObjectName("uploads.detail.story")
        self._story.setAccessibleName(tr("What happened to it"))
        self._story.setWordWrap(True)
        self._story.setSpacing(GAP_S)
        self._story.setTextElideMode(Qt.TextElideMode.ElideNone)
        self._story.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._story.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.thumbnail = ThumbnailLabel("uploads.detail.thumbnail")
        self._form = QFormLayout()
        self._grid = QGridLayout()
        self._placed: tuple[WayOn, ...] = ()
        self._close = QPushButton(tr("Close"))
        self._close.setObjectName("uploads.detail.close")
        self._close.clicked.connect(self.closed)
        self._lay_out()
        copy = QShortcut(
            QKeySequence(QKeySequence.StandardKey.Copy), self._story, context=Qt.ShortcutContext.WidgetShortcut
        )
        copy.activated.connect(self._copy_story)

    def render_state(self, state: UploadsState, user_id: str) -> None:
        """Show the chosen item; there is one."""
        item, step = state.chosen, state.next
        if item is None or step is None:
            return
        self._title.setText(name_text(item))
        moving = (
            state_word(item, state.holding, state.progress),
            rate_text(state.progress),
            remaining_text(state.progress),
        )
        self._state.setText(" · ".join(part for part in moving if part))
        self._next.setText(step.text)
        self._place(step.ways)
        for way, button in self._ways.items():
            _stress(button, stressed=way is step.ways[0] and way in _CALLING)
        offered = item.failure.candidates if is_undecided(item) and item.failure is not None else ()
        self._document.setVisible(is_undecided(item) and not offered)
        self._candidates.setVisible(bool(offered))
        self._offer(offered)
        self._fill(fact_lines(item, user_id))
        self._tell(tuple(story_line(one) for one in state.story))

    def wear(self, theme: Theme) -> None:
        """Take other colours and fonts."""
        self._story.setFont(theme.small)
        self.thumbnail.setFont(theme.small)
        self._facts_shown = ()

    def _fill(self, facts: tuple[Fact, ...]) -> None:
        """Anew only where captions differ: a text that is selected from stays."""
        if facts == self._facts_shown:
            return
        same = [fact.caption for fact in facts] == [fact.caption for fact in self._facts_shown]
        before, self._facts_shown = self._facts_shown, facts
        if not same:
            while self._form.rowCount():
                self._form.removeRow(0)
            for fact in facts:
                self._form.addRow(self._caption(fact.caption), self._value(fact))
            return
        for number, (fact, former) in enumerate(zip(facts, before, strict=True)):
            found = self._form.itemAt(number, QFormLayout.ItemRole.FieldRole)
            shown = found.widget() if found is not None else None
            if fact != former and isinstance(shown, PlainLabel | QLineEdit):
                shown.setText(fact.text)
                shown.setToolTip(escaped(fact.text) if fact.is_whole else "")

    def _place(self, ways: tuple[WayOn, ...]) -> None:
        """A row of buttons, two rows where they are many."""
        shown = tuple(way for way in WayOn if way in ways)
        if shown == self._placed:
            return
        self._placed = shown
        across = _ACROSS if len(shown) > _ACROSS + 1 else len(shown)
        for button in self._ways.values():
            self._grid.removeWidget(button)
            button.hide()
        for number, way in enumerate(shown):
            self._grid.addWidget(self._ways[way], number // across, number % across)
            self._ways[way].show()

    def _offer(self, documents: tuple[Document, ...]) -> None:
        if documents == self._offered:
            return
        self._offered = documents
        self._candidates.clear()
        self._candidates.addItem(tr("None of them is named"), "")
        for document in documents:
            self._candidates.addItem(candidate_text(document), document.id)
        self._candidates.setCurrentIndex(1 if len(documents) == 1 else 0)

    def _tell(self, lines: tuple[str, ...]) -> None:
        if lines == self._story_shown:
            return
        at_end = self._story.verticalScrollBar().value() == self._story.verticalScrollBar().maximum()
        if lines[: len(self._story_shown)] == self._story_shown:
            self._story.addItems(lines[len(self._story_shown) :])
        else:
            self._story.clear()
            self._story.addItems(lines)
        self._story_shown = lines
        if at_end:
            self._story.scrollToBottom()

    def _copy_story(self) -> None:
        chosen = {self._story.row(one) for one in self._story.selectedItems()}
        lines = [line for row, line in enumerate(self._story_shown) if row in chosen]
        QGuiApplication.clipboard().setText("\n".join(lines or self._story_shown))

    def _want(self, way: WayOn) -> None:
        match way:
            case WayOn.IS_THERE:
                named = self._candidates.currentData() if self._offered else self._document.text().strip()
                self.decided.emit(True, named or "")
                self._document.clear()
            case WayOn.SEND_AGAIN:
                self.decided.emit(False, "")
            case _:
                self.way_wanted.emit(way)

    def _button(self, way: WayOn, text: str) -> QPushButton:
        button = QPushButton(text)
        button.setObjectName(f"uploads.detail.{way.name.lower()}")
        button.clicked.connect(partial(self._want, way))
        return button

    def _caption(self, text: str) -> PlainLabel:
        label = Quiet(text)
        label.setWordWrap(False)
        label.setFont(self._themes.current.small)
        label.setMinimumWidth(_CAPTION_PX)
        return label

    def _value(self, fact: Fact) -> QWidget:
        if fact.is_whole:
            line = QLineEdit(fact.text)
            line.setReadOnly(True)
            line.setProperty("bare", True)
            line.setTextMargins(_BARE_MARGIN_PX, 0, 0, 0)
            line.setAccessibleName(fact.caption)
            line.setToolTip(escaped(fact.text))
            line.setFont(self._themes.current.small)
            line.setCursorPosition(0)
            return line
        label = PlainLabel(fact.text)
        label.setWordWrap(True)
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        label.setFont(self._themes.current.small)
        return label

    def _lay_out(self) -> None:
        facts = QWidget()
        facts.setLayout(self._form)
        self._form.setContentsMargins(0, 0, GAP_M, 0)
        self._form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        scroll = QScrollArea()
        scroll.setObjectName("uploads.detail.facts")
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(facts)
        head = QHBoxLayout()
        head.setSpacing(GAP_M)
        head.addWidget(self._title, 1)
        head.addWidget(self._close, 0, Qt.AlignmentFlag.AlignTop)
        ways = QHBoxLayout()
        self._grid.setSpacing(GAP_M)
        ways.addLayout(self._grid)
        ways.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(GAP_L, 0, 0, 0)
        column.setSpacing(GAP_M)
        column.addLayout(head)
        column.addWidget(self._state)
        column.addWidget(self._next)
        column.addWidget(self._candidates)
        column.addWidget(self._document)
        column.addLayout(ways)
        column.addWidget(self.thumbnail)
        column.addWidget(self._story, 2)
        column.addWidget(scroll, 3)


def _stress(button: QPushButton, *, stressed: bool) -> None:
    if bool(button.property("primary")) is not stressed:
        button.setProperty("primary", stressed)
        button.style().unpolish(button)
        button.style().polish(button)
