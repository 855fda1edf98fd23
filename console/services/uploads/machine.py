"""What becomes of an item of the queue when something happens to it. Pure: no clock, no disk, no network."""

from __future__ import annotations

import functools
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import msgspec

from console.i18n import tr
from console.model.upload import FailureClass, UploadChange, UploadFailure, UploadState, UploadStep
from console.services.uploads import events
from console.services.uploads.ladder import LADDER, Ladder

if TYPE_CHECKING:
    from console.model.upload import UploadItem

_S = UploadState
_SENT = frozenset({_S.UPLOADING, _S.VERIFYING})
_STANDING = frozenset({_S.WAITING, _S.CHECKING, _S.FAILED, _S.NEEDS_FILE, _S.NEEDS_SIGN_IN, _S.PAUSED})


class _Around(msgspec.Struct, frozen=True):
    now: datetime
    ladder: Ladder
    draw: float


def react(
    item: UploadItem, event: events.Event, *, now: datetime, ladder: Ladder = LADDER, draw: float = 0.0
) -> UploadChange | None:
    """The item after an event, and the line of its story.

    An item that may have been sent whole stays to be verified, whatever else happens, until a look-up or the operator
    says what became of it; what the operator wants of it meanwhile is its `wish`.

    Args:
        item: As it is.
        event: What happened.
        now: The time (UTC).
        ladder: When failures are tried again.
        draw: A random number in [0, 1), for the jitter.

    Returns:
        None when the event changes nothing in this state: it came too late, or was told twice.
    """
    if item.state.settled:
        return None
    return _react(event, item, _Around(now, ladder, draw))


def undecided(item: UploadItem) -> bool:
    """Whether only the operator can say if it is stored."""
    return item.state is _S.FAILED and item.failure is not None and item.failure.kind is FailureClass.UNDECIDED


@functools.singledispatch
def _react(event: events.Event, item: UploadItem, around: _Around) -> UploadChange | None:
    raise TypeError(event, item, around)


@_react.register(events.Checked)
def _checked(event: events.Checked, item: UploadItem, _around: _Around) -> UploadChange | None:
    if item.state is not _S.CHECKING:
        return None
    other = item.first_sent_at is not None and item.sha256 not in {"", event.sha256} and bool(event.fresh_key)
    changed = msgspec.structs.replace(
        item,
        sha256=event.sha256,
        media_type=event.media_type,
        size_bytes=event.size_bytes,
        modified_ns=event.modified_ns,
        idempotency_key=event.fresh_key if other else item.idempotency_key,
        first_sent_at=None if other else item.first_sent_at,
        last_sent_at=None if other else item.last_sent_at,
    )
    return UploadChange(item=changed)


@_react.register(events.SendingBegan)
def _sending_began(_event: events.SendingBegan, item: UploadItem, around: _Around) -> UploadChange | None:
    if item.state is not _S.CHECKING:
        return None
    begun = msgspec.structs.replace(
        item,
        attempts=item.attempts + 1,
        first_sent_at=item.first_sent_at or around.now,
        last_sent_at=around.now,
        sent_until=None,
        failure=None,
    )
    return _becomes(begun, _S.UPLOADING, around)


@_react.register(events.SentWhole)
def _sent_whole(_event: events.SentWhole, item: UploadItem, around: _Around) -> UploadChange | None:
    return _becomes(item, _S.VERIFYING, around, tr("sent")) if item.state is _S.UPLOADING else None


@_react.register(events.Stored)
def _stored(event: events.Stored, item: UploadItem, around: _Around) -> UploadChange | None:
    if event.key != item.idempotency_key if event.key else item.state not in _SENT:
        return None
    if not event.document_id:
        return _unknown(item, around, tr("the platform named no document"))
    stored = msgspec.structs.replace(
        item, document_id=event.document_id, thumbnail_url=event.thumbnail_url, failure=None, wish=None
    )
    text = tr("stored as document {id}", id=event.document_id)
    return _becomes(stored, _S.DONE, around, text, event.request_id)


@_react.register(events.NotStored)
def _not_stored(event: events.NotStored, item: UploadItem, around: _Around) -> UploadChange | None:
    if not item.state.held:
        return None
    if event.kind is FailureClass.LIMITED and item.state in _SENT:
        item = _uncounted(item)
    wished = _wished(item, around, event.text)
    if wished is not None and (item.wish is _S.CANCELLED or event.kind.transient):
        return wished
    return _failed(item, event, around)


@_react.register(events.CheckAgain)
def _check_again(event: events.CheckAgain, item: UploadItem, around: _Around) -> UploadChange | None:
    if item.state is not _S.UPLOADING:
        return None
    return _wished(item, around, event.text) or _becomes(item, _S.CHECKING, around, event.text)


