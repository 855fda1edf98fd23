"""What the operator can do about an item now, and what happens when they do nothing."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING

import msgspec

from console.i18n import tr
from console.model.upload import FailureClass, UploadItem, UploadState
from console.presenters.display import printable
from console.presenters.upload_rows import is_undecided
from console.presenters.upload_texts import TEXT, duration_text, holding_text, queued_by_text

if TYPE_CHECKING:
    from datetime import datetime


class WayOn(enum.StrEnum):
    """Something to do about an item; in the order of buttons."""

    SHOW = "show"
    FIND_FILE = "find"
    SIGN_IN = "sign in"
    IS_THERE = "there"
    SEND_AGAIN = "again"
    LOOK_UP = "look up"
    RESUME = "resume"
    RETRY = "retry"
    PAUSE = "pause"
    CANCEL = "cancel"
    REMOVE = "remove"


class NextStep(msgspec.Struct, frozen=True, kw_only=True):
    """What comes next of an item.

    Attributes:
        text: In sentences.
        ways: What can be done, the best first.
    """

    text: str
    ways: tuple[WayOn, ...] = ()


_WAYS = {
    UploadState.WAITING: (WayOn.PAUSE, WayOn.CANCEL),
    UploadState.PAUSED: (WayOn.RESUME, WayOn.CANCEL),
    UploadState.CHECKING: (WayOn.PAUSE, WayOn.CANCEL),
    UploadState.UPLOADING: (WayOn.PAUSE, WayOn.CANCEL),
    UploadState.VERIFYING: (WayOn.PAUSE, WayOn.CANCEL),
    UploadState.DONE: (WayOn.REMOVE,),
    UploadState.CANCELLED: (WayOn.REMOVE,),
    UploadState.NEEDS_FILE: (WayOn.FIND_FILE, WayOn.RETRY, WayOn.REMOVE),
    UploadState.NEEDS_SIGN_IN: (WayOn.SIGN_IN, WayOn.REMOVE),
    UploadState.FAILED: (WayOn.RETRY, WayOn.REMOVE),
}


def ways_of(item: UploadItem) -> tuple[WayOn, ...]:
    """What can be done about an item, the best first."""
    if is_undecided(item):
        return (WayOn.IS_THERE, WayOn.SEND_AGAIN, WayOn.LOOK_UP, WayOn.REMOVE)
    if item.state is UploadState.DONE and item.document_id:
        return (WayOn.SHOW, WayOn.REMOVE)
    if item.wish is UploadState.PAUSED:
        return (WayOn.RESUME, WayOn.CANCEL)
    if item.wish is UploadState.CANCELLED:
        return (WayOn.RESUME,)
    if item.state is UploadState.VERIFYING and item.failure is not None:
        return (WayOn.LOOK_UP, *_WAYS[item.state])
    return _WAYS[item.state]


def way_text(way: WayOn) -> str:
    """What stands on its button."""
    return {
        WayOn.SHOW: tr("Open in Documents"),
        WayOn.FIND_FILE: tr("Find file…"),
        WayOn.SIGN_IN: tr("Sign in"),
        WayOn.IS_THERE: tr("It is there"),
        WayOn.SEND_AGAIN: tr("Send it again"),
        WayOn.LOOK_UP: tr("Look it up again"),
        WayOn.PAUSE: tr("Pause"),
        WayOn.RESUME: tr("Resume"),
        WayOn.RETRY: tr("Retry"),
        WayOn.CANCEL: tr("Cancel"),
        WayOn.REMOVE: tr("Remove"),
    }[way]


def next_step(
    item: UploadItem, now: datetime, *, user_id: str = "", holding: str = "", paused: bool = False
) -> NextStep:
    """What comes next.

    Args:
        item: Of the queue.
        now: The time (UTC).
        user_id: Who is signed in to its gateway; empty for nobody.
        holding: Why its gateway's items don't move, as in `QueueSnapshot.holding`.
        paused: The whole queue is.
    """
    return NextStep(text=_text(item, now, user_id, holding, paused=paused), ways=ways_of(item))


def _text(item: UploadItem, now: datetime, user_id: str, holding: str, *, paused: bool) -> str:
    if item.wish is not None:
        return _wished(item)
    match item.state:
        case UploadState.WAITING if paused:
            return tr("The whole queue is paused. Resume all, and it takes its turn.")
        case UploadState.WAITING if holding:
            return holding_text(item.profile, holding, 1)
        case UploadState.NEEDS_SIGN_IN:
            return _sign_in(item, user_id)
        case UploadState.FAILED:
            return _failed(item, now)
        case UploadState.VERIFYING if item.failure is not None:
            return _failed(item, now)
        case _:
            return _of_state(item.state)


def _of_state(state: UploadState) -> str:
    return {
        UploadState.WAITING: tr("It takes its turn by itself."),
        UploadState.PAUSED: tr("It waits until you resume it."),
        UploadState.CHECKING: tr("The file is read and checked; nothing is sent yet."),
        UploadState.UPLOADING: tr("Its content is being sent."),
        UploadState.VERIFYING: tr(
            "Everything was sent. The gateway is asked what became of it, so that it arrives only once."
        ),
        UploadState.DONE: tr("The platform has it."),
        UploadState.CANCELLED: tr("You gave it up."),
        UploadState.NEEDS_FILE: tr(
            "The file is not where it was, or can't be read. Find it, or take the upload off the queue."
        ),
    }.get(state, "")


def _wished(item: UploadItem) -> str:
    if item.wish is UploadState.PAUSED:
        return tr("It is paused as soon as it is known what became of what was sent already.")
    return tr("It is cancelled as soon as it is known what became of what was sent already. It may have arrived.")


def _sign_in(item: UploadItem, user_id: str) -> str:
    if whose := queued_by_text(item, user_id, ""):
        return tr("It was {whose}, and is sent in nobody else's name. It goes on when they sign in.", whose=whose)
    return tr("Sign in to {name}, and it goes on by itself.", name=printable(item.profile))


def _failed(item: UploadItem, now: datetime) -> str:
    failure = item.failure
    if failure is None:
        return tr("It waits until you retry it.")
    said = _sentence(printable(failure.text, TEXT))
    if failure.next_try_at is not None:
        wait = (failure.next_try_at - now).total_seconds()
        then = tr("It is tried again by itself now.")
        if wait > 0:
            then = tr("It is tried again by itself in {time}.", time=duration_text(wait))
    else:
        then = _advice(failure.kind)
    return " ".join(part for part in (said, then) if part)


def _sentence(text: str) -> str:
    """With a capital, and an end."""
    if not text:
        return ""
    return text[0].upper() + text[1:] + ("" if text[-1] in ".?\N{HORIZONTAL ELLIPSIS}" else ".")


def _advice(kind: FailureClass) -> str:  # noqa: C901  (one case a class)
    match kind:
        case FailureClass.NETWORK:
            return tr("It is not tried by itself any more. Check the connection, then retry.")
        case FailureClass.SERVICE:
            return tr("It is not tried by itself any more. Retry when the platform is well again.")
        case FailureClass.LIMITED:
            return tr("Retry when the gateway takes requests again.")
        case FailureClass.NO_ROOM:
            return tr("Somebody has to make room on the platform. Then retry.")
        case FailureClass.CHANGING:
            return tr("Something still writes to the file. Retry when it is finished.")
        case FailureClass.TOO_LARGE:
            return tr("The platform takes no file of this size: trying again changes nothing.")
        case FailureClass.WRONG_TYPE:
            return tr("The platform does not take this kind of file: trying again changes nothing.")
        case FailureClass.REFUSED:
            return tr("The platform does not want it like this. Its answer says why; the request id helps who runs it.")
        case FailureClass.DUPLICATE:
            return tr("There is nothing left to send. Take it off the queue, or retry just this one to send it.")
        case FailureClass.NOT_OFFERED:
            return tr("This gateway takes no documents. Take it off the queue, and add the file for another gateway.")
        case FailureClass.READ_ONLY:
            return tr("The gateway is set to read-only here. Change that in Settings, then retry.")
        case FailureClass.UNDECIDED:
            return tr("Look on the platform, then say which it is: nothing is sent until you do.")
