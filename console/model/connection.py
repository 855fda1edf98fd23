"""The story of a session's connection, told from facts by one pure function."""

from __future__ import annotations

import enum
from datetime import datetime

import msgspec

from console.model.blame import Layer, Probe


class Phase(enum.StrEnum):
    """Where a session stands."""

    SIGNED_OUT = "signed-out"  # never signed in, or signed out by the operator
    SIGN_IN_NEEDED = "sign-in-needed"  # was signed in; the gateway refused to renew
    CONNECTING = "connecting"  # signed in, nothing read yet
    LIVE = "live"
    PARTIAL = "partial"  # polls answer, the feed does not
    LOST = "lost"  # the local record is all there is


class FeedState(enum.StrEnum):
    """Where the live feed stands."""

    NONE = "none"  # this gateway has none
    CONNECTING = "connecting"
    LIVE = "live"
    LOST = "lost"


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """Everything the story follows from.

    Attributes:
        signed_in: Tokens are at hand.
        refused: The gateway refused to renew them.
        refusal: In which words.
        wants_tenant: It answers nobody before a tenant, or another one, is chosen.
        last_success_at: Last time the gateway gave a good answer.
        failing_since: When the current run of failures began; None while the last poll was good.
        culprit: The probe that names the layer to blame; None until one has been made.
        error: One line of the last failure.
        feed: Where the feed stands.
        feed_at: When the feed was last heard, by message or by ping.
        feed_degraded: Why the feed does not come in the best way; empty while it does.
        feed_lost: In which words it was lost, or is not there; empty while it is live.
        feed_dropped: How many of its messages were left out since it was last live, because too many came.
        next_try_at: When the next attempt begins.
    """

    signed_in: bool = False
    refused: bool = False
    wants_tenant: bool = False
    refusal: str = ""
    last_success_at: datetime | None = None
    failing_since: datetime | None = None
    culprit: Probe | None = None
    error: str = ""
    feed: FeedState = FeedState.NONE
    feed_at: datetime | None = None
    feed_degraded: str = ""
    feed_lost: str = ""
    feed_dropped: int = 0
    next_try_at: datetime | None = None


class Connection(msgspec.Struct, frozen=True, kw_only=True):
    """The story: a phase, whom to blame, and the facts to say it with."""

    phase: Phase
    layer: Layer | None
    facts: Facts


def tell(facts: Facts) -> Connection:
    """The story that follows from the facts. An expired sign-in is never told as a lost connection."""
    if facts.refused:
        return Connection(phase=Phase.SIGN_IN_NEEDED, layer=Layer.SIGN_IN, facts=facts)
    if not facts.signed_in:
        return Connection(phase=Phase.SIGNED_OUT, layer=None, facts=facts)
    if facts.wants_tenant:
        return Connection(phase=Phase.SIGN_IN_NEEDED, layer=Layer.SIGN_IN, facts=facts)
    if facts.failing_since is not None:
        layer = facts.culprit.layer if facts.culprit else None
        if layer is Layer.SIGN_IN:
            return Connection(phase=Phase.SIGN_IN_NEEDED, layer=layer, facts=facts)
        return Connection(phase=Phase.LOST, layer=layer, facts=facts)
    if facts.last_success_at is None:
        return Connection(phase=Phase.CONNECTING, layer=None, facts=facts)
    if facts.feed is FeedState.LOST:
        return Connection(phase=Phase.PARTIAL, layer=Layer.GATEWAY, facts=facts)
    return Connection(phase=Phase.LIVE, layer=None, facts=facts)
