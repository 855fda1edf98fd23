"""Documents of the kong face, over real sockets."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from console.sandbox.thread import SandboxThread

CONTENT = "First line of seven words in all.\nSecond line, äöü.\n".encode() * 3_000
SHA256 = hashlib.sha256(CONTENT).hexdigest()


def upload(client: httpx.Client, name: str = "notes.txt", content: bytes = CONTENT, **headers: str) -> httpx.Response:
    metadata = json.dumps({"filename": name, "mimeType": "text/plain", "size": len(content)})
    files = {"file": (name, content, "text/plain")}
    named = {key.replace("_", "-"): value for key, value in headers.items()}
    return client.post("/api/v1/documents/upload", data={"metadata": metadata}, files=files, headers=named)


def field_upload(client: httpx.Client, content: bytes = CONTENT, name: str = "notes.txt") -> httpx.Response:
    fields = {"description": "Shift notes", "tags": "night, oslo", "category": "notes"}
    return client.post("/api/v1/documents", data=fields, files={"file": (name, content, "text/plain")})


def test_a_document_is_stored_as_it_was_sent(sandbox: SandboxThread, kong_user: httpx.Client) -> None:
    answer = upload(kong_user, 'Übersicht "4"\n📄.txt', idempotency_key="k-1")
    assert answer.status_code == 201
    told = answer.json()
    assert (told["filename"], told["size"], told["sha256"]) == ('Übersicht "4"\n📄.txt', len(CONTENT), SHA256)
    [kept] = sandbox.documents()
    assert (kept["id"], kept["sha256"], kept["key"], kept["face"]) == (told["id"], SHA256, "k-1", "kong")
    content = kong_user.get(told["download_url"])
    assert content.content == CONTENT
    assert content.headers["content-disposition"].startswith("attachment; filename*=utf-8''%C3%9Cbersicht")
    listed = kong_user.get("/api/v1/documents", params={"search": "übersicht", "page_size": 5}).json()
    assert [one["id"] for one in listed["items"]] == [told["id"]]
    assert kong_user.get(sandbox.control_url + "/__sandbox/documents").json()[0]["sha256"] == SHA256


def test_what_was_there_before_is_real_and_the_same_for_the_same_seed(
    sandbox: SandboxThread, kong_user: httpx.Client
) -> None:
    page = kong_user.get("/api/v1/documents", params={"page": 2, "page_size": 10}).json()
    assert (page["total"], page["total_pages"], len(page["items"])) == (36, 4, 10)
    for row in page["items"]:
        content = kong_user.get(row["download_url"]).content
        assert (hashlib.sha256(content).hexdigest(), len(content)) == (row["sha256"], row["size"])
    assert len(sandbox.documents(seeded=True)) == 36
    found = kong_user.get("/api/v1/search", params={"q": page["items"][0]["filename"][:8]}).json()
    assert page["items"][0]["id"] in [one["id"] for one in found["items"]]


def test_processing_counts_the_words(kong_user: httpx.Client, eventually: Callable[[Callable[[], bool]], None]) -> None:
    document = upload(kong_user).json()
    path = f"/api/v1/documents/{document['id']}"
    assert document["status"] == "uploaded"
    assert kong_user.post(f"{path}/process").json()["status"] == "processing"
    eventually(lambda: kong_user.get(path).json()["status"] == "completed")
    found = kong_user.get(path).json()["processing"]
    assert (found["word_count"], found["sha256"]) == (len(CONTENT.split()), SHA256)


def test_a_deleted_document_is_gone(kong_user: httpx.Client) -> None:
    path = f"/api/v1/documents/{upload(kong_user).json()['id']}"
    assert kong_user.delete(path).status_code == 204
    for answer in (kong_user.get(path), kong_user.delete(path), kong_user.get(f"{path}/download")):
        assert answer.status_code == 404


@pytest.mark.parametrize(
    ("files", "fields", "status"),
    [
        ({"file": ("a.txt", b"a")}, {}, 422),
        ({"file": ("a.txt", b"a")}, {"metadata": "{"}, 422),
        ({"document": ("a.txt", b"a")}, {"metadata": '{"filename": "a.txt"}'}, 422),
    ],
)
def test_a_form_that_is_not_the_guides_is_refused(
    sandbox: SandboxThread, kong_user: httpx.Client, files: dict[str, object], fields: dict[str, str], status: int
) -> None:
    answer = kong_user.post("/api/v1/documents/upload", files=files, data=fields)  # type: ignore[arg-type]
    assert answer.status_code == status
    assert sandbox.documents() == []


def test_running_servers_have_another_form(sandbox: SandboxThread, kong_user: httpx.Client) -> None:
    sandbox.apply(field_routes=True)
    assert upload(kong_user).status_code == 405
    document = field_upload(kong_user).json()
    assert (document["tags"], document["file_size"], document["status"]) == (["night", "oslo"], len(CONTENT), "active")
    page = kong_user.get("/api/v1/documents", params={"limit": 100}).json()
    assert page["pagination"] == {"limit": 100, "offset": 0, "total": 37, "has_next": False, "has_prev": False}
    assert kong_user.get("/api/v1/documents", params={"limit": 101}).status_code == 422
    path = f"/api/v1/documents/{document['id']}"
    assert kong_user.delete(path).status_code == 204
    assert kong_user.get(path).json()["status"] == "deleted"
    assert document["id"] not in [
        one["id"] for one in kong_user.get("/api/v1/documents", params={"limit": 100}).json()["documents"]
    ]
    assert kong_user.get(document["preview_url"]).status_code == 404


def test_running_servers_answer_500_to_content_they_have(sandbox: SandboxThread, kong_user: httpx.Client) -> None:
    sandbox.apply(field_routes=True)
    assert field_upload(kong_user).status_code == 201
    assert [field_upload(kong_user, name=name).status_code for name in ("a.txt", "b.txt")] == [500, 500]
    assert len(sandbox.documents()) == 1


def test_the_gateways_body_limit_comes_before_the_services(sandbox: SandboxThread, kong_user: httpx.Client) -> None:
    sandbox.apply(field_routes=True)
    answer = field_upload(kong_user, bytes(10 * 1024 * 1024))
    assert (answer.status_code, answer.json()) == (413, {"message": "Request size limit exceeded"})
