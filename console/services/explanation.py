"""What became of something, in the operator's words."""

from __future__ import annotations

import msgspec


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """A sentence for the headline, a sentence for the way on, and the ids to pass on.

    Attributes:
        headline: What happened, one plain sentence.
        advice: What to do about it; may be empty.
        request_id: For the people who run the gateway; may be empty.
        field: Which field of a form it belongs to: `url`, `username`, `password`, `name`, or empty.
    """

    headline: str
    advice: str = ""
    request_id: str = ""
    field: str = ""

    @property
    def text(self) -> str:
        """Headline and advice in one line."""
        return f"{self.headline} {self.advice}".strip()


def quoted(detail: str) -> str:
    """Appended to a sentence: what was said, in brackets; nothing when nothing was."""
    return f" ({detail})" if detail else ""
