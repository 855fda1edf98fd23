"""Documents and pages of them, in every spelling that was seen."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.api import documents
from console.model.document import Document
from console.model.errors import ProtocolViolation
from tests.contract.questions import names_a_field
from tests.contract.test_made_up_payloads import PAYLOADS

SUM = "0123456789abcdef" * 4
AT = "2026-11-21T12:00:00Z"
WHOLE = Document(
    id="7",
    name="a.pdf",
    size_bytes=12,
    media_type="application/pdf",
    sha256=SUM,
    created_at=datetime(2026, 11, 21, 12, tzinfo=UTC),
    state="completed",
)
SPELLINGS: dict[str, dict[str, object]] = {
    "snake": {"document_id": 7, "filename": "a.pdf", "size": 12, "mime_type": "application/pdf", "sha256": SUM,
              "created_at": AT, "status": "completed"},
    "camel": {"id": "7", "originalName": "a.pdf", "filename": "7f.bin", "fileSize": "12", "mimeType": "Application/PDF",
              "contentHash": f"sha256:{SUM.upper()}", "createdAt": 1795262400, "processingStatus": "completed"},
    "files": {"file_id": "7", "file_name": "a.pdf", "file_size": 12.0, "content_type": "application/pdf; q=1",
              "checksum": SUM, "uploaded_at": "2026-11-21T13:00:00+01:00", "state": "completed"},
    "with metadata": {"_id": 7, "created_at": AT, "status": "completed",
                      "metadata": {"filename": "a.pdf", "size": 12, "mimeType": "application/pdf", "sha256": SUM}},
}  # fmt: skip


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_document_in_every_spelling(spelling: str) -> None:
    assert documents.document(SPELLINGS[spelling]) == WHOLE


ONE: dict[str, Any] = {"id": "7", "name": "a.pdf"}


@pytest.mark.parametrize(
    "body",
    [
        ONE,
        {"document": ONE},
        {"success": True, "data": ONE, "message": None},
        {"data": {"document": ONE}},
        {"data": {"documents": [ONE]}},
        {"success": True, "data": [ONE]},
        {"documents": [ONE], "total": 1},
        {"data": {"files": [ONE]}},
        {"file": ONE},
        [ONE],
        {"id": "request-9", "data": ONE},
    ],
)
def test_a_document_may_be_wrapped(body: object) -> None:
    assert documents.document(body) == Document(id="7", name="a.pdf")


def test_its_own_id_counts_and_not_that_of_what_is_in_it() -> None:
    assert documents.document({"id": "7", "file": {"id": "store-1"}, "data": {"pages": 3}, "items": [ONE]}).id == "7"


@pytest.mark.parametrize(
    "body", [None, [], {}, 7, "text", {"data": None}, {"id": None}, {"id": True}, {"documents": []}]
)
def test_without_an_id_it_is_none(body: object) -> None:
    with pytest.raises(ProtocolViolation) as raised:
        documents.document(body)
    assert raised.value.field == "id"


@pytest.mark.parametrize("fact", [{"is_deleted": True}, {"deletedAt": AT}, {"deleted_at": AT, "status": "completed"}])
def test_what_was_removed_says_so(fact: dict[str, object]) -> None:
    assert documents.document({**ONE, **fact}).state == documents.DELETED


def test_content_and_paths_of_the_server_are_left_behind() -> None:
    found = documents.document(
        {**ONE, "content": "the whole text", "filePath": "C:\\srv\\a", "file_path": "/srv/a", "url": "file:///srv/a",
         "thumbnail": "data:image/png;base64,AAAA", "embedding": [0.1], "path": "/srv/a", "text": "the whole text"}
    )  # fmt: skip
    assert found == Document(id="7", name="a.pdf")


def test_what_else_is_worth_showing() -> None:
    found = documents.document(
        {**ONE, "category": "legal", "agent": {"id": "a-1", "name": "Ada"}, "tags": ["x", "y"], "description": "",
         "uploaded_by": {"email": "u@x.example"}, "url": "/files/7", "thumbnailUrl": "https://x.example/7.png"}
    )  # fmt: skip
    assert dict(found.facts) == {"Category": "legal", "Agent": "Ada", "Tags": "x, y", "Uploaded by": "u@x.example"}
    assert (found.url, found.thumbnail_url) == ("/files/7", "https://x.example/7.png")


@pytest.mark.parametrize(
    "size", [-1, 1.5, True, "1.2 MB", "many", None, 10**30, float("inf"), float("nan"), "-3", [12]]
)
def test_a_size_that_is_none(size: object) -> None:
    assert documents.document({**ONE, "size": size}).size_bytes is None


@pytest.mark.parametrize("digest", ["d41d8cd98f00b204e9800998ecf8427e", "g" * 64, "", None, 7, "md5:" + "a" * 64])
def test_a_sum_of_another_kind_is_none(digest: object) -> None:
    assert documents.document({**ONE, "checksum": digest}).sha256 == ""


ROWS = [{"id": number, "name": f"{number}.txt"} for number in range(10)]
MORE: dict[str, tuple[int, object, bool, int | None]] = {
    "has_next": (1, {"documents": ROWS, "pagination": {"limit": 10, "total": 25, "has_next": True}}, True, 25),
    "no next": (3, {"documents": ROWS, "pagination": {"total": 99, "has_next": False, "has_prev": True}}, False, 99),
    "pages": (2, {"data": ROWS, "pagination": {"page": 2, "limit": 10, "total": 25, "pages": 3}}, True, 25),
    "last of pages": (3, {"data": {"documents": ROWS, "pagination": {"total": 30, "totalPages": 3}}}, False, 30),
    "meta": (1, {"success": True, "data": ROWS, "meta": {"pagination": {"page": 1, "total": 11}}}, True, 11),
    "total": (2, {"items": ROWS, "total": 20, "page": 2, "page_size": 10}, False, 20),
    "smaller pages than asked for": (2, {"items": ROWS, "total": 21, "per_page": 10}, True, 21),
    "bare and full": (1, ROWS, True, None),
    "bare and not full": (1, ROWS[:9], False, None),
    "nothing": (4, {"documents": [], "total": 99}, False, 99),
}  # fmt: skip


@pytest.mark.parametrize("form", MORE)
def test_whether_there_is_more(form: str) -> None:
    number, body, more, total = MORE[form]
    page = documents.page(body, number=number, size=10)
    assert (page.more, page.total, page.page) == (more, total, number)
    assert not page.skipped


def test_an_entry_that_can_not_be_read_costs_itself_only() -> None:
    page = documents.page({"documents": [ROWS[0], 7, {}, ROWS[1]]}, number=1, size=10)
    assert [one.id for one in page.documents] == ["0", "1"]
    assert [skipped.partition(":")[0] for skipped in page.skipped] == ["documents[1]", "documents[2]"]


@given(PAYLOADS)
def test_whatever_comes_is_a_value_or_names_a_field(body: object) -> None:  # fault 48
    for read in (documents.document, lambda body: documents.page(body, number=1, size=10)):
        try:
            found = read(body)
        except ProtocolViolation as exc:
            names_a_field(exc)
        else:
            assert msgspec.json.encode(found)


@given(st.text())
def test_a_name_is_its_own(name: str) -> None:  # fault 83
    assert documents.same_name(name, name)
    assert documents.alike(documents.alike(name)) == documents.alike(name)
