"""What is said against a document before it is sent, and who gives way to whom."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.model.document import UploadField, UploadRules
from console.model.profile import Profile
from console.model.upload import FailureClass, UploadFailure, UploadItem, UploadState
from console.services.uploads.preflight import duplicate_of, expected_s, objection
from console.services.uploads.renames import renamed

NOW = datetime(2026, 3, 1, tzinfo=UTC)
RULES = UploadRules(
    max_bytes=10 << 20,
    media_types=frozenset({"text/plain"}),
    fields=(
        UploadField(id="agent", caption="Agent", required=True),
        UploadField(id="category", caption="Category", choices=("manuals", "reports")),
    ),
)


def item(item_id: str = "a", **facts: object) -> UploadItem:
    made = UploadItem(
        id=item_id, profile="kong", path=f"/{item_id}", name=item_id, size_bytes=1, modified_ns=1,
        idempotency_key=item_id, created_at=NOW, changed_at=NOW, sha256="0" * 64,
    )  # fmt: skip
    return msgspec.structs.replace(made, **facts)


@pytest.mark.parametrize(
    ("size", "media_type", "metadata", "kind"),
    [
        (1, "text/plain", {"agent": "7"}, None),
        (10 << 20, "", {"agent": "7", "category": "reports"}, None),
        ((10 << 20) + 1, "", {"agent": "7"}, FailureClass.TOO_LARGE),
        (1, "application/pdf", {"agent": "7"}, FailureClass.WRONG_TYPE),
        (1, "text/plain", {}, FailureClass.REFUSED),
        (1, "text/plain", {"agent": "7", "category": "letters"}, FailureClass.REFUSED),
    ],
)
def test_what_the_platform_would_refuse_is_not_sent(
    size: int, media_type: str, metadata: dict[str, str], kind: FailureClass | None
) -> None:
    against = objection(RULES, size_bytes=size, media_type=media_type, metadata=metadata)
    assert (against.kind if against is not None else None) is kind
    assert against is None or against.text


def test_where_the_platform_says_nothing_nothing_is_refused() -> None:
    assert objection(UploadRules(), size_bytes=1 << 50, media_type="x/y", metadata={}) is None


@given(revisions=st.lists(st.integers(1, 10**6), min_size=2, max_size=6, unique=True))
def test_of_equal_ones_that_are_looked_at_together_exactly_one_goes(revisions: list[int]) -> None:
    # fault 84
    items = [item(str(revision), revision=revision, state=UploadState.CHECKING) for revision in revisions]
    going = [one for one in items if duplicate_of(one, [other for other in items if other is not one]) is None]
    assert [one.revision for one in going] == [min(revisions)]


def test_what_went_or_goes_first_makes_the_other_superfluous() -> None:
    late = item("late", revision=9)
    assert duplicate_of(late, [item("done", revision=99, state=UploadState.DONE)]) is not None
    assert duplicate_of(late, [item("sent", revision=99, state=UploadState.UPLOADING, first_sent_at=NOW)]) is not None


def test_what_never_went_stands_in_nobodys_way() -> None:
    refused = UploadFailure(kind=FailureClass.DUPLICATE, text="", next_try_at=None)
    others = [item("x", revision=1, state=UploadState.CANCELLED)]
    others.append(item("y", revision=1, state=UploadState.FAILED, failure=refused))
    assert duplicate_of(item("a", revision=9), others) is None


@given(size=st.integers(0, 1 << 50), rate=st.none() | st.floats(0, 1e9))
def test_a_token_is_asked_to_live_longer_for_more(size: int, rate: float | None) -> None:
    assert expected_s(size, rate) >= 10.0
    assert expected_s(size + 1, rate) >= expected_s(size, rate)


def test_items_follow_a_gateway_only_where_it_is_clear_which() -> None:
    def at(name: str, url: str = "http://127.0.0.1:1") -> Profile:
        return Profile(name=name, url=url, platform="kong")

    assert renamed([at("a")], [at("b")]) == {"a": "b"}
    assert renamed([at("a")], [at("b", "http://127.0.0.1:2")]) == {}
    assert renamed([at("a")], [at("b"), at("c")]) == {}
    assert renamed([at("a"), at("b")], [at("c")]) == {}
    assert renamed([at("a")], [at("a"), at("b")]) == {}
