"""What servers may do to their answers, done to the answers of every face: the console reads the same in them.

An answer is taken from the platform's own face, bent as servers in the field were seen to bend theirs, and given to the
dialect: no test knows the form of any platform.
"""

from __future__ import annotations

import re
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import httpx
import msgspec
import pytest

from console.model.document import DocumentAction, DocumentPage
from console.model.errors import GatewayError, NotAGateway, ProtocolViolation, Rejected
from tests.api.scripted_gateway import reply
from tests.contract.papers import desk, sending
from tests.contract.questions import asking, lists, names_a_field, queries

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from console.api.contract import Platform
    from console.api.query import Query
    from tests.contract.site import Site

    Bend = Callable[[str, Any], Any]

ID = re.compile(r"(^|_)(uu)?id$|[a-z]Id$")


def bent(value: Any, bend: Bend, name: str = "") -> Any:
    """A JSON value with every entry of an object bent, innermost first; `bend` gets the entry's name and value."""
    if isinstance(value, dict):
        return {key: bent(inner, bend, key) for key, inner in value.items()}
    if isinstance(value, list):
        return [bent(inner, bend, name) for inner in value]
    return bend(name, value)


def moment(value: object) -> datetime | None:
    """The time in a text of ISO 8601 with a zone."""
    if not isinstance(value, str) or "T" not in value:
        return None
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return None
    return found.astimezone(UTC).replace(microsecond=0) if found.tzinfo else None


def at_seconds(form: Callable[[datetime], object]) -> Bend:
    return lambda _name, value: value if (at := moment(value)) is None else form(at)


TIMES: dict[str, Bend] = {
    "with a zone": at_seconds(lambda at: at.isoformat()),
    "Zulu": at_seconds(lambda at: at.strftime("%Y-%m-%dT%H:%M:%SZ")),
    "without a zone": at_seconds(lambda at: at.replace(tzinfo=None).isoformat()),
    "epoch seconds": at_seconds(lambda at: int(at.timestamp())),
    "epoch milliseconds": at_seconds(lambda at: int(at.timestamp() * 1000)),
    "epoch seconds as text": at_seconds(lambda at: str(int(at.timestamp()))),
}


def number(text: str) -> int:
    return int.from_bytes(text.encode()[-6:], "big")


IDS: dict[str, Callable[[str], object]] = {
    "text": str,
    "a number": number,
    "a UUID": lambda text: str(uuid.uuid5(uuid.NAMESPACE_URL, text)),
    "any text": lambda text: f"{text}/ü ?#",
}


def with_strangers(value: Any) -> Any:
    """The same with fields nobody knows, in every object."""
    if isinstance(value, dict):
        known = {key: with_strangers(inner) for key, inner in value.items()}
        return {"aaNew": {"deep": [1]}, **known, "zz_new": None}
    return [with_strangers(inner) for inner in value] if isinstance(value, list) else value


def without(value: Any, names: frozenset[str]) -> Any:
    if isinstance(value, dict):
        return {key: without(inner, names) for key, inner in value.items() if key not in names}
    return [without(inner, names) for inner in value] if isinstance(value, list) else value


def nulled(wanted: str) -> Bend:
    return lambda name, value: None if name == wanted else value


def names(value: Any) -> set[str]:
    """Of every field in it."""
    if isinstance(value, dict):
        return set(value).union(*(names(inner) for inner in value.values()))
    return set().union(*(names(inner) for inner in value)) if isinstance(value, list) else set()


def objects(value: Any) -> Iterator[list[Any]]:
    """Every list of objects in it, outermost first."""
    if isinstance(value, list):
        if value and all(isinstance(inner, dict) for inner in value):
            yield value
        return
    if isinstance(value, dict):
        for inner in value.values():
            yield from objects(inner)


def walked(value: Any) -> Iterator[dict[str, Any]]:
    """Every object in it, outermost first."""
    if isinstance(value, dict):
        yield value
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for one in inner:
        yield from walked(one)


def plain(value: object) -> Any:
    """A model value without the moment of reading, to compare."""
    return without(msgspec.json.decode(msgspec.json.encode(value)), frozenset({"at"}))


@pytest.fixture(scope="module")
def answered() -> dict[str, dict[str, tuple[Query[Any], Any]]]:
    """By platform what its face answered: asked once, for nobody changes an answer."""
    return {}


