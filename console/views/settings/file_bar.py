"""Under the settings: where they are kept. Above them: what is wrong with that file, and the way out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QGuiApplication, QPainter
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from console.i18n import tr
from console.model.health import HealthStatus
from console.presenters.display import printable
from console.views.theme import GAP_L, GAP_M, GAP_S, GAP_XXL, mixed
from console.views.widgets.form import Quiet, flat
from console.views.widgets.label import ElidedLabel, PlainLabel

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent

    from console.presenters.settings import SettingsState
    from console.views.theme import ThemeProvider

_TINT, _SHOWN, _TEXT_LIMIT = 0.14, 6, 400


class FileBar(QWidget):
    """The path of the settings file, to be read, copied and opened, and what was just done with it."""

    def __init__(self) -> None:
        super().__init__()
        self._path = ""
        self._where = ElidedLabel()
        self._where.setObjectName("settings.path")
        self._where.setForegroundRole(self._where.palette().ColorRole.PlaceholderText)
        self._note = Quiet(name="settings.note")
        self._note.setWordWrap(False)
        copy = flat(tr("Copy path"), "settings.copy")
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self._path))
        folder = flat(tr("Open folder"), "settings.folder")
        folder.clicked.connect(self._open_folder)
        row = QHBoxLayout(self)
        row.setContentsMargins(GAP_XXL, GAP_S, GAP_XXL, GAP_S)
        row.setSpacing(GAP_L)
        row.addWidget(self._where, 1)
        row.addWidget(self._note)
        row.addWidget(copy)
        row.addWidget(folder)

    def render_state(self, state: SettingsState) -> None:
        """Show the path and the note."""
        self._path = state.path
        self._where.setText(tr("Stored in {path}", path=printable(state.path, _TEXT_LIMIT)))
        self._where.setToolTip(printable(state.path, _TEXT_LIMIT))
        self._note.setText(printable(state.note, _TEXT_LIMIT))

    def _open_folder(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(Path(self._path).parent)))


class ProblemStrip(QWidget):
    """What is wrong with the file, sentence by sentence."""

    repair_wanted = Signal()
    look_wanted = Signal()

    def __init__(self, themes: ThemeProvider) -> None:
        super().__init__()
        self.setObjectName("settings.problems")
        self._themes = themes
        self._text = PlainLabel()
        self._text.setObjectName("settings.problems.text")
        self._text.setWordWrap(True)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._repair = QPushButton(tr("Repair"))
        self._repair.setObjectName("settings.repair")
        self._repair.clicked.connect(self.repair_wanted)
        self._look = QPushButton(tr("Read again"))
        self._look.setObjectName("settings.look")
        self._look.clicked.connect(self.look_wanted)
        row = QHBoxLayout(self)
        row.setContentsMargins(GAP_XXL, GAP_M, GAP_XXL, GAP_M)
        row.setSpacing(GAP_M)
        row.addWidget(self._text, 1)
        buttons = QVBoxLayout()
        buttons.setSpacing(GAP_S)
        buttons.addWidget(self._repair)
        buttons.addWidget(self._look)
        buttons.addStretch(1)
        row.addLayout(buttons)
        self.hide()

    def render_state(self, state: SettingsState) -> None:
        """Show the problems; nothing where there are none."""
        shown = [printable(problem, _TEXT_LIMIT) for problem in state.problems[:_SHOWN]]
        if more := len(state.problems) - _SHOWN:
            shown += [tr("And {count} more.", count=more)] if more > 0 else []
        if state.broken:
            shown.append(tr("The defaults hold, or what held before. The file is left as it is until you repair it."))
        elif shown:
            shown.append(tr("Everything else in the file holds."))
        self._text.setText("\n".join(shown))
        self._repair.setVisible(state.broken)
        self.setVisible(bool(state.problems))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802  (Qt's name)
        """The ground, with a bar in the colour of what needs a look."""
        theme = self._themes.current
        painter = QPainter(self)
        painter.fillRect(self.rect(), mixed(theme.surface, theme.states[HealthStatus.DEGRADED], _TINT))
        painter.fillRect(0, 0, 3, self.height(), theme.states[HealthStatus.DEGRADED])
