"""What became of an upload whose answer was lost: never stored twice, never believed stored when it is not."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from console.api.document_search import LATER, PAGES_LIMIT, judge, look_up
from console.model.document import Document, DocumentPage, Sought, Verdict

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from console.model.document import Finding

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
SUM, OTHER_SUM = "a" * 64, "b" * 64
SOUGHT = Sought(
    idempotency_key="key-1",
    sha256=SUM,
    name="Bericht März.pdf",
    size_bytes=1000,
    since=NOON,
    until=NOON + timedelta(seconds=30),
)
MINE = Document(id="d-1", name=SOUGHT.name, size_bytes=1000, sha256=SUM, created_at=NOON + timedelta(seconds=10))
PLAIN = msgspec.structs.replace(MINE, sha256="")


def changed(document: Document = MINE, **fields: object) -> Document:
    return msgspec.structs.replace(document, **fields)


@pytest.mark.parametrize(
    "stored",
    [
        changed(idempotency_key="key-1"),
        changed(idempotency_key="key-1", name="", size_bytes=None, sha256="", created_at=None),
        MINE,
        changed(name=unicodedata.normalize("NFD", SOUGHT.name)),
        changed(name="Bericht_M_rz.pdf", idempotency_key="key-1"),
        changed(name="bericht-märz.pdf"),  # made safe, but the sum is right
        changed(size_bytes=None),
        PLAIN,  # name, size and time: what many platforms have
        changed(PLAIN, created_at=NOON - timedelta(seconds=1)),  # cut to whole seconds
        changed(PLAIN, created_at=SOUGHT.until + timedelta(minutes=1)),  # committed late
    ],
)
def test_what_is_there_is_found(stored: Document) -> None:  # fault 78
    assert judge(SOUGHT, [stored], gap="more of it").verdict is Verdict.THERE
    assert judge(SOUGHT, [stored]).documents == (stored,)


@pytest.mark.parametrize(
    "stored",
    [
        changed(idempotency_key="key-2"),  # the same content from somebody else
        changed(sha256=OTHER_SUM),
        changed(state="Deleted"),
        changed(state="deleted", idempotency_key="key-1"),
        changed(PLAIN, size_bytes=999),
        changed(PLAIN, name="Bericht April.pdf"),
        changed(PLAIN, created_at=NOON - timedelta(minutes=8)),
        changed(PLAIN, created_at=NOON - timedelta(days=1)),
        changed(PLAIN, created_at=NOON + timedelta(days=1)),
        changed(PLAIN, created_at=SOUGHT.until + LATER + timedelta(seconds=1)),
        changed(name="Kopie.pdf", created_at=NOON - timedelta(days=3)),
    ],
)
def test_what_is_another_is_not_taken_for_it(stored: Document) -> None:
    assert judge(SOUGHT, [stored]).verdict is Verdict.ABSENT


@pytest.mark.parametrize(
    "stored",
    [
        [changed(created_at=NOON - timedelta(days=3))],  # may be why the platform does not take it again
        [changed(created_at=None)],
        [changed(name="of a server's own making")],
        [changed(PLAIN, name="bericht-märz.pdf")],
        [changed(PLAIN, size_bytes=None)],
        [changed(PLAIN, created_at=None)],
        [changed(PLAIN, name="")],
        [changed(PLAIN, created_at=NOON + timedelta(hours=2))],  # a local time without its zone
        [changed(PLAIN, created_at=NOON - timedelta(hours=9, minutes=29))],
        [PLAIN, changed(PLAIN, id="d-2")],
        [MINE, changed(id="d-2")],
    ],
)
def test_what_fits_half_is_for_the_operator_to_decide(stored: list[Document]) -> None:
    finding = judge(SOUGHT, stored)
    assert finding.verdict is Verdict.UNSURE
    assert set(finding.documents) == set(stored)
    assert finding.reason


def test_what_other_uploads_made_is_never_it() -> None:
    sought = msgspec.structs.replace(SOUGHT, others=frozenset({"d-1"}))
    assert judge(sought, [MINE]).verdict is Verdict.ABSENT
    assert judge(sought, [MINE, changed(id="d-2")]).documents == (changed(id="d-2"),)


def test_the_exact_name_wins_over_a_similar_one() -> None:
    similar = changed(id="d-2", name="bericht märz.pdf")
    assert judge(SOUGHT, [similar, MINE]).documents == (MINE,)


def test_the_first_of_several_with_the_key_is_it() -> None:
    later = changed(id="d-0", idempotency_key="key-1", created_at=NOON + timedelta(seconds=20))
    first = changed(idempotency_key="key-1")
    assert judge(SOUGHT, [later, first]).documents == (first,)


@pytest.mark.parametrize("state", ["processing", "PROCESSING"])
def test_a_row_that_a_failed_upload_may_have_left_is_doubtful(state: str) -> None:
    doubtful = frozenset({"processing"})
    for stored in (changed(state=state), changed(state=state, idempotency_key="key-1")):
        assert judge(SOUGHT, [stored]).verdict is Verdict.THERE
        assert judge(SOUGHT, [stored], doubtful=doubtful).verdict is Verdict.UNSURE


TIMES = st.none() | st.integers(-400, 400).map(lambda seconds: NOON + timedelta(seconds=seconds))
DOCUMENTS = st.lists(
    st.builds(
        Document,
        id=st.sampled_from(["a", "b", "c", "d", "e", "f"]),
        name=st.sampled_from(["", SOUGHT.name, "bericht märz.PDF", "b.pdf"]),
        size_bytes=st.sampled_from([None, 0, 999, 1000]),
        sha256=st.sampled_from(["", SUM, OTHER_SUM]),
        created_at=TIMES,
        state=st.sampled_from(["", "completed", "processing", "deleted"]),
        idempotency_key=st.sampled_from(["", "", "key-1", "key-2"]),
    ),
    max_size=6,
    unique_by=lambda one: one.id,
)
DOUBTFUL = st.sampled_from([frozenset[str](), frozenset({"processing"})])


@given(DOCUMENTS, st.sampled_from(["", "a gap"]), DOUBTFUL)
def test_a_verdict_is_never_bolder_than_what_is_known(
    documents: list[Document], gap: str, doubtful: frozenset[str]
) -> None:
    finding = judge(SOUGHT, documents, gap=gap, doubtful=doubtful)
    keyed = [one for one in documents if one.idempotency_key == "key-1" and one.state != "deleted"]
    match finding.verdict:
        case Verdict.THERE:
            (found,) = finding.documents
            assert found.state != "deleted"
            assert found.state not in doubtful
            assert found.idempotency_key != "key-2"
            assert found.idempotency_key == "key-1" or (not keyed and found.sha256 != OTHER_SUM)
        case Verdict.ABSENT:
            assert not gap
            assert not keyed
            assert not [one for one in documents if one.state != "deleted" and not one.idempotency_key
                        and one.sha256 == SUM and one.name == SOUGHT.name]  # fmt: skip
        case Verdict.UNSURE:
            assert finding.reason
    assert bool(finding.reason) == (finding.verdict is Verdict.UNSURE)
    assert set(finding.documents) <= set(documents)


@given(DOCUMENTS, st.randoms(use_true_random=False))
def test_the_order_of_the_list_changes_nothing(documents: list[Document], random: object) -> None:
    mixed = sorted(documents, key=lambda one: hash((one.id, str(random))))
    one, other = judge(SOUGHT, documents), judge(SOUGHT, mixed)
    assert one.verdict is other.verdict
    assert set(one.documents) == set(other.documents)


class Shelf:
    """A platform's list, newest first or not, that may change while it is read."""

    def __init__(self, documents: Sequence[Document], size: int = 10, *, tells_total: bool = True) -> None:
        self.documents = list(documents)
        self.size = size
        self.tells_total = tells_total
        self.read: list[int] = []

    async def page(self, number: int) -> DocumentPage:
        self.read.append(number)
        start = (number - 1) * self.size
        return DocumentPage(
            documents=tuple(self.documents[start : start + self.size]),
            page=number,
            total=len(self.documents) if self.tells_total else None,
            more=start + self.size < len(self.documents),
        )


