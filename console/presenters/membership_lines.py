"""Who is signed in and for whom they may act, as captions and texts with their age."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from console.i18n import tr
from console.model.freshness import Source
from console.presenters.display import age_text

if TYPE_CHECKING:
    from datetime import datetime

    from console.model.freshness import Observed
    from console.services.ports import Membership

T = TypeVar("T")

_NAMES_LIMIT = 6


def membership_lines(known: Membership, now: datetime, *, ended: bool) -> tuple[tuple[str, str], ...]:
    """Nothing where nothing is known. `ended` says that the sign-in has."""
    lines = []
    if known.user is not None:
        user = known.user.value
        named = user.email in ("", user.name)
        who = user.name if named else tr("{name}, {email}", name=user.name, email=user.email)
        caption = tr("Last signed in as") if ended else tr("Signed in as")
        lines.append((caption, _aged(who, known.user, now)))
    if known.tenants is not None:
        names = [tenant.name for tenant in known.tenants.value]
        text = ", ".join(names[:_NAMES_LIMIT]) or tr("none")
        if len(names) > _NAMES_LIMIT:
            text = tr("{names} and {count} more", names=text, count=len(names) - _NAMES_LIMIT)
        lines.append((tr("Tenants"), _aged(text, known.tenants, now)))
    return tuple(lines)


def _aged(text: str, observed: Observed[T], now: datetime) -> str:
    age = age_text(observed.age_s(now))
    match observed.source:
        case Source.LIVE:
            when = tr("{age} ago", age=age)
        case Source.RECORD:
            when = tr("from the record, {age} ago", age=age)
    if observed.problem:
        return tr("{text} ({when}; the last try failed: {problem})", text=text, when=when, problem=observed.problem)
    return tr("{text} ({when})", text=text, when=when)
