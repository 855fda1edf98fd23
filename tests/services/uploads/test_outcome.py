"""What an error means, for every error there is: nothing that may be stored is taken for lost, nor the reverse."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.model import errors
from console.model.file_trouble import FileChanged, FileGone
from console.model.upload import FailureClass
from console.services.uploads.outcome import Fate, outcome_of

STORED_PERHAPS = [
    errors.ConnectionLost("cut"),
    errors.ConnectionLost("silent", timed_out=True),
    errors.ServiceFailed("500", status=500),
    errors.ServiceFailed("502", status=502),
    errors.ServiceFailed("503", status=503),
    errors.ServiceFailed("504", status=504),
    errors.NotAGateway("a page", status=502),
    errors.NotAGateway("a portal", status=200),
    errors.NotAGateway("no http"),
    errors.ProtocolViolation("no id", field="id"),
    errors.NotFound("what?", status=404),
    errors.NotOffered("nowhere", answers=("POST /x: 404",)),
    errors.ConnectFailed("refused", reason="refused"),
    errors.TlsFailed("expired"),
    errors.TenantMismatch("another"),
]
NEVER_STORED = [
    (errors.Rejected("no", status=400), FailureClass.REFUSED),
    (errors.Rejected("no", status=409), FailureClass.REFUSED),
    (errors.Rejected("no", status=413), FailureClass.TOO_LARGE),
    (errors.Rejected("no", status=415), FailureClass.WRONG_TYPE),
    (errors.Rejected("no", status=422), FailureClass.REFUSED),
    (errors.Rejected("no", status=408), FailureClass.SERVICE),
    (errors.NotAGateway("a proxy's page", status=413), FailureClass.TOO_LARGE),
    (errors.ServiceFailed("full", status=507), FailureClass.NO_ROOM),
    (errors.RateLimited("slow down", retry_after_s=7), FailureClass.LIMITED),
    (errors.Forbidden("no", status=403), FailureClass.REFUSED),
    (errors.Unauthorized("no", status=401), FailureClass.SERVICE),
    (errors.ReadOnly("documents.upload"), FailureClass.READ_ONLY),
]


@pytest.mark.parametrize("error", STORED_PERHAPS, ids=repr)
def test_after_the_last_byte_only_an_answer_tells(error: errors.GatewayError) -> None:
    # fault 78
    assert outcome_of(error, sent_whole=True).fate is Fate.UNKNOWN
    assert outcome_of(error, sent_whole=False).fate in {Fate.NOT_STORED, Fate.UNSENT}


@pytest.mark.parametrize(("error", "kind"), NEVER_STORED, ids=repr)
@pytest.mark.parametrize("sent_whole", [True, False])
def test_a_refusal_is_one_whenever_it_comes(
    error: errors.GatewayError, kind: FailureClass, *, sent_whole: bool
) -> None:
    # fault 80
    outcome = outcome_of(error, sent_whole=sent_whole)
    assert (outcome.fate, outcome.kind) == (Fate.NOT_STORED, kind)


def test_what_the_gateway_says_goes_with_it() -> None:
    limited = outcome_of(errors.RateLimited("slow down", retry_after_s=7, request_id="r-1"), sent_whole=True)
    assert (limited.retry_after_s, limited.status, limited.request_id) == (7, 429, "r-1")


def test_nothing_went_out_where_nobody_was_there() -> None:
    # fault 87
    for error in (errors.ConnectFailed("", reason="refused"), errors.BreakerOpen("documents", retry_after_s=9)):
        assert outcome_of(error, sent_whole=False).fate is Fate.UNSENT


def test_an_ended_sign_in_and_a_missing_file_wait_for_somebody() -> None:
    assert outcome_of(errors.SignInRequired("over"), sent_whole=True).fate is Fate.SIGN_IN
    assert outcome_of(errors.TenantRequired("which?"), sent_whole=False).fate is Fate.SIGN_IN
    assert outcome_of(FileGone("not there", "/a"), sent_whole=False).fate is Fate.NO_FILE
    assert outcome_of(FileChanged("changed", "/a"), sent_whole=False).kind is FailureClass.CHANGING


@given(status=st.integers(min_value=100, max_value=599), sent_whole=st.booleans())
def test_whatever_the_status_nothing_possible_is_ruled_out(status: int, *, sent_whole: bool) -> None:
    outcome = outcome_of(errors.GatewayError("odd", status=status), sent_whole=sent_whole)
    if not sent_whole:
        assert outcome.fate is Fate.NOT_STORED
    elif status >= 500 and status != 507:
        assert outcome.fate is Fate.UNKNOWN
    elif 400 <= status < 500:
        assert outcome.fate is Fate.NOT_STORED