async def looked_up(
    page: Callable[[int], Awaitable[DocumentPage]], *, offset_s: float | None = None, **asked: object
) -> Finding:
    async def read(number: int) -> tuple[DocumentPage, float | None]:
        return await page(number), offset_s

    return await look_up(msgspec.structs.replace(SOUGHT, **asked), read)


def strangers(count: int, *, begin: datetime = NOON, step_s: float = -60.0) -> list[Document]:
    """Newest first unless told otherwise."""
    times = [begin + timedelta(seconds=number * step_s) for number in range(count)]
    return [
        Document(id=f"s-{number}", name=f"{number}.txt", size_bytes=5, created_at=at) for number, at in enumerate(times)
    ]


async def test_pages_are_read_back_to_the_beginning_of_the_upload_and_no_further() -> None:
    shelf = Shelf(strangers(100, begin=NOON + timedelta(minutes=25)))
    assert (await looked_up(shelf.page)).verdict is Verdict.ABSENT
    assert shelf.read == [1, 2, 3]


async def test_a_list_in_another_order_is_read_to_its_end() -> None:
    others = strangers(35, begin=NOON - timedelta(days=2), step_s=60.0)
    shelf = Shelf([*others, MINE])
    assert (await looked_up(shelf.page)).documents == (MINE,)
    assert shelf.read == [1, 2, 3, 4]
    timeless = Shelf([*(changed(one, created_at=None) for one in others), MINE])
    assert (await looked_up(timeless.page)).documents == (MINE,)


async def test_what_has_the_key_ends_the_search() -> None:
    shelf = Shelf([changed(idempotency_key="key-1"), *strangers(90)])
    assert (await looked_up(shelf.page)).verdict is Verdict.THERE
    assert shelf.read == [1]


