"""Values as text."""

from __future__ import annotations

import sys
import time
import unicodedata
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.model import zone
from console.presenters.display import age_text, escaped, exact_time, menu_text, printable, zone_text
from console.services.explain import clock

AT = datetime(2026, 3, 14, 12, 0, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("age_s", "offline", "shown"),
    [
        (-5.0, False, "0 s"),
        (3.9, False, "3 s"),
        (60, False, "1 min"),
        (14 * 60 + 59, True, "14 min, offline"),
        (3600, False, "1 h"),
        (86400 * 3, False, "3 d"),
    ],
)
def test_ages(age_s: float, offline: bool, shown: str) -> None:
    assert age_text(age_s, offline=offline) == shown


@given(st.text(max_size=400), st.integers(min_value=1, max_value=350))
def test_nothing_hides_in_printable_text(text: str, limit: int) -> None:  # fault 115, 116
    shown = printable(text, limit)
    assert len(shown) <= limit + 1
    assert all(unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"} for char in shown)


def test_direction_marks_and_zero_widths_are_seen() -> None:
    assert printable("invoice\u202efdp.exe") == "invoice\ufffdfdp.exe"
    assert printable("a\u200bb\nc") == "a\ufffdb c"
    assert printable("gateway", 4) == "gate…"


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=60))
def test_a_tooltip_never_holds_markup_of_a_server(text: str) -> None:
    inner = escaped(text).removeprefix("<p style='white-space:pre-wrap'>").removesuffix("</p>")
    assert "<" not in inner.replace("<br>", "")
    assert escaped("") == ""


def test_an_ampersand_makes_no_shortcut() -> None:
    assert menu_text("search & rescue") == "search && rescue"


def test_an_exact_time_has_utc_beside_it() -> None:
    shown = exact_time(AT.astimezone())
    assert shown.endswith("(12:00:05 UTC)")
    assert zone_text(AT) in shown
    assert exact_time(AT + timedelta(days=1)) != shown


@pytest.mark.skipif(sys.platform == "win32", reason="the zone of a process is POSIX's")
def test_times_are_shown_in_utc_where_that_is_preferred(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Kolkata")
    time.tzset()
    at = datetime(2026, 3, 1, 20, 15, 30, tzinfo=UTC)
    try:
        assert exact_time(at) == "2026-03-02 01:45:30 UTC+5:30 (20:15:30 UTC)"
        zone.show_utc(utc=True)
        assert exact_time(at) == "2026-03-01 20:15:30 UTC"
        assert zone_text(at) == "UTC"
        assert clock(at, at) == "20:15:30"
    finally:
        zone.show_utc(utc=False)
        monkeypatch.undo()
        time.tzset()
