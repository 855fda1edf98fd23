"""The list of uploads as a table: what an operator hands in to show what arrived."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.services.csv_export import as_csv

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from console.model.upload import UploadItem
    from console.services.csv_export import Cell

COLUMNS = (
    "file",
    "gateway",
    "state",
    "size_bytes",
    "sha256",
    "document_id",
    "attempts",
    "queued_at",
    "changed_at",
    "error",
    "request_id",
)


def upload_list(items: Iterable[UploadItem], request_ids: Mapping[str, str], *, guarded: bool = True) -> bytes:
    """One line an item.

    Args:
        items: In the order of the lines.
        request_ids: Of the last request that an item's story tells of, by the item's id.
        guarded: See `console.services.csv_export.as_csv`.
    """
    return as_csv(COLUMNS, (_row(item, request_ids.get(item.id, "")) for item in items), guarded=guarded)


def _row(item: UploadItem, request_id: str) -> tuple[Cell, ...]:
    failure = item.failure
    return (
        item.path,
        item.profile,
        item.state.value,
        item.size_bytes,
        item.sha256,
        item.document_id,
        item.attempts,
        item.created_at,
        item.changed_at,
        failure.text if failure is not None else "",
        (failure.request_id if failure is not None else "") or request_id,
    )
