"""dafnck: files, which the guide lets be sent and deleted, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.api.document_routes import DocumentRoutes, RoutedDocuments
from console.api.platforms.dafnck import wire_documents
from console.model.capability import Effect, Operation
from console.model.document import FieldKind, UploadField, UploadRules

if TYPE_CHECKING:
    from console.api.transport import Transport

_FILES = "/files"

ROUTES = DocumentRoutes(
    rules=UploadRules(
        max_bytes=wire_documents.MAX_BYTES,
        media_types=wire_documents.MEDIA_TYPES,
        fields=(UploadField(id="thumbnail", caption="Make a small picture of it", kind=FieldKind.FLAG),),
        thumbnails=True,
    ),
    upload=Operation(name="documents.upload", method="POST", routes=(f"{_FILES}/upload",), effect=Effect.WRITE),
    parts=wire_documents.parts,
    params=wire_documents.params,
    page_size=wire_documents.PAGE_SIZE,
    # Asked only when an answer was lost: a server that lists its files after all can tell.
    listing=Operation(name="documents.list", method="GET", routes=(_FILES,), effect=Effect.READ, timeout_s=15.0),
    promised=False,
    delete=Operation(name="documents.delete", method="DELETE", routes=(f"{_FILES}/{{id}}",), effect=Effect.WRITE),
)


def dafnck_documents(transport: Transport) -> RoutedDocuments:
    """Tied to a gateway."""
    return RoutedDocuments(transport, ROUTES)
