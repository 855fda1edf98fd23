"""dafnck: getting an account, confirming its address, and getting back into it."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from console.api.platforms.dafnck import wire
from console.model.capability import Effect, Operation
from console.model.errors import Rejected

if TYPE_CHECKING:
    from collections.abc import Iterator

    from console.api.transport import Transport
    from console.model.account import Registration


def _operation(name: str, path: str, *, authenticated: bool = False) -> Operation:
    return Operation(
        session=True,
        name=f"account.{name}",
        method="POST",
        routes=(path,),
        effect=Effect.WRITE,
        authenticated=authenticated,
    )


REGISTER = _operation("register", "/auth/register")
FORGOT = _operation("forgot", "/auth/forgot-password")
RESET = _operation("reset", "/auth/reset-password")
VERIFY = _operation("verify", "/auth/verify-email")
RESEND = _operation("resend", "/auth/resend-verification")
CHANGE = _operation("change", "/auth/change-password", authenticated=True)


class DafnckAccounts:
    """See `console.api.contract.Accounts`."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def register(self, wanted: Registration) -> None:
        """`POST /auth/register`. The tokens of its answer are left: the address is to be confirmed first."""
        await self._send(REGISTER, wire.registration(wanted))

    async def forgot(self, email: str) -> None:
        """`POST /auth/forgot-password {email}`."""
        await self._send(FORGOT, {"email": email})

    async def reset(self, token: str, password: str) -> None:
        """`POST /auth/reset-password {token, password, confirmPassword}`."""
        await self._send(RESET, {"token": token, "password": password, "confirmPassword": password})

    async def verify(self, token: str) -> None:
        """`POST /auth/verify-email {token}`."""
        await self._send(VERIFY, {"token": token})

    async def resend(self, email: str) -> None:
        """`POST /auth/resend-verification {email}`."""
        await self._send(RESEND, {"email": email})

    async def change_password(self, current: str, password: str) -> None:
        """`POST /auth/change-password {currentPassword, newPassword, confirmPassword}`."""
        body = {"currentPassword": current, "newPassword": password, "confirmPassword": password}
        await self._send(CHANGE, body)

    async def _send(self, operation: Operation, payload: object) -> None:
        with _our_names():
            await self._transport.call(operation, payload=payload)


@contextlib.contextmanager
def _our_names() -> Iterator[None]:
    try:
        yield
    except Rejected as exc:
        exc.fields = wire.fields(exc.fields)
        raise
