"""Mutes in the settings file: readable, editable, and never at the cost of anything else in it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from console.model.muting import Mute
from console.model.profile import Profile
from console.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

SOON = datetime.now(UTC).replace(microsecond=0) + timedelta(days=300)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(tmp_path / "settings.toml")


def test_mutes_are_kept_beside_comments_and_taken_out_again(settings: Settings) -> None:
    settings.path.write_text('# mine\n[appearance]\ntheme = "dark" # at night\n', encoding="utf-8")
    for mute in (Mute(gateway="edge one"), Mute(gateway="edge one", service="a.b", until=SOON)):
        settings.mute(mute)
    assert settings.read().mutes == (Mute(gateway="edge one"), Mute(gateway="edge one", service="a.b", until=SOON))
    assert "# at night" in settings.path.read_text(encoding="utf-8")
    settings.unmute("edge one", "")
    settings.unmute("edge one", "never was")
    assert settings.read().mutes == (Mute(gateway="edge one", service="a.b", until=SOON),)
    settings.unmute("edge one", "a.b")
    assert settings.read().mutes == ()
    assert settings.read().problems == ()


def test_what_is_over_goes_with_the_next_mute_of_that_gateway(settings: Settings) -> None:
    past = datetime(2020, 1, 1, tzinfo=UTC)
    settings.mute(Mute(gateway="edge", service="old", until=past))
    settings.mute(Mute(gateway="other", service="old", until=past))
    settings.mute(Mute(gateway="edge", service="new"))
    assert {(mute.gateway, mute.service) for mute in settings.read().mutes} == {("other", "old"), ("edge", "new")}


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("[muted.edge]\nsearch = false", "neither true"),
        ('[muted.edge]\nsearch = "soon"', "neither true"),
        ("[muted.edge]\nsearch = 2026-11-22", "neither true"),
        ("[muted]\nedge = 3", "is no table"),
        ("muted = 3", "is no table"),
    ],
)
def test_what_can_not_be_used_is_named_and_costs_nothing_else(settings: Settings, written: str, words: str) -> None:
    settings.path.write_text(f'{written}\n[appearance]\ntheme = "dark"\n', encoding="utf-8")
    reading = settings.read()
    assert reading.mutes == ()
    (problem,) = reading.problems
    assert words in problem.text
    assert problem.key.startswith("muted")
    assert reading.values == {"appearance.theme": "dark"}


def test_a_time_without_a_zone_is_this_machines(settings: Settings) -> None:
    settings.path.write_text("[muted.edge]\n'*' = 2026-11-22T08:00:00\n", encoding="utf-8")
    (mute,) = settings.read().mutes
    assert mute.until is not None
    assert f"{mute.until.astimezone():%Y-%m-%d %H:%M}" == "2026-11-22 08:00"


def test_a_repair_keeps_what_is_muted(settings: Settings) -> None:
    settings.path.write_text("[broken\n", encoding="utf-8")
    profile = Profile(name="edge", url="http://127.0.0.1:8000", platform="kong")
    assert settings.repair([profile], {}, [Mute(gateway="edge", until=SOON)]) is not None
    assert settings.read().mutes == (Mute(gateway="edge", until=SOON),)


@pytest.mark.parametrize("name", ["*", "**", "a*", "*a"])
def test_a_service_with_a_star_for_a_name_mutes_itself_alone(settings: Settings, name: str) -> None:
    settings.mute(Mute(gateway="edge", service=name))
    assert settings.read().mutes == (Mute(gateway="edge", service=name),)
    settings.mute(Mute(gateway="edge"))
    settings.unmute("edge", name)
    assert settings.read().mutes == (Mute(gateway="edge"),)
