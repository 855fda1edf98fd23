"""Payloads of any shape, for hypothesis."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from hypothesis import strategies as st

from console.model.errors import ProtocolViolation

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

_WORDS = (
    "data", "id", "title", "message", "notification", "type", "severity", "created_at", "read", "source", "name",
    "database", "reachable", "memory", "workers_lua_vms", "http_allocated_gc", "lua_shared_dicts", "server",
    "requests", "cpu", "usage", "timestamp", "health", "HEALTHY", "UNHEALTHY",
)  # fmt: skip
_scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.sampled_from(_WORDS)

json_values = st.recursive(
    _scalars,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(_WORDS) | st.text(max_size=12), inner, max_size=5)
    ),
    max_leaves=12,
)


def told(read: Callable[[T], object], payload: T) -> str:
    """That a value came of it, or the field that the violation names; empty when it names none."""
    try:
        read(payload)
    except ProtocolViolation as exc:
        return exc.field
    return "a value"
