"""What the crosshair reads at one sample."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec

from console.i18n import tr
from console.model import zone
from console.model.health import HealthStatus

if TYPE_CHECKING:
    from console.presenters.health_series import HealthSeries

STATUS_OF_SEVERITY = {status.severity: status for status in HealthStatus}


class ReadingLine(msgspec.Struct, frozen=True, kw_only=True):
    """One value: `column` is the series' column it belongs to, empty for none."""

    column: str
    label: str
    value: str


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """One box for all series.

    Attributes:
        time: Local.
        time_utc: The same in UTC.
        lines: The values.
        note: How the sample became known, when it was not seen live; else empty.
    """

    time: str
    time_utc: str
    lines: tuple[ReadingLine, ...]
    note: str = ""


def status_word(status: HealthStatus) -> str:
    """The condition in the operator's language, as a sentence begins."""
    match status:
        case HealthStatus.HEALTHY:
            return tr("Healthy")
        case HealthStatus.DEGRADED:
            return tr("Degraded")
        case HealthStatus.UNHEALTHY:
            return tr("Unhealthy")
        case HealthStatus.UNKNOWN:
            return tr("Unknown")


def reading_at(series: HealthSeries, index: int) -> Reading:
    """Everything known about one sample."""
    at = datetime.fromtimestamp(series.at[index], UTC)
    score = series.score[index]
    if math.isnan(score):
        score_text = tr("none")
    elif series.from_status[index]:
        score_text = tr("{score} (from status)", score=f"{score:.2f}")
    else:
        score_text = f"{score:.2f}"
    return Reading(
        time=f"{zone.shown(at):%d %b %H:%M:%S}",
        time_utc=tr("{time} UTC", time=f"{at:%H:%M:%S}"),
        lines=(
            ReadingLine(column="", label=tr("status"), value=status_word(STATUS_OF_SEVERITY[series.severity[index]])),
            ReadingLine(column="score", label=tr("score"), value=score_text),
            ReadingLine(column="total_ms", label=tr("total"), value=_ms(series.total_ms[index])),
            ReadingLine(column="gateway_ms", label=tr("gateway"), value=_ms(series.gateway_ms[index])),
            ReadingLine(column="upstream_ms", label=tr("upstream"), value=_ms(series.upstream_ms[index])),
        ),
        note=tr("told by the registry afterwards") if series.told_later[index] else "",
    )


def _ms(value: float) -> str:
    if math.isnan(value):
        return tr("not measured")
    return tr("{ms} ms", ms=f"{value:,.0f}" if value >= 10 else f"{value:.1f}")  # noqa: PLR2004  (enough digits)
