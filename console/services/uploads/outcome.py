"""What an error means for a document that was being sent. Pure.

The one thing that matters: may it be stored? Until the last byte has gone out it is not, because no platform keeps half
a form. From then on only an answer tells, and not every answer does: behind a gateway a 5xx may come from any of those
who passed the document on, after another had stored it.
"""

from __future__ import annotations

import enum

import msgspec

from console.model.errors import (
    BreakerOpen,
    ConnectFailed,
    Forbidden,
    GatewatchError,
    GatewayError,
    NotFound,
    NotOffered,
    RateLimited,
    ReadOnly,
    ServiceFailed,
    SignInRequired,
    TenantRequired,
    TlsFailed,
    Unauthorized,
)
from console.model.file_trouble import FileChanged, FileTrouble
from console.model.upload import FailureClass

_BAD_REQUEST, _SERVER_ERROR = 400, 500


class Fate(enum.Enum):
    """What became of one sending."""

    NOT_STORED = enum.auto()  # for sure; the class says why
    UNKNOWN = enum.auto()  # it may be stored: to be looked up
    UNSENT = enum.auto()  # nothing of it went out: no attempt, and no fault of the document's
    SIGN_IN = enum.auto()  # not stored; somebody has to sign in
    NO_FILE = enum.auto()  # not stored; the operator has to find the file


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What an error means.

    Attributes:
        fate: What became of the sending.
        kind: Why, by what can be done about it. Of something unknown: what it is when it turns out not to be stored.
        status: HTTP status; None for none.
        request_id: Of the sending; empty for none.
        retry_after_s: How long the gateway wants to be left alone; None when it does not say.
    """

    fate: Fate
    kind: FailureClass
    status: int | None = None
    request_id: str = ""
    retry_after_s: float | None = None


def outcome_of(error: GatewatchError, *, sent_whole: bool) -> Outcome:
    """What an error of `Documents.upload` means, given whether the last byte had gone out."""
    match error:
        case FileChanged():
            return Outcome(fate=Fate.NOT_STORED, kind=FailureClass.CHANGING)
        case FileTrouble():
            return Outcome(fate=Fate.NO_FILE, kind=FailureClass.REFUSED)
        case GatewayError():
            fate, kind = _of_gateway(error, sent_whole=sent_whole)
            after_s = getattr(error, "retry_after_s", None)
            return Outcome(
                fate=fate, kind=kind, status=error.status, request_id=error.request_id, retry_after_s=after_s
            )
        case _:
            fate = Fate.UNKNOWN if sent_whole else Fate.NOT_STORED
            return Outcome(fate=fate, kind=FailureClass.SERVICE)


def _of_gateway(error: GatewayError, *, sent_whole: bool) -> tuple[Fate, FailureClass]:  # noqa: C901, PLR0912  (a table)
    lost = Fate.UNKNOWN if sent_whole else Fate.NOT_STORED
    match error:
        case SignInRequired() | TenantRequired():
            return Fate.SIGN_IN, FailureClass.REFUSED
        case Unauthorized():  # after a renewal: one service that can't check tokens, no ended sign-in
            return Fate.NOT_STORED, FailureClass.SERVICE
        case Forbidden():
            return Fate.NOT_STORED, FailureClass.REFUSED
        case ReadOnly():
            return Fate.NOT_STORED, FailureClass.READ_ONLY
        case NotOffered():
            return lost, FailureClass.NOT_OFFERED
        case RateLimited():
            return Fate.NOT_STORED, FailureClass.LIMITED
        case BreakerOpen():
            return Fate.UNSENT, FailureClass.SERVICE
        case ConnectFailed() | TlsFailed():
            return (Fate.UNKNOWN if sent_whole else Fate.UNSENT), FailureClass.NETWORK
        case NotFound():  # a service behind the one that stores may be what was not found
            return lost, FailureClass.REFUSED
        case _ if error.status is not None and (known := _by_status(error.status)) is not None:
            return Fate.NOT_STORED, known
        case ServiceFailed():
            return lost, FailureClass.SERVICE
        case _ if error.status is not None and error.status >= _SERVER_ERROR:
            return lost, FailureClass.SERVICE
        case _:  # broken off, or an answer that can't be read
            return lost, FailureClass.NETWORK


def _by_status(status: int) -> FailureClass | None:
    """What a status says whoever sent it: a proxy's page counts like a service's word. None when it leaves it open."""
    match status:
        case 413:
            return FailureClass.TOO_LARGE
        case 415:
            return FailureClass.WRONG_TYPE
        case 429:
            return FailureClass.LIMITED
        case 507:
            return FailureClass.NO_ROOM
        case 408 | 425:  # gave up waiting, or asks for another try
            return FailureClass.SERVICE
        case _ if _BAD_REQUEST <= status < _SERVER_ERROR:
            return FailureClass.REFUSED
        case _:
            return None
