"""What can go wrong with an upload or a download, over real sockets."""

from __future__ import annotations

import hashlib
import http.client
import json
import time
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

import httpx
import pytest

from console.sandbox.options import SandboxOptions
from console.sandbox.thread import SandboxThread

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

CONTENT = bytes(range(256)) * 4_096  # 1 MiB
SHA256 = hashlib.sha256(CONTENT).hexdigest()
UPLOAD = "/api/v1/documents/upload"


def upload(client: httpx.Client, content: bytes = CONTENT, **headers: str) -> httpx.Response:
    fields = {"metadata": json.dumps({"filename": "data.bin"})}
    named = {key.replace("_", "-"): value for key, value in headers.items()}
    return client.post(UPLOAD, data=fields, files={"file": ("data.bin", content)}, headers=named)


def stored(sandbox: SandboxThread) -> list[object]:
    return [one["sha256"] for one in sandbox.documents()]


def test_a_lost_answer_leaves_the_document(sandbox: SandboxThread, kong_user: httpx.Client) -> None:
    sandbox.apply(lose_answer={"path": UPLOAD, "count": 1})
    with pytest.raises(httpx.RemoteProtocolError):
        upload(kong_user)
    assert stored(sandbox) == [SHA256]


@pytest.mark.parametrize("status", [404, 500, 502, 504])
def test_work_may_be_done_and_the_answer_an_error(sandbox: SandboxThread, kong_user: httpx.Client, status: int) -> None:
    sandbox.apply(late_status={"path": UPLOAD, "count": 1, "status": status})
    assert upload(kong_user).status_code == status
    assert stored(sandbox) == [SHA256]
    assert upload(kong_user).status_code == 201


@pytest.mark.parametrize("status", [413, 415, 507])
def test_an_error_comes_before_the_body_is_there(sandbox: SandboxThread, kong_user: httpx.Client, status: int) -> None:
    """Whether the client sees it is the network's whim: the rest of the body meets a closed connection."""
    sandbox.apply(close_early={"path": UPLOAD, "status": status})
    where = urlsplit(sandbox.kong_url)
    connection = http.client.HTTPConnection(where.hostname or "", where.port, timeout=10)
    connection.putrequest("POST", UPLOAD)
    connection.putheader("content-type", "multipart/form-data; boundary=b")
    connection.putheader("content-length", "1000000000")
    connection.endheaders()
    answer = connection.getresponse()
    assert (answer.status, answer.getheader("connection")) == (status, "close")
    assert json.loads(answer.read())["message"]
    connection.close()
    assert stored(sandbox) == []


def test_a_refusal_names_when_to_come_back(sandbox: SandboxThread, kong_user: httpx.Client) -> None:
    sandbox.apply(status={"path": UPLOAD, "status": 503, "retry_after_s": 7, "count": 1})
    refused = upload(kong_user)
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "7")
    assert stored(sandbox) == []


def test_there_may_be_no_room(sandbox: SandboxThread, kong_user: httpx.Client) -> None:
    sandbox.apply(room_bytes=len(CONTENT) + 10)
    first = upload(kong_user)
    assert [first.status_code, upload(kong_user).status_code, upload(kong_user, b"0123456789").status_code] == [
        201,
        507,
        201,
    ]
    kong_user.delete(f"/api/v1/documents/{first.json()['id']}")
    assert upload(kong_user).status_code == 201
    sandbox.apply(room_bytes=False)
    assert upload(kong_user).status_code == 201


def test_a_server_that_dies_midway_keeps_nothing(
    sandbox: SandboxThread, kong_user: httpx.Client, eventually: Callable[[Callable[[], bool]], None]
) -> None:
    sandbox.apply(cut_body={"path": UPLOAD, "count": 1, "after_bytes": 300_000})
    with pytest.raises(httpx.NetworkError):
        upload(kong_user)

    async def folder(running: object) -> Path:
        return running.world.documents.folder  # type: ignore[attr-defined, no-any-return]

    path = sandbox.call(folder)
    eventually(lambda: list(path.iterdir()) == [])
    assert stored(sandbox) == []


def test_tokens_may_expire_on_the_way(sandbox: SandboxThread, kong_user: httpx.Client) -> None:
    sandbox.apply(expire_midway={"path": UPLOAD, "count": 1, "after_bytes": 300_000})
    assert upload(kong_user).status_code == 401
    assert stored(sandbox) == []


