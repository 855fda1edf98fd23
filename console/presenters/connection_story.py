"""The connection's whole story, line by line: what the one sentence of the status bar leaves out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.i18n import tr
from console.model.connection import FeedState, Phase
from console.presenters.display import age_text, exact_time
from console.services.explain import story

if TYPE_CHECKING:
    from datetime import datetime

    from console.model.connection import Connection, Facts
    from console.model.profile import Profile
    from console.model.tenancy import Standing


def story_lines(
    profile: Profile, connection: Connection, now: datetime, standing: Standing | None = None
) -> tuple[tuple[str, str], ...]:
    """Captions and texts, the most important first. Lines that have nothing to say are left out."""
    facts = connection.facts
    lines = [(tr("State"), story(connection, now)), (tr("Address"), profile.url)]
    if standing is not None and standing.current is not None:
        said = tr("named by the gateway") if standing.confirmed else tr("not confirmed by the gateway")
        lines.append((tr("Tenant"), f"{standing.current.name} ({standing.current.id}), {said}"))
    if standing is not None and standing.permissions.roles:
        lines.append((tr("Your roles"), ", ".join(standing.permissions.roles)))
    if facts.failing_since is not None:
        lines.append((tr("Failing since"), _moment(facts.failing_since, now)))
    if facts.culprit is not None and not facts.culprit.ok:
        seen = _moment(facts.culprit.at, now)
        lines.append((tr("Found at fault"), f"{facts.culprit.layer.value}: {facts.culprit.detail} ({seen})"))
    if facts.error:
        lines.append((tr("Last failure"), facts.error))
    if facts.refusal:
        lines.append((tr("Refused with"), facts.refusal))
    if facts.last_success_at is not None:
        lines.append((tr("Last good answer"), _moment(facts.last_success_at, now)))
    if connection.phase not in (Phase.SIGNED_OUT, Phase.SIGN_IN_NEEDED):
        lines += _feed_lines(facts, now)
    if facts.next_try_at is not None:
        wait_s = max(0.0, (facts.next_try_at - now).total_seconds())
        lines.append((tr("Next try"), tr("in {age}", age=age_text(wait_s))))
    return tuple(lines)


def feed_text(connection: Connection, now: datetime) -> str:
    """The feed in a few words, for the status bar; empty where there is none."""
    facts = connection.facts
    match facts.feed:
        case FeedState.NONE:
            return tr("no feed, by polling") if facts.feed_lost else ""
        case FeedState.CONNECTING:
            return tr("feed connecting")
        case FeedState.LIVE:
            age_s = (now - facts.feed_at).total_seconds() if facts.feed_at else 0.0
            age = age_text(age_s)
            if facts.feed_dropped:
                return tr("feed {age}, {count} left out", age=age, count=f"{facts.feed_dropped:,}")
            return tr("feed {age}, degraded", age=age) if facts.feed_degraded else tr("feed {age}", age=age)
        case FeedState.LOST:
            return tr("feed lost, by polling") if connection.phase is Phase.PARTIAL else tr("feed lost")


def _feed_lines(facts: Facts, now: datetime) -> list[tuple[str, str]]:
    lines = [(tr("Feed"), _feed(facts.feed, facts.feed_at, now))]
    if facts.feed is FeedState.LIVE and facts.feed_degraded:
        lines.append((tr("Feed degraded"), facts.feed_degraded))
    if facts.feed is not FeedState.LIVE and facts.feed_lost:
        lines.append((tr("Feed lost with"), facts.feed_lost))
    if facts.feed_dropped:
        lines.append((tr("Feed messages left out"), tr("{count}: too many came", count=f"{facts.feed_dropped:,}")))
    return lines


def _feed(state: FeedState, heard_at: datetime | None, now: datetime) -> str:
    match state:
        case FeedState.NONE:
            return tr("This gateway has none: it is asked at intervals.")
        case FeedState.CONNECTING:
            return tr("Connecting")
        case FeedState.LIVE:
            return tr("Live, heard {when}", when=_moment(heard_at, now)) if heard_at is not None else tr("Live")
        case FeedState.LOST:
            return tr("Lost; the gateway is asked at intervals until it is back.")


def _moment(at: datetime, now: datetime) -> str:
    return tr("{age} ago, {exact}", age=age_text((now - at).total_seconds()), exact=exact_time(at))
