"""Views that a gateway hides or explains."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from console.model.capability import Capability
from console.model.tenancy import Flags, Permissions
from console.presenters.availability import Available, Explained, Hidden, availability

HEALTH = Capability.HEALTH


def test_what_nobody_forbids_is_available() -> None:
    assert availability(HEALTH, Flags(), Permissions()) == Available()
    assert availability(HEALTH, Flags(named={"other": False}), Permissions(roles=("viewer",))) == Available()


def test_what_the_platform_lacks_is_hidden_whatever_else_is_said() -> None:
    flags = Flags(off={HEALTH: "service_monitoring"})
    assert availability(HEALTH, flags, Permissions(forbidden={HEALTH: ""}), {Capability.REFRESH}) == Hidden()


def test_a_flag_is_named() -> None:
    found = availability(HEALTH, Flags(off={HEALTH: "service_monitoring"}), Permissions())
    assert isinstance(found, Explained)
    assert "service_monitoring" in found.text


def test_a_refusal_says_who_asks_and_what_it_takes() -> None:
    found = availability(HEALTH, Flags(), Permissions(roles=("viewer",), forbidden={HEALTH: "health:read"}))
    assert isinstance(found, Explained)
    assert "viewer" in found.text
    assert "health:read" in found.text
    assert "administrator" in found.text


@given(st.sampled_from(Capability), st.text(), st.lists(st.text()))
def test_whatever_a_server_says_is_one_plain_line(capability: Capability, needs: str, roles: list[str]) -> None:
    found = availability(capability, Flags(), Permissions(roles=tuple(roles), forbidden={capability: needs}))
    assert isinstance(found, Explained)
    assert len(found.text.splitlines()) == 1
