"""The story follows from the facts alone, and blames the right layer."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from console.model.blame import Layer, Probe
from console.model.connection import Facts, FeedState, Phase, tell

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def probe(layer: Layer) -> Probe:
    return Probe(layer=layer, ok=False, at=NOW, ms=1.0)


facts = st.builds(
    Facts,
    signed_in=st.booleans(),
    refused=st.booleans(),
    last_success_at=st.sampled_from([None, NOW]),
    failing_since=st.sampled_from([None, NOW]),
    culprit=st.one_of(st.none(), st.sampled_from(list(Layer)).map(probe)),
    feed=st.sampled_from(list(FeedState)),
)


def test_nothing_known_is_signed_out() -> None:
    assert tell(Facts()).phase is Phase.SIGNED_OUT


def test_signed_in_and_unheard_is_connecting() -> None:
    assert tell(Facts(signed_in=True)).phase is Phase.CONNECTING


def test_a_good_answer_is_live() -> None:
    assert tell(Facts(signed_in=True, last_success_at=NOW)).phase is Phase.LIVE


def test_a_lost_feed_alone_is_partial() -> None:
    assert tell(Facts(signed_in=True, last_success_at=NOW, feed=FeedState.LOST)).phase is Phase.PARTIAL


def test_failing_polls_are_lost_with_the_culprits_layer() -> None:
    told = tell(Facts(signed_in=True, last_success_at=NOW, failing_since=NOW, culprit=probe(Layer.TLS)))
    assert (told.phase, told.layer) == (Phase.LOST, Layer.TLS)


@given(facts)
def test_an_ended_sign_in_is_never_told_as_a_lost_connection(given_facts: Facts) -> None:
    told = tell(given_facts)
    if given_facts.refused or (told.layer is Layer.SIGN_IN):
        assert told.phase is Phase.SIGN_IN_NEEDED


@given(facts)
def test_live_is_said_only_while_polls_succeed(given_facts: Facts) -> None:
    if tell(given_facts).phase in (Phase.LIVE, Phase.PARTIAL):
        assert given_facts.signed_in
        assert given_facts.failing_since is None
        assert given_facts.last_success_at is not None