@_react.register(events.OutcomeUnknown)
def _outcome_unknown(event: events.OutcomeUnknown, item: UploadItem, around: _Around) -> UploadChange | None:
    return _unknown(item, around, event.text, event.request_id) if item.state in _SENT else None


@_react.register(events.Missing)
def _missing(event: events.Missing, item: UploadItem, around: _Around) -> UploadChange | None:
    if item.state is not _S.VERIFYING:
        return None
    absent = msgspec.structs.replace(item, failure=None)
    return _wished(absent, around, event.text) or _becomes(absent, _S.CHECKING, around, event.text)


@_react.register(events.Unsure)
def _unsure(event: events.Unsure, item: UploadItem, around: _Around) -> UploadChange | None:
    if item.state is not _S.VERIFYING:
        return None
    if item.wish is _S.CANCELLED:
        return _wished(item, around, tr("it may be stored: {reason}", reason=event.text))
    asked = _ask(item, around, event.text)
    if asked.item.failure is None or not event.candidates:
        return asked
    failure = msgspec.structs.replace(asked.item.failure, candidates=event.candidates)
    return msgspec.structs.replace(asked, item=msgspec.structs.replace(asked.item, failure=failure))


@_react.register(events.NotLookedUp)
def _not_looked_up(event: events.NotLookedUp, item: UploadItem, around: _Around) -> UploadChange | None:
    if item.state is not _S.VERIFYING:
        return None
    rung, wait_s = around.ladder.next(item, event.kind, retry_after_s=event.retry_after_s, draw=around.draw)
    if wait_s is None:
        return _ask(item, around, event.text, event.request_id, event.status)
    failure = _failure(event, around.now + timedelta(seconds=wait_s))
    waiting = _free(msgspec.structs.replace(item, rung=rung, failure=failure))
    return _becomes(waiting, _S.VERIFYING, around, event.text, event.request_id)


@_react.register(events.FileMissing)
def _file_missing(event: events.FileMissing, item: UploadItem, around: _Around) -> UploadChange | None:
    if item.state not in {_S.WAITING, _S.CHECKING, _S.UPLOADING}:
        return None
    if item.wish is _S.CANCELLED:
        return _wished(item, around, event.text)
    return _becomes(_clear(item), _S.NEEDS_FILE, around, event.text)


@_react.register(events.SignInNeeded)
def _sign_in_needed(event: events.SignInNeeded, item: UploadItem, around: _Around) -> UploadChange | None:
    if item.state is _S.VERIFYING:
        return _let_go(events.LetGo(sent_whole=True, text=event.text), item, around)
    if item.state not in {_S.WAITING, _S.CHECKING, _S.UPLOADING}:
        return None
    return _wished(item, around, event.text) or _becomes(_clear(item), _S.NEEDS_SIGN_IN, around, event.text)


def _uncounted(item: UploadItem) -> UploadItem:
    """As before its last sending; the operator may have begun the count anew since."""
    return msgspec.structs.replace(item, attempts=max(0, item.attempts - 1))


@_react.register(events.LetGo)
def _let_go(event: events.LetGo, item: UploadItem, around: _Around) -> UploadChange | None:
    if not item.state.held:
        return None
    if not event.began and item.state is _S.UPLOADING:
        item = _uncounted(item)
    if item.state is _S.VERIFYING or (item.state is _S.UPLOADING and event.sent_whole):
        return _unknown(_free(item), around, event.text)
    return _wished(item, around, event.text) or _becomes(_free(item), _S.WAITING, around, event.text)


@_react.register(events.Pause)
def _pause(_event: events.Pause, item: UploadItem, around: _Around) -> UploadChange | None:
    if item.state in _SENT:
        return _wish(item, _S.PAUSED)
    again = item.state is _S.FAILED and not item.needs_operator
    if item.state in {_S.WAITING, _S.CHECKING} or again:
        return _becomes(_clear(item), _S.PAUSED, around)
    return None


@_react.register(events.Resume)
def _resume(_event: events.Resume, item: UploadItem, around: _Around) -> UploadChange | None:
    if item.state in _SENT and item.wish is not None:
        return UploadChange(item=msgspec.structs.replace(item, wish=None))
    return _becomes(_clear(item), _S.WAITING, around) if item.state is _S.PAUSED else None


@_react.register(events.Cancel)
def _cancel(_event: events.Cancel, item: UploadItem, around: _Around) -> UploadChange | None:
    if item.state in _SENT:
        return _wish(item, _S.CANCELLED)
    return _becomes(_clear(item), _S.CANCELLED, around) if item.state in _STANDING else None


