"""The dafnck face over real sockets: envelopes, accounts, and mail that goes nowhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from console.sandbox.thread import SandboxThread

ADA = {
    "firstName": "Ada",
    "lastName": "Byron",
    "email": "ada@example.org",
    "password": "right horse 1",
    "confirmPassword": "right horse 1",
    "acceptTerms": True,
}


@pytest.fixture
def dafnck(sandbox: SandboxThread) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=sandbox.dafnck_url, trust_env=False, timeout=10) as client:
        yield client


def outbox(sandbox: SandboxThread) -> list[dict[str, Any]]:
    answer = httpx.get(f"{sandbox.control_url}/__sandbox/outbox", trust_env=False)
    found: list[dict[str, Any]] = answer.json()
    return found


def test_every_answer_is_an_envelope(sandbox: SandboxThread, dafnck: httpx.Client) -> None:
    for answer, status in (
        (dafnck.get("/auth/me"), 401),
        (dafnck.get("/nowhere"), 404),
        (dafnck.post("/auth/login", json={"email": sandbox.username, "password": "wrong"}), 401),
        (dafnck.post("/auth/login", content=b"{"), 400),
        (dafnck.post("/auth/login", json=["no object"]), 400),
    ):
        assert answer.status_code == status
        body = answer.json()
        assert body["success"] is False
        assert body["data"] is None
        assert body["meta"]["requestId"]


def test_a_refresh_leaves_the_refresh_token_as_it_is(sandbox: SandboxThread, dafnck: httpx.Client) -> None:
    typed = {"email": sandbox.username, "password": sandbox.password, "rememberMe": True}
    tokens = dafnck.post("/auth/login", json=typed).json()["data"]
    for _ in range(2):
        fresh = dafnck.post("/auth/refresh", json={"refreshToken": tokens["refreshToken"]}).json()["data"]
        assert set(fresh) == {"token", "expiresIn"}
        bearer = {"authorization": f"Bearer {fresh['token']}"}
        assert dafnck.get("/auth/me", headers=bearer).json()["data"]["email"] == sandbox.username
    assert dafnck.post("/auth/logout", headers=bearer).status_code == 200
    assert dafnck.post("/auth/refresh", json={"refreshToken": tokens["refreshToken"]}).status_code == 401


def test_nobody_learns_who_has_an_account(sandbox: SandboxThread, dafnck: httpx.Client) -> None:
    for path in ("/auth/forgot-password", "/auth/resend-verification"):
        known, unknown = (
            dafnck.post(path, json={"email": email}).json() for email in (sandbox.username, "nobody@example.org")
        )
        assert {**known, "meta": None} == {**unknown, "meta": None}
    assert [message["to"] for message in outbox(sandbox)] == [sandbox.username]


def test_a_code_is_good_once_and_only_for_what_it_was_sent(sandbox: SandboxThread, dafnck: httpx.Client) -> None:
    assert dafnck.post("/auth/register", json=ADA).status_code == 200
    again = dafnck.post("/auth/register", json=ADA)
    assert again.status_code == 422
    assert set(again.json()["errors"]) == {"email"}
    code = outbox(sandbox)[-1]["code"]
    other = {"token": code, "password": "other horse 1", "confirmPassword": "other horse 1"}
    assert dafnck.post("/auth/reset-password", json=other).status_code == 400
    assert dafnck.post("/auth/login", json=ADA).status_code == 403
    assert dafnck.post("/auth/verify-email", json={"token": code}).status_code == 200
    assert dafnck.post("/auth/verify-email", json={"token": code}).status_code == 400
    assert dafnck.post("/auth/login", json=ADA).status_code == 200


def test_the_mail_is_read_from_this_machine_only(sandbox: SandboxThread) -> None:
    foreign = httpx.get(f"{sandbox.control_url}/__sandbox/outbox", headers={"host": "example.org"}, trust_env=False)
    assert foreign.status_code == 403
