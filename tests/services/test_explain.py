"""Every error and every condition of a connection in plain words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from console.model import errors, reasons
from console.model.blame import Layer, Probe
from console.model.connection import Connection, Facts, FeedState, Phase, tell
from console.model.file_trouble import FileTrouble
from console.model.identity import Challenge
from console.model.oauth import BrowserSignInReason
from console.services.explain import clock, explain, story

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
DETAIL = "upstream said so"


def every(kind: type[errors.GatewatchError]) -> list[type[errors.GatewatchError]]:
    return [kind, *(found for sub in kind.__subclasses__() for found in every(sub))]


def made(kind: type[errors.GatewatchError]) -> errors.GatewatchError:  # noqa: C901, PLR0912  (one case an error)
    """One of each, as the code that raises it does."""
    match kind:
        case errors.ConnectFailed:
            return errors.ConnectFailed(DETAIL, reason=reasons.ConnectReason.NAME)
        case errors.ProtocolViolation:
            return errors.ProtocolViolation(DETAIL, field="services[0].id")
        case errors.MfaRequired:
            return errors.MfaRequired(DETAIL, challenge=Challenge())
        case errors.NotOffered:
            return errors.NotOffered(DETAIL, answers=["GET /x: 404"])
        case errors.SettingsError:
            return errors.SettingsError(DETAIL, kept_as=Path("settings.toml"))
        case errors.BrowserSignInFailed:
            return errors.BrowserSignInFailed(DETAIL, reason=BrowserSignInReason.DENIED)
        case errors.WrongUser:
            return errors.WrongUser(expected="ana@example", came=DETAIL)
        case errors.Rejected:
            return errors.Rejected(DETAIL, status=400)
        case errors.AddressError:
            return errors.AddressError(DETAIL, typed="typed")
        case errors.BreakerOpen:
            return errors.BreakerOpen("identity", retry_after_s=9.0)
        case errors.StoreLocked:
            return errors.StoreLocked(DETAIL, needs="passphrase", path=Path("store"))
        case _ if issubclass(kind, FileTrouble):
            return kind(DETAIL, "/folder/file.pdf")
        case _ if issubclass(kind, errors.StoreError):
            return kind(DETAIL, path=Path("store"))
        case _:
            return kind(DETAIL)


@pytest.mark.parametrize("kind", every(errors.GatewatchError), ids=lambda kind: kind.__name__)
def test_every_error_has_sentences(kind: type[errors.GatewatchError]) -> None:
    said = explain(made(kind))
    assert said.headline.endswith(".")
    assert said.headline[0].isupper()
    assert not said.headline.endswith("..")
    for word in ("!", "Something went wrong", "None", "Error", kind.__name__ if kind.__name__ != "Forbidden" else "?"):
        assert word not in said.text
    if said.advice:
        assert said.advice.endswith(".")


def test_the_request_id_is_passed_on() -> None:
    assert explain(errors.ServiceFailed(DETAIL, request_id="r-1")).request_id == "r-1"


@pytest.mark.parametrize("reason", ["name", "refused", "no-route", "timeout", "other"])
def test_why_no_connection_came_about_is_told_apart(reason: str) -> None:
    texts = {explain(errors.ConnectFailed("", reason=one)).text for one in ("name", "refused", "no-route", "timeout")}
    assert len(texts) == 4
    assert explain(errors.ConnectFailed("", reason=reason)).text


def test_a_wrong_password_and_an_ended_sign_in_are_told_apart() -> None:
    wrong = explain(errors.Unauthorized("", route="POST /api/auth/login"))
    ended = explain(errors.SignInRequired("token revoked"))
    assert wrong.field == "password"
    assert "password" in wrong.headline
    assert "password" not in ended.text
    assert "token revoked" in ended.headline


def test_how_long_to_wait_is_said() -> None:
    assert "in 12 s" in explain(errors.RateLimited("", retry_after_s=12.0)).advice


@pytest.mark.parametrize(
    ("facts", "phase", "words"),
    [
        (Facts(), Phase.SIGNED_OUT, ["Not signed in"]),
        (Facts(signed_in=True), Phase.CONNECTING, ["Connecting"]),
        (Facts(signed_in=True, last_success_at=NOON), Phase.LIVE, ["Live"]),
        (Facts(signed_in=True, last_success_at=NOON, feed=FeedState.LOST), Phase.PARTIAL, ["feed is lost"]),
        (Facts(refused=True, refusal="revoked"), Phase.SIGN_IN_NEEDED, ["sign-in has ended", "revoked"]),
    ],
)
def test_the_story_of_a_connection(facts: Facts, phase: Phase, words: list[str]) -> None:
    connection = tell(facts)
    assert connection.phase is phase
    said = story(connection, NOON)
    assert all(word in said for word in words)


@pytest.mark.parametrize(
    ("layer", "word"),
    [
        (Layer.NETWORK, "No network way"),
        (Layer.TLS, "certificate"),
        (Layer.GATEWAY, "Gateway unreachable"),
        (Layer.SERVICE, "health service"),
    ],
)
def test_the_layer_that_failed_is_blamed(layer: Layer, word: str) -> None:
    facts = Facts(
        signed_in=True,
        last_success_at=NOON - timedelta(minutes=5),
        failing_since=NOON - timedelta(minutes=1),
        next_try_at=NOON + timedelta(seconds=7),
        culprit=Probe(layer=layer, ok=False, at=NOON, ms=1.0, detail="connection refused", reason="refused"),
    )
    said = story(tell(facts), NOON)
    assert word in said
    assert "connection refused" in said
    assert clock(NOON - timedelta(minutes=5), NOON) in said
    assert "Next try in 7 s" in said
    assert "sign" not in said.casefold()  # an outage is never told as an ended sign-in


def test_times_of_another_day_have_their_date() -> None:
    assert clock(NOON - timedelta(days=2), NOON).startswith("2026-02-2")
    assert len(clock(NOON, NOON)) == len("12:00:00")


def test_a_sign_in_that_failed_is_no_lost_connection() -> None:
    culprit = Probe(layer=Layer.SIGN_IN, ok=False, at=NOON, ms=0.0, detail="", reason="Unauthorized")
    connection = tell(Facts(signed_in=True, failing_since=NOON, culprit=culprit))
    assert connection == Connection(phase=Phase.SIGN_IN_NEEDED, layer=Layer.SIGN_IN, facts=connection.facts)


def test_every_reason_for_a_refused_certificate_has_words_of_its_own() -> None:
    known = [value for name, value in vars(reasons.CertificateReason).items() if name.isupper()]
    said = {explain(errors.TlsFailed("x", reason=reason)).headline for reason in known}
    assert len(said) == len(known)
