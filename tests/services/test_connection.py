"""The facts of a connection and the story they tell."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from console.model.blame import Layer, Probe, Verdict
from console.model.connection import Facts, FeedState, Phase
from console.model.errors import ConnectFailed, ConnectionLost, ServiceFailed
from console.services.connection import ConnectionWatch

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
LATER = NOON + timedelta(seconds=5)


def probe(layer: Layer, *, ok: bool) -> Probe:
    return Probe(layer=layer, ok=ok, at=NOON, ms=1.0, detail="seen", reason="" if ok else "refused")


def test_from_signed_in_to_live_and_lost_and_back() -> None:
    watch = ConnectionWatch()
    watch.signed_in()
    phases = [watch.story.value.phase]
    watch.succeeded(NOON)
    phases.append(watch.story.value.phase)
    assert phases == [Phase.CONNECTING, Phase.LIVE]
    watch.failed(ConnectionLost("reset"), NOON, LATER)
    assert (watch.story.value.phase, watch.story.value.layer) == (Phase.LOST, Layer.GATEWAY)
    watch.failed(ConnectionLost("reset again"), LATER, LATER)
    assert watch.facts.failing_since == NOON  # since the first failure
    watch.succeeded(LATER)
    assert watch.story.value.phase is Phase.LIVE
    assert watch.facts == Facts(signed_in=True, last_success_at=LATER)


def test_the_probes_overrule_the_error() -> None:
    watch = ConnectionWatch()
    watch.signed_in()
    watch.failed(ConnectionLost("reset"), NOON, LATER)
    network = Verdict(probes=(probe(Layer.NETWORK, ok=False),))
    watch.diagnosed(network, ConnectionLost("reset"))
    blamed = [watch.story.value.layer]
    held = Verdict(probes=(probe(Layer.NETWORK, ok=True), probe(Layer.GATEWAY, ok=True)))
    watch.diagnosed(held, ServiceFailed("503"))
    blamed.append(watch.story.value.layer)
    assert blamed == [Layer.NETWORK, Layer.SERVICE]


def test_a_verdict_that_comes_too_late_changes_nothing() -> None:
    watch = ConnectionWatch()
    watch.signed_in()
    watch.succeeded(NOON)
    watch.diagnosed(Verdict(probes=(probe(Layer.NETWORK, ok=False),)), ConnectFailed("", reason="timeout"))
    assert watch.story.value.phase is Phase.LIVE


def test_a_new_sign_in_knows_nothing_of_the_last_one() -> None:
    watch = ConnectionWatch()
    watch.signed_in()
    watch.succeeded(NOON)
    watch.refused("revoked")
    phases = [watch.story.value.phase]
    assert watch.facts.refusal == "revoked"
    watch.signed_in()
    phases.append(watch.story.value.phase)
    assert watch.facts.refusal == ""
    watch.signed_out()
    phases.append(watch.story.value.phase)
    assert phases == [Phase.SIGN_IN_NEEDED, Phase.CONNECTING, Phase.SIGNED_OUT]


def test_a_lost_feed_alone_is_no_lost_connection() -> None:
    watch = ConnectionWatch()
    watch.signed_in()
    watch.succeeded(NOON)
    watch.feed(FeedState.LIVE, NOON)
    watch.feed(FeedState.LOST)
    assert watch.story.value.phase is Phase.PARTIAL
    assert watch.facts.feed_at == NOON
