import json
import zipfile
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.model import request_filter
from console.model.exchange import Exchange, Reason
from console.model.profile import Profile
from console.services.exchange_export import as_har
from console.services.request_stats import RequestSummary, Retries, calls_of, summarise
from console.services.support_bundle import bundle_files, zipped
from console.services.tracking import Tracking

NOON = datetime(2026, 3, 14, 12, 0, tzinfo=UTC)
CANARY = "canary5ecret"


def exchange(**fields: object) -> Exchange:
    given_fields = {
        "at": NOON, "operation": "health.read", "method": "GET", "route": "/services/{id}", "status": 200, "error": "",
        "total_ms": 12.0, "gateway_ms": 2.0, "upstream_ms": 8.0, "request_id": "r-1", "attempt": 1,
    }  # fmt: skip
    return Exchange(**{**given_fields, **fields})  # type: ignore[arg-type]


def test_an_archive_has_what_har_1_2_wants_and_no_secret() -> None:  # fault 128
    text = as_har([exchange(), exchange(status=None, error="ConnectionLost")], f"http://me:{CANARY}@127.0.0.1:1")
    log = json.loads(text)["log"]
    assert CANARY not in text
    assert log["version"] == "1.2"
    assert log["creator"]["name"] == "Gatewatch"
    for entry in log["entries"]:
        assert entry["time"] == sum(entry["timings"].values())
        assert {"method", "url", "httpVersion", "cookies", "headers", "queryString"} <= entry["request"].keys()
        assert {"status", "statusText", "content", "redirectURL", "cookies"} <= entry["response"].keys()
        assert entry["request"]["cookies"] == []
        assert "template" in entry["comment"]
        assert "Authorization" not in str(entry)


def test_an_archive_names_the_token_only_where_it_was_due() -> None:
    (entry,) = json.loads(as_har([exchange(authenticated=True, route="/services")], "http://127.0.0.1:1"))["log"][
        "entries"
    ]
    assert {"name": "Authorization", "value": "(masked)"} in entry["request"]["headers"]
    assert entry["timings"] == {"send": 0, "wait": 10.0, "receive": 2.0}
    assert "template" not in entry["comment"]


@given(st.floats(0, 1e6), st.none() | st.floats(0, 1e6), st.none() | st.floats(0, 1e6))
def test_timings_add_up(total_ms: float, gateway_ms: float | None, upstream_ms: float | None) -> None:
    one = exchange(total_ms=total_ms, gateway_ms=gateway_ms, upstream_ms=upstream_ms)
    (entry,) = json.loads(as_har([one], "http://127.0.0.1:1"))["log"]["entries"]
    assert entry["time"] == sum(entry["timings"].values()) == pytest.approx(total_ms)
    assert min(entry["timings"].values()) >= 0


def test_no_secret_and_no_address_is_in_a_bundle(tmp_path: Path) -> None:  # fault 128
    settings, logs = tmp_path / "settings.toml", tmp_path / "logs"
    logs.mkdir()
    settings.write_text(f'proxy = "http://me:{CANARY}@proxy.example:3128"\nurl = "https://gw.example"\n')
    (logs / "gatewatch.log").write_text(
        f"token={CANARY}\nAuthorization: Bearer {CANARY}\ncannot reach gw.example:443\n"
    )
    profile = Profile(name="a/b", url="https://gw.example", platform="kong")
    files = bundle_files(
        settings_file=settings,
        logs_dir=logs,
        profiles=[profile],
        exchanges={"a/b": [exchange()]},
        facts={"a/b": {"story": [{"detail": f"https://gw.example refuses token={CANARY}"}]}},
        now=NOON,
        hide_addresses=True,
    )
    with zipfile.ZipFile(BytesIO(zipped(files))) as archive:
        inside = {name: archive.read(name).decode() for name in archive.namelist()}
    assert set(inside) == {
        "about.json", "settings.toml", "gatewatch.log", "requests-a_b.json", "summary-a_b.json",
        "connection-a_b.json",
    }  # fmt: skip
    assert not [name for name, text in inside.items() if CANARY in text or "gw.example" in text]


def test_the_ring_forgets_the_oldest_and_adds_up_the_rest() -> None:
    heard: list[Exchange] = []
    ring = Tracking(also=heard.append, size=3)
    for number in range(5):
        again = {"attempt": 2, "reason": Reason.RETRY} if number == 3 else {}
        call_id = str(number - number // 3)  # the third is tried again
        ring.note(exchange(total_ms=float(number), call_id=call_id, status=503 if number == 2 else 200, **again))
    assert [one.total_ms for one in ring.since(4)] == [4.0]
    assert [one.total_ms for one in ring.since(0)] == [2.0, 3.0, 4.0]
    assert len(heard) == ring.count == 5
    summary = summarise(ring.since(0), NOON)
    assert summary.total.p50_ms == 3.0
    assert summary.retries == Retries(calls=2, retried=1, recovered=1)
    assert (summary.per_minute, summary.error_ratio) == (3, 1 / 3)
    assert [(one.service, one.attempts, one.failures) for one in summary.services] == [("health", 3, 1)]


def test_requests_of_an_hour_ago_say_nothing_about_now() -> None:
    assert summarise([exchange(at=NOON - timedelta(hours=1))], NOON) == RequestSummary()


def test_what_was_recorded_without_a_call_id_belongs_together_by_its_request_id() -> None:
    former = [exchange(request_id="a", attempt=2), exchange(request_id="b"), exchange(request_id="a")]
    assert [[one.attempt for one in call] for call in calls_of(former)] == [[1, 2], [1]]


def test_words_narrow_requests() -> None:
    failed = exchange(status=503, total_ms=800.0)
    for text in ("status:5xx", "status:503 slow:>500", "method:get route:/serv", "id:r-1 service:health", "READ"):
        assert request_filter.matches(failed, text), text
    for text in ("status:4xx", "slow:>900", "method:post", "nowhere", "status:none"):
        assert not request_filter.matches(failed, text), text
