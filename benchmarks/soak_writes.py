"""What operators write in a soak: without a key, so that no write may be sent a second time."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from typing import TYPE_CHECKING

from benchmarks.soak_ledger import CallEnd
from benchmarks.soak_weather import WRITE_ROUTE, WRITTEN_TO
from console.api import registry
from console.api.transport import Transport
from console.model.address import Address
from console.model.capability import Effect, Operation
from console.model.network import NO_PROXY, NetworkOptions

if TYPE_CHECKING:
    from collections.abc import Iterable
    from random import Random

    from benchmarks.soak_ledger import Ledger
    from console.services.session import Session

WRITE_WITHIN_S = 10.0
_ROUTE = "/auth/forgot-password"  # does something each time: it sends a letter
_SENT = re.compile(rf"POST {re.escape(WRITE_ROUTE)}\?n=(\d+) ")
_WRITE = Operation(
    name="soak.write",
    method="POST",
    routes=(_ROUTE,),
    effect=Effect.WRITE,
    timeout_s=WRITE_WITHIN_S,
    authenticated=False,
)


class Writer:
    """Writes through a pipeline of its own; each write has a number that is seen on the wire.

    Args:
        session: Whose platform it speaks, and whose tracking it shares.
        username: Whom the letters go to.
        chance: Decides the pauses.
        ledger: Where every write's end is noted.
    """

    def __init__(self, session: Session, username: str, chance: Random, ledger: Ledger) -> None:
        self._transport = Transport(
            Address.parse(session.profile.url),
            registry.platform(WRITTEN_TO),
            tokens=session,
            observe=session.tracking.note,
            options=NetworkOptions(proxy=NO_PROXY),
        )
        self._username = username
        self._chance = chance
        self._ledger = ledger
        self._sent: Counter[int] = Counter()
        self._answered: set[int] = set()
        self._count = 0

    async def write_on(self, over: asyncio.Event) -> None:
        """One after the other, until it is over. Closes its connections then."""
        try:
            while not over.is_set():
                await asyncio.sleep(self._chance.uniform(0.2, 1.5))
                number, self._count = self._count, self._count + 1
                call = self._transport.call(_WRITE, params={"n": str(number)}, payload={"email": self._username})
                if await self._ledger.ended(f"{WRITTEN_TO}: write", call, WRITE_WITHIN_S) is CallEnd.ANSWERED:
                    self._answered.add(number)
        finally:
            await self._transport.close()

    def saw(self, lines: Iterable[str]) -> None:
        """Take what went over the wire."""
        for line in lines:
            if found := _SENT.match(line):
                self._sent[int(found[1])] += 1

    @property
    def sent(self) -> int:
        """Writes that were on the wire."""
        return len(self._sent)

    @property
    def repeated(self) -> int:
        """Times that a write was on the wire again."""
        return sum(self._sent.values()) - len(self._sent)

    @property
    def invented(self) -> int:
        """Answers to writes that never were on the wire."""
        return len(self._answered - set(self._sent))
