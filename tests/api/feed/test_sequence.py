"""Numbered messages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.api.feed.sequence import FAR_BACK, Mark, Sequence, Verdict


def judged(*numbers: int, epoch: str = "") -> list[Verdict]:
    sequence = Sequence()
    return [sequence.judge(Mark(number=number, epoch=epoch)) for number in numbers]


@pytest.mark.parametrize(
    ("numbers", "last"),
    [
        ((1, 2, 3), Verdict.NEXT),
        ((5, 7), Verdict.GAP),
        ((5, 5), Verdict.OLD),
        ((5, 7, 6), Verdict.OLD),
        ((5000, 5000 - FAR_BACK - 1), Verdict.ANEW),
        ((50, 1, 2, 3), Verdict.ANEW),
        ((50, 3, 2, 1), Verdict.OLD),
        ((50, 49, 49, 49, 49), Verdict.OLD),
    ],
)
def test_a_number_is_judged_by_those_before(numbers: tuple[int, ...], last: Verdict) -> None:  # fault 62
    assert judged(*numbers)[-1] is last


def test_another_epoch_or_a_lower_number_on_a_new_connection_begin_anew() -> None:  # fault 62
    sequence = Sequence()
    assert sequence.judge(Mark(number=9, epoch="a")) is Verdict.NEXT
    assert sequence.judge(Mark(number=10, epoch="b")) is Verdict.ANEW
    sequence.reconnected()
    assert sequence.judge(Mark(number=10, epoch="b")) is Verdict.ANEW
    sequence.reconnected()
    assert sequence.judge(Mark(number=14, epoch="b")) is Verdict.GAP
    assert sequence.missing == (11, 13)


@given(st.lists(st.integers(0, 3000), max_size=60))
def test_no_server_is_mute_for_ever(numbers: list[int]) -> None:
    """Whatever came before, a server that counts up is heard within three messages."""
    sequence = Sequence()
    for number in numbers:
        sequence.judge(Mark(number=number))
    verdicts = [sequence.judge(Mark(number=number)) for number in range(5)]
    assert any(verdict is not Verdict.OLD for verdict in verdicts)


@given(st.lists(st.integers(0, 50)))
def test_taken_numbers_rise_unless_the_numbering_begins_anew(numbers: list[int]) -> None:
    sequence, last = Sequence(), -1
    for number in numbers:
        verdict = sequence.judge(Mark(number=number))
        if verdict in (Verdict.NEXT, Verdict.GAP):
            assert number > last
        if verdict is not Verdict.OLD:
            last = number
