"""What tells that a gateway lives, where it has no health to ask for."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from console.model.errors import NotOffered
from console.model.health import HealthReport

if TYPE_CHECKING:
    from console.api.contract import Authentication

INTERVAL_S = 30.0


class SignOfLife:
    """See `console.api.contract.HealthSource`: asks who is signed in, and reports no service."""

    interval_s = INTERVAL_S

    def __init__(self, authentication: Authentication) -> None:
        self._authentication = authentication

    async def read(self) -> HealthReport:
        """An empty report, once the gateway has answered."""
        with contextlib.suppress(NotOffered):  # an answer all the same
            await self._authentication.who_am_i()
        return HealthReport(services=(), unsupported=("this platform has no health to ask for",))
