"""aigentable: what agents know, as documents."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.api.document_routes import DocumentRoutes, RoutedDocuments
from console.api.platforms.aigentable import wire_documents
from console.model.capability import Effect, Operation
from console.model.document import UploadField, UploadRules

if TYPE_CHECKING:
    from console.api.transport import Transport

_DOCUMENTS = "/documents"
_ONE = f"{_DOCUMENTS}/{{id}}"

ROUTES = DocumentRoutes(
    rules=UploadRules(
        max_bytes=wire_documents.MAX_BYTES,
        media_types=wire_documents.MEDIA_TYPES,
        fields=(
            UploadField(id="agent", caption="Agent"),
            UploadField(id="category", caption="Category"),
        ),
    ),
    upload=Operation(name="documents.upload", method="POST", routes=(f"{_DOCUMENTS}/upload",), effect=Effect.WRITE),
    parts=wire_documents.parts,
    params=wire_documents.params,
    page_size=wire_documents.PAGE_SIZE,
    listing=Operation(name="documents.list", method="GET", routes=(_DOCUMENTS,), effect=Effect.READ, timeout_s=15.0),
    searching=Operation(
        name="documents.search",
        method="GET",
        routes=("/search/documents", "/search/semantic"),
        effect=Effect.READ,
        timeout_s=15.0,
    ),
    details=Operation(name="documents.details", method="GET", routes=(_ONE,), effect=Effect.READ, timeout_s=10.0),
    delete=Operation(name="documents.delete", method="DELETE", routes=(_ONE,), effect=Effect.WRITE),
    process=Operation(
        name="documents.process", method="POST", routes=(f"{_ONE}/process", f"{_ONE}/reprocess"), effect=Effect.WRITE
    ),
    doubtful=frozenset({"processing"}),  # a failed upload may leave such a row behind
)


def aigentable_documents(transport: Transport) -> RoutedDocuments:
    """Tied to a gateway."""
    return RoutedDocuments(transport, ROUTES)
