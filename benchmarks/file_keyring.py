"""A keyring in a file: benchmarks run where no desktop's keyring answers, and must not touch the one that does."""

from __future__ import annotations

import json
import os
from pathlib import Path

from keyring.backend import KeyringBackend


class FileKeyring(KeyringBackend):
    """Chosen with `PYTHON_KEYRING_BACKEND`; `BENCHMARK_KEYRING` names the file."""

    priority = 0.1

    def get_password(self, service: str, username: str) -> str | None:
        """See the base class."""
        secret = self._secrets().get(f"{service} {username}")
        return secret if isinstance(secret, str) else None

    def set_password(self, service: str, username: str, password: str) -> None:
        """See the base class."""
        secrets = {**self._secrets(), f"{service} {username}": password}
        self._path().write_text(json.dumps(secrets), encoding="utf-8")

    def _secrets(self) -> dict[str, object]:
        path = self._path()
        return dict(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else {}

    @staticmethod
    def _path() -> Path:
        return Path(os.environ["BENCHMARK_KEYRING"])
