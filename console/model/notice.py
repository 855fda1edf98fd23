"""What a platform, or this console, wants an operator to know."""

from __future__ import annotations

import enum
from datetime import datetime

import msgspec


class Severity(enum.StrEnum):
    """How much it matters, worst first."""

    CRITICAL = "critical"
    WARNING = "warning"
    INFO = "info"

    @property
    def rank(self) -> int:
        """0 for information up to 2 for what is critical: sort descending for worst first."""
        return _RANK[self]


_RANK = {Severity.INFO: 0, Severity.WARNING: 1, Severity.CRITICAL: 2}


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """One notification, alert or message. Its texts are the server's: shown as plain text.

    Attributes:
        id: The platform's id, as text; what is read twice or pushed besides has the same. Derived from
            what it says where the platform gave none.
        at: When this console learned of it (UTC).
        title: One line; may be empty where there is a text.
        said_at: When it happened, as the server says.
        severity: Information unless the platform says more.
        kind: The platform's own word for what it is, such as `alert`; empty for none.
        text: The rest of it; may be empty.
        source: What it is about: the name of a service where it names one.
        read: Whether this user has read it, as the platform knows.
        only_pushed: The feed alone tells it: no list that is read later has it.
    """

    id: str
    at: datetime
    title: str
    said_at: datetime | None = None
    severity: Severity = Severity.INFO
    kind: str = ""
    text: str = ""
    source: str = ""
    read: bool = False
    only_pushed: bool = False
