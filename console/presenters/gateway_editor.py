"""Changing a gateway that is known: how it is reached, what it is called besides its name, how careful to be."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import QObject, Signal

from console.i18n import tr
from console.model.address import Address
from console.model.capability import Capability
from console.model.errors import AddressError, GatewatchError, ProfileError
from console.model.profile import Profile, services_typed
from console.presenters.display import printable
from console.presenters.login import layer_text
from console.presenters.network_draft import NetworkDraft
from console.presenters.task_scope import TaskScope
from console.services.explain import Explanation, explain

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from console.model.discovery import Proposal
    from console.services.ports import GatewayDirectory

_TEST, _SAVE = "test gateway", "change gateway"
_FITS = 0.3


class GatewayDraft(msgspec.Struct, frozen=True, kw_only=True):
    """The form as it stands."""

    url: str = ""
    label: str = ""
    production: bool = False
    read_only: bool = False
    network: NetworkDraft = NetworkDraft()
    admin_url: str = ""
    services: str = ""
    watch_folder: str = ""

    @classmethod
    def of(cls, profile: Profile) -> GatewayDraft:
        """The draft that changes nothing."""
        return cls(
            url=profile.url,
            label=profile.label,
            production=profile.production,
            read_only=profile.read_only,
            network=NetworkDraft.of(profile.network),
            admin_url=profile.admin_url,
            services=", ".join(profile.services),
            watch_folder=profile.watch_folder,
        )


class GatewayEditorState(msgspec.Struct, frozen=True, kw_only=True):
    """The list and the form.

    Attributes:
        gateways: All of them, in their order.
        current: The one in the form; None while there is none.
        offered: What its platform has.
        draft: What the form holds.
        version: Grows when the form must take the draft: another gateway, or another version of this one.
        moves: Saving ends the sign-in, because the address is another.
        changed: The draft differs from what is kept.
        busy: Testing or saving.
        layers: What the test probed, in words, with whether it held.
        problem: What is wrong.
        note: What was just done.
    """

    gateways: tuple[Profile, ...] = ()
    current: Profile | None = None
    offered: frozenset[Capability] = frozenset()
    draft: GatewayDraft = GatewayDraft()
    version: int = 0
    moves: bool = False
    changed: bool = False
    busy: bool = False
    layers: tuple[tuple[str, bool], ...] = ()
    problem: Explanation | None = None
    note: str = ""


class GatewayEditor(QObject):
    """One form for whichever gateway is chosen. A draft is kept until it is saved or given up."""

    state_changed = Signal(object)  # GatewayEditorState

    def __init__(
        self, directory: GatewayDirectory, on_error: Callable[[str, Exception], None], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._directory = directory
        self._tasks = TaskScope(self, on_error)
        self._drafts: dict[str, GatewayDraft] = {}  # of the others, by name
        self.state = GatewayEditorState()
        self._take(directory.profiles.value)
        self._tasks.start("follow profiles", self._follow)

    async def stop(self) -> None:
        """Cancel what is under way."""
        await self._tasks.close()

    # Intents

    def open(self, name: str) -> None:
        """Put another gateway into the form."""
        found = next((profile for profile in self.state.gateways if profile.name == name), None)
        if found is not None and (self.state.current is None or self.state.current.name != name):
            self._tasks.cancel(_TEST)
            if self.state.current is not None and self.state.changed:
                self._drafts[self.state.current.name] = self.state.draft
            self._show(found, self._drafts.pop(name, None))

    def edit(self, draft: GatewayDraft) -> None:
        """The form was changed."""
        if draft != self.state.draft:
            self._tasks.cancel(_TEST)
            self._set(draft=draft, layers=(), problem=None, note="", busy=self._tasks.running(_SAVE))

    def discard(self) -> None:
        """Back to what is kept."""
        if self.state.current is not None:
            self._show(self.state.current)

    def test(self) -> None:
        """Probe the gateway with what is in the form, layer by layer; nothing is kept."""
        self._tasks.restart(_TEST, self._test)

    def save(self) -> None:
        """Keep what is in the form."""
        if self.state.changed:
            self._tasks.cancel(_TEST)
            self._tasks.start(_SAVE, self._save)

    async def _test(self) -> None:
        draft = self.state.draft
        self._set(busy=True, layers=(), problem=None, note="")
        try:
            options = draft.network.options()
            found = await self._directory.discover(draft.url, options)
        except GatewatchError as exc:
            self._set(busy=False, problem=explained(exc))
            return
        layers = tuple((layer_text(probe), probe.ok) for probe in found.verdict.probes)
        problem = explain(found.problem) if found.problem is not None else None
        self._set(busy=False, layers=layers, problem=problem, note="" if problem else self._verdict(found.proposals))

    def _verdict(self, proposals: Sequence[Proposal]) -> str:
        """In words, what a gateway that can be reached turned out to be."""
        best = max(proposals, key=lambda proposal: proposal.fit)
        current = self.state.current
        if current is not None and best.platform != current.platform and best.fit >= _FITS:
            return tr("It can be reached this way, but looks like {platform}.", platform=printable(best.title))
        return tr("It can be reached this way.")

    async def _save(self) -> None:
        current, draft = self.state.current, self.state.draft
        if current is None:
            return
        self._set(busy=True, problem=None, note="")
        try:
            changed = msgspec.structs.replace(
                current,
                url=draft.url.strip(),
                label=draft.label.strip(),
                production=draft.production,
                read_only=draft.read_only,
                network=draft.network.options(),
                admin_url=draft.admin_url.strip(),
                services=services_typed(draft.services),
                watch_folder=draft.watch_folder.strip(),
            )
            await self._directory.change(changed)
        except GatewatchError as exc:
            self._set(busy=False, problem=explained(exc))
            return
        moved = self.state.moves
        kept = next((one for one in self._directory.profiles.value if one.name == current.name), None)
        if kept is not None:
            self._set(gateways=self._directory.profiles.value)
            self._show(kept, note=tr("Kept. Sign in to it anew.") if moved else tr("Kept."))

    async def _follow(self) -> None:
        async with aclosing(self._directory.profiles.follow()) as changes:
            async for profiles in changes:
                self._take(profiles)

    def _take(self, profiles: tuple[Profile, ...]) -> None:
        """Another list; the form keeps its draft while its gateway is there and unchanged."""
        before = self.state.current
        self._set(gateways=profiles)
        now = next((one for one in profiles if before is not None and one.name == before.name), None)
        if now is None:
            self._show(profiles[0] if profiles else None)
        elif now != before and not self._tasks.running(_SAVE):
            if GatewayDraft.of(now) == GatewayDraft.of(before) if before is not None else False:
                self._set(current=now)  # another user name, say: nothing of it is in the form
            else:
                self._show(now)

    def _show(self, profile: Profile | None, draft: GatewayDraft | None = None, *, note: str = "") -> None:
        kept = GatewayDraft.of(profile) if profile is not None else GatewayDraft()
        self._set(
            current=profile,
            offered=self._directory.offered(profile.platform) if profile is not None else frozenset(),
            draft=draft or kept,
            version=self.state.version + 1,
            busy=False,
            layers=(),
            problem=None,
            note=note,
        )

    def _set(self, **changes: object) -> None:
        state = msgspec.structs.replace(self.state, **changes)
        current, draft = state.current, state.draft
        changed = current is not None and draft != GatewayDraft.of(current)
        moves = current is not None and changed and _moves(current, draft)
        state = msgspec.structs.replace(state, changed=changed, moves=moves)
        if state != self.state:
            self.state = state
            self.state_changed.emit(state)


def explained(error: GatewatchError) -> Explanation:
    """An error of a form whose name field is not the one to blame."""
    said = explain(error)
    return msgspec.structs.replace(said, field="network") if isinstance(error, ProfileError) else said


def _moves(current: Profile, draft: GatewayDraft) -> bool:
    try:
        return Address.parse(draft.url, allow_plain_http=True).text != current.url
    except AddressError:
        return False
