"""The state of the Health view: which of its designed faces is shown, and what is said above the cards."""

from __future__ import annotations

import enum
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from console.i18n import tr
from console.model.connection import FeedState
from console.model.filter import ServiceFilter
from console.presenters.health_cards import Totals
from console.services.explain import Explanation, explain

if TYPE_CHECKING:
    from console.model.connection import Connection
    from console.services.ports import HealthSnapshot


class HealthPhase(enum.StrEnum):
    """The designed faces of the view."""

    LOADING = "loading"  # nothing said yet: skeletons
    EMPTY = "empty"  # the gateway lists no services
    UNSUPPORTED = "unsupported"  # the gateway offers no health
    ERROR = "error"  # nothing to show, and why
    LIVE = "live"
    PARTIAL = "partial"  # cards, and something is missing
    STALE = "stale"  # cards, none of which may still hold


class Pane(enum.StrEnum):
    """What is open beside the cards; one at a time."""

    NONE = "none"
    SERVICE = "service"
    NUMBER = "number"
    DEPLOYMENTS = "deployments"


CLOCK_TOLERANCE_S = 120.0  # below that nobody's reading of a chart is misled


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """One sentence above the cards about what is missing, with details for the hover."""

    text: str
    details: tuple[str, ...] = ()
    request_id: str = ""


class HealthState(msgspec.Struct, frozen=True, kw_only=True):
    """Everything the Health view shows beside the cards themselves.

    Attributes:
        phase: Which face.
        totals: Of all services, filtered or not.
        shown: How many pass the filter.
        filter: What is typed and picked.
        selected: Id of the chosen service; empty for none.
        pane: What is open beside the cards.
        seen_at: When the newest value was observed; None before the first.
        notices: What is missing, for the faces that show cards.
        explanation: For the error face.
        answers: For the unsupported face: the answers that said so.
        observed: The services are what this console saw of them, not the platform's own word.
    """

    phase: HealthPhase = HealthPhase.LOADING
    totals: Totals = Totals.of(())
    shown: int = 0
    filter: ServiceFilter = ServiceFilter()
    selected: str = ""
    pane: Pane = Pane.NONE
    seen_at: datetime | None = None
    notices: tuple[Notice, ...] = ()
    explanation: Explanation | None = None
    answers: tuple[str, ...] = ()
    observed: bool = False

    @property
    def detail_open(self) -> bool:
        """Whether a service is shown in detail."""
        return self.pane is Pane.SERVICE


def phase_of(snapshot: HealthSnapshot, totals: Totals, notices: tuple[Notice, ...]) -> HealthPhase:
    """The face that a snapshot asks for. What is known is never hidden behind an error."""
    if snapshot.services:
        if totals.stale == totals.count:
            return HealthPhase.STALE
        return HealthPhase.PARTIAL if notices else HealthPhase.LIVE
    if snapshot.unsupported:
        return HealthPhase.UNSUPPORTED
    if snapshot.error is not None:
        return HealthPhase.ERROR
    return HealthPhase.EMPTY if snapshot.loaded else HealthPhase.LOADING


def notices_of(snapshot: HealthSnapshot, connection: Connection) -> tuple[Notice, ...]:
    """What is missing from the cards, one sentence each."""
    notices = []
    if snapshot.observed:
        notices.append(_observed(snapshot))
    elif snapshot.error is not None and not snapshot.unsupported:
        explained = explain(snapshot.error)
        notices.append(
            Notice(
                text=explained.headline,
                details=(explained.advice,) if explained.advice else (),
                request_id=explained.request_id,
            )
        )
    if snapshot.unsupported and snapshot.services and not snapshot.observed:
        notices.append(
            Notice(text=tr("This gateway no longer offers health; its record is shown."), details=snapshot.unsupported)
        )
    if skipped := len(snapshot.skipped):
        text = (
            tr("1 entry of the last answer could not be read and is left out.")
            if skipped == 1
            else tr("{count} entries of the last answer could not be read and are left out.", count=f"{skipped:,}")
        )
        notices.append(Notice(text=text, details=snapshot.skipped))
    if snapshot.unrecorded is not None:
        explained = explain(snapshot.unrecorded)
        notices.append(
            Notice(
                text=tr("Health can't be recorded at the moment: {why}", why=explained.headline),
                details=(explained.advice,) if explained.advice else (),
            )
        )
    if snapshot.clock_offset_s is not None and abs(snapshot.clock_offset_s) >= CLOCK_TOLERANCE_S:
        notices.append(Notice(text=_clock_text(snapshot.clock_offset_s)))
    if connection.facts.feed is FeedState.LOST and not snapshot.source_lost:
        notices.append(Notice(text=tr("The live feed is lost; health is read by asking until it is back.")))
    return tuple(notices)


def _observed(snapshot: HealthSnapshot) -> Notice:
    """Plainly, whose word the cards are."""
    seen = tr("Observed by this console: services are judged by its own requests of the last 5 minutes.")
    if snapshot.error is None:
        return Notice(text=tr("This platform has no health to ask for.") + " " + seen)
    explained = explain(snapshot.error)
    details = (explained.advice, *snapshot.unsupported)
    return Notice(
        text=f"{explained.headline} {seen}", details=tuple(filter(None, details)), request_id=explained.request_id
    )


def _clock_text(offset_s: float) -> str:
    minutes = round(abs(offset_s) / 60)
    if offset_s > 0:
        return tr(
            "The gateway's clock is {minutes} min ahead of this computer's; its times are corrected.", minutes=minutes
        )
    return tr("The gateway's clock is {minutes} min behind this computer's; its times are corrected.", minutes=minutes)


def explanation_of(snapshot: HealthSnapshot) -> Explanation | None:
    """What the error face says; None when there are cards to show, or no error."""
    return explain(snapshot.error) if snapshot.error is not None and not snapshot.services else None