async def test_a_server_that_gives_fewer_than_there_are_proves_nothing() -> None:
    class Short(Shelf):
        async def page(self, number: int) -> DocumentPage:
            return msgspec.structs.replace(await super().page(1), more=False)

    finding = await looked_up(Short(strangers(30)).page)
    assert finding.verdict is Verdict.UNSURE
    assert "10 of 30" in finding.reason


async def test_a_page_that_comes_again_and_again_is_not_read_for_ever() -> None:  # fault 53
    class Stuck(Shelf):
        async def page(self, number: int) -> DocumentPage:
            self.read.append(number)
            return DocumentPage(documents=tuple(strangers(10)), page=number, more=True)

    shelf = Stuck([])
    assert (await looked_up(shelf.page, since=NOON - timedelta(days=9))).verdict is (Verdict.UNSURE)
    assert shelf.read == [1, 2]


async def test_a_list_without_end_is_given_up() -> None:  # fault 53
    class Endless(Shelf):
        async def page(self, number: int) -> DocumentPage:
            self.read.append(number)
            return DocumentPage(documents=(Document(id=f"n-{number}", name="n"),), page=number, more=True)

    shelf = Endless([])
    assert (await looked_up(shelf.page)).verdict is Verdict.UNSURE
    assert len(shelf.read) == PAGES_LIMIT


async def test_entries_that_can_not_be_read_prove_nothing() -> None:
    async def page(number: int) -> DocumentPage:
        return DocumentPage(documents=tuple(strangers(2)), page=number, skipped=("documents[2]: id is missing",))

    assert (await looked_up(page)).verdict is Verdict.UNSURE


async def test_one_that_moved_up_while_others_were_removed_is_not_overlooked() -> None:  # fault 53
    class Shrinking(Shelf):
        async def page(self, number: int) -> DocumentPage:
            page = await super().page(number)
            if self.read == [1]:
                del self.documents[:3]
            return page

    shelf = Shrinking([*strangers(11, begin=NOON + timedelta(hours=1), step_s=-1), MINE], tells_total=True)
    assert (await looked_up(shelf.page)).documents == (MINE,)
    assert shelf.read == [1, 2, 1]


@pytest.mark.parametrize("offset_s", [-90_000.0, -400.0, 400.0, 7_777.0])
async def test_the_gateways_clock_may_differ(offset_s: float) -> None:  # fault 36
    ahead = timedelta(seconds=offset_s)
    theirs = changed(PLAIN, created_at=NOON + timedelta(seconds=10) + ahead)
    shelf = Shelf([theirs, *strangers(30, begin=NOON + min(ahead, timedelta()) - timedelta(hours=1))])
    assert (await looked_up(shelf.page, offset_s=offset_s)).documents == (theirs,)
    assert shelf.read == [1]
    assert (await looked_up(Shelf([PLAIN]).page, offset_s=1.5)).documents == (PLAIN,)
    if abs(offset_s) < 86_400:
        finding = await looked_up(Shelf([PLAIN]).page, offset_s=offset_s)  # the service has a clock of its own
        assert (finding.verdict, finding.documents) == (Verdict.UNSURE, (PLAIN,))


async def test_newcomers_while_reading_change_nothing() -> None:
    class Growing(Shelf):
        async def page(self, number: int) -> DocumentPage:
            page = await super().page(number)
            self.documents[:0] = [Document(id=f"new-{number}", name="n", created_at=NOON + timedelta(days=number))]
            return page

    shelf = Growing(strangers(25, begin=NOON + timedelta(hours=3)))
    assert (await looked_up(shelf.page)).verdict is Verdict.ABSENT


@given(st.integers(0, 45), st.integers(1, 12), st.booleans(), st.booleans())
async def test_wherever_it_stands_it_is_found_and_without_it_nothing_is(
    at: int, size: int, newest_first: bool, tells_total: bool
) -> None:
    others = strangers(45, begin=NOON + timedelta(minutes=20))
    assume(at <= len(others))
    documents = [*others[:at], *others[at:]]
    for stored in ([], [MINE]):
        listed = [*documents, *stored]
        if newest_first:
            listed.sort(key=lambda one: one.created_at or NOON, reverse=True)
        else:
            listed = [*documents[:at], *stored, *documents[at:]]
        finding = await looked_up(Shelf(listed, size, tells_total=tells_total).page)
        if not stored:
            assert finding.verdict is Verdict.ABSENT
        elif newest_first:
            assert finding.documents == (MINE,)


def test_a_name_may_stand_as_the_form_wrote_it() -> None:  # fault 83
    sought = msgspec.structs.replace(SOUGHT, name='say "A"\n.txt')
    assert judge(sought, [changed(PLAIN, name="say %22A%22%0A.txt")]).verdict is Verdict.THERE
    assert judge(sought, [changed(PLAIN, name='say "A"\n.txt')]).verdict is Verdict.THERE
    broken = msgspec.structs.replace(SOUGHT, name="half \ud800.txt")
    assert judge(broken, [changed(PLAIN, name="half \ufffd.txt")]).verdict is Verdict.THERE
