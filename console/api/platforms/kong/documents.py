"""kong: documents of the content service."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.api.document_routes import DocumentRoutes, RoutedDocuments
from console.api.platforms.kong import wire_documents
from console.model.capability import Effect, Operation
from console.model.document import UploadField, UploadRules

if TYPE_CHECKING:
    from console.api.transport import Transport

_DOCUMENTS = "/api/v1/documents"
_ONE = f"{_DOCUMENTS}/{{id}}"

ROUTES = DocumentRoutes(
    rules=UploadRules(
        fields=(
            UploadField(id="description", caption="Description"),
            UploadField(id="tags", caption="Tags, separated by commas"),
            UploadField(id="category", caption="Category"),
        ),
    ),
    upload=Operation(
        name="documents.upload", method="POST", routes=(f"{_DOCUMENTS}/upload", _DOCUMENTS), effect=Effect.WRITE
    ),
    parts=wire_documents.parts,
    params=wire_documents.params,
    page_size=wire_documents.PAGE_SIZE,
    listing=Operation(name="documents.list", method="GET", routes=(_DOCUMENTS,), effect=Effect.READ, timeout_s=15.0),
    details=Operation(name="documents.details", method="GET", routes=(_ONE,), effect=Effect.READ, timeout_s=10.0),
    delete=Operation(name="documents.delete", method="DELETE", routes=(_ONE,), effect=Effect.WRITE),
    process=Operation(name="documents.process", method="POST", routes=(f"{_ONE}/process",), effect=Effect.WRITE),
    download=Operation(name="documents.download", method="GET", routes=(f"{_ONE}/download",), effect=Effect.READ),
    doubtful=frozenset({"uploading", "failed", "cancelled"}),
)


def kong_documents(transport: Transport) -> RoutedDocuments:
    """Tied to a gateway."""
    return RoutedDocuments(transport, ROUTES)
