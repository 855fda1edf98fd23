"""What a screen may ask of a gateway about accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from console.model.account import Registration


class AccountDesk(Protocol):
    """See `console.api.contract.Accounts`, which implements it.

    Every call raises `Rejected` with field errors where something typed is wrong, and any other `GatewayError`.
    """

    async def register(self, wanted: Registration) -> None:
        """Ask for an account."""

    async def forgot(self, email: str) -> None:
        """Ask for a code to choose a new password with."""

    async def reset(self, token: str, password: str) -> None:
        """Choose a new password with that code."""

    async def verify(self, token: str) -> None:
        """Confirm an address."""

    async def resend(self, email: str) -> None:
        """Ask for the code to confirm it again."""

    async def change_password(self, current: str, password: str) -> None:
        """Replace the password of whoever is signed in."""
