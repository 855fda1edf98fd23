"""Which renewals of a soak were needed, from what each session asked and when the gateway ended all tokens."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from console.model.exchange import Exchange

_SIGN_IN, _REFRESH = "auth.login", "auth.refresh"
AROUND_TOKENS = frozenset({_SIGN_IN, _REFRESH})
_CLOCK = timedelta(seconds=1.5)  # `Date` headers know whole seconds only
_AT_ONCE = timedelta(milliseconds=20)


@dataclass(frozen=True, kw_only=True)
class Renewals:
    """How often tokens were renewed, as the gateway and as the sessions count.

    A renewal whose answer was lost is repeated, and neither is extra: nobody knows whether the gateway did the first.

    Attributes:
        served: Requests that the gateway's refresh routes worked on; 0 while only one session is looked at.
        taken: Good answers that arrived.
        refused: Answers of the route itself that said no.
        lost: Requests without an answer: the gateway may have worked on them.
        early: Requests for a token that had more than half of its life before it, and had not been ended.
        overlapping: Requests while another of the same session was under way.
    """

    served: int = 0
    taken: int = 0
    refused: int = 0
    lost: int = 0
    early: int = 0
    overlapping: int = 0

    @property
    def extra(self) -> int:
        """Those that nothing accounts for."""
        return max(0, self.served - self.taken - self.refused - self.lost) + self.early + self.overlapping


def added(renewals: Iterable[Renewals], served: int) -> Renewals:
    """Those of all sessions together, beside what the gateway served."""
    known = list(renewals)
    return Renewals(
        served=served,
        taken=sum(one.taken for one in known),
        refused=sum(one.refused for one in known),
        lost=sum(one.lost for one in known),
        early=sum(one.early for one in known),
        overlapping=sum(one.overlapping for one in known),
    )


def counted(exchanges: Iterable[Exchange], ended: Sequence[datetime], lifetime_s: float) -> Renewals:
    """The renewals of one session.

    Args:
        exchanges: All its requests, in any order.
        ended: When the gateway was told to end every token.
        lifetime_s: Of a token; it is renewed when half of it is over.
    """
    half = timedelta(seconds=lifetime_s / 2) - _CLOCK
    taken = refused = lost = early = overlapping = 0
    given: datetime | None = None  # when the token in use was asked for
    busy_until: datetime | None = None
    for one in sorted((one for one in exchanges if one.method == "POST"), key=lambda one: one.at):
        good = one.status == 200 and not one.error
        if one.operation == _SIGN_IN and good:
            given = one.at
        if one.operation != _REFRESH:
            continue
        taken += good
        lost += one.status is None or (one.status == 200 and bool(one.error))
        refused += one.status is not None and 400 <= one.status < 500  # what fails in front of it, never gets there
        if given is not None and one.at - given < half and not any(given <= at <= one.at for at in ended):
            early += 1
        if busy_until is not None and one.at + _AT_ONCE < busy_until:
            overlapping += 1
        until = one.at + timedelta(milliseconds=one.total_ms)
        busy_until = until if busy_until is None else max(busy_until, until)
        if good:
            given = one.at
    return Renewals(taken=taken, refused=refused, lost=lost, early=early, overlapping=overlapping)