@_react.register(events.Retry)
def _retry(event: events.Retry, item: UploadItem, around: _Around) -> UploadChange | None:
    doubled = item.failure is not None and item.failure.kind is FailureClass.DUPLICATE
    insisted = item.insisted or (doubled and event.insists)
    anew = msgspec.structs.replace(_clear(item), attempts=0, rung=0, insisted=insisted)
    if undecided(item):
        return _becomes(anew, _S.VERIFYING, around, tr("looked up again"))
    if item.state is _S.VERIFYING and item.failure is not None:
        looked_up = msgspec.structs.replace(item, failure=None, rung=0)
        return _becomes(looked_up, _S.VERIFYING, around, tr("looked up again"))
    if item.state in {_S.FAILED, _S.NEEDS_FILE, _S.NEEDS_SIGN_IN}:
        return _becomes(anew, _S.WAITING, around, tr("tried again"))
    return None


@_react.register(events.Decide)
def _decide(event: events.Decide, item: UploadItem, around: _Around) -> UploadChange | None:
    if not undecided(item):
        return None
    cleared = _clear(item)
    if event.stored:
        done = msgspec.structs.replace(cleared, document_id=event.document_id)
        return _becomes(done, _S.DONE, around, tr("it is stored, the operator says"))
    again = msgspec.structs.replace(cleared, rung=0)
    return _becomes(again, _S.WAITING, around, tr("it is not stored, the operator says"))


@_react.register(events.Locate)
def _locate(event: events.Locate, item: UploadItem, around: _Around) -> UploadChange | None:
    if item.state is not _S.NEEDS_FILE:
        return None
    found = msgspec.structs.replace(
        _clear(item), path=event.path, size_bytes=event.size_bytes, modified_ns=event.modified_ns, rung=0
    )
    return _becomes(found, _S.WAITING, around, event.path)


@_react.register(events.SignedIn)
def _signed_in(_event: events.SignedIn, item: UploadItem, around: _Around) -> UploadChange | None:
    return _becomes(_clear(item), _S.WAITING, around) if item.state is _S.NEEDS_SIGN_IN else None


def _becomes(
    item: UploadItem, state: UploadState, around: _Around, text: str = "", request_id: str = ""
) -> UploadChange:
    changed = msgspec.structs.replace(
        item if state.held else _free(item),
        state=state,
        changed_at=around.now if state is not item.state else item.changed_at,
    )
    attempt = item.attempts if state in _SENT or item.state in _SENT else 0
    return UploadChange(
        item=changed, step=UploadStep(at=around.now, state=state, attempt=attempt, text=text, request_id=request_id)
    )


def _failed(item: UploadItem, event: events.NotStored, around: _Around) -> UploadChange:
    rung, wait_s = around.ladder.next(item, event.kind, retry_after_s=event.retry_after_s, draw=around.draw)
    next_try_at = None if wait_s is None else around.now + timedelta(seconds=wait_s)
    failed = msgspec.structs.replace(item, rung=rung, wish=None, failure=_failure(event, next_try_at))
    return _becomes(failed, _S.FAILED, around, event.text, event.request_id)


def _failure(event: events.NotStored | events.NotLookedUp, next_try_at: datetime | None) -> UploadFailure:
    return UploadFailure(
        kind=event.kind, text=event.text, status=event.status, request_id=event.request_id, next_try_at=next_try_at
    )


def _ask(item: UploadItem, around: _Around, text: str, request_id: str = "", status: int | None = None) -> UploadChange:
    failure = UploadFailure(kind=FailureClass.UNDECIDED, text=text, status=status, request_id=request_id)
    asked = msgspec.structs.replace(item, failure=failure, wish=None)
    return _becomes(asked, _S.FAILED, around, text, request_id)


def _unknown(item: UploadItem, around: _Around, text: str, request_id: str = "") -> UploadChange:
    item = msgspec.structs.replace(item, sent_until=item.sent_until or around.now)
    return _becomes(item, _S.VERIFYING, around, text, request_id)


def _wish(item: UploadItem, wish: UploadState) -> UploadChange | None:
    """A wish to cancel is not turned into one to pause: the operator resumes it first."""
    if item.wish in {wish, _S.CANCELLED}:
        return None
    return UploadChange(item=msgspec.structs.replace(item, wish=wish))


def _wished(item: UploadItem, around: _Around, text: str) -> UploadChange | None:
    """What the operator wants of it, now that it is not stored; None when nothing is wanted."""
    return None if item.wish is None else _becomes(_clear(item), item.wish, around, text)


def _free(item: UploadItem) -> UploadItem:
    return msgspec.structs.replace(item, owner="", leased_until=None)


def _clear(item: UploadItem) -> UploadItem:
    return msgspec.structs.replace(_free(item), failure=None, wish=None)
