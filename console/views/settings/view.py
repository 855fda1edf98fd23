"""The Settings view: sections at the left, the chosen one at the right, the file at the foot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QHBoxLayout, QListWidget, QListWidgetItem, QSizePolicy, QStackedWidget, QVBoxLayout

from console.i18n import tr
from console.presenters.settings_texts import section_text
from console.views.destinations import DestinationView
from console.views.settings.file_bar import FileBar, ProblemStrip
from console.views.settings.gateways import GatewaysPage
from console.views.settings.passphrase import PassphraseBlock
from console.views.settings.section import SettingsSection
from console.views.theme import GAP_L, GAP_M, GAP_XL, GAP_XXL
from console.views.widgets.form import Heading

if TYPE_CHECKING:
    from PySide6.QtCore import QSettings
    from PySide6.QtGui import QPaintEvent, QResizeEvent, QShowEvent
    from PySide6.QtWidgets import QWidget

    from console.presenters.gateway_editor import GatewayEditor
    from console.presenters.passphrase import PassphrasePresenter
    from console.presenters.settings import SettingsPresenter, SettingsState
    from console.views.theme import ThemeProvider

_SECTIONS_PX, _SECTIONS_NARROW_PX, _NARROW_BELOW_PX = 180, 124, 860


class SettingsView(DestinationView):
    """Everything that is kept in the settings file.

    Attributes:
        gateways: The section of the gateways.
        presenter: Of all other sections.
    """

    repair_wanted = Signal()
    removal_wanted = Signal(str)  # name of a profile
    addition_wanted = Signal()
    passphrase_wanted = Signal()  # the form, for the step that was begun

    def __init__(
        self,
        presenter: SettingsPresenter,
        editor: GatewayEditor,
        passphrase: PassphrasePresenter,
        themes: ThemeProvider,
    ) -> None:
        super().__init__()
        self.setObjectName("settings")
        self.presenter = presenter
        self._themes = themes
        self._sections = QListWidget()
        self._sections.setObjectName("settings.sections")
        self._sections.setAccessibleName(tr("Sections"))
        self._sections.setProperty("sections", True)
        self._sections.setFixedWidth(_SECTIONS_PX)
        self._sections.setSizeAdjustPolicy(QListWidget.SizeAdjustPolicy.AdjustToContents)
        self._sections.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Maximum)
        self._sections.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._pages = QStackedWidget()
        self._problems = ProblemStrip(themes)
        self._file = FileBar()
        self.gateways = GatewaysPage(themes, editor)
        self.gateways.removal_wanted.connect(self.removal_wanted)
        self.gateways.addition_wanted.connect(self.addition_wanted)
        self._settings: list[SettingsSection] = []
        self._add_page("gateways", self.gateways)
        for section in presenter.state.sections:
            rows = [row for row in presenter.state.rows if row.setting.section == section]
            page = SettingsSection(themes, section, rows, presenter)
            self._settings.append(page)
            self._add_page(section, page)
            if section == "security":
                block = PassphraseBlock(themes, passphrase)
                block.wanted.connect(self.passphrase_wanted)
                page.append(block)
        self._lay_out()
        self._sections.currentRowChanged.connect(self._pages.setCurrentIndex)
        self._sections.setCurrentRow(0)
        self._problems.look_wanted.connect(presenter.look)
        self._problems.repair_wanted.connect(self.repair_wanted)
        presenter.state_changed.connect(self.render_state)
        self.setFocusProxy(self._sections)
        themes.changed.connect(self._dress)
        self.render_state(presenter.state)

    def render_state(self, state: SettingsState) -> None:
        """Show what holds, and what is wrong."""
        for page in self._settings:
            page.render_state(state)
        self._problems.render_state(state)
        self._file.render_state(state)

    def open_section(self, section: str) -> None:
        """Turn to a section."""
        for row in range(self._sections.count()):
            if self._sections.item(row).data(Qt.ItemDataRole.UserRole) == section:
                self._sections.setCurrentRow(row)

    def recall(self, memory: QSettings, place: str) -> None:  # noqa: ARG002  (one for the window)
        """See `DestinationView`."""
        self.open_section(str(memory.value("settings/section", "gateways")))

    def keep(self, memory: QSettings, place: str) -> None:  # noqa: ARG002  (one for the window)
        """See `DestinationView`."""
        memory.setValue("settings/section", self._sections.currentItem().data(Qt.ItemDataRole.UserRole))

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802  (Qt's name)
        """The file may have been changed by hand since."""
        super().showEvent(event)
        self._dress()
        self.presenter.look()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802  (Qt's name)
        """A hairline between the sections and the page, and above the file."""
        painter = QPainter(self)
        line = self._themes.current.hairline
        left, foot = self._pages.x() - 1, self._file.y()
        painter.fillRect(left, self._pages.y(), 1, foot - self._pages.y(), line)
        painter.fillRect(0, foot, self.width(), 1, line)

    def _dress(self) -> None:
        """The rows of a list know of another style only when they are laid out anew."""
        self._sections.doItemsLayout()
        self._sections.updateGeometry()
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802  (Qt's name)
        """The sections give way first."""
        super().resizeEvent(event)
        self._sections.setFixedWidth(_SECTIONS_PX if self.width() >= _NARROW_BELOW_PX else _SECTIONS_NARROW_PX)

    def _add_page(self, section: str, page: QWidget) -> None:
        item = QListWidgetItem(section_text(section)[0])
        item.setData(Qt.ItemDataRole.UserRole, section)
        self._sections.addItem(item)
        self._pages.addWidget(page)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        head = QHBoxLayout()
        head.setContentsMargins(GAP_XXL, GAP_L, GAP_XXL, GAP_L)
        head.addWidget(Heading(self._themes, tr("Settings"), "settings.title"))
        column.addLayout(head)
        column.addWidget(self._problems)
        row = QHBoxLayout()
        row.setSpacing(0)
        left = QVBoxLayout()
        left.setContentsMargins(GAP_L, GAP_M, GAP_M, GAP_XL)
        left.addWidget(self._sections)
        left.addStretch(1)
        row.addLayout(left)
        row.addWidget(self._pages, 1)
        column.addLayout(row, 1)
        column.addWidget(self._file)
