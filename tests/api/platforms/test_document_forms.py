"""What goes out with a document, as each guide says, and the other form where the field has one."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING

import pytest

from console.api.multipart import FilePart, TextPart
from console.api.platforms.aigentable import wire_documents as aigentable
from console.api.platforms.dafnck import wire_documents as dafnck
from console.api.platforms.dotmac import wire_documents as dotmac
from console.api.platforms.kong import wire_documents as kong
from console.api.sending import Sending

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from console.api.multipart import Part

TOLD = {"description": " of tests ", "tags": "a, b,,c ", "category": "legal", "agent": "a-1", "folder": "in/box"}


class Nothing:
    size_bytes = 12

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[AsyncIterator[bytes]]:
        raise NotImplementedError
        yield


def sending(**told: str) -> Sending:
    return Sending(
        source=Nothing(), name="a \ud800.pdf", media_type="application/pdf", sha256="0" * 64,
        idempotency_key="key-1", metadata=told,
    )  # fmt: skip


def texts(parts: Sequence[Part]) -> dict[str, str]:
    return {part.name: part.value for part in parts if isinstance(part, TextPart)}


def file_of(parts: Sequence[Part]) -> str:
    (found,) = [part.name for part in parts if isinstance(part, FilePart)]
    return found


@pytest.mark.parametrize("route", ["/api/v1/documents/upload", "/elsewhere/upload/"])
def test_kong_by_the_guide(route: str) -> None:
    parts = kong.parts(sending(**TOLD), route)
    assert file_of(parts) == "file"
    assert texts(parts).keys() == {"metadata"}
    assert json.loads(texts(parts)["metadata"]) == {
        "filename": "a \ufffd.pdf",
        "mimeType": "application/pdf",
        "size": 12,
        "sha256": "0" * 64,
        "idempotencyKey": "key-1",
        "description": "of tests",
        "category": "legal",
        "tags": ["a", "b", "c"],
    }
    assert "description" not in json.loads(texts(kong.parts(sending(), route))["metadata"])


def test_kong_in_the_field() -> None:
    parts = kong.parts(sending(**TOLD), "/api/v1/documents")
    assert file_of(parts) == "file"
    assert texts(parts) == {"description": "of tests", "tags": "a,b,c", "category": "legal"}
    assert texts(kong.parts(sending(), "/api/v1/documents")) == {}


def test_dotmac() -> None:
    parts = dotmac.parts(sending(**TOLD), "/")
    assert file_of(parts) == "file"
    assert texts(parts) == {"path": "in/box", "description": "of tests"}
    assert texts(dotmac.parts(sending(), "/")) == {}


def test_dafnck() -> None:
    assert file_of(dafnck.parts(sending(thumbnail="true"), "/")) == "file"
    assert texts(dafnck.parts(sending(thumbnail="true"), "/")) == {"generateThumbnail": "true"}
    assert texts(dafnck.parts(sending(thumbnail=""), "/")) == {}
    assert len(dafnck.MEDIA_TYPES) == 8


def test_aigentable() -> None:
    parts = aigentable.parts(sending(**TOLD), "/")
    assert file_of(parts) == "files"
    assert texts(parts) == {"agentId": "a-1", "category": "legal"}
    assert texts(aigentable.parts(sending(), "/")) == {}


def test_pages_are_asked_for_in_the_words_of_each_platform() -> None:
    assert kong.params(3, "a b") == {
        "page": "3", "page_size": "100", "limit": "100", "offset": "200", "search": "a b",
    }  # fmt: skip
    assert dotmac.params(3, "") == {"skip": "200", "limit": "100"}
    assert aigentable.params(1, "x") == {"page": "1", "limit": "100", "q": "x"}
    assert aigentable.params(2, "") == {"page": "2", "limit": "100"}
