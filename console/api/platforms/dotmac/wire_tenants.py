"""dotmac on the wire: what it says of a tenant."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from console.api import reading
from console.model.capability import Capability
from console.model.tenancy import Branding, Flags, TenantConfig

# The flags of the guide, and what each switches.
_SWITCHES = {
    "service_monitoring": Capability.HEALTH,
    "real_time_notifications": Capability.FEED,
}
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")


def tenant_config(body: object, *, origin: str) -> TenantConfig:
    """`{tenant_id or id, name, branding: {primary_color, logo_url}, features: {name: bool}}`; null where there is none.

    Args:
        body: As it came.
        origin: Of the gateway: a logo anywhere else is left out.
    """
    if body is None:
        return TenantConfig()
    found = reading.unwrapped(body, "tenant")
    return TenantConfig(
        tenant_id=reading.text(found.get("tenant_id")) or reading.text(found.get("id")),
        name=reading.text(found.get("name")),
        branding=_branding(found.get("branding"), origin),
        flags=_flags(found.get("features")),
    )


def _branding(value: object, origin: str) -> Branding:
    if not isinstance(value, Mapping):
        return Branding()
    colour = reading.text(value.get("primary_color"))
    return Branding(
        colour=colour.casefold() if _COLOUR.fullmatch(colour) else "",
        logo=_own_path(reading.text(value.get("logo_url")), origin),
    )


def _own_path(url: str, origin: str) -> str:
    """The path of a picture on the gateway itself; empty for one anywhere else."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    if parts.scheme or parts.netloc:
        return parts.path if f"{parts.scheme}://{parts.netloc}" == origin else ""
    return parts.path if parts.path.startswith("/") and not parts.path.startswith("//") else ""


def _flags(value: object) -> Flags:
    if not isinstance(value, Mapping):
        return Flags()
    named = {reading.text(name): on for name, on in value.items() if isinstance(on, bool)}
    off = {capability: name for name, capability in _SWITCHES.items() if named.get(name) is False}
    return Flags(named=named, off=off)
