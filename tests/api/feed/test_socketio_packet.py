"""Packets of Socket.IO: the short cut reads what the library reads, and nothing is an exception."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st
from socketio import packet

from console.api.feed.socketio_packet import NONSENSE, GuardedPacket, plain_event

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
NAMESPACES = st.sampled_from(["/", "/workflow", "/a-b/c"])


@given(NAMESPACES, st.text(max_size=10), st.lists(VALUES, max_size=3))
def test_the_short_cut_reads_an_event_as_the_library_writes_it(namespace: str, name: str, args: list[object]) -> None:
    written = "4" + packet.Packet(packet.EVENT, namespace=namespace, data=[name, *args]).encode()
    assert plain_event(written) == (namespace, [name, *args])


@given(NAMESPACES, st.integers(0, 9999), VALUES)
def test_what_is_no_plain_event_is_left_to_the_library(namespace: str, number: int, value: object) -> None:
    for kind, data in ((packet.EVENT, ["name", value]), (packet.ACK, [value]), (packet.CONNECT, {"sid": "1"})):
        assert plain_event("4" + packet.Packet(kind, namespace=namespace, data=data, id=number).encode()) is None
    attached = packet.Packet(packet.EVENT, namespace=namespace, data=["name", b"bytes"]).encode()
    assert plain_event("4" + attached[0]) is None


@given(st.text(max_size=30) | st.builds(lambda rest: f"42{rest}", st.text('[]{}",/ab1?', max_size=20)))
def test_no_text_is_an_exception(text: str) -> None:
    found = plain_event(text)
    if found is not None:
        assert isinstance(found[1][0], str)
        start = text.index("[")
        assert json.loads(text[start:]) == found[1]


@given(
    st.text(max_size=30)
    | st.binary(max_size=30)
    | st.builds(lambda rest: f"2{rest}", st.text('[]{}",/ab1-', max_size=20))
)
def test_no_packet_is_an_exception(encoded: str | bytes) -> None:
    decoded = GuardedPacket(encoded_packet=encoded)
    if decoded.namespace == NONSENSE:
        assert decoded.data[0] == NONSENSE
        assert "makes no sense" in str(decoded.data[2])
    elif decoded.packet_type == packet.EVENT:
        assert isinstance(decoded.data[0], str)


@given(st.lists(st.binary(max_size=5) | st.text(max_size=5), min_size=1, max_size=3), st.integers(-3, 5))
def test_attachments_that_do_not_fit_are_no_exception(pieces: list[bytes | str], number: int) -> None:
    placeholder = json.dumps({"_placeholder": True, "num": number})
    decoded = GuardedPacket(encoded_packet=f'5{len(pieces)}-["file",{placeholder}]')
    while pieces and not decoded.add_attachment(pieces.pop(0)):
        pass
    assert isinstance(decoded.data, list)
