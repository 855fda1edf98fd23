"""For whom a gateway answers, and what it lets the operator see."""

from __future__ import annotations

import msgspec

from console.model.capability import Capability
from console.model.errors import GatewayError
from console.model.identity import Tenant


class Branding(msgspec.Struct, frozen=True, kw_only=True):
    """How a tenant wants to look.

    Attributes:
        colour: `#rrggbb`, or empty.
        logo: Path of a picture on the gateway itself, or empty. A picture elsewhere is never asked for.
    """

    colour: str = ""
    logo: str = ""


class Flags(msgspec.Struct, frozen=True, kw_only=True):
    """Features that a platform switches on and off.

    Attributes:
        named: By the platform's own name.
        off: Capabilities that are switched off, with the name of the flag that says so.
    """

    named: dict[str, bool] = {}
    off: dict[Capability, str] = {}


class Permissions(msgspec.Struct, frozen=True, kw_only=True):
    """What the signed-in user may do, as far as the platform says.

    Attributes:
        roles: In the platform's words.
        granted: Permissions in the platform's words; None where it names none.
        forbidden: Capabilities that were refused to this user, with what would be needed; empty text where nobody says.
    """

    roles: tuple[str, ...] = ()
    granted: frozenset[str] | None = None
    forbidden: dict[Capability, str] = {}


class TenantConfig(msgspec.Struct, frozen=True, kw_only=True):
    """What a gateway says of the tenant that it answers for.

    Attributes:
        tenant_id: The tenant it names; empty where it names none.
        name: For the screen; may be empty.
        branding: How the tenant wants to look.
        flags: Features that are on or off for the tenant.
    """

    tenant_id: str = ""
    name: str = ""
    branding: Branding = Branding()
    flags: Flags = Flags()


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """Where a session stands with tenants, flags and permissions.

    Attributes:
        choices: Tenants that the user may act for, in the server's order; empty where there are none to choose.
        current: The one acted for, chosen or the user's own; None where the platform has none or does not say.
        confirmed: The gateway itself named `current` in an answer.
        wanted: One has to be chosen before anything is shown.
        problem: Why the chosen one can't be had.
        branding: Of `current`.
        flags: Of `current`.
        permissions: Of the user.
        offered: What the platform has at all; None while that is not known.
    """

    choices: tuple[Tenant, ...] = ()
    current: Tenant | None = None
    confirmed: bool = False
    wanted: bool = False
    problem: GatewayError | None = None
    branding: Branding = Branding()
    flags: Flags = Flags()
    permissions: Permissions = Permissions()
    offered: frozenset[Capability] | None = None
