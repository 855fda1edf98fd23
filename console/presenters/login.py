"""Signing in to a gateway, and adding one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import QObject, Signal

from console.i18n import tr
from console.model.blame import Layer, Probe
from console.model.discovery import Discovery, Proposal
from console.model.errors import ChallengeExpired, GatewatchError, MfaRequired, ProfileError, WrongCode
from console.model.identity import Challenge, PasswordCredentials
from console.model.network import NetworkOptions
from console.model.profile import Profile, services_typed
from console.presenters.accounts import AccountPresenter
from console.presenters.browser_sign_in import BrowserSignInPresenter
from console.presenters.network_draft import NetworkDraft
from console.presenters.task_scope import TaskScope
from console.presenters.tenants import TenantPresenter
from console.services.explain import Explanation, explain

if TYPE_CHECKING:
    from collections.abc import Callable

    from console.services.ports import GatewayDirectory

_SIGN_IN, _DISCOVER, _ADD = "sign in", "discover", "add"
NO_CHOICE = NetworkDraft()


class SignInState(msgspec.Struct, frozen=True, kw_only=True):
    """The sign-in form. The password is never part of it.

    Attributes:
        busy: An attempt is under way.
        code_wanted: The password was right; now the gateway wants a second factor.
        methods: Where its code comes from, in the platform's words.
        refused_codes: Counts codes that were not accepted: the form empties the field when it grows.
        problem: Why the last one failed.
        succeeded: Counts attempts that worked: the form empties its password when it grows.
    """

    busy: bool = False
    code_wanted: bool = False
    methods: tuple[str, ...] = ()
    refused_codes: int = 0
    problem: Explanation | None = None
    succeeded: int = 0


class AddState(msgspec.Struct, frozen=True, kw_only=True):
    """The form to add a gateway.

    Attributes:
        busy: Probing, or saving.
        found: What probing found; None before.
        options: How it was reached.
        layers: What was probed, in words, with whether it held.
        problem: What is wrong with the address, the name or the gateway.
        added: Name of the profile just added; empty before.
    """

    busy: bool = False
    found: Discovery | None = None
    options: NetworkOptions = NetworkOptions()
    layers: tuple[tuple[str, bool], ...] = ()
    problem: Explanation | None = None
    added: str = ""

    @property
    def proposals(self) -> tuple[Proposal, ...]:
        """Platforms to choose from, best fit first; none before probing, or when it is no gateway."""
        return self.found.proposals if self.found is not None and self.found.problem is None else ()

    @property
    def name(self) -> str:
        """A name to propose."""
        return self.found.address.host_port if self.found is not None else ""


class LoginPresenter(QObject):
    """Two forms, each single-flight: a double click is one submit."""

    sign_in_changed = Signal(object)  # SignInState
    add_changed = Signal(object)  # AddState
    added = Signal(str)  # name of the profile

    def __init__(
        self, directory: GatewayDirectory, on_error: Callable[[str, Exception], None], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._directory = directory
        self._tasks = TaskScope(self, on_error)
        self.browser = BrowserSignInPresenter(directory, on_error, self)
        self.browser.challenged = lambda profile, challenge: self._challenge(profile, "", challenge)
        self.browser.succeeded = self._succeed
        self._challenged: tuple[str, str, Challenge] | None = None  # profile, user name; never part of a state
        self.accounts = AccountPresenter(directory, on_error, self)
        self.tenants = TenantPresenter(directory, on_error, self)
        self.sign_in_state = SignInState()
        self.add_state = AddState()

    async def stop(self) -> None:
        """Cancel what is under way."""
        await self.browser.stop()
        await self._tasks.close()
        await self.tenants.stop()
        await self.accounts.stop()

    # Signing in

    def sign_in(self, profile: str, username: str, password: str, *, remember: bool = True) -> None:
        """Submit the form."""
        if not username.strip():
            self._set_sign_in(problem=Explanation(headline=tr("Type your e-mail address."), field="username"))
            return
        if not password:
            self._set_sign_in(problem=Explanation(headline=tr("Type your password."), field="password"))
            return
        credentials = PasswordCredentials(username=username.strip(), password=password, remember=remember)
        self._tasks.start(_SIGN_IN, lambda: self._sign_in(profile, credentials))

    def answer(self, code: str) -> None:
        """Submit the code of the second factor. Spaces in it are how apps show it, no part of it."""
        if self._challenged is None:
            return
        code = "".join(code.split())
        if not code:
            self._set_sign_in(problem=Explanation(headline=tr("Type the code."), field="code"))
            return
        profile, username, challenge = self._challenged
        self._tasks.start(_SIGN_IN, lambda: self._answer(profile, username, challenge, code))

    def cancel_sign_in(self) -> None:
        """Give the attempt up; while a code is wanted, the whole sign-in."""
        if not self.sign_in_state.busy:
            self._challenged = None
        self._tasks.cancel(_SIGN_IN)
        self._set_sign_in(busy=False, code_wanted=self._challenged is not None, problem=None)

    def begin_sign_in(self) -> None:
        """Another gateway was chosen: what was wrong with the last one no longer matters."""
        self._tasks.cancel(_SIGN_IN)
        self._challenged = None
        self._set_sign_in(busy=False, code_wanted=False, problem=None)

    async def _sign_in(self, profile: str, credentials: PasswordCredentials) -> None:
        self._set_sign_in(busy=True, problem=None)
        try:
            await self._directory.session(profile).sign_in(credentials)
        except MfaRequired as exc:
            self._challenge(profile, credentials.username, exc.challenge)
        except GatewatchError as exc:
            self._set_sign_in(busy=False, problem=explain(exc))
        else:
            self._succeed()

    def _challenge(self, profile: str, username: str, challenge: Challenge) -> None:
        self._challenged = (profile, username, challenge)
        self._set_sign_in(busy=False, code_wanted=True, methods=challenge.methods, problem=None)

    async def _answer(self, profile: str, username: str, challenge: Challenge, code: str) -> None:
        self._set_sign_in(busy=True, problem=None)
        try:
            await self._directory.session(profile).answer(challenge, code, username=username)
        except ChallengeExpired as exc:
            self._challenged = None
            self._set_sign_in(busy=False, code_wanted=False, problem=explain(exc))
        except GatewatchError as exc:
            refused = self.sign_in_state.refused_codes + isinstance(exc, WrongCode)
            self._set_sign_in(busy=False, refused_codes=refused, problem=explain(exc))
        else:
            self._succeed()

    def _succeed(self) -> None:
        self._challenged = None
        self._set_sign_in(busy=False, code_wanted=False, succeeded=self.sign_in_state.succeeded + 1)

    # Adding a gateway

    def discover(self, typed: str, network: NetworkDraft = NO_CHOICE) -> None:
        """Probe an address in this way; the newest one wins."""
        self._tasks.restart(_DISCOVER, lambda: self._discover(typed, network))

    def begin_add(self) -> None:
        """An empty form."""
        self._tasks.cancel(_DISCOVER)
        self._set_add(AddState())

    def add(
        self,
        *,
        name: str,
        platform: str,
        label: str,
        production: bool,
        read_only: bool,
        admin_url: str = "",
        services: str = "",
    ) -> None:
        """Keep the gateway that was found."""
        found = self.add_state.found
        if found is None:
            return
        profile = Profile(
            name=name,
            url=found.address.text,
            platform=platform,
            label=label.strip(),
            production=production,
            read_only=read_only,
            network=self.add_state.options,
            admin_url=admin_url.strip(),
            services=services_typed(services),
        )
        self._tasks.start(_ADD, lambda: self._add(profile))

    async def _discover(self, typed: str, network: NetworkDraft) -> None:
        self._set_add(AddState(busy=True))
        try:
            options = network.options()
            found = await self._directory.discover(typed, options)
        except GatewatchError as exc:
            said = explain(exc)
            if isinstance(exc, ProfileError):
                said = msgspec.structs.replace(said, field="network")
            self._set_add(AddState(problem=said))
            return
        problem = explain(found.problem) if found.problem is not None else None
        layers = tuple((layer_text(probe), probe.ok) for probe in found.verdict.probes)
        self._set_add(AddState(found=found, options=options, layers=layers, problem=problem))

    async def _add(self, profile: Profile) -> None:
        self._set_add(msgspec.structs.replace(self.add_state, busy=True, problem=None))
        try:
            await self._directory.add(profile)
        except GatewatchError as exc:
            self._set_add(msgspec.structs.replace(self.add_state, busy=False, problem=explain(exc)))
        else:
            self._set_add(AddState(added=profile.name.strip()))
            self.added.emit(profile.name.strip())

    def _set_sign_in(self, **changes: object) -> None:
        self.sign_in_state = msgspec.structs.replace(self.sign_in_state, **changes)
        self.sign_in_changed.emit(self.sign_in_state)

    def _set_add(self, state: AddState) -> None:
        self.add_state = state
        self.add_changed.emit(state)


def layer_text(probe: Probe) -> str:
    """What was probed, and what came of it."""
    match probe.layer:
        case Layer.NETWORK:
            return tr("Network: {detail}", detail=probe.detail)
        case Layer.TLS:
            return tr("Certificate: {detail}", detail=probe.detail)
        case Layer.GATEWAY:
            return tr("Gateway: {detail}", detail=probe.detail)
        case Layer.SIGN_IN:
            return tr("Sign-in: {detail}", detail=probe.detail)
        case Layer.SERVICE:
            return tr("Service: {detail}", detail=probe.detail)
