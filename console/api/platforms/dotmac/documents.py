"""dotmac: the files that running servers of this family store; the guide has none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.api.document_routes import DocumentRoutes, RoutedDocuments
from console.api.platforms.dotmac import wire_documents
from console.model.capability import Effect, Operation
from console.model.document import UploadField, UploadRules

if TYPE_CHECKING:
    from console.api.transport import Transport

_FILES = "/api/v1/files/storage"
_ONE = f"{_FILES}/{{id}}"

ROUTES = DocumentRoutes(
    rules=UploadRules(
        fields=(
            UploadField(id="description", caption="Description"),
            UploadField(id="folder", caption="Folder"),
        ),
    ),
    upload=Operation(name="documents.upload", method="POST", routes=(f"{_FILES}/upload",), effect=Effect.WRITE),
    parts=wire_documents.parts,
    params=wire_documents.params,
    page_size=wire_documents.PAGE_SIZE,
    listing=Operation(
        name="documents.list", method="GET", routes=(_FILES, f"{_FILES}/"), effect=Effect.READ, timeout_s=15.0
    ),
    searches=False,
    delete=Operation(name="documents.delete", method="DELETE", routes=(_ONE,), effect=Effect.WRITE),
    download=Operation(name="documents.download", method="GET", routes=(f"{_ONE}/download",), effect=Effect.READ),
)


def dotmac_documents(transport: Transport) -> RoutedDocuments:
    """Tied to a gateway."""
    return RoutedDocuments(transport, ROUTES)
