"""Which gateways only changed their name. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from console.model.profile import Profile


def renamed(before: Sequence[Profile], after: Sequence[Profile]) -> Mapping[str, str]:
    """Names that went, each with the one that came for the same gateway; nothing where that is not clear."""
    old, new = {one.name for one in before}, {one.name for one in after}
    went = [one for one in before if one.name not in new]
    came = [one for one in after if one.name not in old]
    found: dict[str, str] = {}
    for one in went:
        fits = [other.name for other in came if other.gateway_id == one.gateway_id]
        rivals = [other.name for other in went if other.gateway_id == one.gateway_id]
        if len(fits) == len(rivals) == 1:
            found[one.name] = fits[0]
    return found
