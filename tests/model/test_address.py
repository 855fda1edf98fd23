"""What operators paste is understood, or refused with a reason."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.model import address
from console.model.address import Address
from console.model.errors import AddressError


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("https://gateway.example", "https://gateway.example"),
        ("  https://Gateway.Example:443/api/v1/  ", "https://gateway.example/api/v1"),
        ("gateway.example", "https://gateway.example"),
        ("localhost:8000", "http://localhost:8000"),
        ("127.0.0.1:8000/x?token=1#frag", "http://127.0.0.1:8000/x"),
        ("http://[::1]:8000", "http://[::1]:8000"),
        ("https://bücher.example", "https://xn--bcher-kva.example"),
    ],
)
def test_understood(typed: str, text: str) -> None:
    assert Address.parse(typed).text == text


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("", address.EMPTY),
        ("   ", address.EMPTY),
        ("file:///etc/passwd", address.NOT_HTTP),  # fault 117
        ("javascript:alert(1)", address.NOT_HTTP),
        ("ftp://gateway.example", address.NOT_HTTP),
        ("//evil/x", address.NO_HOST),  # fault 118
        ("\\\\server\\share", address.NO_HOST),
        ("https://", address.NO_HOST),
        ("https://good@evil/", address.CREDENTIALS),  # fault 119
        ("https://user:secret@gateway.example", address.CREDENTIALS),
        ("https://gateway.example:99999", address.BAD_PORT),
        ("https://gateway.example:0", address.BAD_PORT),
        ("http://gateway.example", address.PLAIN_HTTP),
        ("https://gate way.example", address.CONTROL),
        ("https://gateway\u202e.example", address.CONTROL),
        ("https://gateway_.example", address.BAD_HOST),
        ("https://[::1", address.BAD_PORT),
    ],
)
def test_refused_with_a_reason(typed: str, reason: str) -> None:
    with pytest.raises(AddressError) as caught:
        Address.parse(typed)
    assert caught.value.reason == reason


@given(st.text(max_size=80))
def test_anything_is_an_address_or_an_address_error(typed: str) -> None:
    try:
        found = Address.parse(typed)
    except AddressError:
        return
    assert Address.parse(found.text) == found


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.8.8.8", "::1"])
def test_this_machine_is_loopback(host: str) -> None:
    assert address.is_loopback(host)


@pytest.mark.parametrize("host", ["localhost.example", "10.0.0.1", "gateway", "0.0.0.0"])  # noqa: S104  (a value, not a bind)
def test_nothing_else_is(host: str) -> None:
    assert not address.is_loopback(host)
