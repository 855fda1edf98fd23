"""Whether a view can be had on a gateway: shown, hidden, or shown with why not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from console.i18n import tr
from console.presenters.display import printable

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from console.model.capability import Capability
    from console.model.tenancy import Flags, Permissions

_WORD_LIMIT = 80


class Available(msgspec.Struct, frozen=True, tag=True):
    """It can be had, or nobody has said that it can't."""


class Hidden(msgspec.Struct, frozen=True, tag=True):
    """The platform has no such thing: there is nothing to explain."""


class Explained(msgspec.Struct, frozen=True, tag=True):
    """There is such a thing, but not here and now; `text` says why, and who could change it."""

    text: str


Availability = Available | Hidden | Explained


def availability(
    capability: Capability, flags: Flags, permissions: Permissions, offered: AbstractSet[Capability] | None = None
) -> Availability:
    """What to make of a view that needs `capability`.

    Args:
        capability: What the view asks the gateway for.
        flags: As the platform publishes them.
        permissions: Of the signed-in user, with what was refused to them.
        offered: What the platform has at all; None while that is not known.
    """
    if offered is not None and capability not in offered:
        return Hidden()
    if capability in permissions.forbidden:
        return Explained(_forbidden(permissions.forbidden[capability], permissions))
    if (flag := flags.off.get(capability)) is not None:
        said = tr("Switched off on this gateway ({flag}).", flag=printable(flag, _WORD_LIMIT))
        return Explained(said + " " + tr("An administrator of the platform can switch it on."))
    return Available()


def _forbidden(needs: str, permissions: Permissions) -> str:
    said = [tr("Not for your account.")]
    if permissions.roles:
        roles = printable(", ".join(permissions.roles), _WORD_LIMIT)
        said = [tr("Not for your account, which has the roles {roles}.", roles=roles)]
    if needs:
        said.append(tr("It takes {permission}.", permission=printable(needs, _WORD_LIMIT)))
    said.append(tr("An administrator of the platform can allow it."))
    return " ".join(said)
