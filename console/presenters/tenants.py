"""Choosing the tenant to act for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import QObject, Signal

from console.model.errors import GatewatchError
from console.model.identity import Tenant
from console.presenters.task_scope import TaskScope
from console.services.explain import Explanation, explain

if TYPE_CHECKING:
    from collections.abc import Callable

    from console.model.tenancy import Standing
    from console.services.ports import GatewayDirectory

_SWITCH = "switch tenant"


class TenantState(msgspec.Struct, frozen=True, kw_only=True):
    """The page to choose a tenant.

    Attributes:
        choices: In the server's order.
        current: Id of the one acted for; empty for none.
        busy: A choice is being tried.
        problem: Why the last one, or the one chosen before, can't be had.
    """

    choices: tuple[Tenant, ...] = ()
    current: str = ""
    busy: bool = False
    problem: Explanation | None = None


class TenantPresenter(QObject):
    """One gateway's tenants; single-flight, so that a double click is one switch."""

    state_changed = Signal(object)  # TenantState

    def __init__(
        self, directory: GatewayDirectory, on_error: Callable[[str, Exception], None], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._directory = directory
        self._tasks = TaskScope(self, on_error)
        self._profile = ""
        self.state = TenantState()

    async def stop(self) -> None:
        """Cancel what is under way."""
        await self._tasks.close()

    def show(self, profile: str, standing: Standing) -> None:
        """The tenants of this gateway, as they stand now."""
        if profile != self._profile:
            self._profile = profile
            self.state = TenantState()
        problem = explain(standing.problem) if standing.problem is not None else None
        self._set(
            choices=standing.choices,
            current=standing.current.id if standing.current is not None else "",
            problem=self.state.problem or problem,
        )

    def choose(self, tenant_id: str) -> None:
        """Act for this one. It goes on when the page is left: half a switch helps nobody."""
        profile = self._profile
        self._tasks.start(f"{_SWITCH} {profile}", lambda: self._switch(profile, tenant_id))

    def leave(self) -> None:
        """The page is gone: what went wrong on it no longer matters."""
        self._set(problem=None)

    async def _switch(self, profile: str, tenant_id: str) -> None:
        self._set(busy=True, problem=None)
        problem = None
        try:
            await self._directory.session(profile).switch_tenant(tenant_id)
        except GatewatchError as exc:
            problem = explain(exc)
        if profile == self._profile:
            self._set(busy=False, problem=problem)

    def _set(self, **changes: object) -> None:
        state = msgspec.structs.replace(self.state, **changes)
        if state != self.state:
            self.state = state
            self.state_changed.emit(state)
