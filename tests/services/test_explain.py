"""Every error that can reach the operator has a sentence of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from console.model import errors
from console.services.explain import explain

if TYPE_CHECKING:
    from collections.abc import Iterator

_NEEDED: dict[type[errors.GatewatchError], dict[str, str]] = {
    errors.ConnectFailed: {"reason": errors.ConnectReason.NAME},
    errors.ProtocolViolation: {"field": "services"},
    errors.StoreLocked: {"needs": "passphrase"},
    errors.AddressError: {"reason": "no-host", "typed": "x"},
}


def leaves(root: type[errors.GatewatchError]) -> Iterator[type[errors.GatewatchError]]:
    """Every class below `root`, those between included: they are raised too."""
    for child in root.__subclasses__():
        if child.__module__ == errors.__name__:
            yield child
            yield from leaves(child)


def made(kind: type[errors.GatewatchError]) -> errors.GatewatchError:
    needed = _NEEDED.get(kind, {})
    return kind(**needed) if kind is errors.AddressError else kind("what was said", **needed)


@pytest.mark.parametrize("kind", list(leaves(errors.GatewatchError)), ids=lambda kind: kind.__name__)
def test_every_error_has_a_sentence(kind: type[errors.GatewatchError]) -> None:
    said = explain(made(kind))
    assert said.headline.endswith(".")
    assert kind.__name__ not in said.text


@pytest.mark.parametrize("kind", list(leaves(errors.GatewayError)), ids=lambda kind: kind.__name__)
def test_the_request_id_is_passed_on(kind: type[errors.GatewatchError]) -> None:
    error = made(kind)
    assert isinstance(error, errors.GatewayError)
    error.request_id = "r-1"
    assert explain(error).request_id == "r-1"


def test_every_reason_for_a_refused_certificate_has_words_of_its_own() -> None:  # fault 51
    reasons = [value for name, value in vars(errors.CertificateReason).items() if name.isupper()]
    said = {explain(errors.TlsFailed("x", reason=reason)).headline for reason in reasons}
    assert len(said) == len(reasons)
