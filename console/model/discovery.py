"""What an address that was typed turned out to be."""

from __future__ import annotations

import msgspec

from console.model.address import Address
from console.model.blame import Verdict
from console.model.capability import Capability
from console.model.errors import GatewatchError


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """A platform that a gateway may be. `fit` is 0 to 1; `title` is for the screen; `offered` is what it has."""

    platform: str
    title: str
    fit: float
    offered: frozenset[Capability] = frozenset()


class Discovery(msgspec.Struct, frozen=True, kw_only=True):
    """What probing an address found.

    Attributes:
        address: As understood.
        verdict: Layer by layer.
        proposals: Every platform, best fit first; all may be 0 when nothing was recognised.
        problem: Why this can't be a gateway, for `explain`; None when it can.
    """

    address: Address
    verdict: Verdict
    proposals: tuple[Proposal, ...]
    problem: GatewatchError | None = None
