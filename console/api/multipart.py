"""A form with one file in it, as browsers send it (RFC 7578, WHATWG "multipart/form-data encoding")."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_ESCAPED = str.maketrans({'"': "%22", "\r": "%0D", "\n": "%0A"})


@dataclass(frozen=True, kw_only=True)
class TextPart:
    """One field of the form.

    Attributes:
        name: Of the field.
        value: Sent as it is, in UTF-8.
        media_type: For a field that says what it is, such as `application/json`; empty for none, as browsers do.
    """

    name: str
    value: str
    media_type: str = ""


@dataclass(frozen=True, kw_only=True)
class FilePart:
    """Where in the form the document itself goes: its name, type and content are those of the `Sending`."""

    name: str = "file"


Part = TextPart | FilePart


class Form:
    """The bytes around the content: a form is `head`, the content, `tail`."""

    def __init__(self, parts: Sequence[Part], *, file_name: str, media_type: str, boundary: str = "") -> None:
        """Args: parts: In the order they are sent, one of them a `FilePart`. boundary: None in the content; random.

        Raises:
            ValueError: There is not exactly one `FilePart`.
        """
        boundary = boundary or f"gatewatch-{secrets.token_hex(16)}"
        at = [number for number, part in enumerate(parts) if isinstance(part, FilePart)]
        if len(at) != 1:
            raise ValueError("a form holds one file")
        blocks = [_block(part, boundary, file_name, media_type) for part in parts]
        self.content_type = f"multipart/form-data; boundary={boundary}"
        self.head = b"\r\n".join(blocks[: at[0] + 1])
        self.tail = b"\r\n".join([b"", *blocks[at[0] + 1 :], f"--{boundary}--\r\n".encode()])


def well_formed(name: str) -> str:
    """A name that UTF-8 can hold: what a file system gave that is none becomes a replacement character."""
    return name.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _block(part: Part, boundary: str, file_name: str, media_type: str) -> bytes:
    """One part with its headers; the file's without its content."""
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="{quoted(part.name)}"'
    match part:
        case FilePart():
            head += f'; filename="{quoted(file_name)}"\r\nContent-Type: {media_type}\r\n\r\n'
            return head.encode()
        case TextPart():
            kind = f"\r\nContent-Type: {part.media_type}" if part.media_type else ""
            return f"{head}{kind}\r\n\r\n{well_formed(part.value)}".encode()


def quoted(text: str) -> str:
    """A name as it stands between the quotation marks of a form's header."""
    return well_formed(text).translate(_ESCAPED)
