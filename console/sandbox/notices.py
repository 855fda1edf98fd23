"""Notifications: what people of the platform are to know, and who has read it."""

from __future__ import annotations

import random
import secrets
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from console.sandbox.feeds import NoticeCreated, NoticesRead
from console.sandbox.history import SEEDED_DAYS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from console.sandbox.feeds import FeedEvent

_KEPT = 2_000
_DAY_S = 86_400
_READ_AFTER_S = 2 * _DAY_S
_CLIENT_SHOWN = 80
_PAST = (
    ("service_state", "warning", "{service} is degraded", "{service} answered slowly for some minutes"),
    ("service_state", "info", "{service} is healthy", "{service} is back to its usual pace"),
    ("deployment", "info", "{service} was deployed", "A new version of {service} is live"),
    ("maintenance", "info", "{service} is maintained tonight", "Short interruptions of {service} are possible"),
    ("quota", "warning", "{service} is close to its quota", "{service} used nine tenths of its disk"),
)


@dataclass(frozen=True, kw_only=True)
class Notice:
    """One notification.

    Attributes:
        kind: Such as `service_state`, `deployment`, `sign_in`, `maintenance`, `quota`.
        severity: `info`, `warning` or `critical`.
        source: Name of the component it is about; empty for none.
        user_id: Whom it is for; empty for everybody.
        created_at: True time, epoch seconds.
    """

    id: str
    created_at: float
    kind: str
    title: str
    message: str
    severity: str
    source: str = ""
    user_id: str = ""

    def is_for(self, user_id: str) -> bool:
        """Whether this user is to see it."""
        return self.user_id in ("", user_id)


class NoticeBook:
    """All notifications of all users. Bounded: the oldest go first.

    Args:
        publish: Told what is new and what is read.
        past: What was there before the start, oldest first; the older part counts as read.
    """

    def __init__(self, publish: Callable[[FeedEvent], None], past: Sequence[Notice] = ()) -> None:
        self._publish = publish
        self._notices = {notice.id: notice for notice in past[-_KEPT:]}
        self._read_before = time.time() - _READ_AFTER_S
        self._read: dict[str, set[str]] = {}
        self._clients: dict[str, set[str]] = {}

    def of(self, user_id: str, *, unread_only: bool = False) -> list[Notice]:
        """What a user is to see, newest first."""
        mine = (notice for notice in reversed(self._notices.values()) if notice.is_for(user_id))
        return [notice for notice in mine if not (unread_only and self.is_read(notice, user_id))]

    def find(self, notice_id: str, user_id: str) -> Notice | None:
        """One notification, if this user may see it."""
        notice = self._notices.get(notice_id)
        return notice if notice is not None and notice.is_for(user_id) else None

    def is_read(self, notice: Notice, user_id: str) -> bool:
        """Whether this user has read it."""
        if notice.id in self._read.get(user_id, ()):
            return True
        return notice.created_at < self._read_before and notice.id.startswith("past-")

    def unread_count(self, user_id: str) -> int:
        """How many a user has not read."""
        return len(self.of(user_id, unread_only=True))

    def create(
        self, *, kind: str, title: str, message: str, severity: str, source: str = "", user_id: str = ""
    ) -> Notice:
        """Tell everybody, or one user, something new."""
        notice = Notice(
            id=f"notice-{secrets.token_hex(8)}",
            created_at=time.time(),
            kind=kind,
            title=title,
            message=message,
            severity=severity,
            source=source,
            user_id=user_id,
        )
        self._notices[notice.id] = notice
        if len(self._notices) > _KEPT:
            gone = next(iter(self._notices))
            del self._notices[gone]
            for read in self._read.values():
                read.discard(gone)
        self._publish(NoticeCreated(notice))
        return notice

    def mark_read(self, user_id: str, notice_ids: Iterable[str] | None = None) -> list[Notice]:
        """Note that a user has read these notifications, or all; the ones that were unread come back."""
        wanted = set(self._notices if notice_ids is None else notice_ids)
        fresh = [notice for notice in self.of(user_id, unread_only=True) if notice.id in wanted]
        if fresh:
            self._read.setdefault(user_id, set()).update(notice.id for notice in fresh)
            self._publish(NoticesRead(user_id, tuple(notice.id for notice in fresh)))
        return fresh

    def signed_in(self, user_id: str, client: str) -> None:
        """Somebody signed in with a client (its `User-Agent`): the user learns of one that was never seen."""
        known = self._clients.setdefault(user_id, set())
        if client in known:
            return
        known.add(client)
        self.create(
            kind="sign_in",
            title="Sign-in from a new client",
            message=f"Somebody signed in as you with {client[:_CLIENT_SHOWN] or 'an unnamed client'}",
            severity="info" if len(known) == 1 else "warning",
            user_id=user_id,
        )


def past_notices(seed: int, services: Sequence[str], born_at: float) -> list[Notice]:
    """Thirty made-up days, oldest first; the same for the same arguments, on every machine.

    Args:
        seed: Of the sandbox.
        services: Names they may be about.
        born_at: When the platform started, epoch seconds: all are older.
    """
    today = int(born_at // _DAY_S)
    found = []
    for day in range(today - SEEDED_DAYS, today + 1):
        source = random.Random(f"{seed}:notices:{day}")  # noqa: S311  (a picture, no secret)
        for index in range(source.randrange(2, 7)):
            kind, severity, title, message = source.choice(_PAST)
            service = source.choice(services)
            found.append(
                Notice(
                    id=f"past-{day}-{index}",
                    created_at=day * _DAY_S + source.uniform(0, _DAY_S),
                    kind=kind,
                    title=title.format(service=service),
                    message=message.format(service=service),
                    severity=severity,
                    source=service,
                )
            )
    return sorted((notice for notice in found if notice.created_at < born_at), key=lambda notice: notice.created_at)