@pytest.fixture
async def answers(
    wired: Site, answered: dict[str, dict[str, tuple[Query[Any], Any]]]
) -> dict[str, tuple[Query[Any], Any]]:
    """Every query of the platform with its face's answer."""
    if wired.name not in answered:
        wired.sandbox.apply(restart_service="redis")
        async with wired.operator() as operator:
            answered[wired.name] = {
                name: (query, await wired.asked(operator, query)) for name, query in queries(operator.gateway).items()
            }
    return answered[wired.name]


@pytest.mark.parametrize("form", TIMES)
def test_times_may_be_written_in_any_way(answers: dict[str, tuple[Query[Any], Any]], form: str) -> None:
    for query, body in answers.values():
        expected = plain(query.decode(bent(body, TIMES["with a zone"])))
        assert plain(query.decode(bent(body, TIMES[form]))) == expected


@pytest.mark.parametrize("form", IDS)
def test_ids_may_be_anything_and_are_kept_as_text(answers: dict[str, tuple[Query[Any], Any]], form: str) -> None:
    def bend(name: str, value: Any) -> Any:
        return IDS[form](value) if ID.search(name) and isinstance(value, str) and value else value

    for query, body in answers.values():
        before, after = plain(query.decode(body)), plain(query.decode(bent(body, bend)))
        old_rows, new_rows = (one.get("documents", [one]) if isinstance(one, dict) else one for one in (before, after))
        pairs = zip(old_rows, new_rows, strict=True)
        for old, new in pairs:
            if isinstance(old, dict) and "id" in old:
                assert new["id"] in (str(IDS[form](old["id"])), old["id"])
                assert isinstance(new["id"], str)


def test_fields_that_nobody_knows_change_nothing(answers: dict[str, tuple[Query[Any], Any]]) -> None:
    for query, body in answers.values():
        assert plain(query.decode(with_strangers(body))) == plain(query.decode(body))


def test_words_that_nobody_knows_are_kept_or_left_but_never_a_failure(
    answers: dict[str, tuple[Query[Any], Any]],
) -> None:
    def bend(name: str, value: Any) -> Any:
        wordy = name in {"status", "state", "type", "kind", "severity", "priority", "category", "level", "role"}
        return "never-heard-of" if wordy and isinstance(value, str) else value

    for query, body in answers.values():
        before, after = query.decode(body), query.decode(bent(body, bend))
        if isinstance(before, DocumentPage) and isinstance(after, DocumentPage):
            before, after = before.documents, after.documents
        if isinstance(before, tuple):
            assert len(before) == len(after)


def test_a_field_that_is_missing_or_null_is_none_or_named(answers: dict[str, tuple[Query[Any], Any]]) -> None:
    for query, body in answers.values():
        for name in names(body):
            gone = without(body, frozenset({name}))
            for changed in (gone, bent(body, nulled(name))):
                try:
                    query.decode(changed)
                except ProtocolViolation as exc:
                    names_a_field(exc)


def test_an_answer_without_anything_names_what_it_lacks(answers: dict[str, tuple[Query[Any], Any]]) -> None:
    nothings: tuple[object, ...] = (None, {}, [], "text", 7, True)
    for nothing in nothings:
        query, _body = next(iter(answers.values()))  # who is signed in: an id has to be there
        with pytest.raises(ProtocolViolation) as raised:
            query.decode(nothing)
        assert raised.value.field


async def test_lists_may_be_bare_or_under_a_name(wired: Site) -> None:
    wired.sandbox.apply(restart_service="redis")
    async with wired.operator() as operator:
        found = {name: (query, await wired.asked(operator, query)) for name, query in lists(operator.gateway).items()}
    if not found:
        pytest.skip(f"{wired.name} has no list to read")
    for query, body in found.values():
        expected = plain(query.decode(body))
        assert expected
        entries = next(objects(body))
        for changed in (
            entries,
            {"data": entries},
            {"items": entries},
            {"results": entries},
            {"data": {"items": entries}},
            {"success": True, "data": {"results": entries}, "message": None},
        ):
            assert plain(query.decode(changed)) == expected


