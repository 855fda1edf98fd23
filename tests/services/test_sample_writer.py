"""Samples on their way into the record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pytest

from console.model.errors import StoreError
from console.services import sample_writer
from console.services.sample_writer import SampleWriter
from tests.presenters.fake_session import sample

if TYPE_CHECKING:
    from collections.abc import Sequence

    from console.model.health import HealthSample, ServiceHealth


class Record:
    """The part of the record that is written to; `error` is raised instead."""

    def __init__(self) -> None:
        self.error: StoreError | None = None
        self.kept: list[tuple[str, float | None]] = []

    async def save_services(self, gateway_id: str, services: Sequence[ServiceHealth]) -> None:
        assert not services
        assert gateway_id

    async def append_samples(self, gateway_id: str, samples: Sequence[HealthSample]) -> None:
        if self.error is not None:
            raise self.error
        self.kept += [(gateway_id, one.score) for one in samples]


class Desk:
    """A writer, and what it says."""

    def __init__(self) -> None:
        self.record = Record()
        self.failed: list[StoreError | None] = []
        self.left_out: list[int] = []
        self.writer = SampleWriter(
            cast("Any", self.record),  # it only writes
            "gw",
            services_of=lambda _ids: [],
            failed=self.failed.append,
            left_out=self.left_out.append,
        )

    def add(self, *scores: float) -> None:
        for score in scores:
            self.writer.add(sample(score=score))
        self.writer.changed(["1"])


async def test_the_oldest_give_way_and_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:  # fault 60
    monkeypatch.setattr(sample_writer, "LIMIT", 4)
    desk = Desk()
    desk.add(0.1, 0.2, 0.3, 0.4, 0.5)
    assert desk.left_out == [3]
    await desk.writer.flush()
    assert desk.record.kept == [("gw", 0.4), ("gw", 0.5)]


@pytest.mark.expects_logs
async def test_what_cannot_be_recorded_stays_in_order_and_is_said_once() -> None:
    desk = Desk()
    desk.record.error = StoreError("full")
    desk.add(0.1)
    await desk.writer.flush()
    desk.add(0.2)
    await desk.writer.flush()
    assert desk.failed == [desk.record.error] * 2
    desk.record.error = None
    desk.add(0.3)
    await desk.writer.flush()
    assert desk.record.kept == [("gw", 0.1), ("gw", 0.2), ("gw", 0.3)]
    assert desk.failed[-1] is None
    await desk.writer.flush()
    assert len(desk.failed) == 3, "nothing new to say"


async def test_what_comes_after_a_move_is_kept_there() -> None:
    desk = Desk()
    desk.add(0.1)
    desk.writer.move_to("gw#two")
    desk.add(0.2)
    await desk.writer.flush()
    assert desk.record.kept == [("gw#two", 0.2)]
