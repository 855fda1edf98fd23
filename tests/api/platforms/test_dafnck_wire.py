"""dafnck's payloads, and its fingerprint."""

from __future__ import annotations

import pytest

from console.api.contract import Fingerprint
from console.api.platforms.dafnck import wire
from console.model.errors import ProtocolViolation
from console.model.identity import PasswordCredentials


def test_a_sign_in_is_read_from_its_envelope() -> None:
    data = {
        "user": {"id": 7, "email": "ada@example.org", "firstName": "Ada", "lastName": "Byron", "role": "admin"},
        "token": "a",
        "refreshToken": "r",
        "expiresIn": 900,
    }
    signed = wire.signed_in({"success": True, "data": data})
    assert (signed.tokens.access, signed.tokens.refresh, signed.tokens.lifetime_s) == ("a", "r", 900.0)
    assert signed.user is not None
    assert (signed.user.id, signed.user.name, signed.user.roles) == ("7", "Ada Byron", ("admin",))


def test_a_refresh_keeps_the_token_that_it_does_not_replace() -> None:
    assert wire.tokens({"data": {"token": "b", "expiresIn": 60}}, "r").refresh == "r"


@pytest.mark.parametrize("body", [None, [], {}, {"data": {}}, {"data": {"token": 1}}, {"data": {"token": "a b"}}])
def test_nonsense_is_named(body: object) -> None:
    with pytest.raises(ProtocolViolation):
        wire.tokens(body)


@pytest.mark.parametrize("remember", [True, False])
def test_whether_to_be_remembered_is_said(*, remember: bool) -> None:
    sent = wire.credentials(PasswordCredentials(username="u", password="p", remember=remember))
    assert sent["rememberMe"] is remember


def test_its_refusals_tell_it_from_others() -> None:
    envelope: dict[str, object] = {"success": False, "data": None, "meta": {}}
    assert wire.recognise({"/auth/me": Fingerprint(status=401, headers={}, body=envelope)}) > 0.8
    strangers: tuple[object, ...] = (None, "x", [], {"detail": "Not authenticated"}, {"success": True})
    for body in strangers:
        assert wire.recognise({"/auth/me": Fingerprint(status=401, headers={}, body=body)}) == 0.0
    assert wire.recognise({}) == 0.0


def test_fields_have_our_names() -> None:
    assert wire.fields({"newPassword": "x", "strange": "y"}) == {"password": "x", "strange": "y"}
