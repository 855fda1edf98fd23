"""When the operator is told, and in which words; what is dropped is proved on the real store."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.model.record import Dropping, RecordSize
from console.model.retention import GIB, LEAST_LIMIT_BYTES, MIB, RecordLimit
from console.services.retention import Retention, shown_size, shown_span, warning

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def size(data_bytes: int, *, days: float | None = None, warned: int | None = None) -> RecordSize:
    return RecordSize(
        file_bytes=data_bytes,
        data_bytes=data_bytes,
        oldest=None if days is None else NOON,
        newest=None if days is None else NOON + timedelta(days=days),
        warned_limit_bytes=warned,
    )


class Shrinking:
    """A record of so many bytes; each slice takes one MiB away."""

    def __init__(self, data_bytes: int, *, least: int = 0) -> None:
        self.data_bytes = data_bytes
        self.least = least
        self.warned_of: int | None = None
        self.calls: list[str] = []

    async def size(self) -> RecordSize:
        return size(self.data_bytes, warned=self.warned_of)

    async def warned(self, limit_bytes: int | None) -> None:
        self.warned_of = limit_bytes

    async def begin_era(self) -> None:
        self.calls.append("era")

    async def drop_oldest(self, wanted_bytes: int) -> Dropping:
        assert wanted_bytes > 0
        exhausted = self.data_bytes <= self.least
        if not exhausted:
            self.data_bytes -= MIB
        return Dropping(data_bytes=self.data_bytes, going_on=False, exhausted=exhausted)

    async def shrink(self, target_bytes: int) -> bool:
        self.calls.append(f"shrink {target_bytes}")
        return False

    async def confine(self, limit: RecordLimit) -> None:
        self.calls.append(f"confine {limit.size_bytes}")

    async def fold_log(self) -> None:
        self.calls.append("fold")


LIMIT = RecordLimit(100 * MIB)


async def test_told_once_at_four_fifths_and_anew_after_there_was_room() -> None:
    told: list[str] = []
    record = Shrinking(79 * MIB)
    retention = Retention(record, LIMIT)
    await retention.keep(told.append)
    assert told == []
    record.data_bytes = 81 * MIB
    for _ in range(3):
        await retention.keep(told.append)
    assert told == ["The record is 81 MiB of 100 MiB. When it is full, the oldest in it is dropped."]
    record.data_bytes = 60 * MIB
    await retention.keep(told.append)
    record.data_bytes = 85 * MIB
    await retention.keep(told.append)
    assert len(told) == 2
    retention.limit = RecordLimit(90 * MIB)  # another limit is another warning
    await retention.keep(told.append)
    assert len(told) == 3


async def test_dropping_waits_for_the_look_after_the_warning() -> None:
    told: list[str] = []
    record = Shrinking(300 * MIB)
    retention = Retention(record, LIMIT)
    await retention.keep(told.append)
    assert record.data_bytes == 300 * MIB
    assert told == ["The record holds 300 MiB and may take 100 MiB: the oldest in it is dropped now."]
    await retention.keep(told.append)
    assert record.data_bytes <= LIMIT.low_bytes
    assert "fold" in record.calls


@pytest.mark.expects_logs
async def test_what_can_not_be_dropped_is_no_endless_loop() -> None:
    record = Shrinking(300 * MIB, least=200 * MIB)
    retention = Retention(record, LIMIT)
    for _ in range(3):
        await retention.keep(lambda _text: None)
    assert record.data_bytes == 200 * MIB


@given(st.integers(LEAST_LIMIT_BYTES, 1 << 50))
def test_a_limit_warns_before_it_drops_and_keeps_most(limit_bytes: int) -> None:
    limit = RecordLimit(limit_bytes)
    assert limit.calm_bytes < limit.warn_bytes < limit.low_bytes < limit.high_bytes
    assert limit.high_bytes + limit.log_bytes == limit.size_bytes
    assert limit.era_bytes < limit.high_bytes - limit.low_bytes


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (size(820 * MIB), "The record is 820 MiB of 1 GiB. When it is full"),
        (size(820 * MIB, days=41), "In about 7 days it is full, and from then on the oldest in it is dropped."),
        (size(820 * MIB, days=3), "In about 12 hours it is full"),
        (size(820 * MIB, days=-3), "When it is full"),  # a clock that was set back: nothing is made up
        (size(2 * GIB, days=3), "holds 2 GiB and may take 1 GiB"),
    ],
)
def test_the_warning_says_how_much_and_when(found: RecordSize, said: str) -> None:  # fault 110
    assert said in warning(found, RecordLimit())


def test_sizes_and_spans_are_for_people() -> None:
    assert [shown_size(number) for number in (0, 300_000, 820 * MIB, 3 * GIB // 2)] == [
        "0 MiB",
        "0.286 MiB",
        "820 MiB",
        "1.5 GiB",
    ]
    assert [shown_span(timedelta(days=days)) for days in (0.0, 1.9, 40)] == [
        "about an hour",
        "about 2 days",
        "about 40 days",
    ]
