"""Deployments: thirty seeded days of them, and those that really happen."""

from __future__ import annotations

import random
import secrets
import time
from collections import deque
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from console.sandbox.feeds import DeploymentFinished, DeploymentStarted
from console.sandbox.history import SEEDED_DAYS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from console.sandbox.components import ComponentSpec
    from console.sandbox.feeds import FeedEvent
    from console.sandbox.notices import NoticeBook

_KEPT = 5_000
_DAY_S = 86_400
_SEEDED_SERVICES = 100
_AUTHORS = ("ana@sandbox.example", "jo@sandbox.example", "release-bot@sandbox.example")
_ENVIRONMENTS = ("production", "production", "staging")
_OUTCOMES = ("success",) * 8 + ("failed", "rolled_back")


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """One version of one component on its way to one environment.

    Attributes:
        status: `in_progress`, then `success`, `failed` or `rolled_back`.
        started_at: True time, epoch seconds.
        finished_at: None while it is under way.
    """

    id: str
    service: str
    version: str
    environment: str
    status: str
    author: str
    started_at: float
    finished_at: float | None = None


class Deployments:
    """All deployments. Bounded: the oldest go first.

    Args:
        publish: Told each start and end.
        notices: Where people learn how one ended.
        past: What was there before the start, oldest first.
    """

    def __init__(
        self, publish: Callable[[FeedEvent], None], notices: NoticeBook, past: Iterable[Deployment] = ()
    ) -> None:
        self._publish = publish
        self._notices = notices
        self._done: deque[Deployment] = deque(past, maxlen=_KEPT)
        self._under_way: dict[str, Deployment] = {}

    def all(self, *, status: str = "") -> list[Deployment]:
        """Every deployment, newest first.

        Args:
            status: The one status to keep; empty for all.
        """
        everyone = sorted((*self._done, *self._under_way.values()), key=lambda one: one.started_at, reverse=True)
        return [one for one in everyone if status in ("", one.status)]

    def under_way(self, service: str) -> Deployment | None:
        """The deployment of a service that has not ended."""
        return self._under_way.get(service)

    def start(self, service: str, version: str, *, author: str, environment: str = "production") -> Deployment:
        """A deployment begins; one of the same service that is under way has failed by that."""
        self.finish(service, "failed")
        self._under_way[service] = started = Deployment(
            id=f"dep-{secrets.token_hex(6)}",
            service=service,
            version=version,
            environment=environment,
            status="in_progress",
            author=author,
            started_at=time.time(),
        )
        self._publish(DeploymentStarted(started))
        return started

    def finish(self, service: str, status: str) -> None:
        """The service's deployment, if one is under way, ends."""
        started = self._under_way.pop(service, None)
        if started is None:
            return
        done = replace(started, status=status, finished_at=time.time())
        self._done.append(done)
        self._publish(DeploymentFinished(done))
        good = status == "success"
        self._notices.create(
            kind="deployment",
            title=f"{service} {done.version} is live" if good else f"Deployment of {service} {done.version}: {status}",
            message=f"{done.author} deployed {service} {done.version} to {done.environment}: {status}",
            severity="info" if good else "warning",
            source=service,
        )


def next_version(version: str) -> str:
    """The version after this one: its last number goes up."""
    head, dot, last = version.rpartition(".")
    return f"{head}{dot}{int(last) + 1}" if last.isdigit() else f"{version}.1"


def past_deployments(seed: int, specs: Iterable[ComponentSpec], born_at: float) -> list[Deployment]:
    """Thirty made-up days, oldest first, ending with the versions that run; the same for the same arguments.

    Args:
        seed: Of the sandbox.
        specs: The components; of very many only the first have a past.
        born_at: When the platform started, epoch seconds: all are older.
    """
    today = int(born_at // _DAY_S)
    found: list[Deployment] = []
    for spec in tuple(specs)[:_SEEDED_SERVICES]:
        version = spec.version
        for day in range(today, today - SEEDED_DAYS, -1):
            source = random.Random(f"{seed}:deployments:{spec.name}:{day}")  # noqa: S311  (a picture, no secret)
            started_at = day * _DAY_S + source.uniform(0.3, 0.7) * _DAY_S
            if source.random() > 0.25 or started_at > born_at - 600:  # noqa: PLR2004  (about two a week)
                continue
            status = source.choice(_OUTCOMES)
            found.append(
                Deployment(
                    id=f"past-{spec.name}-{day}",
                    service=spec.name,
                    version=version if status == "success" else next_version(version),
                    environment=source.choice(_ENVIRONMENTS),
                    status=status,
                    author=source.choice(_AUTHORS),
                    started_at=started_at,
                    finished_at=started_at + source.uniform(20, 400),
                )
            )
            if status == "success":
                version = _previous(version)
    return sorted(found, key=lambda one: one.started_at)


def _previous(version: str) -> str:
    head, dot, last = version.rpartition(".")
    if last.isdigit() and int(last) > 0:
        return f"{head}{dot}{int(last) - 1}"
    return f"{_previous(head)}{dot}9" if head else version
