"""Any sequence of calls against any sequence of answers sends what the rules allow, and nothing more."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from console.api.retry import RetryPolicy
from console.model.capability import Effect, Operation
from console.model.errors import GatewayError
from tests.api.scripted_gateway import Asked, plain_platform, reply, scripted, transport_to

if TYPE_CHECKING:
    from collections.abc import Iterator

RETRIES = 2
POLICY = RetryPolicy(retries=RETRIES, base_s=0.0005, cap_s=0.001, retry_after_cap_s=5.0)


@dataclass(frozen=True)
class Told:
    """One answer of the gateway.

    Attributes:
        answer: On the wire; None hangs up.
        passes: Whether it may go away by itself.
        good: Whether it is a success.
    """

    answer: bytes | None
    passes: bool = False
    good: bool = False


ANSWERS = {
    "good": Told(reply(200, {}), good=True),
    "unavailable": Told(reply(503, {}), passes=True),
    "bad gateway": Told(reply(502, b"<html>", "content-type: text/html"), passes=True),
    "later": Told(reply(429, {}, "retry-after: 0"), passes=True),
    "much later": Told(reply(429, {}, "retry-after: 60")),  # longer than anybody waits: told instead
    "broken": Told(reply(500, {})),
    "forbidden": Told(reply(403, {})),
    "rejected": Told(reply(422, {})),
    "hang up": Told(None, passes=True),
}
KINDS = {
    "read": (Effect.READ, "", True),
    "idempotent": (Effect.IDEMPOTENT, "", True),
    "write": (Effect.WRITE, "", False),
    "write with a key": (Effect.WRITE, "k-1", True),
}


class Retries(RuleBasedStateMachine):
    """One transport, one gateway, any calls. Each has a circuit of its own: circuits have a machine of their own."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.stack = contextlib.AsyncExitStack()
        self.coming: Iterator[Told] = iter(())
        self.numbers = itertools.count()
        self.expected = 0
        self.runner.run(self._open())

    async def _open(self) -> None:
        def script(_asked: Asked) -> bytes | None:
            return next(self.coming).answer

        self.gateway = await self.stack.enter_async_context(scripted(script))
        self.transport = await self.stack.enter_async_context(
            transport_to(self.gateway, platform=plain_platform(retry=POLICY))
        )

    @rule(kind=st.sampled_from(sorted(KINDS)), names=st.lists(st.sampled_from(sorted(ANSWERS)), max_size=RETRIES))
    def call(self, kind: str, names: list[str]) -> None:
        effect, key, repeats = KINDS[kind]
        operation = Operation(
            name=f"circuit{next(self.numbers)}.call",
            method="GET" if effect is Effect.READ else "POST",
            routes=("/things",),
            effect=effect,
            timeout_s=30.0,
            keyed=bool(key),
        )
        told = [*(ANSWERS[name] for name in names), *([ANSWERS["good"]] * (RETRIES + 1))]
        self.coming = iter(told)
        sent = 1
        while repeats and told[sent - 1].passes and sent <= RETRIES:
            sent += 1
        self.expected += sent
        try:
            self.runner.run(self.transport.call(operation, idempotency_key=key))
        except GatewayError:
            succeeded = False
        else:
            succeeded = True
        assert succeeded is told[sent - 1].good

    @invariant()
    def nothing_more_was_sent(self) -> None:
        assert len(self.gateway.asked) == self.expected

    def teardown(self) -> None:
        self.runner.run(self.stack.aclose())
        self.runner.close()


TestRetries = Retries.TestCase
TestRetries.settings = settings(max_examples=40, stateful_step_count=12, deadline=None)
