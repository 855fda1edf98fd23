"""Answers of a gateway that are kept for later: whose they are, what is stored of them, how well it works."""

from __future__ import annotations

from datetime import datetime

import msgspec


class Login(msgspec.Struct, frozen=True, kw_only=True):
    """For whom answers are kept. No other login ever sees them.

    Attributes:
        owner: Profile and address, as the sign-in is kept under.
        user: The platform's id of the user; empty while unknown: then nothing is stored.
        tenant: Id of the tenant acted for; empty for none.
    """

    owner: str
    user: str
    tenant: str = ""


class StoredAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """One answer as it is stored.

    Attributes:
        key: Which question it answers.
        endpoint: Name of the operation.
        observed_at: When the gateway last said it (UTC).
        etag: As the gateway gave it; empty for none.
        tags: What it speaks of.
        freshness: Which kind of data it is.
        body: JSON as received.
        invalid: Something was written since that touched it.
    """

    key: str
    endpoint: str
    observed_at: datetime
    etag: str = ""
    tags: frozenset[str] = frozenset()
    freshness: str = ""
    body: bytes = b""
    invalid: bool = False


class CacheStats(msgspec.Struct, frozen=True, kw_only=True):
    """What a cache did since the session began.

    Attributes:
        hits: Served from what was known, and fresh.
        stale_hits: Served from what was known, while the gateway was asked behind it.
        misses: Nothing was known: the asker waited for the gateway.
        from_record: Of the hits, those whose value came from the record.
        asks: Requests that went to the gateway.
        revalidations: Of the asks, those answered with "nothing changed".
        failures: Of the asks, those that failed.
        evictions: Answers that were dropped from memory for want of room.
        entries: Answers in memory now.
        size_bytes: Bodies of those, as received.
    """

    hits: int = 0
    stale_hits: int = 0
    misses: int = 0
    from_record: int = 0
    asks: int = 0
    revalidations: int = 0
    failures: int = 0
    evictions: int = 0
    entries: int = 0
    size_bytes: int = 0

    @property
    def hit_ratio(self) -> float | None:
        """Share of the reads that were served at once, 0 to 1; None before the first."""
        served = self.hits + self.stale_hits
        return served / (served + self.misses) if served + self.misses else None
