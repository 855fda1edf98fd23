"""What was rolled out: a list, and flags on the time axis of every chart."""

from __future__ import annotations

import enum
from contextlib import aclosing
from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import QObject, Signal

from console.i18n import tr
from console.model.deployment import Deployment, DeploymentState
from console.model.errors import Forbidden
from console.model.freshness import Freshness
from console.presenters.deployments_model import DeploymentsModel, state_text
from console.presenters.display import age_text, exact_time, printable
from console.presenters.pace import paced
from console.presenters.task_scope import TaskScope
from console.services.explain import Explanation, explain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from console.services.ports import GatewaySession

_LIMIT = 120


class Flag(msgspec.Struct, frozen=True, kw_only=True):
    """A deployment on a time axis.

    Attributes:
        at: When it began, in seconds since 1970.
        deployment: What it was.
    """

    at: float
    deployment: Deployment

    @property
    def text(self) -> str:
        """What it was, one line. Made when it is looked at: there may be thousands."""
        return flag_text(self.deployment)

    @property
    def failed(self) -> bool:
        """It failed, or was taken back."""
        return self.deployment.state in (DeploymentState.FAILED, DeploymentState.ROLLED_BACK)


class DeploymentsPhase(enum.StrEnum):
    """The designed faces of the list."""

    LOADING = "loading"
    EMPTY = "empty"
    FORBIDDEN = "forbidden"
    FAILED = "failed"
    LISTED = "listed"


class DeploymentsState(msgspec.Struct, frozen=True, kw_only=True):
    """The list beside its rows.

    Attributes:
        offered: The platform knows of deployments at all.
        phase: Which face.
        count: How many are known.
        age: How old the list is; empty while there is none.
        stale: The list may no longer be the newest.
        explanation: Why the last reading failed; None when it did not.
    """

    offered: bool = False
    phase: DeploymentsPhase = DeploymentsPhase.LOADING
    count: int = 0
    age: str = ""
    stale: bool = False
    explanation: Explanation | None = None


class DeploymentsPresenter(QObject):
    """Follows the deployments of one gateway between `start` and `stop`.

    Attributes:
        rows: The model behind the table.
    """

    state_changed = Signal(object)  # DeploymentsState
    flags_changed = Signal(object)  # tuple[Flag, ...]

    def __init__(
        self,
        session: GatewaySession,
        clock: Callable[[], datetime],
        on_error: Callable[[str, Exception], None],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._clock = clock
        self._tasks = TaskScope(self, on_error)
        self._state = DeploymentsState()
        self._known: tuple[Deployment, ...] = ()
        self.flags: tuple[Flag, ...] = ()
        self.rows = DeploymentsModel(clock, self)

    @property
    def state(self) -> DeploymentsState:
        """What is shown now."""
        return self._state

    def start(self) -> None:
        """Begin to follow."""
        self._tasks.start("deployments", self._follow)

    def pause(self) -> None:
        """Stop following until `start`."""
        self._tasks.cancel("deployments")

    async def stop(self) -> None:
        """Stop for good."""
        await self._tasks.close()

    def tick(self) -> None:
        """Look at the clock: ages, and what became stale."""
        self._take()
        self.rows.tell_changed()

    async def _follow(self) -> None:
        async with aclosing(paced(self._session.telemetry.deployments)) as told:
            async for _told in told:
                self._take()

    def _take(self) -> None:
        told = self._session.telemetry.deployments.value
        if told is None:
            self._show(())
            self._set(DeploymentsState())
            return
        known, error = told.known, told.error
        self._show(known.value if known is not None else ())
        now, lost = self._clock(), self._session.monitor.health.value.source_lost
        self._set(
            DeploymentsState(
                offered=True,
                phase=_phase(bool(self._known), error, loaded=known is not None),
                count=len(self._known),
                age=age_text(known.age_s(now)) if known is not None else "",
                stale=known is not None
                and known.is_stale(
                    now, budget_s=Freshness.METRICS.default_budget_s, source_lost=lost or error is not None
                ),
                explanation=explain(error) if error is not None else None,
            )
        )

    def _show(self, deployments: tuple[Deployment, ...]) -> None:
        if deployments is self._known:
            return
        self._known = deployments
        self.rows.show(deployments)
        self.flags = flags_of(deployments)
        self.flags_changed.emit(self.flags)

    def _set(self, state: DeploymentsState) -> None:
        if state != self._state:
            self._state = state
            self.state_changed.emit(state)


def flags_of(deployments: Iterable[Deployment]) -> tuple[Flag, ...]:
    """Those whose time is known, oldest first."""
    flags = [Flag(at=one.started_at.timestamp(), deployment=one) for one in deployments if one.started_at is not None]
    return tuple(sorted(flags, key=lambda flag: flag.at))


def flag_text(one: Deployment) -> str:
    """Such as `orders 2.14.1 to production, succeeded, 2026-03-14 12:00:00 UTC`."""
    what = " ".join(filter(None, (printable(one.service, _LIMIT), printable(one.version, _LIMIT))))
    if one.environment:
        what = tr("{what} to {environment}", what=what, environment=printable(one.environment, _LIMIT))
    when = exact_time(one.started_at) if one.started_at is not None else ""
    return ", ".join(filter(None, (what, state_text(one).lower(), printable(one.author, _LIMIT), when)))


def _phase(known: bool, error: Exception | None, *, loaded: bool) -> DeploymentsPhase:
    if known:
        return DeploymentsPhase.LISTED
    if isinstance(error, Forbidden):
        return DeploymentsPhase.FORBIDDEN
    if error is not None:
        return DeploymentsPhase.FAILED
    return DeploymentsPhase.EMPTY if loaded else DeploymentsPhase.LOADING
