"""An upload as a command for a shell: nothing in a file's name means anything to the shell or to curl."""

from __future__ import annotations

import shlex
from datetime import UTC, datetime

import pytest

from console.model.exchange import Exchange
from console.model.profile import Profile
from console.model.upload import UploadItem
from console.services.tracking import Tracking
from console.services.uploads.upload_curl import upload_curl

NOW = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/a b.pdf", 'file=@"/a b.pdf"'),
        ("/a;type=text/html,b.pdf", 'file=@"/a;type=text/html,b.pdf"'),
        ('/$(x)"\\.pdf', 'file=@"/$(x)\\"\\\\.pdf"'),
    ],
)
def test_a_name_is_nothing_but_a_name(path: str, form: str) -> None:  # fault 83
    tracking = Tracking()
    tracking.note(
        Exchange(
            at=NOW, operation="documents.upload", method="POST", route="/documents", status=400, error="Rejected",
            total_ms=1.0, gateway_ms=None, upstream_ms=None, request_id="r", attempt=1,
        )
    )  # fmt: skip
    item = UploadItem(
        id="a", profile="kong", path=path, name="a", size_bytes=1, modified_ns=1, idempotency_key="k", created_at=NOW,
        changed_at=NOW,
    )  # fmt: skip
    profile = Profile(name="kong", url="http://127.0.0.1:1", platform="kong")
    assert shlex.split(upload_curl(item, profile, tracking))[-1] == form
