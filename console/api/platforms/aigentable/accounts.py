"""aigentable: getting an account, and back into one. It confirms no address and changes no password."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from console.api.platforms.aigentable import wire
from console.model.capability import Effect, Operation
from console.model.errors import NotOffered, Rejected

if TYPE_CHECKING:
    from collections.abc import Iterator

    from console.api.transport import Transport
    from console.model.account import Registration


def _operation(name: str, path: str) -> Operation:
    return Operation(
        session=True,
        name=f"account.{name}",
        method="POST",
        routes=(path,),
        effect=Effect.WRITE,
        timeout_s=10.0,
        authenticated=False,
    )


REGISTER = _operation("register", "/auth/register")
FORGOT = _operation("forgot", "/auth/forgot-password")
RESET = _operation("reset", "/auth/reset-password")


class AigentableAccounts:
    """See `console.api.contract.Accounts`."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def register(self, wanted: Registration) -> None:
        """`POST /auth/register`. The tokens of its answer are left: whoever registered signs in."""
        await self._send(REGISTER, wire.registration(wanted))

    async def forgot(self, email: str) -> None:
        """`POST /auth/forgot-password {email}`."""
        await self._send(FORGOT, {"email": email})

    async def reset(self, token: str, password: str) -> None:
        """`POST /auth/reset-password {token, password}`."""
        await self._send(RESET, {"token": token, "password": password})

    async def verify(self, token: str) -> None:  # noqa: ARG002  (the port's signature)
        """Not here."""
        raise NotOffered("this platform confirms no address")

    async def resend(self, email: str) -> None:  # noqa: ARG002  (the port's signature)
        """Not here."""
        raise NotOffered("this platform confirms no address")

    async def change_password(self, current: str, password: str) -> None:  # noqa: ARG002  (the port's signature)
        """Not here."""
        raise NotOffered("this platform changes no password; ask for a message to choose a new one")

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
