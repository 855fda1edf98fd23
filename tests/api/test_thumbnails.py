"""Small pictures: asked of the gateway itself and of nobody else, and small."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.api.platforms.dafnck.documents import dafnck_documents
from console.api.platforms.kong.documents import kong_documents
from console.api.thumbnails import LIMIT_BYTES, Place
from console.model.address import Address
from console.model.errors import GatewayError, NotFound, NotOffered, ProtocolViolation
from tests.api.scripted_gateway import Tokens, reply, scripted, transport_to

PNG = b"\x89PNG\r\n\x1a\n and the rest"
GATEWAY = Address(scheme="https", host="gateway.example", port=443, path="/api")


@pytest.mark.parametrize(
    ("url", "route", "fields"),
    [
        ("/api/files/7-a/thumbnail", "/files/{part1}/thumbnail", {"part1": "7-a"}),
        ("https://gateway.example/api/files/7/x.png", "/files/{part1}/{part2}", {"part1": "7", "part2": "x.png"}),
        ("HTTPS://Gateway.Example:443/api/thumbs", "/thumbs", {}),
        ("/api/%7Bid%7D", "/{part1}", {"part1": "{id}"}),
    ],
)
def test_an_address_of_the_gateway_is_a_request_to_it(url: str, route: str, fields: dict[str, str]) -> None:
    place = Place(url, GATEWAY)
    assert (place.operation.routes, place.fields) == ((route,), fields)


@pytest.mark.parametrize(
    "url",
    [
        "https://elsewhere.example/api/files/7/thumbnail",
        "//elsewhere.example/api/files/7/thumbnail",
        "http://gateway.example/api/files/7/thumbnail",
        "https://gateway.example:8443/api/files/7/thumbnail",
        "https://gateway.example@elsewhere.example/api/x",
        "https://user:word@gateway.example/api/x",
        "https://gateway.example.elsewhere.example/api/x",
        "https://[x/api",
        "/apis/x",
        "/other/files/7/thumbnail",
        "/api/../other/x",
        "/api/%2e%2e/other/x",
        "/api/files%2f..%2f..%2fother",
        "/api//elsewhere.example/x",
        "/api/",
        "/api",
        "file:///api/x",
        "",
    ],
)
def test_anywhere_else_is_not_asked(url: str) -> None:
    with pytest.raises(NotOffered):
        Place(url, GATEWAY)


@given(st.text(alphabet="ab/.:@%2eF\\?#[]{}", max_size=40), st.sampled_from(["", "/", "//", "https://", "/api/"]))
def test_what_is_asked_stays_below_the_gateway(rest: str, start: str) -> None:
    try:
        place = Place(start + rest, GATEWAY)
    except NotOffered:
        return
    [route] = place.operation.routes
    assert route.format(**dict.fromkeys(place.fields, "x")).startswith("/")
    assert not {"", ".", ".."} & {*place.fields.values(), *route.split("/")[1:]}


async def test_the_picture_comes_with_the_sessions_token_whatever_its_route() -> None:
    def answer(_asked: object) -> bytes:
        return reply(200, PNG, "content-type: image/png")

    async with (
        scripted(answer) as gateway,
        transport_to(gateway, tokens=Tokens(), path="/api") as transport,
    ):
        documents = dafnck_documents(transport)
        assert await documents.thumbnail("/api/files/7/thumbnail") == PNG
        assert await documents.thumbnail(f"{gateway.address.origin}/api/small/8.png?until=9&by=a%26b") == PNG
        assert await documents.thumbnail("/api/files/9/thumbnail") == PNG
    assert [asked.path for asked in gateway.asked] == [
        "/api/files/7/thumbnail",
        "/api/small/8.png?until=9&by=a%26b",
        "/api/files/9/thumbnail",
    ]
    assert all(asked.headers["authorization"] == "Bearer first" for asked in gateway.asked)


async def test_another_server_gets_neither_a_request_nor_a_token() -> None:
    def answer(_asked: object) -> bytes:
        return reply(200, PNG, "content-type: image/png")

    async with (
        scripted(answer) as gateway,
        scripted(answer) as other,
        transport_to(gateway, tokens=Tokens(), path="/api") as transport,
    ):
        with pytest.raises(NotOffered):
            await dafnck_documents(transport).thumbnail(f"{other.address.origin}/api/files/7/thumbnail")
    assert (gateway.asked, other.asked) == ([], [])


async def test_a_redirect_leads_nowhere() -> None:
    async with scripted(lambda _asked: reply(200, PNG, "content-type: image/png")) as other:
        location = f"location: {other.address.origin}/api/files/7/thumbnail"
        async with (
            scripted(lambda _asked: reply(302, b"", location)) as gateway,
            transport_to(gateway, tokens=Tokens(), path="/api") as transport,
        ):
            with pytest.raises(GatewayError, match="redirects"):
                await dafnck_documents(transport).thumbnail("/api/files/7/thumbnail")
    assert other.asked == []


@pytest.mark.parametrize(
    ("body", "media_type"),
    [
        (b"<svg/>", "image/svg+xml"),
        (b"<p>hello</p>", "text/html"),
        (PNG, ""),
        (bytes(LIMIT_BYTES + 1), "image/png"),
    ],
)
async def test_what_is_said_to_be_no_small_picture_is_not_taken(body: bytes, media_type: str) -> None:
    async with (
        scripted(lambda _asked: reply(200, body, f"content-type: {media_type}")) as gateway,
        transport_to(gateway, path="/api") as transport,
    ):
        with pytest.raises(ProtocolViolation):
            await dafnck_documents(transport).thumbnail("/api/files/7/thumbnail")


async def test_a_picture_without_an_end_is_given_up() -> None:
    head = b"HTTP/1.1 200 OK\r\ncontent-type: image/png\r\nconnection: close\r\n\r\n"
    async with (
        scripted(lambda _asked: itertools.chain([head], itertools.repeat(bytes(256 * 1024)))) as gateway,
        transport_to(gateway, path="/api") as transport,
    ):
        with pytest.raises(ProtocolViolation, match="larger"):
            await dafnck_documents(transport).thumbnail("/api/files/7/thumbnail")


async def test_one_that_is_gone_and_a_platform_that_makes_none() -> None:
    async with (
        scripted(lambda _asked: reply(404, {"message": "no"})) as gateway,
        transport_to(gateway, path="/api") as transport,
    ):
        with pytest.raises(NotFound):
            await dafnck_documents(transport).thumbnail("/api/files/7/thumbnail")
        with pytest.raises(NotOffered):
            await kong_documents(transport).thumbnail("/api/files/7/thumbnail")
    assert len(gateway.asked) == 1
