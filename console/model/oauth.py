"""Signing in through a browser: whom a gateway lets vouch for its users, and where the browser is sent."""

from __future__ import annotations

import msgspec


class Provider(msgspec.Struct, frozen=True, kw_only=True):
    """A service that vouches for users of a gateway.

    Attributes:
        id: As in routes and on the command line: letters, digits, `.`, `_` and `-`.
        title: As on screen.
        issuer: What its answers must name as `iss`; empty when the gateway does not say.
    """

    id: str
    title: str
    issuer: str = ""


class Authorization(msgspec.Struct, frozen=True, kw_only=True):
    """One attempt, from its begin until its code is traded. Lives for one use; never stored, never logged.

    Attributes:
        provider: Who is asked.
        redirect_uri: Where the browser is to come back to.
        state: Comes back with the answer: 256 bits that name this attempt and no other.
        verifier: Proves to the token route that who trades the code is who began (RFC 7636).
        url: What the browser is to open; empty before the gateway gave it.
        issuer: What the answer must name as `iss`; empty when unknown.
        returns_here: False when the gateway sends the browser elsewhere: only a pasted code helps then.
    """

    provider: str
    redirect_uri: str
    state: str
    verifier: str
    url: str = ""
    issuer: str = ""
    returns_here: bool = True

    def __repr__(self) -> str:
        """Hide state and verifier: reprs end up in tracebacks."""
        return f"Authorization(provider={self.provider!r}, redirect_uri={self.redirect_uri!r})"


class BrowserSignInReason:
    """Why sign-in in the browser came to nothing."""

    DENIED = "denied"  # the user or the provider said no
    PROVIDER = "provider"  # the provider reports another error, in `code`
    STATE = "state"  # the answer belongs to another attempt, or to none
    ISSUER = "issuer"  # the answer comes from another server than the one that was asked
    MALFORMED = "malformed"  # the answer is none
    REFUSED = "refused"  # the gateway takes the code for none that is good now
    TIMED_OUT = "timed-out"
    SUPERSEDED = "superseded"  # another attempt was begun
    NO_LISTENER = "no-listener"  # this computer lets no port be opened to wait on
    UNSAFE = "unsafe"  # the address to open in the browser is none that should be
