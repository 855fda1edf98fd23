"""Which route takes an upload, and in which form: asked without sending anything, and taken back when it was wrong."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from console.api import registry
from console.model.errors import NotOffered, ServiceFailed
from tests.api.scripted_gateway import Asked, reply
from tests.contract.papers import sending
from tests.contract.questions import asking

if TYPE_CHECKING:
    from tests.api.scripted_gateway import Script

GUIDE, FIELD = "/api/v1/documents/upload", "/api/v1/documents"
STORED = reply(201, {"id": "d-1", "filename": "a.txt"})


def gateway(posts: dict[str, bytes], options: dict[str, bytes]) -> Script:
    def script(asked: Asked) -> bytes:
        return (options if asked.method == "OPTIONS" else posts).get(asked.path, reply(404, {"detail": "Not Found"}))

    return script


def form(asked: Asked) -> set[str]:
    """The names of its parts."""
    return {line.split('name="')[1].split('"')[0] for line in asked.body.decode().split("\r\n") if " name=" in line}


async def test_the_guides_form_goes_to_the_guides_route() -> None:
    script = gateway({GUIDE: STORED}, {GUIDE: reply(204, None, "allow: POST")})
    async with asking(registry.platform("kong"), script) as one:
        assert one.gateway.documents is not None
        assert (await one.gateway.documents.upload(sending(metadata={"category": "x"}))).id == "d-1"
        assert one.served.lines == [f"OPTIONS {GUIDE}", f"POST {GUIDE}"]
        assert form(one.served.asked[1]) == {"file", "metadata"}
        await one.gateway.documents.upload(sending())
        assert one.served.lines[2:] == [f"POST {GUIDE}"], "it is known from now on"
        assert one.served.asked[1].headers["idempotency-key"] != one.served.asked[2].headers["idempotency-key"]


@pytest.mark.parametrize("refusal", [reply(405, {"detail": "no"}, "allow: GET, DELETE"), reply(404), reply(501)])
async def test_the_fields_form_goes_to_the_fields_route(refusal: bytes) -> None:
    script = gateway({FIELD: STORED}, {GUIDE: refusal, FIELD: reply(405, {}, "allow: GET, POST")})
    async with asking(registry.platform("kong"), script) as one:
        assert one.gateway.documents is not None
        await one.gateway.documents.upload(sending(metadata={"category": "x"}))
        assert one.served.lines == [f"OPTIONS {GUIDE}", f"OPTIONS {FIELD}", f"POST {FIELD}"]
        assert form(one.served.asked[2]) == {"file", "category"}


@pytest.mark.parametrize("status", [405, 501])
async def test_a_route_that_says_yes_to_everything_is_taken_back(status: int) -> None:
    yes = reply(204)
    script = gateway({GUIDE: reply(status, {"detail": "no"}), FIELD: STORED}, {GUIDE: yes, FIELD: yes})
    async with asking(registry.platform("kong"), script) as one:
        assert one.gateway.documents is not None
        for _upload in range(2):
            await one.gateway.documents.upload(sending(metadata={"category": "x"}))
        posts = [asked for asked in one.served.asked if asked.method == "POST"]
        assert [asked.path for asked in posts] == [GUIDE, FIELD, FIELD]
        assert form(posts[0]) == {"file", "metadata"}
        assert form(posts[1]) == {"file", "category"}


@pytest.mark.parametrize(("status", "error"), [(404, NotOffered), (500, ServiceFailed)])
async def test_what_may_have_been_done_is_not_done_again_elsewhere(status: int, error: type[Exception]) -> None:
    yes = reply(204)
    script = gateway({GUIDE: reply(status, {"detail": "no"}), FIELD: STORED}, {GUIDE: yes, FIELD: yes})
    async with asking(registry.platform("kong"), script) as one:
        assert one.gateway.documents is not None
        with pytest.raises(error):
            await one.gateway.documents.upload(sending())
        assert [line for line in one.served.lines if line.startswith("POST")] == [f"POST {GUIDE}"]


async def test_the_list_is_asked_for_in_both_ways_of_paging() -> None:
    rows = {"documents": [{"id": "d-1", "filename": "a"}], "pagination": {"total": 1, "has_next": False}}
    async with asking(registry.platform("kong"), lambda _asked: reply(200, rows)) as one:
        assert one.gateway.documents is not None
        query = one.gateway.documents.listing(3, "a b")
        answer = await one.transport.call(query.operation, params=query.params)
        assert [document.id for document in query.decode(answer.body).documents] == ["d-1"]
    (line,) = one.served.lines
    assert line.startswith(f"GET {FIELD}?")
    for part in ("page=3", "page_size=100", "limit=100", "offset=200", "search=a"):
        assert part in line
    assert json.loads(query.key), "a question that a cache can keep"
