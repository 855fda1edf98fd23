"""Rows of the rail."""

from __future__ import annotations

import pytest

from console.model.connection import Phase
from console.model.health import HealthStatus
from console.presenters.shell import GatewayItem
from console.views.rail import gateway_row


@pytest.mark.parametrize("phase", Phase)
def test_every_phase_has_a_word(phase: Phase) -> None:
    row = gateway_row(GatewayItem(name="one", platform="kong", phase=phase))
    assert row.line


def test_signed_out_says_what_it_is_and_live_how_it_does() -> None:
    out = gateway_row(GatewayItem(name="one", platform="kong"))
    assert out.line == "kong · signed out"
    live = gateway_row(GatewayItem(name="one", platform="kong", label="eu", phase=Phase.LIVE, stale=False))
    assert live.line == "eu · live"
    assert (live.status, live.stale) == (HealthStatus.UNKNOWN, False)


def test_the_stripe_is_the_labels_and_production_has_one_without() -> None:
    assert gateway_row(GatewayItem(name="a", platform="kong")).stripe is None
    assert gateway_row(GatewayItem(name="a", platform="kong", label="eu")).stripe == "eu"
    production = gateway_row(GatewayItem(name="a", platform="kong", production=True))
    assert production.stripe == ""
    assert "production" in production.hint


def test_odd_names_are_made_visible() -> None:  # fault 116
    assert "\u202e" not in gateway_row(GatewayItem(name="a\u202eb", platform="k\u200b", label="\u2066x")).name
