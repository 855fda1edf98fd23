"""Keeps the facts of one session's connection and tells their story."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec

from console.model.blame import Probe
from console.model.connection import Connection, Facts, FeedState, tell
from console.services.latest import Latest

if TYPE_CHECKING:
    from console.model.blame import Verdict
    from console.model.errors import GatewayError


class ConnectionWatch:
    """Collects facts from polls, feed, probes and sign-in; publishes the story that follows."""

    def __init__(self) -> None:
        self._facts = Facts()
        self.story: Latest[Connection] = Latest(tell(self._facts))

    @property
    def facts(self) -> Facts:
        """The facts as of now."""
        return self._facts

    def signed_in(self) -> None:
        """Tokens are at hand. Nothing was read with them yet: what a former sign-in read makes no story live."""
        self._begin_anew(signed_in=True, refused=False, refusal="", wants_tenant=False, last_success_at=None)

    def signed_out(self) -> None:
        """The operator ended the session."""
        self._begin_anew(signed_in=False, refused=False, refusal="", wants_tenant=False)

    def refused(self, reason: str) -> None:
        """The gateway refused to renew the session."""
        self._begin_anew(signed_in=False, refused=True, refusal=reason)

    def tenant_wanted(self, error: GatewayError) -> None:
        """The gateway answers nobody before a tenant, or another one, is chosen."""
        self._begin_anew(wants_tenant=True, error=error.detail)

    def succeeded(self, at: datetime) -> None:
        """The gateway gave a good answer."""
        self._change(last_success_at=at, failing_since=None, culprit=None, error="", next_try_at=None)

    def failed(self, error: GatewayError, at: datetime, next_try_at: datetime) -> None:
        """The gateway gave none. Until the probes are back, the error itself says whom to blame."""
        self._change(
            failing_since=self._facts.failing_since or at,
            culprit=self._facts.culprit or _of(error, at),
            error=error.detail,
            next_try_at=next_try_at,
        )

    def diagnosed(self, verdict: Verdict, error: GatewayError) -> None:
        """The probes are back: the first layer that fails is to blame, or the error's own when all layers hold."""
        if self._facts.failing_since is not None:
            self._change(culprit=verdict.culprit or _of(error, datetime.now(UTC)))

    def feed(self, state: FeedState, at: datetime | None = None, lost: str = "") -> None:
        """Where the feed stands, when it was last heard, and in which words it was lost."""
        self._change(feed=state, feed_at=at or self._facts.feed_at, feed_lost=lost)

    def feed_live(self, at: datetime, degraded: str) -> None:
        """The feed is live anew; `degraded` says why not in the best way."""
        self._change(feed=FeedState.LIVE, feed_at=at, feed_degraded=degraded, feed_lost="", feed_dropped=0)

    def feed_dropped(self, count: int) -> None:
        """So many of its messages were left out."""
        self._change(feed_dropped=self._facts.feed_dropped + count)

    def _begin_anew(self, **changes: object) -> None:
        """Whatever was failing has no bearing on what comes now."""
        self._change(**{"failing_since": None, "culprit": None, "error": "", "next_try_at": None, **changes})

    def _change(self, **changes: object) -> None:
        facts = msgspec.structs.replace(self._facts, **changes)
        if facts != self._facts:
            self._facts = facts
            self.story.set(tell(facts))


def _of(error: GatewayError, at: datetime) -> Probe:
    return Probe(layer=error.layer, ok=False, at=at, ms=0.0, detail=error.detail, reason=type(error).__name__)
