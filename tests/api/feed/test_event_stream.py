"""The format of server-sent events."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.api.feed.event_stream import EVENT_LIMIT_BYTES, EventStreamParser, ServerEvent
from console.model.errors import ProtocolViolation

LINE = st.text(st.sampled_from("a:; \t\N{SNOWMAN}\N{NO-BREAK SPACE}\u2028\x0b\ufeff"), max_size=6)
NAME = LINE.filter(bool)
END = st.sampled_from(["\n", "\r", "\r\n"])


@st.composite
def streams(draw: st.DrawFn) -> tuple[bytes, list[ServerEvent]]:
    """A stream as a server writes it, and what is in it."""
    written, events, last_id = "\N{BYTE ORDER MARK}" if draw(st.booleans()) else "", [], ""
    for _ in range(draw(st.integers(0, 5))):
        end = draw(END)
        data = draw(st.lists(LINE, min_size=1, max_size=3))
        name = draw(st.none() | NAME)
        if draw(st.booleans()):
            last_id = draw(LINE)
            written += f"id: {last_id}{end}"
        if draw(st.booleans()):
            written += f": a comment{end}"
        if name is not None:
            written += f"event: {name}{end}"
        written += "".join(f"data: {line}{end}" for line in data) + end
        events.append(ServerEvent(data="\n".join(data), name=name or "message", id=last_id))
    return written.encode(), events


@given(streams(), st.lists(st.integers(0, 400), max_size=12))
def test_wherever_the_bytes_are_cut_the_events_are_the_same(
    stream: tuple[bytes, list[ServerEvent]], cuts: list[int]
) -> None:
    written, events = stream
    parser = EventStreamParser()
    edges = [0, *sorted(min(cut, len(written)) for cut in cuts), len(written)]
    heard = [event for start, end in itertools.pairwise(edges) for event in parser.feed(written[start:end])]
    assert heard == events


@given(st.lists(st.binary(max_size=60), max_size=10))
def test_no_bytes_are_an_exception(chunks: list[bytes]) -> None:
    whole, pieces = EventStreamParser(), EventStreamParser()
    assert whole.feed(b"".join(chunks)) == [event for chunk in chunks for event in pieces.feed(chunk)]
    assert whole.last_id == pieces.last_id


def test_the_fields_read_as_the_standard_says() -> None:
    parser = EventStreamParser()
    events = parser.feed(
        b"data:x\ndata:  y\nid: 7\nretry: 2500\nretry: soon\nid: a\0b\nunknown: 1\ndata\n\ndata: cut off"
    )
    assert events == [ServerEvent(data="x\n y\n", id="7")]
    assert parser.retry_s == 2.5
    assert parser.last_id == "7"
    assert parser.feed(b"\n\n") == [ServerEvent(data="cut off", id="7")]


def test_a_name_alone_is_no_event_and_is_forgotten() -> None:
    assert EventStreamParser().feed(b"event: gone\n\ndata: x\n\n") == [ServerEvent(data="x")]


@pytest.mark.parametrize("piece", [b"data: " + b"x" * 1000, b"data: " + b"x" * 1000 + b"\n"])
def test_an_event_without_end_is_refused_at_the_limit(piece: bytes) -> None:  # fault 58
    parser = EventStreamParser()
    for _ in range(EVENT_LIMIT_BYTES // len(piece)):
        parser.feed(piece)
    with pytest.raises(ProtocolViolation):
        parser.feed(piece)


def test_comments_may_go_on_for_ever() -> None:
    parser = EventStreamParser()
    for _ in range(3000):
        assert parser.feed(b": " + b"x" * 1000 + b"\n") == []
