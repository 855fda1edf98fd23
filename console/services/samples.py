"""Recent samples in memory: what cards draw, and what their rates are computed from."""

from __future__ import annotations

from collections import deque
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from console.model.health import HealthSample, Origin, Rates

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

WINDOW = timedelta(minutes=15)
SPACING = timedelta(seconds=4)


class RecentSamples:
    """The last 15 minutes of every service, oldest first.

    Denser than one in 4 s only where the status changed: a card is 240 pixels wide, and 2,000 services that speak every
    second would fill the memory. The record keeps every sample.
    """

    def __init__(self) -> None:
        self._samples: dict[str, deque[HealthSample]] = {}
        self._rates: dict[str, Rates] = {}

    def of(self, service_id: str) -> Sequence[HealthSample]:
        """Samples of a service, oldest first."""
        return self._samples.get(service_id, ())

    def rates(self, service_id: str) -> Rates:
        """Rates of a service, computed once until the next sample."""
        if (known := self._rates.get(service_id)) is None:
            known = self._rates[service_id] = Rates.of(self._samples.get(service_id, ()))
        return known

    def load(self, recorded: Mapping[str, Iterable[HealthSample]]) -> None:
        """Begin with what the record has."""
        for service_id, samples in recorded.items():
            self._samples[service_id] = deque(samples)
        self._rates.clear()

    def add(self, sample: HealthSample) -> None:
        """Take a sample as it comes; out of order it goes to its place."""
        service_id = sample.service_id
        if service_id in self._rates:
            del self._rates[service_id]
        if not (kept := self._samples.get(service_id)):
            self._samples[service_id] = deque((sample,))
        elif sample.at >= kept[-1].at:
            if len(kept) > 1 and _redundant(kept[-2], kept[-1], sample):
                kept[-1] = sample
            else:
                kept.append(sample)
                _drop_before(kept, sample.at - WINDOW)
        elif sample.origin is not Origin.HISTORY or sample.at >= kept[-1].at - WINDOW:
            later = []
            while kept and kept[-1].at > sample.at:
                later.append(kept.pop())
            kept.append(sample)
            kept.extend(reversed(later))
            _drop_before(kept, kept[-1].at - WINDOW)

    def retain(self, service_ids: Iterable[str]) -> None:
        """Forget every service but these."""
        wanted = set(service_ids)
        for gone in self._samples.keys() - wanted:
            del self._samples[gone]
            self._rates.pop(gone, None)


def _redundant(before: HealthSample, last: HealthSample, new: HealthSample) -> bool:
    """Whether `last` adds nothing between its neighbours: same status, and too close to `before`."""
    return before.status is last.status is new.status and new.at - before.at <= SPACING


def _drop_before(samples: deque[HealthSample], oldest: datetime) -> None:
    while samples and samples[0].at < oldest:
        samples.popleft()
