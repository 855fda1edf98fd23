"""Narrowing lists of services by what an operator types and picks."""

from __future__ import annotations

import msgspec

from console.model.health import HealthStatus, ServiceHealth


class ServiceFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Text and status; empty means all.

    Attributes:
        text: Words that must all appear in name, version, host:port or status, in any order and case.
        statuses: Which conditions to show.
    """

    text: str = ""
    statuses: frozenset[HealthStatus] = frozenset()

    def matches(self, service: ServiceHealth) -> bool:
        """Whether a service passes."""
        if self.statuses and service.sample.status not in self.statuses:
            return False
        if not self.text:
            return True
        haystack = (
            f"{service.name} {service.id} {service.version} {service.host}:{service.port} {service.sample.status}"
        ).casefold()
        return all(word in haystack for word in self.text.casefold().split())
