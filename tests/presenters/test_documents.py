"""The documents list: which face it wears, and what it says of a document."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.model.connection import Phase
from console.model.document import Document, DocumentPage
from console.model.errors import ConnectionLost, Forbidden, GatewayError, NotOffered, ServiceFailed
from console.model.freshness import Observed
from console.model.health import HealthStatus
from console.model.upload import UploadProgress
from console.presenters.document_texts import (
    count_text,
    detail_lines,
    fetched_ratio,
    fetching_text,
    name_text,
    state_mark,
    state_text,
)
from console.presenters.documents_state import DocumentsPhase, phase_of
from console.services.ports import Told

NOON = datetime(2026, 3, 14, 12, 0, tzinfo=UTC)
ONE = Document(id="7", name="notes.txt", size_bytes=2_048, state="PROCESSING", created_at=NOON - timedelta(hours=2))


def told(*documents: Document, error: GatewayError | None = None) -> Told[DocumentPage]:
    return Told(Observed(value=DocumentPage(documents=documents), observed_at=NOON), error)


@pytest.mark.parametrize(
    ("page", "connection", "search", "phase"),
    [
        (None, Phase.LIVE, "", DocumentsPhase.LOADING),
        (Told(), Phase.CONNECTING, "", DocumentsPhase.LOADING),
        (Told(), Phase.SIGNED_OUT, "", DocumentsPhase.SIGNED_OUT),
        (told(ONE), Phase.LIVE, "", DocumentsPhase.LISTED),
        (told(ONE), Phase.LOST, "", DocumentsPhase.LISTED),
        (told(ONE, error=ServiceFailed("x")), Phase.LIVE, "", DocumentsPhase.LISTED),
        (told(), Phase.LIVE, "", DocumentsPhase.EMPTY),
        (told(), Phase.LIVE, "x", DocumentsPhase.NOTHING_FOUND),
        (Told(error=ConnectionLost("x")), Phase.LOST, "", DocumentsPhase.FAILED),
        (Told(error=NotOffered()), Phase.LIVE, "", DocumentsPhase.UNSUPPORTED),
        (told(ONE, error=Forbidden("x")), Phase.LIVE, "", DocumentsPhase.FORBIDDEN),
    ],
)
def test_the_face_of_the_list(
    page: Told[DocumentPage] | None, connection: Phase, search: str, phase: DocumentsPhase
) -> None:
    assert phase_of(page, connection, search) is phase


@pytest.mark.parametrize(
    ("state", "word", "mark"),
    [
        ("PROCESSING", "Processing", HealthStatus.UNKNOWN),
        ("completed", "Completed", HealthStatus.HEALTHY),
        ("Failed", "Failed", HealthStatus.UNHEALTHY),
        ("deleted", "Deleted", HealthStatus.DEGRADED),
        ("waiting_for_review", "Waiting for review", HealthStatus.UNKNOWN),
        ("", "", None),
    ],
)
def test_states_are_a_word_and_a_shape(state: str, word: str, mark: HealthStatus | None) -> None:
    document = Document(id="1", name="a", state=state)
    assert (state_text(document), state_mark(document)) == (word, mark)


@given(st.text(max_size=400), st.text(max_size=400))
def test_server_text_is_one_line_in_which_nothing_hides(name: str, value: str) -> None:  # fault 83
    document = Document(id="1", name=name, facts=((name, value),), media_type=value, url=value, sha256=value)
    for text in (name_text(document), *(part for line in detail_lines(document) for part in line)):
        assert not {"\n", "\r", "\u202e", "\u200b"} & set(text)


def test_counts_and_progress() -> None:
    assert count_text(1, 1, 1, more=False) == "1 document"
    assert count_text(20, 151, 2, more=True) == "20 of 151 documents, page 2"
    assert count_text(20, None, 1, more=True) == "20 documents, page 1"
    progress = UploadProgress(sent_bytes=1_024, total_bytes=4_096, rate_bps=1_024.0, remaining_s=3.0)
    assert fetching_text(progress) == "1 KiB of 4 KiB, 1 KiB a second, 3 s left"
    assert fetching_text(UploadProgress(sent_bytes=1_024, total_bytes=1_024)) == "1 KiB"


@pytest.mark.parametrize(
    ("sent_bytes", "total_bytes", "remaining_s", "ratio"),
    [
        (0, 4_096, None, 0.0),  # promised, and nothing has come yet
        (1_024, 4_096, 3.0, 0.25),
        (4_096, 4_096, 0.0, 1.0),  # whole, on its way to its name
        (1_024, 1_024, None, None),  # nobody said how much will come
        (0, 0, None, None),
    ],
)
def test_a_bar_has_an_end_where_the_gateway_said_how_much_will_come(
    sent_bytes: int, total_bytes: int, remaining_s: float | None, ratio: float | None
) -> None:
    assert (
        fetched_ratio(UploadProgress(sent_bytes=sent_bytes, total_bytes=total_bytes, remaining_s=remaining_s)) == ratio
    )
