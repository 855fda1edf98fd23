"""What a benchmark found, and how it is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable

_COLUMNS = ("budget", "what", "ours", "peer", "ratio", "allowed", "within")


@dataclass(frozen=True)
class Outcome:
    """One line of the table.

    Attributes:
        budget: Its id in the design, such as `B1`.
        what: What was measured.
        ours: The program's value.
        peer: The peer's, in the same unit.
        unit: Of both.
        allowed: The ratio of ours to the peer's that the budget allows.
        bound: Whether `allowed` is the most (times) or the least (rates) that is allowed.
    """

    budget: str
    what: str
    ours: float
    peer: float
    unit: str
    allowed: float
    bound: Literal["most", "least"] = "most"

    @property
    def ratio(self) -> float:
        """Ours to the peer's; infinite where the peer took nothing."""
        return self.ours / self.peer if self.peer else float("inf")

    @property
    def within(self) -> bool:
        """Whether the budget is kept."""
        return self.ratio <= self.allowed if self.bound == "most" else self.ratio >= self.allowed

    def cells(self) -> tuple[str, ...]:
        """As one line of the table, in the order of its columns."""
        return (
            self.budget,
            self.what,
            f"{self.ours:,.0f} {self.unit}",
            f"{self.peer:,.0f} {self.unit}",
            f"{self.ratio:.2f}",
            f"{'<=' if self.bound == 'most' else '>='} {self.allowed:g}",
            "yes" if self.within else "NO",
        )


def table(outcomes: Iterable[Outcome]) -> str:
    """All outcomes as text in columns."""
    rows = [_COLUMNS, *(outcome.cells() for outcome in outcomes)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )
