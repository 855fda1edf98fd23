"""The list of uploads as a file."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from console.model.upload import FailureClass, UploadState
from console.services.exchange_file import save_bytes
from console.services.uploads.upload_list import COLUMNS, upload_list
from tests.presenters.fake_uploads import failed, item

if TYPE_CHECKING:
    from pathlib import Path

    from tests.services.uploads.conftest import Desktop


def read(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def test_each_item_is_a_line() -> None:
    done = item(1, UploadState.DONE, sha256="aa", document_id="d-1", attempts=1, size_bytes=7)
    lost = failed(2, FailureClass.REFUSED)
    first, second = read(upload_list([done, lost], {"i1": "r-1"}))
    assert tuple(first) == COLUMNS
    assert first["file"] == done.path
    assert (first["state"], first["size_bytes"], first["sha256"], first["document_id"]) == ("done", "7", "aa", "d-1")
    assert (first["attempts"], first["error"], first["request_id"]) == ("1", "", "r-1")
    assert first["queued_at"].endswith("Z")
    assert lost.failure is not None
    assert (second["state"], second["error"]) == ("failed", lost.failure.text)
    assert second["request_id"] == lost.failure.request_id


def test_what_a_platform_answers_is_no_formula() -> None:  # fault 122
    hostile = item(1, UploadState.DONE, document_id='=HYPERLINK("http://evil")', profile="-1+1")
    (row,) = read(upload_list([hostile], {"i1": "@SUM(1)"}))
    assert row["document_id"] == '\'=HYPERLINK("http://evil")'
    assert (row["gateway"], row["request_id"]) == ("'-1+1", "'@SUM(1)")
    (plain,) = read(upload_list([hostile], {}, guarded=False))
    assert plain["document_id"] == hostile.document_id


def test_a_link_in_its_place_is_replaced_and_not_followed(tmp_path: Path) -> None:  # fault 123
    target, link = tmp_path / "precious.txt", tmp_path / "uploads.csv"
    target.write_text("precious")
    link.symlink_to(target)
    assert save_bytes(link, upload_list([item(1)], {})) == f"Saved as {link}."
    assert target.read_text() == "precious"
    assert not link.is_symlink()
    assert len(read(link.read_bytes())) == 1


def test_what_can_not_be_written_leaves_what_was_there(tmp_path: Path) -> None:  # fault 123
    taken = tmp_path / "lists" / "uploads.csv"
    taken.mkdir(parents=True)
    assert "can't be written" in save_bytes(taken, upload_list([item(1)], {}))
    assert list(taken.parent.iterdir()) == [taken], "nothing half written stays beside it"
    assert "can't be written" in save_bytes(tmp_path / "gone" / "uploads.csv", b"")


async def test_the_request_that_brought_a_document_is_in_the_list(desktop: Desktop) -> None:
    ids = await desktop.add("proof.txt")
    (done,) = await desktop.settled(*ids)
    (row,) = read(upload_list([done], await desktop.queue.request_ids()))
    assert row["document_id"] == done.document_id
    assert row["request_id"] == (await desktop.queue.story(done.id))[-1].request_id != ""
