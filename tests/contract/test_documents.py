"""Documents of every platform that takes them: sent, looked up, listed, fetched, removed."""

from __future__ import annotations

import base64
import contextlib
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from console.model.document import DocumentAction, FieldKind, Verdict
from console.model.errors import (
    ConnectionLost,
    GatewayError,
    NotFound,
    NotOffered,
    RateLimited,
    ReadOnly,
    Rejected,
    ServiceFailed,
    SignInRequired,
    Unauthorized,
)
from console.services.doctor import PassingSession
from tests.contract.papers import Paper, Tray, desk, sending, sought
from tests.contract.site import eventually, offered

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from console.model.document import Document
    from tests.contract.site import Site

LIST, SEARCH, DETAILS = DocumentAction.LIST, DocumentAction.SEARCH, DocumentAction.DETAILS
PICTURE = base64.b64decode(
    b"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
DELETE, PROCESS, DOWNLOAD = DocumentAction.DELETE, DocumentAction.PROCESS, DocumentAction.DOWNLOAD


async def test_what_is_sent_arrives_whole_and_under_its_name(site: Site) -> None:
    async with desk(site) as one:
        sent = sending(b"x" * 1_500_000)
        document = await one.upload(sent)
        assert document.id
        assert document.name == sent.name
        assert document.size_bytes in (None, 1_500_000)
        (row,) = one.stored
        assert (row["id"], row["sha256"], row["name"]) == (document.id, sent.sha256, sent.name)
        assert row["key"] == sent.idempotency_key
        assert sent.sent_whole


async def test_other_content_of_the_same_name_overwrites_nothing(site: Site) -> None:  # fault 81
    async with desk(site) as one:
        former = sending(name="twice.txt")
        first = await one.upload(former)
        (before,) = one.stored
        latter = sending(name="twice.txt")
        second = await one.upload(latter)
        assert first.id != second.id
        rows = {row["id"]: row for row in one.stored}
        assert len(rows) == 2
        untouched = ("sha256", "name", "key")
        assert [rows[first.id][part] for part in untouched] == [before[part] for part in untouched]
        assert rows[first.id]["sha256"] == former.sha256
        assert (rows[second.id]["sha256"], rows[second.id]["name"]) == (latter.sha256, latter.name)


async def test_what_is_told_with_it_arrives(site: Site) -> None:
    async with desk(site) as one:
        texts = [field for field in one.documents.rules.fields if field.kind is FieldKind.TEXT]
        told = {field.id: f"a {field.id}" for field in texts}
        await one.upload(sending())
        await one.upload(sending(metadata=told))
        bare, full = (str(row["facts"]) for row in one.stored)
        assert all(text in full and text not in bare for text in told.values())


async def test_a_small_picture_is_made_where_it_is_wanted(site: Site) -> None:
    async with desk(site) as one:
        if not one.documents.rules.thumbnails:
            pytest.skip(f"{site.name} makes no small pictures")
        flag = next(field.id for field in one.documents.rules.fields if field.kind is FieldKind.FLAG)
        for wanted in ("true", ""):
            sent = sending(PICTURE, metadata={flag: wanted})
            sent.media_type = "image/png"
            assert bool((await one.upload(sent)).thumbnail_url) == (wanted == "true")


async def test_progress_is_told_in_bytes_of_the_content(wired: Site) -> None:
    async with desk(wired) as one:
        heard: list[int] = []
        sent = sending(b"y" * 700_000)
        sent.on_sent = heard.append
        await one.upload(sent)
        assert heard[-1] == 700_000
        assert heard[heard.index(max(heard))] == 700_000
        assert all(0 <= at <= 700_000 for at in heard)


async def test_a_lost_answer_is_cleared_up(site: Site) -> None:  # fault 78
    async with desk(site) as one:
        await one.upload(sending())  # whose route is known from now on
        since = datetime.now(UTC)
        sent = sending()
        site.sandbox.apply(late_status=500)
        with pytest.raises(ServiceFailed):
            await one.documents.upload(sent)
        site.sandbox.apply(late_status=False)
        assert sent.sent_whole
        finding = await one.documents.find(sought(sent, since))
        if LIST not in one.documents.actions:
            assert finding.verdict is Verdict.UNSURE
            assert finding.reason
            return
        assert finding.verdict is Verdict.THERE
        mine = next(row for row in one.stored if row["key"] == sent.idempotency_key)
        assert [found.id for found in finding.documents] == [mine["id"]]


async def test_a_connection_that_breaks_after_the_last_byte_is_cleared_up(wired: Site) -> None:  # fault 78
    async with desk(wired, LIST) as one:
        await one.upload(sending())
        since = datetime.now(UTC)
        sent = sending()
        wired.sandbox.apply(lose_answer=True)
        with pytest.raises(ConnectionLost):
            await one.documents.upload(sent)
        wired.sandbox.apply(lose_answer=False)
        assert sent.sent_whole
        assert (await one.documents.find(sought(sent, since))).verdict is Verdict.THERE
        assert len(one.stored) == 2


@pytest.mark.parametrize("skew_s", [-5000.0, 5000.0])
async def test_a_gateway_whose_clock_differs_is_asked_by_its_own(site: Site, skew_s: float) -> None:  # fault 36
    site.sandbox.apply(clock_skew_s=skew_s)
    async with desk(site, LIST) as one:
        since = datetime.now(UTC)
        sent = sending()
        document = await one.upload(sent)
        finding = await one.documents.find(sought(sent, since))
        assert [found.id for found in finding.documents] == [document.id]
        assert finding.verdict is Verdict.THERE


async def test_what_never_arrived_is_not_found(site: Site) -> None:
    async with desk(site) as one:
        since = datetime.now(UTC)
        await one.upload(sending())
        finding = await one.documents.find(sought(sending(), since))
        assert finding.verdict is (Verdict.ABSENT if LIST in one.documents.actions else Verdict.UNSURE)


async def test_a_twin_of_another_name_is_not_taken_for_it(site: Site) -> None:
    async with desk(site, LIST) as one:
        since = datetime.now(UTC)
        first = sending(b"the same")
        await one.upload(first)
        second = sending(b"the same")
        assert (await one.documents.find(sought(second, since))).verdict is not Verdict.THERE


@pytest.mark.parametrize(
    "spelling", ["Bericht März (1).txt", 'say "A" & B.txt', "ü" * 60 + ".txt", "\U0001f4c4 \u202egnp.txt", "a b\tc.txt"]
)
async def test_names_are_found_again(wired: Site, spelling: str) -> None:  # fault 83
    async with desk(wired, LIST) as one:
        since = datetime.now(UTC)
        sent = sending(name=f"{uuid.uuid4().hex[:8]} {spelling}")
        document = await one.upload(sent)
        finding = await one.documents.find(sought(sent, since))
        assert finding.verdict is Verdict.THERE
        assert finding.documents[0].id == document.id


async def test_the_list_has_it_first_and_a_search_finds_it(site: Site) -> None:
    async with desk(site, LIST) as one:
        before = await one.read(one.documents.listing(1))
        sent = sending()
        document = await one.upload(sent)
        page = await one.read(one.documents.listing(1))
        first = page.documents[0]
        assert (first.id, first.name, first.size_bytes) == (document.id, sent.name, sent.source.size_bytes)
        assert first.created_at is not None
        assert not page.skipped
        if before.total is not None:
            assert page.total == before.total + 1
        one.can(SEARCH)
        found = await one.read(one.documents.listing(1, sent.name.removesuffix(".txt")))
        assert [other.id for other in found.documents] == [document.id]
        assert not (await one.read(one.documents.listing(1, "nothing-is-called-this"))).documents


async def test_pages_together_are_the_whole_list(site: Site) -> None:
    async with desk(site, LIST) as one:
        await one.upload(sending())
        seen: list[Document] = []
        number, more = 0, True
        while more:
            number += 1
            page = await one.read(one.documents.listing(number))
            seen += page.documents
            more = page.more
        assert len({document.id for document in seen}) == len(seen)
        assert page.total in (None, len(seen))
        times = [document.created_at for document in seen]
        assert all(times)
        assert not (await one.read(one.documents.listing(number + 1))).documents


async def test_its_details_are_those_of_the_list(site: Site) -> None:
    async with desk(site, LIST, DETAILS) as one:
        document = await one.upload(sending())
        listed = (await one.read(one.documents.listing(1))).documents[0]
        details = await one.read(one.documents.details(document.id))
        assert (details.id, details.name, details.size_bytes) == (listed.id, listed.name, listed.size_bytes)
        assert details.created_at == listed.created_at


async def test_what_is_deleted_is_gone_and_deleting_it_again_is_fine(site: Site) -> None:
    async with desk(site, DELETE) as one:
        since = datetime.now(UTC)
        sent = sending()
        document = await one.upload(sent)
        await one.documents.delete(document.id)
        assert one.stored == []
        await one.documents.delete(document.id)
        if DETAILS in one.documents.actions:
            with contextlib.suppress(NotFound):
                assert (await one.read(one.documents.details(document.id))).state.casefold() == "deleted"
        if LIST in one.documents.actions:
            assert (await one.documents.find(sought(sent, since))).verdict is Verdict.ABSENT


async def test_its_content_comes_back_byte_for_byte(site: Site) -> None:
    async with desk(site, DOWNLOAD) as one:
        sent = sending(bytes(range(256)) * 5000)
        document = await one.upload(sent)
        tray = Tray()
        await one.documents.download(document.id, tray)
        assert isinstance(sent.source, Paper)
        assert bytes(tray.content) == sent.source.content
        ((name, size_bytes, _media_type),) = tray.said
        assert sent.name in name
        assert size_bytes in (None, sent.source.size_bytes)


async def test_a_download_of_what_is_not_there_fails_and_gives_nothing(site: Site) -> None:
    async with desk(site, DOWNLOAD) as one:
        await one.upload(sending())
        tray = Tray()
        with pytest.raises(GatewayError):
            await one.documents.download("no-such-document", tray)
        assert not tray.said


async def test_it_is_processed(site: Site) -> None:
    async with desk(site, PROCESS) as one:
        document = await one.upload(sending())
        await one.documents.process(document.id)
        await eventually(lambda: all(row["state"] == "completed" for row in one.stored))


async def test_what_is_not_promised_is_not_offered(site: Site) -> None:
    async with desk(site) as one:
        documents, missing = one.documents, frozenset(DocumentAction) - one.documents.actions
        if SEARCH in missing and LIST not in missing:
            with pytest.raises(NotOffered):
                documents.listing(1, "anything")
        if DETAILS in missing:
            with pytest.raises(NotOffered):
                documents.details("d")
        if DELETE in missing:
            with pytest.raises(NotOffered):
                await documents.delete("d")
        if PROCESS in missing:
            with pytest.raises(NotOffered):
                await documents.process("d")
        if DOWNLOAD in missing:
            with pytest.raises(NotOffered):
                await documents.download("d", Tray())


async def test_a_read_only_profile_changes_nothing(wired: Site) -> None:
    async with desk(wired) as one:
        document = await one.upload(sending())
    reader = PassingSession(wired.address, wired.name, read_only=True)
    try:
        await wired.sign_in(reader)
        documents = offered(reader.gateway.documents, reader.gateway, "documents")
        sent = sending()
        writes: list[Awaitable[object]] = [documents.upload(sent)]
        writes += [documents.delete(document.id)] if DELETE in documents.actions else []
        writes += [documents.process(document.id)] if PROCESS in documents.actions else []
        for write in writes:
            with pytest.raises(ReadOnly):
                await write
        assert isinstance(sent.source, Paper)
        assert not sent.source.opened
    finally:
        await reader.close()


REFUSALS: dict[int, type[GatewayError]] = {
    400: Rejected, 401: Unauthorized, 413: Rejected, 415: Rejected, 429: RateLimited, 500: ServiceFailed,
    503: ServiceFailed, 507: ServiceFailed,
}  # fmt: skip


@pytest.mark.parametrize("status", REFUSALS)
async def test_a_refusal_keeps_its_status(site: Site, status: int) -> None:  # faults 80 and 85
    async with desk(site) as one:
        await one.upload(sending())
        site.sandbox.apply(status=status)
        with pytest.raises(REFUSALS[status]) as raised:
            await one.documents.upload(sending())
        site.sandbox.clear()
        if not isinstance(raised.value, SignInRequired):  # nobody renews a token that is refused
            assert raised.value.status == status
        assert len(one.stored) == 1


async def test_a_full_disk_says_so(site: Site) -> None:  # fault 80
    async with desk(site) as one:
        await one.upload(sending())
        site.sandbox.apply(room_bytes=1000)
        with pytest.raises(ServiceFailed) as raised:
            await one.documents.upload(sending(b"z" * 2000))
        assert raised.value.status == 507
        assert len(one.stored) == 1


async def test_what_is_said_to_be_too_large_is_refused_by_the_platform_as_well(site: Site) -> None:
    async with desk(site) as one:
        if (most := one.documents.rules.max_bytes) is None:
            pytest.skip(f"{site.name} names no limit")
        with pytest.raises(Rejected) as raised:
            await one.upload(sending(b"0" * (most + 1)))
        assert raised.value.status == 413
        await one.upload(sending(b"0" * most))


async def test_a_token_that_expires_midway_is_renewed_and_the_document_stored_once(wired: Site) -> None:
    async with desk(wired) as one:
        await one.upload(sending())
        sent = sending(b"e" * 500_000)
        wired.sandbox.apply(expire_midway=True)
        try:
            await one.documents.upload(sent)
        except Unauthorized:
            assert len(one.stored) == 1  # a platform that renews nothing
        else:
            assert isinstance(sent.source, Paper)
            assert sent.source.opened == 2
            assert [row["sha256"] for row in one.stored].count(sent.sha256) == 1


async def test_servers_in_the_field_do_as_well(site: Site) -> None:
    async with desk(site) as one:
        site.sandbox.apply(field_routes=True)
        since = datetime.now(UTC)
        sent = sending(uuid.uuid4().bytes * 20_000)
        document = await one.documents.upload(sent)
        assert [(row["id"], row["sha256"], row["name"]) for row in one.stored] == [
            (document.id, sent.sha256, sent.name)
        ]
        if LIST in one.documents.actions:
            assert (await one.documents.find(sought(sent, since))).documents[0].id == document.id
            assert (await one.documents.find(sought(sending(), since))).verdict is Verdict.ABSENT
        if SEARCH in one.documents.actions:
            found = await one.read(one.documents.listing(1, sent.name.removesuffix(".txt")))
            assert [other.id for other in found.documents] == [document.id]
        if DETAILS in one.documents.actions:
            assert (await one.read(one.documents.details(document.id))).name == sent.name
        if DOWNLOAD in one.documents.actions:
            tray = Tray()
            await one.documents.download(document.id, tray)
            assert len(tray.content) == 320_000
        if PROCESS in one.documents.actions:
            with contextlib.suppress(NotOffered, NotFound):  # where there is no such route
                await one.documents.process(document.id)
        await one.documents.delete(document.id)
        assert one.stored == []
        if LIST in one.documents.actions:
            assert (await one.documents.find(sought(sent, since))).verdict is Verdict.ABSENT


async def test_the_same_content_twice_is_cleared_up_or_for_the_operator(site: Site) -> None:
    async with desk(site, LIST) as one:
        site.sandbox.apply(field_routes=True)
        twice = uuid.uuid4().bytes
        await one.documents.upload(sending(twice))
        since = datetime.now(UTC)
        again = sending(twice)
        try:
            document = await one.documents.upload(again)
        except ServiceFailed:  # "for ever": an upload that got 500 is looked up before it is repeated
            assert again.sent_whole
            assert (await one.documents.find(sought(again, since))).verdict is not Verdict.THERE
        else:
            assert (await one.documents.find(sought(again, since))).documents[0].id == document.id
