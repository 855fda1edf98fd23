"""What the operator did, on record: who signed in where, and what was changed. Never a secret, never what was typed."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

import msgspec

from console.logs import masked
from console.model.errors import StoreError
from console.model.profile import Profile
from console.model.record import Action, RecordEntry, RecordKind
from console.services.unbroken import unbroken

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from console.model.identity import User
    from console.model.record import Detail

_log = logging.getLogger(__name__)

TEXT_LIMIT = 300
UNRECORDED_LIMIT = 1_000
_UNTOLD = frozenset({"username", "read_only", "tenant"})  # filled in by a sign-in, or told apart


class ActionRecord(Protocol):
    """The part of the record that actions need; see `console.store.record.Record`."""

    async def append_entries(self, gateway_id: str, entries: Sequence[RecordEntry]) -> None:
        """Keep entries."""


class ActionLog:
    """Writes what the operator did. An action is never refused because it can't be recorded: it is kept for later."""

    def __init__(self, record: ActionRecord) -> None:
        self._record = record
        self._pending: list[RecordEntry] = []
        self._writing = asyncio.Lock()

    async def note(
        self, gateway_id: str, action: Action, *, subject: str = "", detail: Mapping[str, Detail] | None = None
    ) -> None:
        """Record one action.

        Args:
            gateway_id: Empty for what concerns no single gateway.
            action: What was done.
            subject: What it was done to, such as a profile's name.
            detail: More of it, by name. Secrets do not belong here; what looks like one is masked.
        """
        told = {name: _plain(value) for name, value in (detail or {}).items()}
        words = [action.value, subject, *(f"{name} {value}" for name, value in told.items() if value not in (None, ""))]
        entry = RecordEntry(
            kind=RecordKind.ACTION,
            gateway_id=gateway_id,
            observed_at=datetime.now(UTC),
            ids=(subject,) if subject else (),
            text=plain_text(", ".join(word for word in words if word)),
            detail={"action": action.value, **told},
        )
        self._pending.append(entry)
        del self._pending[:-UNRECORDED_LIMIT]
        await unbroken(self._write())

    async def signed_in(self, profile: Profile, username: str) -> None:
        """Record who signed in."""
        await self.note(profile.gateway_id, Action.SIGN_IN, subject=profile.name, detail={"username": username})

    async def signed_out(self, profile: Profile, user: User | None) -> None:
        """Record who signs out; where that is not known, who signed in last."""
        username = user.name if user is not None else profile.username
        await self.note(profile.gateway_id, Action.SIGN_OUT, subject=profile.name, detail={"username": username})

    async def _write(self) -> None:
        async with self._writing:
            try:
                while self._pending:
                    entry = self._pending[0]
                    await self._record.append_entries(entry.gateway_id, [entry])
                    self._pending.remove(entry)
            except StoreError as exc:
                _log.warning("an action is not recorded yet: %s", exc)


def profile_changes(before: Profile, after: Profile) -> Iterator[tuple[Action, Mapping[str, Detail]]]:
    """What an operator did to a profile, by what it was and is."""
    if before.read_only != after.read_only:
        yield (Action.READ_ONLY_ON if after.read_only else Action.READ_ONLY_OFF), {}
    if before.tenant != after.tenant:
        yield Action.TENANT_SWITCHED, {"from": before.tenant, "to": after.tenant}
    changed = [
        field.name
        for field in msgspec.structs.fields(Profile)
        if field.name not in _UNTOLD and getattr(before, field.name) != getattr(after, field.name)
    ]
    if changed:
        yield Action.PROFILE_CHANGED, {"fields": ", ".join(changed)}


def plain_text(text: str) -> str:
    """Text from elsewhere as the record keeps it: masked, on one line, of a bounded length."""
    shown = masked(text[: 4 * TEXT_LIMIT])
    shown = "".join(char if char.isprintable() else " " for char in shown)
    return shown if len(shown) <= TEXT_LIMIT else shown[: TEXT_LIMIT - 1] + "\N{HORIZONTAL ELLIPSIS}"


def _plain(value: Detail) -> Detail:
    return plain_text(value) if isinstance(value, str) else value
