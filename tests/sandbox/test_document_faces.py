"""Documents of the other faces, over real sockets; what came through one face is on all."""

from __future__ import annotations

import hashlib
import uuid
from typing import TYPE_CHECKING

import httpx
import pytest

from console.sandbox.document_seeds import DOCX, picture
from console.sandbox.thumbnails import thumbnail

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from console.sandbox.thread import SandboxThread

TEXT = b"Two words and three more.\n"
LIMIT = 10 * 1024 * 1024


def sign_in(sandbox: SandboxThread, client: httpx.Client) -> httpx.Client:
    """Works for both forms of the aigentable face, and for dafnck."""
    answer = client.post("auth/login", json={"email": sandbox.username, "password": sandbox.password}).json()
    data = answer.get("data") or answer
    token = data.get("token") or data["tokens"]["accessToken"]
    client.headers["authorization"] = f"Bearer {token}"
    return client


@pytest.fixture
def dafnck(sandbox: SandboxThread) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=sandbox.dafnck_url, trust_env=False, timeout=10) as client:
        yield sign_in(sandbox, client)


@pytest.fixture
def agents(sandbox: SandboxThread, aigentable: httpx.Client) -> httpx.Client:
    return sign_in(sandbox, aigentable)


def text_file(name: str = "notes.txt", content: bytes = TEXT, kind: str = "text/plain") -> tuple[str, bytes, str]:
    return name, content, kind


def test_one_platform_behind_all_faces(
    sandbox: SandboxThread,
    kong_user: httpx.Client,
    dotmac_user: httpx.Client,
    dafnck: httpx.Client,
    agents: httpx.Client,
) -> None:
    first = dafnck.post("files/upload", files={"file": text_file("from dafnck.txt")}).json()["data"]
    second = agents.post("documents/upload", files=[("files", text_file("from aigentable.txt"))]).json()["documents"][0]
    sandbox.apply(field_routes=True)
    third = dotmac_user.post("/api/v1/files/storage/upload", files={"file": text_file("from dotmac.txt")}).json()
    stored = kong_user.get("/api/v1/documents").json()["documents"]
    names = [one["filename"] for one in stored][:3]
    assert names == ["from dotmac.txt", "from aigentable.txt", "from dafnck.txt"]
    assert [one["id"] for one in stored][:3] == [third["file_id"], second["id"], first["id"]]
    sandbox.apply(field_routes=False)
    dafnck.delete(f"files/{first['id']}")
    assert agents.get(f"documents/{first['id']}").status_code == 404
    assert [one["state"] for one in sandbox.documents()] == ["deleted", "stored", "stored"]


def test_dotmac_has_files_only_where_running_servers_have_them(
    sandbox: SandboxThread, dotmac_user: httpx.Client
) -> None:
    base = "/api/v1/files/storage"
    assert dotmac_user.get(base).status_code == 404
    sandbox.apply(field_routes=True)
    fields = {"path": "/shift", "description": "Notes"}
    answer = dotmac_user.post(f"{base}/upload", files={"file": text_file()}, data=fields)
    told = answer.json()
    assert answer.status_code == 201
    assert told.keys() == {"file_id", "file_name", "file_size", "content_type", "url"}
    page = dotmac_user.get(base, params={"path": "/shift", "skip": 0, "limit": 10}).json()
    assert (page["total"], page["files"][0]["description"]) == (1, "Notes")
    assert dotmac_user.get(base, params={"skip": 36, "limit": 10}).json()["files"][0].keys() >= told.keys()
    assert dotmac_user.get(told["url"]).content == TEXT
    assert dotmac_user.delete(f"{base}/{told['file_id']}").status_code == 200
    assert dotmac_user.get(told["url"]).status_code == 404
    assert dotmac_user.post(f"{base}/upload", files={"other": text_file()}).status_code == 422


def test_dafnck_checks_size_and_type_and_makes_small_pictures(sandbox: SandboxThread, dafnck: httpx.Client) -> None:
    large = picture(3, side=200)
    told = dafnck.post(
        "files/upload", files={"file": ("p.png", large, "image/png")}, data={"generateThumbnail": "true"}
    ).json()["data"]
    assert (told["originalName"], told["mimeType"], told["size"]) == ("p.png", "image/png", len(large))
    host = httpx.URL(sandbox.dafnck_url)
    small = dafnck.get(host.join(told["thumbnailUrl"])).content
    assert len(small) < len(large)
    assert small[16:24] == (64).to_bytes(4, "big") * 2  # its width and height
    assert dafnck.get(host.join(told["url"])).content == large
    plain = dafnck.post("files/upload", files={"file": text_file()}, data={"generateThumbnail": "true"}).json()["data"]
    assert "thumbnailUrl" not in plain
    several = dafnck.post("files/upload-multiple", files=[("files", text_file("a.txt")), ("files", text_file("b.txt"))])
    assert [one["originalName"] for one in several.json()["data"]] == ["a.txt", "b.txt"]
    for file, status in (
        (text_file(content=bytes(LIMIT + 1)), 413),
        (text_file(kind="application/x-tar"), 415),
    ):
        refused = dafnck.post("files/upload", files={"file": file})
        assert (refused.status_code, refused.json()["success"], list(refused.json()["errors"])) == (
            status,
            False,
            ["file"],
        )
    assert dafnck.post("files/upload", files={"file": text_file(content=bytes(LIMIT))}).status_code == 200
    assert dafnck.delete(f"files/{uuid.uuid4()}").status_code == 404