SAYS_NO: dict[str, object] = {
    "message": {"message": "the page is too large"},
    "detail": {"detail": "the page is too large"},
    "detail list": {"detail": [{"loc": ["query", "page"], "msg": "the page is too large", "type": "value_error"}]},
    "error": {"error": "the page is too large"},
    "error object": {"error": {"message": "the page is too large", "code": "TOO_LARGE"}},
    "envelope": {"success": False, "data": None, "errors": {"page": ["the page is too large"]}},
    "page": b"<html><body>the page is too large</body></html>",
    "nothing": None,
}


@pytest.mark.parametrize("form", SAYS_NO)
async def test_errors_may_be_said_in_any_form(platform: Platform, form: str) -> None:
    async with asking(platform, lambda _asked: reply(422, SAYS_NO[form])) as one:
        with pytest.raises(NotAGateway if form == "page" else Rejected) as raised:
            await one.gateway.authentication.who_am_i()
    fields = raised.value.fields if isinstance(raised.value, Rejected) else {}
    assert ("the page is too large" in f"{raised.value.detail} {fields}") == (form not in ("page", "nothing"))
    if form in ("detail list", "envelope"):
        assert [name for name in fields if name.endswith("page")]


async def test_sign_in_and_health_bear_the_same(wired: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Answers that are no queries, bent on their way: what they are for still works."""
    whole = httpx.AsyncHTTPTransport.handle_async_request

    async def bending(transport: httpx.AsyncHTTPTransport, asked: httpx.Request) -> httpx.Response:
        answer = await whole(transport, asked)
        raw = await answer.aread()
        try:
            body = msgspec.json.decode(raw)
        except msgspec.DecodeError:
            return answer
        kept = {name: value for name, value in answer.headers.items() if name != "content-length"}
        cookies = [("set-cookie", value) for value in answer.headers.get_list("set-cookie")]
        kept.pop("set-cookie", None)
        changed = with_strangers(bent(body, TIMES["epoch milliseconds"]))
        content = msgspec.json.encode(changed)
        return httpx.Response(answer.status_code, headers=[*kept.items(), *cookies], content=content)

    monkeypatch.setattr(httpx.AsyncHTTPTransport, "handle_async_request", bending)
    async with wired.operator() as operator:
        assert (await operator.gateway.authentication.who_am_i()).answers_to(wired.credentials.username)
        if operator.gateway.health is not None:
            report = await operator.gateway.health.read()
            assert not report.skipped
            assert report.services
        if operator.gateway.tenancy is not None:
            for tenant in await operator.gateway.tenancy.tenants():
                assert (await operator.gateway.tenancy.config(tenant.id)).tenant_id in ("", tenant.id)


async def test_documents_may_be_bare_or_under_a_name(wired: Site) -> None:
    async with desk(wired, DocumentAction.LIST) as one:
        await one.upload(sending())
        query = one.documents.listing(1)
        body = await one.body(query)
    entries = next(objects(body))
    expected = plain(query.decode(body).documents)
    assert expected
    for changed in (
        entries,
        {"data": entries, "pagination": {"total": 9, "pages": 4}},
        {"items": [*entries, 7, None, {}]},
        {"data": {"files": entries, "pagination": {"hasNext": True}}},
        {"success": True, "data": {"documents": entries}, "message": None},
    ):
        assert plain(query.decode(changed).documents) == expected


async def test_a_document_may_be_wrapped_in_anything(wired: Site) -> None:
    async with desk(wired, DocumentAction.DETAILS) as one:
        query = one.documents.details((await one.upload(sending())).id)
        body = await one.body(query)
    expected = query.decode(body)
    bare = next((inner for inner in walked(body) if inner.get("id") == expected.id), body)
    for changed in (bare, {"document": bare}, {"data": bare}, {"success": True, "data": {"document": bare}}, [bare]):
        assert plain(query.decode(with_strangers(changed))) == plain(expected)


async def test_a_bad_entry_costs_itself_and_not_the_list(wired: Site) -> None:
    async with wired.operator() as operator:
        found = {name: (query, await wired.asked(operator, query)) for name, query in lists(operator.gateway).items()}
    if not found:
        pytest.skip(f"{wired.name} has no list to read")
    for query, body in found.values():
        entries = next(objects(body))
        try:
            read = query.decode([*entries, 7, None, "text", {}, []])
        except GatewayError as exc:
            names_a_field(exc)
        else:
            assert len(read) >= len(query.decode(entries))
