"""What is muted, and until when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from console.model.muting import Mute, in_an_hour, muted, next_end, tomorrow_morning

NOON = datetime(2026, 3, 14, 12, 0, tzinfo=UTC)


def test_a_mute_covers_its_gateway_or_its_service_until_it_ends() -> None:
    whole, part = Mute(gateway="edge"), Mute(gateway="edge", service="search", until=in_an_hour(NOON))
    assert muted([whole], "edge", "audit", NOON)
    assert not muted([whole], "other", "audit", NOON)
    assert muted([part], "edge", "search", NOON)
    assert not muted([part], "edge", "audit", NOON)
    assert not muted([part], "edge", "search", NOON + timedelta(hours=1))


def test_the_next_end_is_the_earliest_that_is_still_to_come() -> None:
    ends = [NOON - timedelta(1), NOON + timedelta(hours=2), NOON + timedelta(hours=1), None]
    assert next_end([Mute(gateway="edge", until=end) for end in ends], NOON) == NOON + timedelta(hours=1)
    assert next_end([Mute(gateway="edge")], NOON) is None


@given(st.integers(0, 100 * 365 * 24 * 60))
def test_tomorrow_is_the_next_morning_on_this_machine(minutes: int) -> None:
    now = NOON + timedelta(minutes=minutes)
    end = tomorrow_morning(now).astimezone()
    assert (end.hour, end.minute, end.second) == (8, 0, 0)
    assert end.date() == now.astimezone().date() + timedelta(days=1)
    assert end > now
