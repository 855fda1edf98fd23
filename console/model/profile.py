"""A gateway that the operator works with."""

from __future__ import annotations

import msgspec

from console.model.errors import ProfileError
from console.model.network import NetworkOptions

NAME_LIMIT = 64


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """How to reach one gateway and how careful to be with it.

    Attributes:
        name: Unique, chosen by the operator.
        url: Origin and base path, without a trailing slash, as `Address.text` gives it.
        platform: Name of the dialect.
        label: Short text and stripe on the rail, such as `eu-west`.
        production: Framed in the window; destructive acts want typed confirmation.
        read_only: Refuse every operation whose effect is `write` before it leaves.
        keep_signed_in: Whether a sign-in outlives the program, unless the operator says otherwise with it.
        username: Who signed in last, to fill the form.
        tenant: Id of the tenant chosen last; empty for none.
        sandbox: Set by `gatewatch demo` and `gatewatch tour` alone; the window shows a banner.
        network: Whom to trust and which way to go.
    """

    name: str
    url: str
    platform: str
    label: str = ""
    production: bool = False
    read_only: bool = False
    keep_signed_in: bool = True
    username: str = ""
    tenant: str = ""
    sandbox: bool = False
    network: NetworkOptions = NetworkOptions()

    @property
    def gateway_id(self) -> str:
        """The key under which everything of this gateway is recorded.

        By address and tenant, not by name: renaming a profile keeps its record.
        """
        return f"{self.platform}:{self.url}#{self.tenant}"


def checked_name(name: str) -> str:
    """A profile's name, trimmed.

    Raises:
        ProfileError: Empty, too long, or with characters that do not print.
    """
    trimmed = name.strip()
    if not trimmed:
        raise ProfileError("a profile needs a name")
    if len(trimmed) > NAME_LIMIT:
        raise ProfileError(f"a profile's name has at most {NAME_LIMIT} characters; this one has {len(trimmed)}")
    if not trimmed.isprintable():
        raise ProfileError("a profile's name has only printable characters")
    return trimmed
