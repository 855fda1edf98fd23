"""An upload as a command for a shell."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from console.services.curl import as_curl

if TYPE_CHECKING:
    from console.model.profile import Profile
    from console.model.upload import UploadItem
    from console.services.tracking import Tracking


def upload_curl(item: UploadItem, profile: Profile, tracking: Tracking | None) -> str:
    """The command that sends the document again, without the token; empty while nothing like it was sent."""
    tried = [one for one in tracking.since(0) if one.operation == "documents.upload"] if tracking is not None else []
    wanted = item.failure.request_id if item.failure is not None else ""
    exchange = next((one for one in reversed(tried) if one.request_id == wanted), tried[-1] if tried else None)
    if exchange is None:
        return ""
    form = shlex.quote(f"file=@{item.path}")
    key = shlex.quote(f"Idempotency-Key: {item.idempotency_key}")
    return f"{as_curl(exchange, profile.url)} --header {key} --form {form}"
