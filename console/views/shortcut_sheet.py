"""`?`: every key there is."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QGridLayout, QPushButton, QWidget

from console.i18n import tr
from console.views.popup import Popup
from console.views.theme import GAP_L, GAP_M, GAP_XXL, ROW_HEIGHT
from console.views.widgets.label import PlainLabel

if TYPE_CHECKING:
    from console.views.actions import ActionRegistry
    from console.views.theme import ThemeProvider


class ShortcutSheet(Popup):
    """Commands that have keys, by group."""

    def __init__(self, window: QWidget, themes: ThemeProvider, actions: ActionRegistry) -> None:
        super().__init__(window, themes, width_px=520)
        self.setObjectName("shortcuts")
        theme = themes.current
        title = PlainLabel(tr("Keys"))
        title.setFont(theme.title)
        self.column.addWidget(title)
        grid = QGridLayout()
        grid.setHorizontalSpacing(GAP_XXL)
        grid.setVerticalSpacing(GAP_M)
        grid.setColumnStretch(0, 1)
        row = 0
        keyed = sorted((one for one in actions.all() if one.keys), key=lambda one: one.group)
        for group, commands in groupby(keyed, key=lambda one: one.group):
            heading = PlainLabel(group)
            heading.setFont(theme.caption)
            heading.setForegroundRole(heading.palette().ColorRole.PlaceholderText)
            grid.addWidget(heading, row, 0, 1, 2, Qt.AlignmentFlag.AlignBottom)
            grid.setRowMinimumHeight(row, ROW_HEIGHT if row else 0)
            row += 1
            for command in commands:
                keys = " / ".join(
                    QKeySequence(one).toString(QKeySequence.SequenceFormat.NativeText) for one in command.keys
                )
                grid.addWidget(PlainLabel(command.text), row, 0)
                shown = PlainLabel(keys)
                shown.setFont(theme.fixed)
                grid.addWidget(shown, row, 1, Qt.AlignmentFlag.AlignRight)
                row += 1
        self.column.addLayout(grid)
        self.column.addSpacing(GAP_L)
        close = QPushButton(tr("Close"))
        close.setObjectName("shortcuts.close")
        close.clicked.connect(self.leave)
        self.column.addWidget(close, 0, Qt.AlignmentFlag.AlignRight)
        self._close = close

    def open(self) -> None:
        """Show it; Enter and Escape close."""
        super().open()
        self._close.setFocus(Qt.FocusReason.PopupFocusReason)
