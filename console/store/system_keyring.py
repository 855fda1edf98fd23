"""The operating system's keyring, which holds one 256-bit key for each store and nothing else."""

from __future__ import annotations

from typing import Protocol

SERVICE = "gatewatch"
LIMIT_CHARS = 1_280  # what Windows' credential vault takes


class KeyringPort(Protocol):
    """A place for one short secret per store.

    Methods block, may hang, and may raise anything: backends are plug-ins.
    """

    def backend(self) -> str:
        """What answers now, such as `keyring.backends.SecretService.Keyring`: to explain a changed one."""

    def read(self, store_id: str) -> str | None:
        """The secret kept for a store; None when there is none."""

    def write(self, store_id: str, secret: str) -> None:
        """Keep a secret for a store, in place of a former one."""


class SystemKeyring:
    """See `KeyringPort`. Loads the keyring package, and with it the backend, when first asked."""

    def backend(self) -> str:
        """See the port."""
        import keyring  # noqa: PLC0415  (30 ms, and on this thread)

        kind = type(keyring.get_keyring())
        return f"{kind.__module__}.{kind.__qualname__}"

    def read(self, store_id: str) -> str | None:
        """See the port."""
        import keyring  # noqa: PLC0415  (30 ms, and on this thread)

        return keyring.get_password(SERVICE, store_id)

    def write(self, store_id: str, secret: str) -> None:
        """See the port."""
        import keyring  # noqa: PLC0415  (30 ms, and on this thread)

        keyring.set_password(SERVICE, store_id, checked_length(secret))


def checked_length(secret: str) -> str:
    """The secret, if every keyring can hold it.

    Raises:
        ValueError: Too long. Refused everywhere, so that it is not found out on Windows alone.
    """
    if len(secret) > LIMIT_CHARS:
        raise ValueError(f"a keyring holds at most {LIMIT_CHARS} characters, not {len(secret)}")
    return secret
