"""Answers that name themselves, and are not sent twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import httpx

    from console.sandbox.thread import SandboxThread


def check(client: httpx.Client, route: str) -> None:
    first = client.get(route)
    tag = first.headers["etag"]
    assert first.status_code == 200
    for named in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        again = client.get(route, headers={"if-none-match": named})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert client.get(route, headers={"if-none-match": '"other"'}).content == first.content


@pytest.mark.parametrize("route", ["/api/v1/auth/me", "/api/v1/organizations"])
def test_kong_only_names_an_unchanged_answer(kong_user: httpx.Client, route: str) -> None:
    check(kong_user, route)


@pytest.mark.parametrize("route", ["/api/auth/me", "/api/tenants"])
def test_dotmac_only_names_an_unchanged_answer(dotmac_user: httpx.Client, route: str) -> None:
    check(dotmac_user, route)


def test_running_servers_do_so_too_and_a_refusal_has_no_name(sandbox: SandboxThread, dotmac_user: httpx.Client) -> None:
    sandbox.apply(field_routes=True)
    check(dotmac_user, "/api/v1/tenants")
    refused = dotmac_user.get("/api/v1/tenants", headers={"x-tenant-id": "nobody's", "if-none-match": "*"})
    assert (refused.status_code, refused.headers.get("etag")) == (403, None)
