"""Which uploads are shown, in which group, and what can be done about each."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QUrl

from console.model.document import UploadRules
from console.model.upload import FailureClass, UploadItem, UploadProgress, UploadState
from console.presenters.upload_drop import drop_of, refusal_text, welcome_text
from console.presenters.upload_next import WayOn, next_step, ways_of
from console.presenters.upload_rows import (
    Heading,
    UploadFilter,
    UploadGroup,
    group_of,
    key_of,
    move_target,
    rows,
)
from console.presenters.upload_texts import (
    duration_text,
    fact_lines,
    failure_word,
    holding_text,
    name_text,
    percent_text,
    ratio_of,
    rules_text,
    state_word,
)
from tests.presenters.fake_session import NOON
from tests.presenters.fake_uploads import RULES, failed, item, many

DONE_HIDDEN = frozenset({UploadGroup.DONE})


def keys(*items: UploadItem, wanted: UploadFilter | None = None) -> list[str]:
    return [key_of(row).strip("\0") for row in rows(items, wanted or UploadFilter(), DONE_HIDDEN)]


def test_failures_stand_on_top_and_what_is_done_is_folded() -> None:
    again = failed(1, FailureClass.NETWORK, again_s=25)
    for_good = failed(2, FailureClass.TOO_LARGE)
    undecided = failed(3, FailureClass.UNDECIDED)
    lost = item(4, UploadState.NEEDS_FILE)
    shown = keys(item(9, UploadState.DONE), item(5), again, item(6, UploadState.VERIFYING), for_good, undecided, lost)
    assert shown == ["failed", "i2", "i1", "needs you", "i3", "i4", "active", "i6", "waiting", "i5", "done"]


@given(st.lists(st.sampled_from(UploadState), max_size=30), st.sets(st.sampled_from(UploadGroup)))
def test_every_item_is_counted_once(states: list[UploadState], folded: set[UploadGroup]) -> None:
    items = [item(number, state) for number, state in enumerate(states)]
    shown = rows(items, UploadFilter(), folded)
    headings = [row for row in shown if isinstance(row, Heading)]
    assert sum(heading.count for heading in headings) == len(items)
    visible = {row.id for row in shown if isinstance(row, UploadItem)}
    assert visible == {one.id for one in items if group_of(one) not in folded}
    assert [heading.group for heading in headings] == [g for g in UploadGroup if any(group_of(i) is g for i in items)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("REPORT", ["i1"]),
        ("scan two", ["i2"]),
        ("too large", ["i2"]),
        ("request-2", ["i2"]),
        ("waiting", ["i1"]),
        ("x", []),
    ],
)
def test_words_are_searched_in_all_that_is_known(text: str, found: list[str]) -> None:
    items = (
        item(1, name="Report.pdf"),
        failed(2, FailureClass.TOO_LARGE, name="scan.png", profile="two", path="/in/scan.png"),
    )
    shown = rows(items, UploadFilter(text=text), frozenset())
    assert [row.id for row in shown if isinstance(row, UploadItem)] == found


def test_a_gateway_is_picked() -> None:
    assert keys(item(1), item(2, profile="two"), wanted=UploadFilter(gateway="two")) == ["waiting", "i2"]


@given(st.integers(2, 12), st.data())
def test_steps_up_and_down_undo_one_another(count: int, data: st.DataObject) -> None:
    waiting = list(many(count))
    chosen = data.draw(st.sampled_from(waiting)).id

    def stepped(order: list[UploadItem], by: int) -> list[UploadItem]:
        if (target := move_target(order, {chosen}, by)) is None:
            return order
        ids, before = target
        rest = [one for one in order if one.id not in ids]
        place = next((n for n, one in enumerate(rest) if one.id == before), len(rest))
        return [*rest[:place], *(one for one in order if one.id in ids), *rest[place:]]

    down = stepped(waiting, 1)
    if down == waiting:
        assert waiting[-1].id == chosen
    else:
        assert stepped(down, -1) == waiting
    up = stepped(waiting, -1)
    assert up == waiting if waiting[0].id == chosen else stepped(up, 1) == waiting


@pytest.mark.parametrize("kind", list(FailureClass))
def test_every_failure_says_why_and_what_next(kind: FailureClass) -> None:
    one = failed(1, kind, text="The file is 80 MiB, the limit 50 MiB.")
    assert failure_word(kind)
    step = next_step(one, NOON)
    assert step.text.startswith("The file is 80 MiB, the limit 50 MiB. ")
    assert len(step.text) > len("The file is 80 MiB, the limit 50 MiB. ")
    wanted = WayOn.IS_THERE if kind is FailureClass.UNDECIDED else WayOn.RETRY
    assert step.ways[0] is wanted
    assert WayOn.REMOVE in step.ways


def test_one_that_is_tried_again_says_when() -> None:
    one = failed(1, FailureClass.SERVICE, again_s=150)
    assert "tried again by itself in 2 min 30 s" in next_step(one, NOON).text
    assert "tried again by itself now" in next_step(one, NOON + timedelta(hours=1)).text


@pytest.mark.parametrize("state", list(UploadState))
def test_every_state_has_its_word_and_its_ways(state: UploadState) -> None:
    one = item(1, state)
    assert state_word(one)
    assert ways_of(one)
    assert next_step(one, NOON).text


def test_holding_is_no_error() -> None:
    held = next_step(item(1), NOON, holding="offline")
    assert "out of reach" in held.text
    assert "goes on" in held.text
    assert state_word(item(1), "signed out") == "Waiting, signed out"
    assert "locked" in holding_text("one", "locked", 2)
    assert "Resume all" in next_step(item(1), NOON, paused=True).text


def test_nobody_elses_upload_is_sent() -> None:
    one = item(1, UploadState.NEEDS_SIGN_IN, user_id="ann")
    assert "queued by ann" in next_step(one, NOON, user_id="bob").text
    assert "Sign in to one" in next_step(one, NOON, user_id="ann").text
    assert dict(fact[:2] for fact in fact_lines(one, "bob"))["Queued"].endswith("queued by ann")


@given(st.text(max_size=80))
def test_names_hide_nothing(name: str) -> None:  # fault 83
    shown = name_text(msgspec.structs.replace(item(1), name=name))
    assert shown
    assert not any(sign in shown for sign in "\n\r\u202e\u200b\x00")


def test_all_of_it_is_shown_only_when_all_is_sent() -> None:
    assert percent_text(ratio_of(UploadProgress(sent_bytes=9999, total_bytes=10000))) == "99%"
    assert percent_text(ratio_of(UploadProgress(sent_bytes=0, total_bytes=0))) == "100%"
    assert percent_text(ratio_of(None)) == ""


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "1 s"), (59, "59 s"), (61, "1 min 1 s"), (3700, "1 h 1 min"), (90000, "1 d 1 h")]
)
def test_what_is_left_is_said_in_two_units(seconds: float, text: str) -> None:
    assert duration_text(seconds) == text


def test_limits_are_told() -> None:
    assert rules_text(RULES) == "Files of up to 50 MiB. Types: PDF, PNG."
    assert rules_text(UploadRules()) == "Files of any size. Any type."


def test_only_what_is_on_this_computer_is_taken() -> None:  # fault 125
    here = [QUrl.fromLocalFile("/tmp/a b.pdf"), QUrl.fromLocalFile("/tmp/a b.pdf"), QUrl("file://localhost/c")]
    drop = drop_of([*here, QUrl("https://example.org/a.png"), QUrl("file://other/share/x"), QUrl("data:text/plain,x")])
    assert [str(path) for path in drop.paths] == ["/tmp/a b.pdf", "/c"]
    assert drop.elsewhere == 3
    assert "3 addresses are left out" in refusal_text(drop)
    assert "2 files or folders" in welcome_text(drop)[0]
    nothing = drop_of([QUrl("https://example.org")])
    assert "Save it as a file first" in refusal_text(nothing)
    assert welcome_text(nothing)[0] == "This can't be uploaded"
    assert refusal_text(drop_of(here)) == ""
