"""What became of a document that was sent whole and not answered for."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, assert_never

from console.i18n import tr
from console.model.document import Sought, Verdict
from console.model.errors import GatewayError, NotFound, NotOffered
from console.services.explain import explain
from console.services.uploads.events import LetGo, Missing, NotLookedUp, SignInNeeded, Stored, Unsure
from console.services.uploads.outcome import Fate, outcome_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from console.api.contract import Documents
    from console.model.document import Document
    from console.model.upload import UploadItem
    from console.services.uploads.events import Event
    from console.services.uploads.outcome import Outcome

SETTLE_S = 2.0
_LATE_TIMES = 5  # as long, where a gateway has lost patience with the platform
# What a system still sends for a program that was killed: so much at most, and rarely slower than that.
_BUFFERED_BYTES, _SLOW_BPS = 4 << 20, 128 * 1024
_CANDIDATES = 5


class LookUp:
    """Asks a gateway what became of items.

    Args:
        settle_s: A document that is not there so soon after it was sent may still be on its way into the platform's
            books: only then is its absence believed.
        clock: The time (UTC).
        sleep: Waits so many seconds.
    """

    def __init__(
        self,
        *,
        settle_s: float = SETTLE_S,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._settle = timedelta(seconds=settle_s)
        self._clock = clock
        self._sleep = sleep

    async def __call__(
        self,
        documents: Documents,
        item: UploadItem,
        *,
        others: frozenset[str] = frozenset(),
        rivals: bool = False,
        outcome: Outcome | None = None,
    ) -> Event:
        """What happened to the item.

        Args:
            documents: Of its gateway.
            item: As the journal has it.
            others: Documents that are known to have come from other items.
            rivals: Whether another item of its name and size is not accounted for either.
            outcome: Of its last sending; None when whoever sent it is gone.
        """
        now = self._clock()
        sought = _sought(item, now, others, rivals=rivals)
        wait = self._wait(item, outcome) - max(timedelta(), now - sought.until)
        try:
            finding = await documents.find(sought)
            if finding.verdict is Verdict.ABSENT and wait > timedelta():
                await self._sleep(wait.total_seconds())
                finding = await documents.find(sought)
        except (NotOffered, NotFound):
            return self._untold(documents, tr("this gateway can't be asked"))
        except GatewayError as exc:
            return _not_asked(exc)
        match finding.verdict:
            case Verdict.THERE:
                found = finding.documents[0]
                return Stored(document_id=found.id, thumbnail_url=found.thumbnail_url)
            case Verdict.ABSENT:
                return Missing(text=tr("looked up: it is not stored"))
            case Verdict.UNSURE:
                return self._untold(documents, finding.reason, finding.documents)
            case _ as unknown:
                assert_never(unknown)

    def _wait(self, item: UploadItem, outcome: Outcome | None) -> timedelta:
        """How long after its last sending its absence is believed."""
        if outcome is None:
            return self._settle + _on_its_way(item)
        return self._settle * (_LATE_TIMES if outcome.late else 1)

    def _untold(self, documents: Documents, reason: str, candidates: tuple[Document, ...] = ()) -> Event:
        """Where a platform keeps one document a key, sending it again does no harm; elsewhere the operator decides."""
        if documents.rules.honours_key:
            return Missing(text=tr("no telling ({reason}): sent again with the same key", reason=reason))
        text = tr("It may be stored or not: {reason}.", reason=reason or tr("the gateway can't tell"))
        return Unsure(text=text, candidates=candidates[:_CANDIDATES])


def _on_its_way(item: UploadItem) -> timedelta:
    """For how long the rest may still go out after its sender is gone."""
    return timedelta(seconds=min(item.size_bytes, _BUFFERED_BYTES) / _SLOW_BPS)


def _sought(item: UploadItem, now: datetime, others: frozenset[str], *, rivals: bool) -> Sought:
    return Sought(
        idempotency_key=item.idempotency_key,
        sha256=item.sha256,
        name=item.name,
        size_bytes=item.size_bytes,
        since=item.first_sent_at or item.created_at,
        until=item.sent_until or now,
        asked_at=now,
        others=others,
        rivals=rivals,
    )


def _not_asked(error: GatewayError) -> Event:
    text = tr("Not looked up yet: {reason}", reason=explain(error).text)
    outcome = outcome_of(error, sent_whole=False)
    match outcome.fate:
        case Fate.UNSENT:
            return LetGo(sent_whole=True, text=text)
        case Fate.SIGN_IN:
            return SignInNeeded(text=text)
        case _:
            return NotLookedUp(
                kind=outcome.kind,
                text=text,
                status=outcome.status,
                request_id=outcome.request_id,
                retry_after_s=outcome.retry_after_s,
            )
