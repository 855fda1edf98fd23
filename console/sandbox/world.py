"""The one platform behind all faces: what happens through one face is true on all."""

from __future__ import annotations

import asyncio
import secrets
import time
from typing import TYPE_CHECKING

from console.sandbox.accounts import Accounts, User
from console.sandbox.alerts import Watch
from console.sandbox.audit import AuditTrail
from console.sandbox.authorizations import Authorizations
from console.sandbox.cache import AnswerCache
from console.sandbox.clock import Clock
from console.sandbox.components import Component, Reading, specs
from console.sandbox.deployments import Deployments, next_version, past_deployments
from console.sandbox.documents import Documents
from console.sandbox.faults import FaultBoard, Redeployment
from console.sandbox.feeds import (
    DeploymentFinished,
    DeploymentStarted,
    DocumentDeleted,
    DocumentProcessed,
    FeedEvent,
    FeedHub,
    HealthRead,
    MetricsRead,
    UserUpdated,
)
from console.sandbox.history import History
from console.sandbox.meters import Meters, Metrics
from console.sandbox.notices import NoticeBook, past_notices
from console.sandbox.outbox import Outbox
from console.sandbox.second_factor import SecondFactor
from console.sandbox.state import StateFolder
from console.sandbox.stats import Stats
from console.sandbox.tenants import Tenants
from console.sandbox.tokens import TokenIssuer

if TYPE_CHECKING:
    from console.sandbox.options import SandboxOptions

_TICK_S = 0.1
_CLOSE_TOKEN_EXPIRED = 4401


class World:
    """Users, sessions, components and their history; plus the switches that make it misbehave.

    Belongs to one event loop. `start` and `stop` bracket its life; `close` after `stop`.

    Raises:
        SandboxFailed: The state folder holds something else.
    """

    def __init__(self, options: SandboxOptions) -> None:
        self.options = options
        self.password = options.password or secrets.token_urlsafe(12)
        self.clock = Clock()
        self.faults = FaultBoard()
        self.stats = Stats()
        self.audit = AuditTrail()
        self.feeds = FeedHub()
        self.tenants = Tenants()
        self.cache = AnswerCache()
        self.meters = Meters(self.cache)
        self.accounts = Accounts(options.username, self.password, on_change=self.user_changed)
        self.outbox = Outbox()
        self.second_factor = SecondFactor(self.clock)
        self.authorizations = Authorizations(self.clock)
        self._state = StateFolder(options.state_dir)
        self.tokens = TokenIssuer(
            self._state.key,
            self.clock,
            lifetime_s=options.token_lifetime_s,
            grace_s=options.refresh_grace_s,
            on_change=lambda: self._state.save(self.tokens.dump()),
        )
        self.tokens.load(self._state.tokens)
        self._state.save(self.tokens.dump())
        self.history = History(options.seed, step_s=options.history_step_s, file=self._state.history_file)
        services = specs(options.services)
        names = [spec.name for spec in services]
        born_at = self.history.born_at
        self.notices = NoticeBook(self.publish, past_notices(options.seed, names, born_at))
        self.deployments = Deployments(self.publish, self.notices, past_deployments(options.seed, services, born_at))
        self.documents = Documents(
            self._state.documents_folder,
            seed=options.seed,
            seeded=options.documents,
            born_at=born_at,
            on_processed=lambda document: self.publish(DocumentProcessed(document)),
            on_deleted=lambda document: self.publish(DocumentDeleted(document)),
        )
        self.watch = Watch(self.notices, self.publish)
        self.components = {
            spec.name: Component(spec, seed=options.seed, on_reading=self._on_reading) for spec in services
        }
        self._tasks: asyncio.TaskGroup | None = None
        self._pulse: asyncio.Task[None] | None = None

    def start(self, tasks: asyncio.TaskGroup) -> None:
        """Start every component, and the pulse that asks them."""
        self._tasks = tasks
        self.documents.start(tasks)
        for component in self.components.values():
            component.start(tasks)
        self._pulse = tasks.create_task(self._beat(), name="pulse")

    def stop(self) -> None:
        """End all tasks; the task group given to `start` waits for them."""
        if self._pulse is not None:
            self._pulse.cancel()
        for component in self.components.values():
            component.close()

    def close(self) -> None:
        """Let go of files."""
        self.history.close()
        self.documents.close()

    def publish(self, event: FeedEvent) -> None:
        """Tell the feeds of all faces; what is cached of it is out of date."""
        if isinstance(event, DeploymentStarted | DeploymentFinished):
            self.cache.invalidate("deployments*")
        self.feeds.publish(event)

    def user_changed(self, user: User) -> None:
        """An account is new or changed."""
        self.publish(UserUpdated(user))

    def metrics(self) -> Metrics:
        """What the platform measures of itself now."""
        return self.meters.read(active_users=self.tokens.active_users())

    def deploy(self, wanted: Redeployment) -> None:
        """Restart a component as another version; its first answer ends the deployment."""
        component = self.components[wanted.name]
        version = wanted.version or next_version(component.spec.version)
        self.deployments.start(wanted.name, version, author=wanted.author, environment=wanted.environment)
        component.deploy(version)
        self.restart_component(wanted.name)

    def kill_component(self, name: str) -> None:
        """End a component's task, and with it the deployment that may be under way."""
        self.deployments.finish(name, "failed")
        self.components[name].kill()

    def restart_component(self, name: str) -> None:
        """End a component's task, if it lives, and start a new one at full speed."""
        component = self.components[name]
        component.kill()
        component.slower_by_s = 0.0
        if self._tasks is not None:
            component.start(self._tasks)

    def expire_tokens(self) -> None:
        """Make every access token expire now; feeds end as they do at expiry."""
        self.tokens.expire_all()
        self.feeds.close_all(_CLOSE_TOKEN_EXPIRED, "token expired", signed_in_only=True)

    async def _beat(self) -> None:
        """Ask the components in rotation: each about once a second, or less often when there are very many."""
        everyone = list(self.components.values())
        per_tick = min(len(everyone), self.options.pings_per_s) * _TICK_S
        position, due = 0, 0.0
        metrics_due = time.monotonic() + self.options.metrics_interval_s
        while True:
            await asyncio.sleep(_TICK_S)
            due += per_tick
            while due >= 1:
                everyone[position].ping()
                position = (position + 1) % len(everyone)
                due -= 1
            self.history.turn(time.time())
            if time.monotonic() >= metrics_due:
                metrics_due = time.monotonic() + self.options.metrics_interval_s
                self.publish(MetricsRead(self.metrics()))

    def _on_reading(self, component: Component, reading: Reading) -> None:
        name = component.spec.name
        self.history.add(name, reading)
        self.publish(HealthRead(name, reading.status.value, reading.score))
        self.watch.look(component, reading)
        if reading.latency_ms is not None:
            self.deployments.finish(name, "success")
