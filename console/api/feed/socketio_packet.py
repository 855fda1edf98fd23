"""Packets of Socket.IO that are looked into before they are used.

The library decodes in tasks that nobody awaits: an exception there is a line in a log, and the feed none the wiser.
Here a packet that makes no sense becomes an event of a namespace that no server can have.
"""

from __future__ import annotations

from typing import Any

import msgspec
from socketio import packet

from console.api.redaction import redact

CONNECT: int = packet.CONNECT
ATTACHING = "45"  # a message of Engine.IO with an event of Socket.IO whose attachments come next
_EVENT = "42"
NONSENSE = "nonsense"  # no namespace of a server: those begin with a slash

# What the library lets through when a handshake or a packet is not what it expects.
UNGUARDED = (ValueError, TypeError, LookupError, AttributeError, RecursionError)


def plain_event(text: str) -> tuple[str, list[object]] | None:
    """Namespace, and name and arguments, of a frame that is one whole event; None for any other.

    Others have an id, attachments, or no sense: those are left to the library.
    """
    if not text.startswith(_EVENT):
        return None
    namespace, start = "/", len(_EVENT)
    if text.startswith("/", start):
        comma = text.find(",", start)
        namespace, start = text[start:comma].partition("?")[0], comma + 1
    if not start or not text.startswith("[", start):
        return None
    try:
        data = msgspec.json.decode(text[start:])
    except (msgspec.DecodeError, RecursionError):
        return None
    return (namespace, data) if data and isinstance(data[0], str) else None


class GuardedPacket(packet.Packet):  # type: ignore[misc]  # the library has no types
    """A packet that turns into an event of `NONSENSE` when it can't be read."""

    packet_type: Any

    def __init__(self, *args: Any, encoded_packet: Any = None, **more: Any) -> None:
        super().__init__(*args, encoded_packet=encoded_packet, **more)
        if encoded_packet is not None and not encoded_packet:  # which the library takes for none at all
            self._become_nonsense(ValueError("it is empty"))

    def decode(self, encoded_packet: Any) -> Any:
        """See the library."""
        try:
            count = super().decode(encoded_packet)
            _check(self.packet_type, self.data)
        except UNGUARDED as exc:
            self._become_nonsense(exc)
            return 0
        else:
            return count

    def add_attachment(self, attachment: Any) -> bool:
        """See the library, which takes a text for an attachment when one is missing."""
        try:
            if not isinstance(attachment, bytes):
                raise TypeError("an attachment is missing")
            complete: bool = super().add_attachment(attachment)
        except UNGUARDED as exc:
            self._become_nonsense(exc)
            self.packet_type = packet.BINARY_EVENT  # as which the library looks at it next
            return True
        else:
            return complete

    def _become_nonsense(self, exc: Exception) -> None:
        kind = self.packet_type if isinstance(self.packet_type, int) else -1
        self.packet_type, self.namespace, self.id = packet.EVENT, NONSENSE, None
        self.data = [NONSENSE, kind, redact(f"a packet makes no sense: {exc}")]


def _check(kind: object, data: object) -> None:
    """Refuse what the library would look into without looking first.

    Raises:
        ValueError: The data of the packet are not what its kind has.
    """
    if kind in (packet.EVENT, packet.BINARY_EVENT):
        good = isinstance(data, list) and bool(data) and isinstance(data[0], str)
    elif kind in (packet.ACK, packet.BINARY_ACK):
        good = isinstance(data, list)
    elif kind == packet.CONNECT:
        # Protocol 5 answers with a session id; servers of protocol 4 and older do not, and would never send a ping.
        good = isinstance(data, dict) and isinstance(data.get("sid"), str)
    else:
        good = kind in (packet.DISCONNECT, packet.CONNECT_ERROR)
    if not good:
        raise ValueError("the server speaks an older Socket.IO" if kind == packet.CONNECT else f"kind {kind!r}")
