"""What an operation does to the world, and what a platform can be asked for."""

from __future__ import annotations

import enum

import msgspec


class Effect(enum.StrEnum):
    """What sending a request twice would do. Retry, coalescing and read-only go by this, never by the method."""

    READ = "read"  # changes nothing
    IDEMPOTENT = "idempotent"  # changes something, the second time nothing more
    WRITE = "write"  # each sending counts


class Capability(enum.StrEnum):
    """What screens ask for instead of asking which platform it is."""

    PASSWORD_SIGN_IN = "password sign-in"  # noqa: S105  (a name, no secret)
    OAUTH = "browser sign-in"
    REFRESH = "refresh"
    TENANTS = "tenants"
    REGISTER = "register"
    RESET_PASSWORD = "reset password"  # noqa: S105  (a name, no secret)
    VERIFY_ADDRESS = "verify address"
    CHANGE_PASSWORD = "change password"  # noqa: S105  (a name, no secret)
    HEALTH = "health"
    FEED = "live feed"
    METRICS = "metrics"
    CACHE_CONTROL = "cache invalidation"
    DEPLOYMENTS = "deployments"
    NOTIFICATIONS = "notifications"
    DOCUMENTS = "documents"
    ADMIN_ADDRESS = "admin address"
    NAMED_SERVICES = "named services"


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """One thing a dialect can ask of its gateway.

    Attributes:
        name: For the record and for route overrides, such as `auth.login`.
        method: HTTP method.
        routes: Path templates below the base URL, the guide's first; `{name}` is filled when sent.
        effect: What a repetition would do.
        timeout_s: Total deadline of one attempt.
        authenticated: Whether the access token goes with it.
        service: Which upstream service answers, for its circuit; empty is the name's first word.
        polled: Asked again and again anyway: never retried, never refused by a circuit, and sharing the gateway's
            request budget with everything else that polls.
        session: Part of being signed in: sent whatever a profile or a circuit forbids.
        keyed: The platform does a write once for each `Idempotency-Key`, however often it is sent.
        admin: Asked of the gateway's admin address, which never gets the token.
    """

    name: str
    method: str
    routes: tuple[str, ...]
    effect: Effect
    timeout_s: float = 30.0
    authenticated: bool = True
    service: str = ""
    polled: bool = False
    session: bool = False
    keyed: bool = False
    admin: bool = False

    @property
    def circuit(self) -> str:
        """The upstream service, as circuits know it."""
        return self.service or self.name.partition(".")[0]
