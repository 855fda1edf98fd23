"""aigentable on the wire: pure functions from payloads to the model. Bodies are bare, or wrapped under `data`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from console.api import gauges, reading
from console.api.gauges import Gauge
from console.api.tokens import read_tokens, read_user
from console.model.identity import SignedIn, Tenant
from console.model.metrics import Unit
from console.model.tenancy import TenantConfig

if TYPE_CHECKING:
    from console.api.contract import Fingerprint
    from console.model.account import Registration
    from console.model.identity import Tokens, User
    from console.model.metrics import MetricsReport

FINGERPRINTS = ("/auth/me", "/system/health", "/agents")
_UNAUTHORIZED = 401

# The platform's names of form fields, and ours.
FIELDS = {
    "firstName": "first_name",
    "lastName": "last_name",
    "name": "first_name",
    "email": "email",
    "password": "password",
    "token": "token",
}

SYSTEM = (
    Gauge(id="requests.rate", name="Requests", fields=("requests.per_second",), unit=Unit.PER_SECOND),
    Gauge(id="requests.errors", name="Errors", fields=("requests.error_rate", "error_rate"), unit=Unit.RATIO),
    Gauge(
        id="requests.time",
        name="Time until answered",
        fields=("average_response_time", "avg_response_time", "response_time"),
        unit=Unit.MILLISECONDS,
    ),
    Gauge(id="cpu", name="Processor", fields=("cpu.usage", "cpu_usage", "cpu"), unit=Unit.RATIO),
    Gauge(id="memory", name="Memory", fields=("memory.usage", "memory_usage"), unit=Unit.RATIO),
    Gauge(id="memory.size", name="Memory of the server", fields=("memory.rss", "memory.used"), unit=Unit.BYTES),
    Gauge(id="disk", name="Disk", fields=("disk.usage", "disk_usage"), unit=Unit.RATIO),
    Gauge(id="cache.hits", name="Cache hits", fields=("cache_hit_rate", "cache.hit_rate"), unit=Unit.RATIO),
    Gauge(id="connections", name="Connections", fields=("active_connections", "connections")),
    Gauge(id="users.active", name="Active users", fields=("active_users", "users.active")),
)


def recognise(prints: Mapping[str, Fingerprint]) -> float:
    """All three routes want a token, and a refusal says `error`, or `success` without `meta`."""
    fit = 0.0
    for path in FINGERPRINTS:
        found = prints.get(path)
        if found is None or found.status != _UNAUTHORIZED or not isinstance(found.body, Mapping):
            continue
        worded = isinstance(found.body.get("error"), str | Mapping) or found.body.get("success") is False
        fit += 0.3 * (worded and "meta" not in found.body and "detail" not in found.body)
    return fit


def tokens(body: Mapping[str, object], kept_refresh: str | None = None) -> Tokens:
    """`{token}`, or `{tokens: {accessToken, refreshToken}}`. None says how long it lasts."""
    inner = body.get("tokens")
    found = reading.obj(inner, "tokens") if inner is not None else body
    access = found.get("accessToken") or found.get("token") or found.get("access_token")
    return read_tokens(
        {
            "access_token": access,
            "refresh_token": found.get("refreshToken") or kept_refresh,
            "expires_in": found.get("expiresIn"),
        }
    )


def renewed(body: object, kept_refresh: str) -> Tokens:
    """The answer to a refresh: the same as of a sign-in, without the user."""
    return tokens(reading.unwrapped(body, "refresh"), kept_refresh)


def user(body: object) -> User:
    """`{id, email, firstName, lastName, role, tenantId}`, bare or as `user`."""
    found = reading.unwrapped(body, "user")
    inner = found.get("user")
    one = reading.obj(inner, "user") if inner else found
    return read_user({**one, "first_name": one.get("firstName"), "last_name": one.get("lastName")})


def signed_in(body: object) -> SignedIn:
    """`{user, token}`, or `{user, tenant, tokens}`."""
    found = reading.unwrapped(body, "login")
    return SignedIn(tokens=tokens(found), user=user(found) if found.get("user") else None)


def registration(wanted: Registration) -> dict[str, object]:
    """The body of a registration: both names of the guide, and the one name that running servers want."""
    return {
        "email": wanted.email,
        "password": wanted.password,
        "firstName": wanted.first_name,
        "lastName": wanted.last_name,
        "name": f"{wanted.first_name} {wanted.last_name}".strip(),
    }


def fields(told: Mapping[str, str]) -> dict[str, str]:
    """What the platform holds against a form, by our names of its fields."""
    return {FIELDS.get(name, name): text for name, text in told.items()}


def tenants(body: object) -> tuple[Tenant, ...]:
    """A list of tenants, or the one that a server without a list answers with."""
    inner = body.get("data", body) if isinstance(body, Mapping) else body
    if isinstance(inner, Mapping) and "tenants" not in inner and "id" in inner:
        return (_tenant(inner),)
    return tuple(_tenant(reading.obj(entry, "tenant")) for entry in reading.listing(body, "tenants"))


def tenant_config(body: object) -> TenantConfig:
    """`/tenants/current`; null where there is none."""
    if body is None:
        return TenantConfig()
    found = reading.unwrapped(body, "tenant")
    inner = found.get("tenant")
    one = reading.obj(inner, "tenant") if inner else found
    return TenantConfig(tenant_id=reading.text(one.get("id")), name=reading.text(one.get("name")))


def _tenant(entry: Mapping[str, object]) -> Tenant:
    tenant_id = reading.required_text(entry, "id", "tenantId")
    return Tenant(id=tenant_id, name=reading.text(entry.get("name")) or tenant_id)


def metrics(body: object) -> MetricsReport:
    """`/system/metrics`, and what the feed pushes under the same names."""
    return gauges.report(body, SYSTEM, prefix="system")
