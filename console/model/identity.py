"""Who is signed in, with what."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec


class PasswordCredentials(msgspec.Struct, frozen=True, kw_only=True):
    """What an operator types. Lives for one call; never stored, never logged.

    `remember` is whether the sign-in is kept after the program ends.
    """

    username: str
    password: str
    remember: bool = True

    def __repr__(self) -> str:
        """Hide the password: reprs end up in tracebacks."""
        return f"PasswordCredentials(username={self.username!r}, password=***)"


class Challenge(msgspec.Struct, frozen=True, kw_only=True):
    """A second factor that a gateway wants before it signs somebody in. Lives until it is answered; never stored.

    Attributes:
        token: Names the challenge to the gateway; empty where the platform names the user instead.
        user_id: The user, where the platform names them.
        methods: Where a code comes from, in the platform's words.
    """

    token: str = ""
    user_id: str = ""
    methods: tuple[str, ...] = ()

    def __repr__(self) -> str:
        """Hide the token: whoever has it needs only the code."""
        return f"Challenge(methods={self.methods})"


class Tokens(msgspec.Struct, frozen=True, kw_only=True):
    """What a gateway gave in exchange for credentials. Opaque: never decoded to decide anything.

    Attributes:
        access: Bearer token.
        refresh: Token to renew with, or None when the platform gave none.
        expires_at: When `access` ends, by our clock (UTC); None when the gateway did not say.
        lifetime_s: What the gateway said at the time, to plan the renewal.
        cookies: Cookies the session keeps itself, by name.
    """

    access: str
    refresh: str | None = None
    expires_at: datetime | None = None
    lifetime_s: float | None = None
    cookies: dict[str, str] = {}

    def __repr__(self) -> str:
        """Hide every secret: reprs end up in tracebacks."""
        return f"Tokens(expires_at={self.expires_at}, renewable={self.refresh is not None or bool(self.cookies)})"

    @property
    def renewable(self) -> bool:
        """Whether there is anything to renew with."""
        return self.refresh is not None or bool(self.cookies)

    def ends_within(self, margin: timedelta, now: datetime) -> bool:
        """Whether the access token ends so soon that a request with it may come too late."""
        if self.expires_at is None:
            return False
        if self.lifetime_s is not None:
            margin = min(margin, timedelta(seconds=self.lifetime_s / 4))
        return now > self.expires_at - margin

    def renew_at(self, lead: timedelta) -> datetime | None:
        """When to renew: `lead` before the end, but not before half of a short life has passed."""
        if self.expires_at is None:
            return None
        if self.lifetime_s is not None:
            lead = min(lead, timedelta(seconds=self.lifetime_s / 2))
        return self.expires_at - lead


class User(msgspec.Struct, frozen=True, kw_only=True):
    """The signed-in user, as the platform names them.

    Attributes:
        id: The platform's id, as text.
        name: What to show; falls back to the e-mail or the id.
        email: Empty when the platform does not say.
        roles: In the platform's words.
        username: What they type to sign in, where that is no e-mail; empty when the platform does not say.
        permissions: In the platform's words; None where it names none.
        tenant: Id of the tenant they belong to; empty where the platform does not say.
    """

    id: str
    name: str
    email: str = ""
    roles: tuple[str, ...] = ()
    username: str = ""
    permissions: tuple[str, ...] | None = None
    tenant: str = ""

    @property
    def sign_in_name(self) -> str:
        """What to offer at the next sign-in."""
        return self.email or self.username or self.id

    def answers_to(self, name: str) -> bool:
        """Whether this is the user whom `name` means, typed as anybody would: by e-mail, user name or id."""
        wanted = name.strip().casefold()
        return bool(wanted) and wanted in {self.email.casefold(), self.username.casefold(), self.id.casefold()}


class Tenant(msgspec.Struct, frozen=True, kw_only=True):
    """One of the tenants that a user may act for."""

    id: str
    name: str


class SignedIn(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome of a sign-in: tokens, and the user when the answer named one."""

    tokens: Tokens
    user: User | None = None
