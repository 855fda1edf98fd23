"""What only some platforms let a profile name: the gateway's admin address, and more services to look at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from console.i18n import tr
from console.model.capability import Capability
from console.views.theme import GAP_L, GAP_S
from console.views.widgets.form import Field, Quiet

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from console.views.theme import ThemeProvider


class ExtraFields(QWidget):
    """The same fields wherever a gateway is added or changed; those that the platform has no use for are not there."""

    changed = Signal()

    def __init__(self, themes: ThemeProvider, prefix: str) -> None:
        super().__init__()
        self.admin_url = Field(themes, f"{prefix}.admin_url", tr("Admin address (optional)"))
        self.admin_url.line.setPlaceholderText("http://localhost:8445")
        self._admin_hint = Quiet(tr("Where the gateway tells how it is itself. Passwords and tokens never go there."))
        self._admin = QWidget()
        self.services = Field(themes, f"{prefix}.services", tr("More services to look at (optional)"))
        self.services.line.setPlaceholderText("users, search")
        admin = QVBoxLayout(self._admin)
        admin.setContentsMargins(0, 0, 0, 0)
        admin.setSpacing(GAP_S)
        admin.addWidget(self.admin_url)
        admin.addWidget(self._admin_hint)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP_L)
        column.addWidget(self._admin)
        column.addWidget(self.services)
        for field in (self.admin_url, self.services):
            field.line.textChanged.connect(self.changed)
        self.show_for(frozenset())

    def show_for(self, offered: AbstractSet[Capability]) -> None:
        """Show the fields of a platform that has these capabilities."""
        admin, services = Capability.ADMIN_ADDRESS in offered, Capability.NAMED_SERVICES in offered
        self._admin.setVisible(admin)
        self.services.setVisible(services)
        self.setVisible(admin or services)

    @property
    def texts(self) -> tuple[str, str]:
        """Admin address and services as typed; what is not shown counts as empty."""
        admin_url = "" if self._admin.isHidden() else self.admin_url.text
        return admin_url, "" if self.services.isHidden() else self.services.text

    def show_texts(self, admin_url: str, services: str) -> None:
        """Fill the fields; says nothing of it."""
        for field, text in ((self.admin_url, admin_url), (self.services, services)):
            with QSignalBlocker(field.line):
                field.line.setText(text)
