"""What stands above the cards."""

from __future__ import annotations

import pytest

from console.model.connection import Facts, tell
from console.presenters.health_state import notices_of
from console.services.ports import HealthSnapshot


@pytest.mark.parametrize(("offset_s", "says"), [(3600.0, "60 min ahead"), (-3600.0, "60 min behind")])
def test_a_clock_that_is_off_is_said(offset_s: float, says: str) -> None:
    (notice,) = notices_of(HealthSnapshot(loaded=True, clock_offset_s=offset_s), tell(Facts()))
    assert says in notice.text


@pytest.mark.parametrize("offset_s", [None, 0.0, 30.0, -119.0])
def test_a_clock_that_is_near_is_not_mentioned(offset_s: float | None) -> None:
    assert notices_of(HealthSnapshot(loaded=True, clock_offset_s=offset_s), tell(Facts())) == ()
