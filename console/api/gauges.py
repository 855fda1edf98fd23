"""Reading the numbers that platforms give of themselves, however they nest, name and spell them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from console.api import reading
from console.model.metrics import Metric, MetricsReport, Target, Unit

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

DEPTH_LIMIT = 4
UNKNOWN_LIMIT = 40
_NAME_LIMIT = 64
_SIZE = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([kmgt]?)(i?)b\s*", re.IGNORECASE)
_DURATION = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(ns|us|µs|ms|s)\s*", re.IGNORECASE)
_SIZES = {"": 1.0, "k": 1024.0, "m": 1024.0**2, "g": 1024.0**3, "t": 1024.0**4}
_MILLISECONDS = {"ns": 1e-6, "us": 1e-3, "µs": 1e-3, "ms": 1.0, "s": 1000.0}
_TIMES = ("timestamp", "time", "updated_at")


@dataclass(frozen=True, kw_only=True)
class Gauge:
    """A number that a platform is known to give.

    Attributes:
        id: See `console.model.metrics.Metric`.
        name: For the screen.
        fields: Where it stands, the guide's spelling first; dots lead into objects. Spelling in camel case is the same.
        unit: What it counts.
        target: What the platform promises.
    """

    id: str
    name: str
    fields: tuple[str, ...]
    unit: Unit = Unit.COUNT
    target: Target | None = None


def report(body: object, known: Sequence[Gauge], *, prefix: str) -> MetricsReport:
    """The known numbers in their order, then the others under the server's own words.

    Args:
        body: An object, maybe wrapped.
        known: What the platform is known to give; what is missing is left out, what can't be read has no value.
        prefix: Before the ids of the others: one reading is told from another.

    Raises:
        ProtocolViolation: It is no object.
    """
    found = reading.unwrapped(body, "metrics")
    leaves = {_plain(path): (path, value) for path, value in _leaves(found)}
    metrics: list[Metric] = []
    for gauge in known:
        key = next((plain for name in gauge.fields if (plain := _plain(name)) in leaves), None)
        if key is not None:
            _path, value = leaves.pop(key)
            read = measure(value, gauge.unit)
            metrics.append(Metric(id=gauge.id, name=gauge.name, value=read, unit=gauge.unit, target=gauge.target))
    said_at = next((at for name in _TIMES if (at := reading.instant(found.get(name))) is not None), None)
    others = [(path, read) for path, value in leaves.values() if (read := reading.number(value)) is not None]
    metrics += [
        Metric(id=f"{prefix}:{path}", name=path.replace("_", " ").replace(".", " "), value=read)
        for path, read in others[:UNKNOWN_LIMIT]
        if path not in _TIMES
    ]
    return MetricsReport(metrics=tuple(metrics), said_at=said_at)


def measure(value: object, unit: Unit) -> float | None:
    """A number in this unit, also from a text that names another size of it; None when it can't be read.

    Durations without a unit are milliseconds, sizes bytes, ratios as `reading.ratio` has them.
    """
    match unit:
        case Unit.RATIO:
            return reading.ratio(value)
        case Unit.MILLISECONDS if isinstance(value, str) and (said := _DURATION.fullmatch(value[:64])):
            return float(said[1]) * _MILLISECONDS[said[2].casefold()]
        case Unit.BYTES if isinstance(value, str) and (said := _SIZE.fullmatch(value[:64])):
            return float(said[1]) * _SIZES[said[2].casefold()]
        case _:
            return reading.number(value)


def _leaves(body: Mapping[str, object], path: str = "", depth: int = 1) -> Iterator[tuple[str, object]]:
    for name, value in body.items():
        word = reading.clean(str(name))[:_NAME_LIMIT]
        here = f"{path}.{word}" if path else word
        if not isinstance(value, Mapping):
            yield here, value
        elif depth < DEPTH_LIMIT:
            yield from _leaves(value, here, depth + 1)


def _plain(path: str) -> str:
    """The same for `hit_rate`, `hitRate` and `hit-rate`."""
    return path.replace("_", "").replace("-", "").casefold()
