"""How a sandbox is to be started."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path  # noqa: TC003  (a dataclass field, read by tools at run time)

HOST = "127.0.0.1"
FACES = ("kong", "dotmac", "opssight", "dafnck", "aigentable")
DEFAULT_USERNAME = "operator@sandbox.example"
PASSWORD_VARIABLE = "GATEWATCH_SANDBOX_PASSWORD"  # noqa: S105  (the name of a variable, no secret)


@dataclass(frozen=True, kw_only=True)
class SandboxOptions:
    """Everything that can be chosen at start; the rest is switched while it runs.

    Attributes:
        kong_port: TCP port of the kong face, 0 for any free one.
        dotmac_port: TCP port of the dotmac face, 0 for any free one.
        opssight_port: TCP port of the opssight face, 0 for any free one.
        dafnck_port: TCP port of the dafnck face, 0 for any free one.
        aigentable_port: TCP port of the aigentable face, 0 for any free one.
        kong_admin_port: TCP port of Kong's admin API, which is there as long as the kong face; 0 for any free one.
        control_port: TCP port of the control face, which stays up while the others are out; 0 for any free one.
        seed: Decides the seeded history and the pace of the components.
        documents: How many documents there were before; the same ones for the same seed.
        services: How many services the platform has; at least the twelve it is made of.
        token_lifetime_s: Of an access token.
        refresh_grace_s: How long a rotated refresh token is still accepted, for clients whose answer got lost.
        auth_limit_per_minute: Requests to the sign-in routes that a client may send a minute.
        limit_per_minute: Requests to everything else that a client may send a minute.
        pings_per_s: How many components are asked a second, all together; each at most once a second.
        history_step_s: Seconds that one entry of the live history sums up.
        metrics_interval_s: Between two readings of the platform's metrics, as feeds are told.
        feed_heartbeat_s: Between two heartbeats of feeds that have them.
        feed_patience_s: How long such a feed bears with a client that shows no life.
        state_dir: Where sign-ins and history survive a restart; None keeps them in memory, as all else.
        username: The operator's address.
        password: The operator's password; None makes a new one.
    """

    kong_port: int = 0
    dotmac_port: int = 0
    opssight_port: int = 0
    dafnck_port: int = 0
    aigentable_port: int = 0
    kong_admin_port: int = 0
    control_port: int = 0
    seed: int = 1
    documents: int = 36
    services: int = 12
    token_lifetime_s: float = 900.0
    refresh_grace_s: float = 0.0
    auth_limit_per_minute: int = 100
    limit_per_minute: int = 6_000
    pings_per_s: float = 500.0
    history_step_s: float = 60.0
    metrics_interval_s: float = 5.0
    feed_heartbeat_s: float = 30.0
    feed_patience_s: float = 300.0
    state_dir: Path | None = None
    username: str = DEFAULT_USERNAME
    password: str | None = field(default=None, repr=False)
