"""A read as a value: what to ask and how to understand the answer, for whoever keeps answers."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, TypeVar

from console.model.freshness import Freshness

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from console.model.capability import Operation

T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, kw_only=True)
class Query(Generic[T_co]):
    """One read that a dialect offers.

    Attributes:
        operation: What to ask; its effect is `read`.
        decode: From the body of the answer to the model. Pure; raises ProtocolViolation. Also gets bodies that were
            stored by former versions of the program.
        fields: Values for `{name}` in the route.
        params: Query of the URL.
        freshness: What kind of data it is.
        tags: What the answer speaks of, such as `tenants` or `execution:42`: a write names the tags it touched.
    """

    operation: Operation
    decode: Callable[[object], T_co]
    fields: Mapping[str, str] = field(default_factory=dict)
    params: Mapping[str, str] = field(default_factory=dict)
    freshness: Freshness = Freshness.DIRECTORY
    tags: frozenset[str] = frozenset()

    @property
    def endpoint(self) -> str:
        """The operation's name: one endpoint can be cleared alone."""
        return self.operation.name

    @property
    def key(self) -> str:
        """Equal for equal questions, across restarts; different for different ones."""
        asked = (self.endpoint, dict(self.fields), dict(self.params))
        return json.dumps(asked, sort_keys=True, separators=(",", ":"))


@dataclass(frozen=True, kw_only=True)
class Family(Generic[T_co]):
    """Reads that a list names: the same question for each of its members.

    Attributes:
        members: Which there are, by name.
        each: The question for one of them. Pure.
    """

    members: Query[tuple[str, ...]]
    each: Callable[[str], Query[T_co]]
