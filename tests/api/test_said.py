"""Every shape of error body that the platforms were seen to use."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.api.said import FIELDS_LIMIT, Said, said


def read(body: object) -> Said:
    return said(json.dumps(body).encode())


@pytest.mark.parametrize(
    ("body", "heard"),
    [
        # kong: services of several frameworks behind one gateway
        ({"detail": "no such document"}, Said(text="no such document")),
        (
            {"detail": [{"loc": ["body", "name"], "msg": "field required", "type": "missing"}]},
            Said(text="name: field required", fields={"name": "field required"}),
        ),
        ({"message": "no Route matched with those values"}, Said(text="no Route matched with those values")),
        ("Internal Server Error", Said(text="Internal Server Error")),
        # dotmac: its envelope, with a sentence for people; its inner validation
        (
            {
                "error_code": "LOCK_HELD",
                "message": "LockError: held",
                "user_message": "Somebody else works on this.",
                "correlation_id": "c-9",
                "status": 409,
                "severity": "medium",
                "retryable": True,
                "details": {"owner": "7"},
            },
            Said(text="Somebody else works on this.", code="LOCK_HELD", request_id="c-9"),
        ),
        (
            {"message": "Validation failed", "status": 400, "errors": {"fields": {"name": ["too short", "odd"]}}},
            Said(text="Validation failed", fields={"name": "too short"}),
        ),
        ({"error": "Rate limit exceeded"}, Said(text="Rate limit exceeded")),
        # dafnck: one envelope for everything
        (
            {
                "data": None,
                "success": False,
                "message": "Not valid",
                "errors": {"email": ["is taken"]},
                "meta": {"timestamp": "2026-03-01T12:00:00Z", "requestId": "r-7"},
            },
            Said(text="Not valid", fields={"email": "is taken"}, request_id="r-7"),
        ),
        # aigentable: the message inside, a stack beside it
        (
            {"success": False, "error": {"message": "No such agent", "statusCode": 404, "stack": "Error: at x.js"}},
            Said(text="No such agent"),
        ),
        ({"success": False, "message": "No such agent"}, Said(text="No such agent")),
        ({"error": "Unauthorized", "message": "No token", "details": "x"}, Said(text="No token")),
        # opssight
        ({"detail": "Not allowed", "error_code": "ROLE"}, Said(text="Not allowed", code="ROLE")),
        (
            {"error": {"code": "BROKEN", "message": "Cache is down", "timestamp": "…", "details": {}}},
            Said(text="Cache is down", code="BROKEN"),
        ),
        (
            {"detail": "Not Found", "path": "/x", "method": "GET", "available_endpoints": ["/health"]},
            Said(text="Not Found"),
        ),
        # second factors, anywhere
        ({"message": "Wrong code", "attempts_left": 2}, Said(text="Wrong code", attempts_left=2)),
        ({"error": {"message": "Wrong code"}, "remaining_attempts": "1"}, Said(text="Wrong code", attempts_left=1)),
        ({"error": {"message": "Wrong code", "attempts_left": 3}}, Said(text="Wrong code", attempts_left=3)),
        # and whoever says nothing
        ({}, Said()),
        ([], Said()),
        (None, Said()),
        (17, Said()),
        ({"message": None, "detail": {"a": 1}, "error": 5, "errors": ["x"]}, Said()),
    ],
)
def test_every_shape_is_understood(body: object, heard: Said) -> None:
    assert read(body) == heard


def test_validation_never_reads_the_input_that_it_echoes() -> None:
    heard = read({"detail": [{"loc": ["body", "password"], "msg": "too short", "input": "hunter2", "ctx": "hunter2"}]})
    assert heard.fields == {"password": "too short"}
    assert "hunter2" not in repr(heard)


def test_a_thousand_fields_are_cut() -> None:
    heard = read({"errors": {f"field{number}": ["bad"] for number in range(1000)}})
    assert len(heard.fields) == FIELDS_LIMIT


def test_text_that_is_no_json_is_a_sentence() -> None:
    assert said(b"upstream connect error\r\n").text == "upstream connect error"
    assert said(b"").text == ""


_JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["message", "detail", "error", "errors", "fields", "code", "meta", "requestId", "loc", "msg"]
            ),
            inner,
            max_size=5,
        )
    ),
)


@given(_JSON)
def test_no_json_is_too_odd(body: object) -> None:
    heard = read(body)
    assert all(isinstance(name, str) and isinstance(text, str) for name, text in heard.fields.items())
