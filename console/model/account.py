"""What somebody types to get an account, or back into one."""

from __future__ import annotations

import msgspec


class Registration(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who wants an account. Lives for one call; never stored, never logged.

    Attributes:
        first_name: As typed.
        last_name: As typed.
        email: Where the message to confirm goes.
        password: The one wanted.
        accepts_terms: The platform's terms are accepted.
    """

    first_name: str
    last_name: str
    email: str
    password: str
    accepts_terms: bool = False

    def __repr__(self) -> str:
        """Hide the password: reprs end up in tracebacks."""
        return f"Registration(email={self.email!r}, password=***)"