def test_thumbnails_are_made_of_pngs_only() -> None:
    assert thumbnail(TEXT) is None
    assert thumbnail(picture(1)[:200]) is None
    assert thumbnail(picture(1, side=600)) is None  # too much work


@pytest.mark.parametrize("field", [False, True])
def test_aigentable_takes_a_few_documents_of_three_kinds(
    sandbox: SandboxThread,
    aigentable: httpx.Client,
    eventually: Callable[[Callable[[], bool]], None],
    *,
    field: bool,
) -> None:
    sandbox.apply(field_routes=field)
    client = sign_in(sandbox, aigentable)

    def data(answer: httpx.Response) -> dict[str, object]:
        body: dict[str, object] = answer.json()
        assert ("success" in body) is field
        return body["data"] if field else body  # type: ignore[return-value]

    two = [("files", text_file("a.txt")), ("files", text_file("b.docx", b"PK", DOCX))]
    answer = client.post("documents/upload", files=two, data={"category": "SUPPORT", "agentId": "a-1"})
    assert answer.status_code == 201
    rows: list[dict[str, object]] = data(answer)["documents"]  # type: ignore[assignment]
    assert [(one["name"], one["category"], one["agentId"], one["status"]) for one in rows] == [
        ("a.txt", "SUPPORT", "a-1", "PENDING"),
        ("b.docx", "SUPPORT", "a-1", "PENDING"),
    ]
    path = f"documents/{rows[0]['id']}"
    assert client.post(f"{path}/{'reprocess' if field else 'process'}").status_code == 202
    assert client.post(f"{path}/{'process' if field else 'reprocess'}").status_code == 404

    def done() -> bool:
        told = data(client.get(path))
        document: dict[str, object] = told["document"] if field else told  # type: ignore[assignment]
        return document["status"] == "COMPLETED"

    eventually(done)
    found = data(client.get(f"search/{'semantic' if field else 'documents'}", params={"q": "A.TXT"}))
    assert [one["id"] for one in found["documents"]] == [rows[0]["id"]]  # type: ignore[attr-defined]
    listed = data(client.get("documents", params={"limit": 5, "page": 8, "search": ""}))
    assert listed["pagination"] == {"page": 8, "limit": 5, "total": 38, "pages": 8}
    assert client.get("documents/17").status_code == 400
    refused = client.post("documents/upload", files=[("files", text_file("c.csv", kind="text/csv"))])
    assert refused.status_code == 400
    six = [("files", text_file(f"{number}.txt")) for number in range(6)]
    assert client.post("documents/upload", files=six).status_code == (500 if field else 400)
    assert client.post("documents/upload", files={"file": text_file()}).status_code == (500 if field else 400)
    assert len(sandbox.documents()) == 2


def test_a_failed_upload_may_leave_a_row_behind(sandbox: SandboxThread, aigentable: httpx.Client) -> None:
    sandbox.apply(field_routes=True)
    client = sign_in(sandbox, aigentable)
    large = client.post("documents/upload", files={"files": text_file("big.txt", bytes(LIMIT + 1))})
    assert large.status_code == 500
    row = client.get("documents", params={"limit": 1}).json()["data"]["documents"][0]
    assert (row["name"], row["status"], row["size"]) == ("big.txt", "PROCESSING", 0)
    assert [one["sha256"] for one in sandbox.documents()] == [""]
    assert client.get(f"documents/{row['id']}/download").status_code == 404


def test_every_call_leaves_an_audit_event(sandbox: SandboxThread, agents: httpx.Client) -> None:
    document = agents.post("documents/upload", files={"files": text_file()}).json()["documents"][0]
    agents.delete(f"documents/{document['id']}")
    events = httpx.get(f"{sandbox.control_url}/__sandbox/audit", trust_env=False).json()
    done = [(one["action"], one["outcome"], bool(one["user_id"])) for one in events[-2:]]
    path = "aigentable {} /api/v1/documents/{}"
    assert done == [
        (path.format("POST", "upload"), "success", True),
        (path.format("DELETE", document["id"]), "success", True),
    ]
    assert hashlib.sha256(TEXT).hexdigest() == sandbox.documents()[0]["sha256"]


def test_a_dead_content_service_takes_documents_away(
    sandbox: SandboxThread, agents: httpx.Client, dafnck: httpx.Client, kong_user: httpx.Client
) -> None:
    sandbox.apply(kill_service="content-service")
    assert agents.get("documents").status_code == 503
    assert dafnck.post("files/upload", files={"file": text_file()}).status_code == 503
    assert kong_user.get("/api/v1/documents").status_code == 503


def test_options_tell_which_route_takes_uploads(
    sandbox: SandboxThread, kong_user: httpx.Client, dafnck: httpx.Client, agents: httpx.Client
) -> None:
    def taken(client: httpx.Client, path: str) -> tuple[int, bool]:
        answer = client.options(path)
        return answer.status_code, "POST" in answer.headers.get("allow", "")

    guide, field = "/api/v1/documents/upload", "/api/v1/documents"
    assert [taken(kong_user, path) for path in (guide, field)] == [(405, True), (405, False)]
    assert taken(dafnck, "files/upload") == taken(agents, "documents/upload") == (200, True)
    assert taken(agents, "documents/1/reprocess") == taken(dafnck, "folders/upload") == (404, False)
    sandbox.apply(field_routes=True)
    assert [taken(kong_user, path) for path in (guide, field)] == [(405, False), (405, True)]
    assert taken(agents, "documents/1/reprocess") == (200, True)
