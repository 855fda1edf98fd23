"""What cards and charts take from the theme's tokens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtGui import QColor, QFont, QPalette

from console.model.health import HealthStatus
from console.views.theme import RADIUS, mixed

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from console.views.theme import Theme
    from console.views.widgets.chart_parts import ChartLook


@dataclass(frozen=True, kw_only=True)
class CardLook:
    """Colours and fonts of cards and of what stands around them.

    Attributes:
        theme: What they come from, for painters that take tokens themselves.
        fonts: By use: `title`, `name`, `text`, `secondary`, `caption`, `number`, `fixed`.
        states: Colour of each condition.
    """

    theme: Theme
    surface: QColor
    surface_stale: QColor
    sunken: QColor
    selected: QColor
    edge: QColor
    edge_hover: QColor
    accent: QColor
    ink: QColor
    secondary: QColor
    edge_width: float
    radius: float
    states: dict[HealthStatus, QColor]
    fonts: dict[str, QFont]

    @classmethod
    def of(cls, theme: Theme) -> CardLook:
        """Out of the tokens."""
        name = QFont(theme.body)
        name.setWeight(QFont.Weight.DemiBold)
        return cls(
            theme=theme,
            surface=theme.raised,
            surface_stale=theme.sunken,
            sunken=theme.sunken,
            selected=mixed(theme.raised, theme.accent, 0.14),
            edge=theme.hairline,
            edge_hover=mixed(theme.raised, theme.ink, 0.3),
            accent=theme.accent,
            ink=theme.ink,
            secondary=theme.secondary,
            edge_width=float(theme.border_px),
            radius=float(RADIUS),
            states={status: theme.states[status] for status in HealthStatus},
            fonts={
                "title": theme.title,
                "name": name,
                "text": theme.body,
                "secondary": theme.small,
                "caption": theme.caption,
                "number": theme.small,
                "fixed": theme.fixed,
            },
        )


def quieten(label: QWidget, look: CardLook) -> None:
    """Give a label the ink of what matters less."""
    palette = label.palette()
    palette.setColor(QPalette.ColorRole.WindowText, look.secondary)
    label.setPalette(palette)


def chart_look(theme: Theme) -> ChartLook:
    """Out of the tokens; imports the charts, so only once they are loaded."""
    from console.views.widgets.chart_parts import ChartLook  # noqa: PLC0415  (half a second, and only who opens a chart pays)

    return ChartLook(
        surface=theme.surface,
        ink=theme.ink,
        secondary=theme.secondary,
        grid=mixed(theme.surface, theme.ink, 0.14),
        hatch=mixed(theme.surface, theme.ink, 0.2),
        raised=theme.raised,
        score=theme.ink,
        total=theme.accent,
        gateway=theme.states[HealthStatus.DEGRADED],
        upstream=theme.states[HealthStatus.HEALTHY],
        severity={status.severity: theme.states[status] for status in HealthStatus},
        caption_font=theme.caption,
    )
