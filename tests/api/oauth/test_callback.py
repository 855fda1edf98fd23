"""What a browser brings back, and what an operator pastes."""

from __future__ import annotations

import contextlib
from urllib.parse import urlencode

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.api.oauth.callback import CODE_LIMIT_CHARS, code_in, code_pasted
from console.model.errors import BrowserSignInFailed
from console.model.oauth import Authorization
from console.model.oauth import BrowserSignInReason as Reason

# Not a fresh one at each run: it stands in the names of tests.
ATTEMPT = Authorization(
    provider="sso", redirect_uri="http://127.0.0.1:5000/callback", state="kVejjB1DBF9Mbjbcr-hKp2tb", verifier="v" * 43
)
KNOWN = msgspec.structs.replace(ATTEMPT, issuer="https://sso.example")
CODES = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=200)


def refusal(query: str, one: object = ATTEMPT) -> BrowserSignInFailed:
    with pytest.raises(BrowserSignInFailed) as caught:
        code_in(query, msgspec.convert(one, type(ATTEMPT)))
    return caught.value


@given(CODES)
def test_any_code_comes_through_unharmed(code: str) -> None:
    assert code_in(urlencode({"code": code, "state": ATTEMPT.state}), ATTEMPT) == code


@given(st.text())
def test_whatever_comes_gives_a_code_or_a_typed_error(query: str) -> None:  # fault 11
    with pytest.raises(BrowserSignInFailed):
        code_in(query, ATTEMPT)


@given(st.dictionaries(st.sampled_from(["code", "error", "error_description", "iss", "x"]), st.text(), max_size=5))
def test_with_the_right_state_too(fields: dict[str, str]) -> None:
    query = urlencode({**fields, "state": ATTEMPT.state}, errors="replace")
    if "error" in fields or not _sendable(fields.get("code", "")):
        found = refusal(query)
        assert found.reason in {Reason.DENIED, Reason.PROVIDER, Reason.MALFORMED}
        assert found.detail.isprintable()
    else:
        assert code_in(query, ATTEMPT) == fields["code"]


def _sendable(code: str) -> bool:
    return 0 < len(code) <= CODE_LIMIT_CHARS and all("!" <= char <= "~" for char in code)


@pytest.mark.parametrize("state", [None, "", "x", ATTEMPT.state[:-1], ATTEMPT.state + "x", ATTEMPT.state.swapcase()])
def test_a_wrong_or_missing_state_is_refused(state: str | None) -> None:  # fault 12
    fields = {"code": "c"} if state is None else {"code": "c", "state": state}
    assert refusal(urlencode(fields)).reason == Reason.STATE


@pytest.mark.parametrize(
    "query",
    [
        f"code=a&code=b&state={ATTEMPT.state}",
        f"code=a&state=evil&state={ATTEMPT.state}",
        f"code=a&error=x&error=y&state={ATTEMPT.state}",
        f"code=a&state={ATTEMPT.state}" + "&x=1" * 40,
        "\ud800",
        "code=%ff&state=%ff",
    ],
)
def test_what_is_ambiguous_is_not_for_us(query: str) -> None:
    assert refusal(query).reason == Reason.STATE


def test_an_error_of_another_attempt_ends_nothing() -> None:  # fault 12
    assert refusal("error=access_denied&state=evil").reason == Reason.STATE


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        ("access_denied", Reason.DENIED),
        ("server_error", Reason.PROVIDER),
        ("temporarily_unavailable", Reason.PROVIDER),
        ("invalid_scope", Reason.PROVIDER),
        ("\N{PILE OF POO}" * 500, Reason.PROVIDER),
        ("", Reason.PROVIDER),
    ],
)
def test_an_error_stays_plain_text(error: str, reason: str) -> None:  # fault 16
    said = "<b>No</b>\r\n\x1b[31m\u202eyou\x00 token=hunter2hunter2"
    found = refusal(urlencode({"error": error, "error_description": said, "state": ATTEMPT.state}))
    assert found.reason == reason
    assert found.detail.startswith("<b>No</b>")
    assert found.detail.isprintable()
    assert "hunter2" not in found.detail
    assert len(found.code) <= 64


@pytest.mark.parametrize("code", ["", " ", "a b", "a\nb", "\N{SNOWMAN}", "x" * (CODE_LIMIT_CHARS + 1)])
def test_what_is_no_code_is_refused(code: str) -> None:
    assert refusal(urlencode({"code": code, "state": ATTEMPT.state})).reason == Reason.MALFORMED


@pytest.mark.parametrize("issuer", [None, "", "https://evil.example", "https://sso.example/", "HTTPS://SSO.EXAMPLE"])
def test_another_issuer_than_the_known_one_is_refused(issuer: str | None) -> None:  # fault 22
    fields = {"code": "c", "state": ATTEMPT.state} | ({} if issuer is None else {"iss": issuer})
    assert refusal(urlencode(fields), KNOWN).reason == Reason.ISSUER


def test_the_known_issuer_is_accepted_and_an_unknown_one_not_asked_for() -> None:  # fault 22
    query = urlencode({"code": "c", "state": ATTEMPT.state, "iss": "https://sso.example"})
    assert code_in(query, KNOWN) == "c"
    assert code_in(query, ATTEMPT) == "c"


@pytest.mark.parametrize(
    "pasted",
    [
        "4/abc-DEF_1",
        "  4/abc-DEF_1\n",
        f"http://127.0.0.1:5000/callback?code=4%2Fabc-DEF_1&state={ATTEMPT.state}",
        f"https://sso.example/done#code=4%2Fabc-DEF_1&state={ATTEMPT.state}",
        f"?code=4%2Fabc-DEF_1&state={ATTEMPT.state}",
        f"code=4%2Fabc-DEF_1&state={ATTEMPT.state}",
    ],
)
def test_a_code_is_found_in_what_people_copy(pasted: str) -> None:
    assert code_pasted(pasted, ATTEMPT) == "4/abc-DEF_1"


@pytest.mark.parametrize(
    ("pasted", "reason"),
    [
        ("", Reason.MALFORMED),
        ("two words", Reason.MALFORMED),
        ("x" * 20_000, Reason.MALFORMED),
        ("http://[broken", Reason.MALFORMED),
        ("http://127.0.0.1:5000/callback?code=c&state=of-another", Reason.STATE),
        ("http://127.0.0.1:5000/callback", Reason.STATE),
    ],
)
def test_anything_else_that_is_pasted_is_refused(pasted: str, reason: str) -> None:
    with pytest.raises(BrowserSignInFailed) as caught:
        code_pasted(pasted, ATTEMPT)
    assert caught.value.reason == reason


@given(st.text())
def test_pasting_never_raises_anything_else(text: str) -> None:
    with contextlib.suppress(BrowserSignInFailed):
        assert code_pasted(text, ATTEMPT) == text.strip()
