"""Answers as their bytes come in, beside what h11 makes of the same bytes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import h11
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from console.api.http1.answer import HEAD_LIMIT_BYTES, Answer, MalformedAnswer, Truncated


@dataclass(frozen=True)
class Heard:
    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes
    keeps_open: bool


def folded(headers: Iterable[tuple[bytes, bytes]]) -> tuple[tuple[bytes, bytes], ...]:
    return tuple((name, value.lower()) for name, value in headers)


def agree(one: Heard | None, peer: Heard | None) -> bool:
    """We may close a connection that h11 would keep, but not the other way round."""
    if one is None or peer is None:
        return one is peer
    return one.keeps_open <= peer.keeps_open and replace(one, keeps_open=False) == replace(peer, keeps_open=False)


def ours(parts: list[bytes]) -> Heard | None:
    answer, body = Answer(), b""
    try:
        for part in parts:
            answer.feed(part)
            body += answer.take()
            if answer.done:
                break
        if not answer.done:
            answer.end()
    except (MalformedAnswer, Truncated):
        return None
    return Heard(answer.status, folded(answer.headers), body, answer.keeps_open)


def theirs(parts: list[bytes]) -> Heard | None:
    peer = h11.Connection(h11.CLIENT)
    peer.send(h11.Request(method="POST", target="/", headers=[("host", "x"), ("content-length", "0")]))
    peer.send(h11.EndOfMessage())
    status, body = 0, b""
    headers: tuple[tuple[bytes, bytes], ...] = ()
    left = [*parts, b""]
    try:
        while True:
            match peer.next_event():
                case h11.NEED_DATA:
                    peer.receive_data(left.pop(0))
                case h11.Response(status_code=status, headers=told):
                    headers = folded(told.raw_items())
                case h11.Data(data=data):
                    body += bytes(data)
                case h11.EndOfMessage():
                    break
                case h11.InformationalResponse(status_code=101):
                    return None
                case h11.ConnectionClosed():
                    return None
    except (h11.RemoteProtocolError, IndexError):
        return None
    hung_up, surplus = not left, peer.trailing_data[0]
    return Heard(status, headers, body, peer.states[h11.SERVER] is h11.DONE and not hung_up and not surplus)


def cut(raw: bytes, places: list[int]) -> list[bytes]:
    at = sorted(place % (len(raw) + 1) for place in places)
    return [raw[begin:end] for begin, end in zip([0, *at], [*at, len(raw)], strict=True) if begin < end]


if TYPE_CHECKING:
    from collections.abc import Iterable

WORD = st.from_regex(r"[a-zA-Z][a-zA-Z0-9-]{0,12}", fullmatch=True).map(str.encode)
VALUE = st.from_regex(r"[!-~]([ -~]{0,20}[!-~])?", fullmatch=True).map(str.encode)
FRAMING = {b"content-length", b"transfer-encoding", b"connection"}
OTHERS = st.lists(st.tuples(WORD.filter(lambda name: name.lower() not in FRAMING), VALUE), max_size=4)


@st.composite
def chunked(draw: st.DrawFn, body: bytes) -> bytes:
    parts = cut(body, draw(st.lists(st.integers(0, 400), max_size=3)))
    extension = draw(st.sampled_from([b"", b";a=b", b';q="x" ']))
    trailer = draw(st.sampled_from([b"", b"X-Sum: 1\r\n"]))
    chunks = b"".join(b"%x%b\r\n%b\r\n" % (len(part), extension, part) for part in parts)
    return chunks + b"0\r\n" + trailer + b"\r\n"


@st.composite
def answers(draw: st.DrawFn) -> bytes:
    body = draw(st.binary(max_size=300))
    status = draw(st.sampled_from([200, 201, 204, 304, 307, 401, 413, 500, 503]))
    headers = draw(OTHERS)
    if draw(st.booleans()):
        headers.append((b"Connection", draw(st.sampled_from([b"close", b"keep-alive", b"Close, x"]))))
    match draw(st.sampled_from(["length", "chunked", "close", "both"])):
        case "length":
            headers.append((b"Content-Length", b"%d" % len(body)))
        case "chunked":
            headers.append((b"Transfer-Encoding", b"chunked"))
            body = draw(chunked(body))
        case "both":
            headers += [(b"Content-Length", b"3"), (b"Transfer-Encoding", b"Chunked")]
            body = draw(chunked(body))
    if status in (204, 304):
        body = b""
    before = draw(st.sampled_from([b"", b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 103 Early\r\nA: b\r\n\r\n"]))
    version = draw(st.sampled_from([b"1.1", b"1.1", b"1.0"]))
    end = draw(st.sampled_from([b"\r\n", b"\r\n", b"\n"]))
    lines = [b"HTTP/%b %d Reason" % (version, status), *(name + b": " + value for name, value in headers), b"", b""]
    return before + end.join(lines) + body


PLACES = st.lists(st.integers(0, 2000), max_size=6)


@given(answers(), PLACES)
def test_a_good_answer_is_what_h11_hears(raw: bytes, places: list[int]) -> None:
    heard = ours(cut(raw, places))
    assert heard is not None
    assert agree(heard, theirs(cut(raw, places)))


@given(answers(), PLACES, st.integers(0, 400))
def test_half_an_answer_is_none(raw: bytes, places: list[int], missing: int) -> None:
    parts = cut(raw[: len(raw) - missing], places)
    assert agree(ours(parts), theirs(parts))


@given(
    answers(), PLACES, st.lists(st.tuples(st.integers(0, 400), st.sampled_from(b"\0\r\n :,;\x80zA019-")), max_size=3)
)
@example(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n", [], [])
@example(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", [], [])
@example(b"HTTP/1.1 204 Reason\r\r\nConnection: close\r\n\r\n", [], [])
@example(b"HTTP/1.1 204 Reason\r\nConnection: close\r\r\n\r\n", [], [])
@example(b"HTTP/1.1 200 OK\r\nContent-Length: :3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", [], [])
def test_what_is_damaged_is_never_taken_for_more_than_h11_takes_it_for(
    raw: bytes, places: list[int], damage: list[tuple[int, int]]
) -> None:
    broken = bytearray(raw)
    for at, value in damage:
        broken[at % len(broken)] = value
    heard = ours(cut(bytes(broken), places))
    if heard is not None:  # we may be stricter
        assert agree(heard, theirs(cut(bytes(broken), places)))


@given(st.binary(max_size=200), PLACES)
def test_anything_else_is_refused(raw: bytes, places: list[int]) -> None:
    assert ours(cut(raw, places)) == theirs(cut(raw, places)) == None  # noqa: E711  (all three are the same)


@pytest.mark.parametrize(
    "raw",
    [
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/2 200\r\n\r\n",
        b"HTTP/1.1 2000 OK\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nA: b\r\n folded\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9999999999999999999999\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1" + b";" * 5000,
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * HEAD_LIMIT_BYTES,
    ],
)
def test_what_makes_no_sense_is_refused_at_once(raw: bytes) -> None:
    answer = Answer()
    with pytest.raises(MalformedAnswer):
        answer.feed(raw)


def test_more_than_was_asked_for_ends_a_connection() -> None:
    answer = Answer()
    answer.feed(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}HTTP/1.1 500 Surprise")
    assert answer.done
    assert answer.take() == b"{}"
    assert not answer.keeps_open


def test_a_tunnel_has_no_body() -> None:
    answer = Answer(tunnel=True)
    answer.feed(b"HTTP/1.1 200 Connected\r\n\r\n")
    assert answer.done
