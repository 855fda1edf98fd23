"""One section of the settings: its title and its lines, on a page that scrolls."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from console.presenters.settings_texts import section_text
from console.views.settings.row import SettingLine
from console.views.theme import GAP_M, GAP_XL, GAP_XXL
from console.views.widgets.form import Heading, Quiet

if TYPE_CHECKING:
    from collections.abc import Sequence

    from console.presenters.settings import SettingRow, SettingsPresenter, SettingsState
    from console.views.theme import ThemeProvider

PAGE_PX = 760


class SectionPage(QScrollArea):
    """A title, what it is about, and whatever is added below."""

    def __init__(self, themes: ThemeProvider, section: str) -> None:
        super().__init__()
        self.section = section
        self.setObjectName(f"settings.page.{section}")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        title, about = section_text(section)
        body = QWidget()
        body.setMaximumWidth(PAGE_PX)
        self.column = QVBoxLayout(body)
        self.column.setContentsMargins(GAP_XXL, GAP_XL, GAP_XXL, GAP_XL)
        self.column.setSpacing(GAP_XL)
        head = QVBoxLayout()
        head.setSpacing(GAP_M)
        head.addWidget(Heading(themes, title))
        if about:
            head.addWidget(Quiet(about))
        self.column.addLayout(head)
        self.setWidget(body)


class SettingsSection(SectionPage):
    """A section whose lines are settings."""

    def __init__(
        self, themes: ThemeProvider, section: str, rows: Sequence[SettingRow], presenter: SettingsPresenter
    ) -> None:
        super().__init__(themes, section)
        self._lines: dict[str, SettingLine] = {}
        for row in rows:
            line = SettingLine(themes, row.setting)
            line.typed.connect(presenter.type)
            line.chosen.connect(presenter.keep)
            line.restored.connect(presenter.restore)
            self._lines[row.setting.key] = line
            self.column.addWidget(line)
        self.column.addStretch(1)

    def append(self, block: QWidget) -> None:
        """More that belongs to the section, below its settings."""
        self.column.insertWidget(self.column.count() - 1, block)

    def render_state(self, state: SettingsState) -> None:
        """Show what holds."""
        for row in state.rows:
            if (line := self._lines.get(row.setting.key)) is not None:
                line.render_row(row)
