"""aigentable: its payloads as the guide and running servers have them."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.api.contract import Fingerprint
from console.api.platforms.aigentable import wire
from console.model.errors import ProtocolViolation

KEYS = st.sampled_from(["data", "user", "token", "tokens", "tenant", "tenants", "id", "name", "accessToken"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(KEYS, inner),
)


@pytest.mark.parametrize(
    ("body", "refresh"),
    [
        ({"user": {"id": 7, "email": "a@b.c", "role": "USER"}, "token": "t"}, None),
        (
            {"success": True, "data": {"user": {"id": "7"}, "tokens": {"accessToken": "t", "refreshToken": "r"}}},
            "r",
        ),
    ],
)
def test_a_sign_in_in_both_forms(body: object, refresh: str | None) -> None:
    found = wire.signed_in(body)
    assert (found.tokens.access, found.tokens.refresh) == ("t", refresh)
    assert found.user is not None
    assert found.user.id == "7"


def test_tenants_in_both_forms() -> None:
    assert [one.id for one in wire.tenants({"tenants": [{"id": 1, "name": "One"}, {"id": 2}]})] == ["1", "2"]
    assert [one.name for one in wire.tenants({"success": True, "data": {"id": "1", "name": "One"}})] == ["One"]
    assert wire.tenant_config({"data": {"tenant": {"id": "1", "name": "One"}}}).name == "One"
    assert wire.tenant_config(None).tenant_id == ""


def test_what_is_recognised() -> None:
    refused = Fingerprint(status=401, headers={}, body={"error": "Unauthorized", "message": "Access token required"})
    assert wire.recognise(dict.fromkeys(wire.FINGERPRINTS, refused)) > 0.8
    envelope = Fingerprint(status=401, headers={}, body={"success": False, "meta": {}})
    assert wire.recognise(dict.fromkeys(wire.FINGERPRINTS, envelope)) == 0.0
    assert wire.recognise({}) == 0.0


@given(JSON)
def test_any_payload_is_read_or_named(body: object) -> None:
    for read in (wire.signed_in, wire.user, wire.tenants, wire.tenant_config, wire.metrics):
        with contextlib.suppress(ProtocolViolation):
            read(body)
