"""Which layer between operator and service is to blame."""

from __future__ import annotations

import enum
from datetime import datetime

import msgspec


class Layer(enum.StrEnum):
    """A layer that can fail on its own. Ordered from the operator outwards."""

    NETWORK = "network"
    TLS = "tls"
    GATEWAY = "gateway"
    SIGN_IN = "sign-in"
    SERVICE = "service"


class Probe(msgspec.Struct, frozen=True, kw_only=True):
    """One look at one layer.

    Attributes:
        layer: What was looked at.
        ok: Whether it held.
        at: When the look ended (UTC).
        ms: How long it took.
        detail: What was seen, one line, such as `127.0.0.1:8000 accepts connections`.
        reason: A word for the cause when not ok: one of `ConnectReason`, or an error's class name.
    """

    layer: Layer
    ok: bool
    at: datetime
    ms: float
    detail: str = ""
    reason: str = ""


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What the probes say together: the first layer that failed, and the probe that proves it."""

    probes: tuple[Probe, ...] = ()

    @property
    def culprit(self) -> Probe | None:
        """The first failed probe, or None when every layer held."""
        return next((probe for probe in self.probes if not probe.ok), None)