def test_a_slow_commit_happens_though_nobody_waits(
    sandbox: SandboxThread, kong_user: httpx.Client, eventually: Callable[[Callable[[], bool]], None]
) -> None:
    # fault 79
    sandbox.apply(slow_commit={"path": UPLOAD, "seconds": 1.0})
    with pytest.raises(httpx.ReadTimeout):
        kong_user.post(
            UPLOAD,
            data={"metadata": '{"filename": "a"}'},
            files={"file": ("a", CONTENT)},
            timeout=httpx.Timeout(10, read=0.3),
        )
    assert stored(sandbox) == []
    eventually(lambda: stored(sandbox) == [SHA256])


def test_a_sandbox_does_not_wait_for_slow_commits_when_it_stops() -> None:
    began = time.monotonic()
    with SandboxThread() as sandbox, httpx.Client(base_url=sandbox.kong_url, trust_env=False) as client:
        login = {"email": sandbox.username, "password": sandbox.password}
        client.headers["authorization"] = (
            "Bearer " + client.post("/api/v1/auth/login", json=login).json()["access_token"]
        )
        sandbox.apply(slow_commit={"path": UPLOAD, "seconds": 3_600})
        with pytest.raises(httpx.ReadTimeout):
            client.post(
                UPLOAD,
                data={"metadata": '{"filename": "a"}'},
                files={"file": ("a", b"a")},
                timeout=httpx.Timeout(5, read=0.2),
            )
    assert time.monotonic() - began < 600


def test_a_body_can_be_taken_slowly(sandbox: SandboxThread, kong_user: httpx.Client) -> None:
    sandbox.apply(choke={"path": UPLOAD, "seconds": 0.02})
    assert upload(kong_user).status_code == 201
    assert stored(sandbox) == [SHA256]


def test_keys_are_honoured_when_that_is_switched_on(sandbox: SandboxThread, kong_user: httpx.Client) -> None:
    upload(kong_user, idempotency_key="k")
    upload(kong_user, idempotency_key="k")
    assert len(stored(sandbox)) == 2
    sandbox.apply(honour_keys=True)
    ids = {upload(kong_user, idempotency_key="once").json()["id"] for _ in range(3)}
    assert (len(ids), len(stored(sandbox))) == (1, 3)


def test_a_download_can_be_cut(sandbox: SandboxThread, kong_user: httpx.Client) -> None:
    url = upload(kong_user).json()["download_url"]
    sandbox.apply(cut_answer={"path": url, "count": 1, "after_bytes": 100_000})
    with kong_user.stream("GET", url) as answer, pytest.raises(httpx.RemoteProtocolError):
        list(answer.iter_raw())
    assert answer.headers["content-length"] == str(len(CONTENT))
    assert kong_user.get(url).content == CONTENT


@pytest.mark.parametrize("name", ["../../evil.txt", "C:\\evil.txt", "CON", "evil.", "a\nb\u202etxt.exe", "ü" * 150])
def test_a_download_is_called_what_it_was_uploaded_as(kong_user: httpx.Client, name: str) -> None:
    # fault 83
    answer = kong_user.post(
        UPLOAD, data={"metadata": json.dumps({"filename": name})}, files={"file": ("plain.txt", b"content")}
    )
    told = kong_user.get(answer.json()["download_url"]).headers["content-disposition"]
    assert f'filename="{name}"' in told or f"filename*=utf-8''{quote(name)}" in told


def test_documents_survive_a_restart_with_the_state(tmp_path: Path) -> None:
    options = SandboxOptions(state_dir=tmp_path, password="sandbox password 1")
    ids: list[object] = []
    for start in range(2):
        with SandboxThread(options) as sandbox, httpx.Client(base_url=sandbox.kong_url, trust_env=False) as client:
            login = {"email": sandbox.username, "password": sandbox.password}
            token = client.post("/api/v1/auth/login", json=login).json()["access_token"]
            client.headers["authorization"] = f"Bearer {token}"
            if start == 0:
                ids = [upload(client, content).json()["id"] for content in (CONTENT, b"gone")]
                client.delete(f"/api/v1/documents/{ids[1]}")
                gone = client.get("/api/v1/documents").json()["items"][-1]["id"]
                client.delete(f"/api/v1/documents/{gone}")
                (tmp_path / "documents" / "half.part").write_bytes(b"half")
                with (tmp_path / "documents" / "documents.jsonl").open("a") as index:
                    index.write('{"id": "torn')
            else:
                assert [one["id"] for one in sandbox.documents()] == ids
                assert client.get(f"/api/v1/documents/{ids[0]}/download").content == CONTENT
                assert client.get("/api/v1/documents").json()["total"] == 36
                assert client.get(f"/api/v1/documents/{gone}").status_code == 404
                assert not list((tmp_path / "documents").glob("*.part"))
                upload(client, b"after the torn line")
    with SandboxThread(options) as sandbox:
        assert len(sandbox.documents()) == 3
