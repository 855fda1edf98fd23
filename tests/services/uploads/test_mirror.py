"""The copy in memory: whatever order news comes in, it holds what the journal holds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from console.model.blame import Layer, Probe
from console.model.connection import Connection, Facts, FeedState, Phase, tell
from console.model.upload import FailureClass, UploadFailure, UploadItem, UploadProgress, UploadState
from console.services.uploads.gate import OFFLINE, SIGNED_OUT, holding, pause_s
from console.services.uploads.gauge import Gauge
from console.services.uploads.mirror import Mirror

if TYPE_CHECKING:
    from collections.abc import Sequence

NOW = datetime(2026, 3, 1, tzinfo=UTC)
STATES = st.sampled_from(list(UploadState))


def item(item_id: str = "a", **facts: object) -> UploadItem:
    made = UploadItem(
        id=item_id, profile="kong", path=f"/{item_id}", name=item_id, size_bytes=10, modified_ns=1,
        idempotency_key=item_id, created_at=NOW, changed_at=NOW,
    )  # fmt: skip
    return msgspec.structs.replace(made, **facts)


CHANGES = st.lists(
    st.builds(
        item,
        st.sampled_from("abcde"),
        state=STATES,
        revision=st.integers(1, 50),
        priority=st.integers(-1, 1),
        position=st.floats(0, 9),
        size_bytes=st.integers(0, 99),
        profile=st.sampled_from(["kong", "edge"]),
    ),
    max_size=30,
)


@given(changes=CHANGES)
def test_the_newest_of_each_in_order_however_it_comes(changes: Sequence[UploadItem]) -> None:
    mirror, newest = Mirror(), dict[str, UploadItem]()
    for change in changes:
        mirror.put([change])
        if change.id not in newest or newest[change.id].revision < change.revision:
            newest[change.id] = change
    shown = mirror.in_order()
    assert {one.id: one for one in shown} == newest
    assert [(-one.priority, one.position) for one in shown] == sorted((-one.priority, one.position) for one in shown)
    moving = [one for one in shown if not one.state.settled and not one.needs_operator]
    assert mirror.total({}).total_bytes == sum(one.size_bytes for one in moving)
    for profile in ("kong", "edge"):
        for state in UploadState:
            assert {one.id for one in mirror.of(profile, state)} == {
                one.id for one in shown if one.profile == profile and one.state is state
            }
    assert mirror.drop(newest) is bool(newest)
    assert (mirror.in_order(), mirror.total({}).total_bytes, len(mirror)) == ((), 0, 0)


def test_what_is_due_is_what_a_claim_may_find() -> None:
    def due(one: UploadItem, only: set[str] | None = None) -> bool:
        mirror = Mirror()
        mirror.put([one])
        return mirror.due("kong", NOW, only=only, owner="me")

    def failed(next_try_at: datetime | None, state: UploadState) -> UploadItem:
        failure = UploadFailure(kind=FailureClass.SERVICE, text="", next_try_at=next_try_at)
        return item(revision=1, failure=failure, state=state)

    assert due(item(revision=1))
    assert not due(item(revision=1), only={"b"})
    assert due(item(revision=1, state=UploadState.VERIFYING))
    assert not due(item(revision=1, state=UploadState.VERIFYING, owner="me"))
    assert due(item(revision=1, state=UploadState.UPLOADING, owner="another"))
    assert not due(item(revision=1, state=UploadState.DONE))
    for state in (UploadState.FAILED, UploadState.VERIFYING):
        assert due(failed(NOW, state=state))
        assert not due(failed(NOW + timedelta(seconds=1), state=state))
    assert not due(failed(None, state=UploadState.FAILED))


def test_the_rate_is_of_the_last_seconds_and_a_stall_is_seen() -> None:
    now = [100.0]
    gauge = Gauge(1_000, lambda: now[0])
    assert gauge.progress == UploadProgress(sent_bytes=0, total_bytes=1_000)
    for second in range(1, 6):
        now[0] += 1.0
        gauge.sent(second * 100)
    assert (gauge.progress.rate_bps, gauge.progress.remaining_s) == (100.0, 5.0)
    now[0] += 5.0
    rate = gauge.progress.rate_bps
    assert rate is not None
    assert rate < 100.0
    gauge.sent(0)  # begun anew
    assert gauge.progress.sent_bytes == 0


def connection(phase: Phase, layer: Layer | None = None, since: datetime | None = None) -> Connection:
    return Connection(phase=phase, layer=layer, facts=Facts(failing_since=since))


def test_offline_and_signed_out_hold_and_nothing_else_does() -> None:
    # fault 87
    assert holding(connection(Phase.SIGNED_OUT), None) == SIGNED_OUT
    assert holding(connection(Phase.SIGN_IN_NEEDED), None) == SIGNED_OUT
    assert holding(connection(Phase.LOST, Layer.NETWORK, NOW), None) == OFFLINE
    for phase in (Phase.CONNECTING, Phase.LIVE, Phase.PARTIAL):
        assert holding(connection(phase), None) == ""


def test_a_way_that_documents_take_is_open_whatever_else_fails() -> None:
    assert holding(connection(Phase.LOST, Layer.SERVICE, NOW), None) == ""
    assert holding(connection(Phase.LOST, Layer.GATEWAY, NOW), NOW + timedelta(seconds=1)) == ""
    assert holding(connection(Phase.LOST, Layer.GATEWAY, NOW), NOW - timedelta(seconds=1)) == OFFLINE
    probe = Probe(layer=Layer.SIGN_IN, ok=False, at=NOW, ms=1.0)
    ended = tell(Facts(signed_in=True, failing_since=NOW, culprit=probe, feed=FeedState.NONE))
    assert holding(ended, NOW) == SIGNED_OUT


@given(failures=st.integers(1, 100), asked=st.none() | st.floats(0, 1e6))
def test_pauses_grow_to_half_a_minute_and_are_never_shorter_than_asked(failures: int, asked: float | None) -> None:
    wait = pause_s(failures, asked)
    assert wait >= (asked or 0.0)
    assert 1.0 <= wait <= max(30.0, asked or 0.0)
    assert pause_s(failures + 1, asked) >= wait
