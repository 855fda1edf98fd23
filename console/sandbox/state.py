"""What survives a restart of the sandbox: its signing key and its sessions, in one private folder."""

from __future__ import annotations

import json
import os
import secrets
from typing import TYPE_CHECKING

from console.model.errors import SandboxFailed
from console.paths import private_dir

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_KEY_BYTES = 32


class StateFolder:
    """A folder of mode 0700, or nothing at all.

    Raises:
        SandboxFailed: The folder holds something that this program did not write.
    """

    def __init__(self, folder: Path | None) -> None:
        self._file = folder / "sandbox.json" if folder else None
        self.history_file = folder / "history.jsonl" if folder else None
        self.documents_folder = folder / "documents" if folder else None
        self.key = secrets.token_bytes(_KEY_BYTES)
        self.tokens: Mapping[str, object] = {}
        if folder is None or self._file is None:
            return
        private_dir(folder)
        if self._file.exists():
            try:
                kept = json.loads(self._file.read_text(encoding="utf-8"))
                self.key = bytes.fromhex(kept["key"])
                self.tokens = kept["tokens"]
            except (ValueError, KeyError, TypeError) as exc:
                raise SandboxFailed(f"{self._file} is not a sandbox's state") from exc

    def save(self, tokens: Mapping[str, object]) -> None:
        """Write the sessions, in one step: a kill leaves the old file or the new one."""
        if self._file is None:
            return
        fresh = self._file.with_suffix(".new")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as out:
            json.dump({"key": self.key.hex(), "tokens": tokens}, out)
        fresh.replace(self._file)
