"""Whatever happens in whatever order: an item is never lost, never sent blindly, and says what it waits for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from console.model.upload import FailureClass, UploadFailure, UploadItem, UploadState
from console.services.uploads import events
from console.services.uploads.ladder import LADDER, Ladder
from console.services.uploads.machine import react, undecided

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
S = UploadState
ITEM = UploadItem(
    id="1",
    profile="prod",
    path="/tmp/a.pdf",
    name="a.pdf",
    size_bytes=3,
    modified_ns=1,
    idempotency_key="key",
    created_at=NOON,
    changed_at=NOON,
)


def in_state(state: UploadState, **fields: object) -> UploadItem:
    held = {"owner": "me", "leased_until": NOON + timedelta(seconds=30)} if state.held else {}
    return msgspec.structs.replace(ITEM, state=state, **held, **fields)


def failed(kind: FailureClass, *, again: bool = False) -> UploadItem:
    at = NOON + timedelta(seconds=5) if again else None
    return in_state(S.FAILED, failure=UploadFailure(kind=kind, text="x", next_try_at=at), rung=2, attempts=2)


def after(item: UploadItem, *what: events.Event) -> UploadItem:
    for event in what:
        change = react(item, event, now=NOON)
        assert change is not None, event
        item = change.item
    return item


kinds = st.sampled_from([kind for kind in FailureClass if kind is not FailureClass.UNDECIDED])
waits = st.none() | st.floats(0.0, 7_200.0)
happenings: st.SearchStrategy[events.Event] = st.one_of(
    st.builds(
        events.Checked,
        sha256=st.sampled_from(["aa", "bb"]),
        media_type=st.just("text/plain"),
        size_bytes=st.integers(0, 9),
        modified_ns=st.integers(0, 9),
        fresh_key=st.sampled_from(["", "fresh"]),
    ),
    st.just(events.SendingBegan()),
    st.just(events.SentWhole()),
    st.builds(events.Stored, document_id=st.sampled_from(["", "7"])),
    st.builds(events.NotStored, kind=kinds, text=st.just("no"), retry_after_s=waits),
    st.just(events.CheckAgain()),
    st.builds(events.OutcomeUnknown, text=st.just("cut off")),
    st.just(events.Missing()),
    st.builds(events.Unsure, text=st.just("two have that name")),
    st.builds(events.NotLookedUp, kind=kinds, text=st.just("no"), retry_after_s=waits),
    st.just(events.FileMissing()),
    st.just(events.SignInNeeded()),
    st.builds(events.LetGo, sent_whole=st.booleans()),
    st.just(events.Pause()),
    st.just(events.Resume()),
    st.just(events.Cancel()),
    st.just(events.Retry()),
    st.builds(events.Decide, stored=st.booleans(), document_id=st.sampled_from(["", "8"])),
    st.builds(events.Locate, path=st.just("/tmp/b"), size_bytes=st.just(4), modified_ns=st.just(2)),
    st.just(events.SignedIn()),
)
endings: st.SearchStrategy[events.Event] = st.one_of(
    st.just(events.SentWhole()),
    st.builds(events.LetGo, sent_whole=st.booleans()),
    st.just(events.OutcomeUnknown()),
    st.just(events.Pause()),
    st.just(events.Cancel()),
    st.just(events.Missing()),
    st.just(events.Unsure()),
    st.builds(events.NotLookedUp, kind=kinds, text=st.just("no"), retry_after_s=waits),
)
ABSENT = (events.NotStored, events.Missing)  # what proves that nothing is stored


def whole(event: events.Event) -> bool:
    """Whether it says that the last byte may have gone out."""
    sent = isinstance(event, events.SentWhole | events.OutcomeUnknown | events.Stored)
    return sent or (isinstance(event, events.LetGo) and event.sent_whole)


class AnyStory(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.now = NOON
        self.item = ITEM
        self.maybe_stored = False

    @rule(event=happenings, draw=st.floats(0.0, 0.99))
    def anything_happens(self, event: events.Event, draw: float) -> None:
        self.happens(event, draw)

    @precondition(lambda self: self.item.state is S.CHECKING)
    @rule()
    def it_is_sent(self) -> None:
        self.happens(events.SendingBegan())

    @precondition(lambda self: self.item.state in {S.UPLOADING, S.VERIFYING})
    @rule(event=endings)
    def it_ends(self, event: events.Event) -> None:
        self.happens(event)

    @precondition(lambda self: self.item.state.settled)
    @rule()
    def another_is_queued(self) -> None:
        self.item, self.maybe_stored = ITEM, False

    def happens(self, event: events.Event, draw: float = 0.0) -> None:
        before = self.item
        change = react(before, event, now=self.now, draw=draw)
        if change is None:
            return
        self.item = after = change.item
        assert not before.state.settled, "settled stays settled"
        assert after.id == before.id
        if after.state is not before.state:
            assert change.step is not None
            assert (change.step.state, change.step.at) == (after.state, self.now)
            assert after.changed_at == self.now
        if after.attempts > before.attempts:
            assert isinstance(event, events.SendingBegan)
        if after.state is S.UPLOADING:
            assert not self.maybe_stored, "never sent blindly"
        if after.state is S.DONE:
            said = isinstance(event, events.Decide) and event.stored
            assert said or (isinstance(event, events.Stored) and after.document_id == event.document_id != "")
        if isinstance(event, ABSENT) or (isinstance(event, events.Decide) and not event.stored):
            self.maybe_stored = False
        elif before.state is S.UPLOADING and whole(event):
            self.maybe_stored = True
        if self.maybe_stored and not after.state.settled:
            assert after.state is S.VERIFYING or undecided(after)
        if self.maybe_stored and after.state is S.CANCELLED:
            assert undecided(before) or isinstance(event, events.Unsure), "only when no look-up can tell"

    @rule(seconds=st.sampled_from([1, 60, 86_400]))
    def time_passes(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @rule()
    def is_claimed(self) -> None:
        taken_up, failure = self.item.state.taken_up, self.item.failure
        due = failure is None or (failure.next_try_at is not None and failure.next_try_at <= self.now)
        if taken_up is None or not due:
            return
        if self.item.state is S.UPLOADING:
            self.maybe_stored = True  # nobody can say
        self.item = msgspec.structs.replace(
            self.item, state=taken_up, failure=None, owner="me", leased_until=self.now + timedelta(seconds=30)
        )

    @invariant()
    def says_what_it_waits_for(self) -> None:
        item = self.item
        if item.state is S.FAILED:
            assert item.failure is not None
            assert item.failure.kind.transient or item.needs_operator
        if item.failure is not None:
            assert item.failure.next_try_at is not None or item.needs_operator
            assert item.state in {S.FAILED, S.VERIFYING}
        if not item.state.held:
            assert (item.owner, item.leased_until, item.wish) == ("", None, None)
        assert item.attempts >= 0
        assert 0 <= item.rung <= len(LADDER.delays_s)

    @invariant()
    def is_never_stuck(self) -> None:
        """From anywhere there is a way on that nobody but the operator or a claim has to begin."""
        if self.item.state.settled or self.item.state.taken_up is not None:
            return
        ways: list[events.Event] = [
            events.Resume(),
            events.Retry(),
            events.Decide(stored=False),
            events.SignedIn(),
            events.Locate(path="/b", size_bytes=1, modified_ns=1),
        ]
        assert any(react(self.item, way, now=self.now) is not None for way in ways)


AnyStory.TestCase.settings = settings(max_examples=150, stateful_step_count=50)
TestAnyStory = AnyStory.TestCase


def test_a_document_goes_its_way() -> None:
    sent = after(
        in_state(S.CHECKING),
        events.Checked(sha256="aa", media_type="application/pdf", size_bytes=3, modified_ns=1),
        events.SendingBegan(),
    )
    assert (sent.state, sent.attempts, sent.first_sent_at, sent.owner) == (S.UPLOADING, 1, NOON, "me")
    done = after(sent, events.SentWhole(), events.Stored(document_id="7", thumbnail_url="/t"))
    assert (done.state, done.document_id, done.thumbnail_url, done.owner) == (S.DONE, "7", "/t", "")


def test_what_was_sent_in_part_begins_again() -> None:  # fault 73
    sending = after(in_state(S.CHECKING), events.SendingBegan())
    assert after(sending, events.LetGo()).state is S.WAITING
    assert sending.state.left is S.VERIFYING, "who was killed can't say how far it came"
    absent = after(msgspec.structs.replace(sending, state=S.VERIFYING), events.Missing())
    again = after(absent, events.SendingBegan())
    assert (again.state, again.attempts, again.first_sent_at) == (S.UPLOADING, 2, NOON)
    assert again.idempotency_key == sending.idempotency_key


def test_other_content_gets_another_key_once_something_was_sent() -> None:
    checked = events.Checked(sha256="bb", media_type="", size_bytes=4, modified_ns=2, fresh_key="fresh")
    assert after(in_state(S.CHECKING, sha256="aa"), checked).idempotency_key == "key"
    same = in_state(S.CHECKING, sha256="bb", first_sent_at=NOON)
    assert after(same, checked).idempotency_key == "key"
    other = after(in_state(S.CHECKING, sha256="aa", first_sent_at=NOON), checked)
    assert (other.idempotency_key, other.first_sent_at) == ("fresh", None)


@pytest.mark.parametrize("kind", [FailureClass.NETWORK, FailureClass.SERVICE, FailureClass.CHANGING])
def test_the_ladder_ends_and_the_operator_begins_it_anew(kind: FailureClass) -> None:  # fault 85
    item, waited = in_state(S.CHECKING), []
    for _ in range(6):
        item = after(item, events.SendingBegan(), events.NotStored(kind=kind, text="no", status=503))
        assert item.failure is not None
        if item.failure.next_try_at is not None:
            waited.append((item.failure.next_try_at - NOON).total_seconds())
            item = msgspec.structs.replace(item, state=S.CHECKING)
    assert waited == [25.0, 120.0, 600.0, 3_600.0, 18_000.0]
    assert item.needs_operator
    assert item.failure is not None
    assert (item.failure.kind, item.attempts) == (kind, 6)
    anew = after(item, events.Retry())
    assert (anew.state, anew.attempts, anew.rung, anew.failure) == (S.WAITING, 0, 0, None)


@pytest.mark.parametrize("kind", [kind for kind in FailureClass if not kind.transient])
def test_what_trying_again_can_not_help_waits_for_the_operator(kind: FailureClass) -> None:
    parked = after(in_state(S.UPLOADING, attempts=1), events.NotStored(kind=kind, text="no"))
    assert parked.needs_operator
    assert parked.failure is not None
    assert parked.failure.kind is kind


def test_a_limit_waits_as_told_and_counts_no_attempt() -> None:
    for _ in range(20):
        limited = events.NotStored(kind=FailureClass.LIMITED, text="slow down", retry_after_s=7.0)
        item = after(in_state(S.CHECKING), events.SendingBegan(), limited)
        assert item.failure is not None
        assert (item.failure.next_try_at, item.attempts, item.rung) == (NOON + timedelta(seconds=7), 0, 0)


def test_a_limit_that_is_told_after_the_count_began_anew_takes_nothing_from_it() -> None:
    item = in_state(S.VERIFYING, attempts=0)
    assert after(item, events.NotStored(kind=FailureClass.LIMITED, text="no")).attempts == 0


@given(item=st.builds(lambda rung: in_state(S.UPLOADING, rung=rung), st.integers(0, 6)), kind=kinds, wait=waits)
def test_waits_only_ever_lengthen(item: UploadItem, kind: FailureClass, wait: float | None) -> None:
    rung, least = LADDER.next(item, kind, retry_after_s=wait)
    assert rung >= item.rung
    for draw in (0.2, 0.99):
        _, longer = LADDER.next(item, kind, retry_after_s=wait, draw=draw)
        assert (longer is None) == (least is None)
        if longer is not None and least is not None:
            assert max(wait or 0.0, least) <= longer <= least * 1.3
    if kind is FailureClass.NO_ROOM and least is not None:
        assert least >= 600.0


def test_a_ladder_may_be_short_or_absent() -> None:
    item = in_state(S.UPLOADING)
    assert Ladder(delays_s=()).next(item, FailureClass.NETWORK) == (0, None)
    assert Ladder(delays_s=(0.5,)).next(item, FailureClass.NO_ROOM) == (1, 0.5)


@pytest.mark.parametrize("event", [events.Pause(), events.Cancel()])
def test_what_may_be_stored_is_looked_up_before_the_operators_wish(event: events.Event) -> None:
    wished = after(in_state(S.UPLOADING), event)
    state = S.PAUSED if isinstance(event, events.Pause) else S.CANCELLED
    assert (wished.state, wished.wish) == (S.UPLOADING, state)
    assert after(wished, events.LetGo()).state is state
    unknown = after(wished, events.LetGo(sent_whole=True))
    assert (unknown.state, unknown.wish, unknown.owner) == (S.VERIFYING, state, "")
    assert after(unknown, events.Stored(document_id="7")).state is S.DONE
    assert after(unknown, events.Missing()).state is state
    assert after(unknown, events.Resume()).wish is None


def test_undecided_items_are_the_operators() -> None:
    item = after(in_state(S.VERIFYING), events.Unsure(text="two have that name"))
    assert undecided(item)
    assert item.needs_operator
    assert after(item, events.Decide(stored=True)).state is S.DONE
    assert after(item, events.Decide(stored=False)).state is S.WAITING
    assert after(item, events.Retry()).state is S.VERIFYING, "looked up again, not sent again"
    assert react(item, events.Pause(), now=NOON) is None


@given(
    events_told=st.lists(
        happenings.filter(lambda event: not isinstance(event, events.Decide | events.Missing | events.NotStored))
    )
)
def test_what_may_be_stored_is_sent_by_nothing_but_a_decision_or_proof(  # fault 78
    events_told: list[events.Event],
) -> None:
    item = after(in_state(S.VERIFYING), events.Unsure(text="two have that name"))
    for event in (events.Retry(insists=False), *events_told):
        change = react(item, event, now=NOON)
        item = change.item if change is not None else item
        assert item.state in {S.FAILED, S.VERIFYING, S.DONE, S.CANCELLED}


def test_among_others_nothing_is_sent_a_second_time_on_purpose() -> None:
    doubled = failed(FailureClass.DUPLICATE)
    assert not after(doubled, events.Retry(insists=False)).insisted
    assert after(doubled, events.Retry()).insisted


def test_a_look_up_that_fails_is_tried_again_and_at_last_asked_of_the_operator() -> None:
    item = in_state(S.VERIFYING)
    for _ in LADDER.delays_s:
        item = after(item, events.NotLookedUp(kind=FailureClass.NETWORK, text="gone"))
        assert item.state is S.VERIFYING
        assert item.owner == ""
        assert item.failure is not None
        assert item.failure.next_try_at is not None
    assert after(item, events.Retry()).failure is None
    assert undecided(after(item, events.NotLookedUp(kind=FailureClass.NETWORK, text="gone")))


@pytest.mark.parametrize(
    ("item", "event", "state"),
    [
        (in_state(S.CHECKING), events.FileMissing(text="gone"), S.NEEDS_FILE),
        (in_state(S.UPLOADING), events.FileMissing(text="gone"), S.NEEDS_FILE),
        (in_state(S.NEEDS_FILE), events.Locate(path="/b", size_bytes=1, modified_ns=1), S.WAITING),
        (in_state(S.WAITING), events.SignInNeeded(text="queued by ann"), S.NEEDS_SIGN_IN),
        (in_state(S.VERIFYING), events.SignInNeeded(text="queued by ann"), S.VERIFYING),
        (in_state(S.NEEDS_SIGN_IN), events.SignedIn(), S.WAITING),
        (in_state(S.UPLOADING), events.CheckAgain(text="changed"), S.CHECKING),
        (in_state(S.WAITING), events.Pause(), S.PAUSED),
        (in_state(S.CHECKING), events.Pause(), S.PAUSED),
        (failed(FailureClass.NETWORK, again=True), events.Pause(), S.PAUSED),
        (in_state(S.PAUSED), events.Resume(), S.WAITING),
        (in_state(S.PAUSED), events.Cancel(), S.CANCELLED),
        (failed(FailureClass.REFUSED), events.Cancel(), S.CANCELLED),
        (failed(FailureClass.REFUSED), events.Retry(), S.WAITING),
    ],
)
def test_steps(item: UploadItem, event: events.Event, state: UploadState) -> None:
    assert after(item, event).state is state


@pytest.mark.parametrize("state", [S.DONE, S.CANCELLED])
@given(event=happenings)
def test_settled_stays_settled(state: UploadState, event: events.Event) -> None:
    assert react(in_state(state), event, now=NOON) is None
