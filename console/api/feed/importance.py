"""What stays when a feed brings more than can be taken."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.model.deployment import Deployment
from console.model.health import HealthChange
from console.model.metrics import MetricsReport
from console.model.notice import Notice

if TYPE_CHECKING:
    from collections.abc import Mapping

    from console.model.feed import FeedItem


_IMPORTANCE: Mapping[type, int] = {Notice: 3, Deployment: 2, HealthChange: 1, MetricsReport: 1}


def importance(item: FeedItem) -> int:
    """Higher stays longer: notices are told once, while health and numbers are told again and can be read anew."""
    return _IMPORTANCE.get(type(item), 0)
