"""Health of a server that names its parts."""

from __future__ import annotations

from datetime import UTC, datetime

from console.api import health_parts


def test_a_part_whose_name_is_no_text_can_be_recorded() -> None:
    body = {"status": "ok", "components": {"\ud800 db": "up"}}
    report = health_parts.report(body, title="t", at=datetime.now(UTC), total_ms=1.0, clock_offset_s=None)
    part = report.services[1]
    assert (part.id, part.sample.service_id, part.name) == ("part:? db", "part:? db", "? db")
    part.id.encode()
