"""A process of its own that opens the store in FOLDER with the key in the system's keyring: `FOLDER DEADLINE_S`.

Tells in JSON whether it came open, a fingerprint of the data key, and what an operator would read otherwise.
`lock` in place of a folder locks the keyring's default collection; `there` tells whether a keyring answers.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import sys
import time
from pathlib import Path

import secretstorage

from console.model.errors import StoreError, StoreLocked
from console.services.explain import explain
from console.store.key import Auto, unlock


async def opened(folder: Path, deadline_s: float) -> dict[str, object]:
    started_s = time.monotonic()
    try:
        key = await unlock(folder, Auto(), deadline_s=deadline_s)
    except StoreError as exc:
        needs = exc.needs if isinstance(exc, StoreLocked) else ""
        took_s = time.monotonic() - started_s
        return {"open": False, "needs": needs, "why": str(exc), "said": explain(exc).text, "took_s": took_s}
    return {"open": True, "key": hashlib.sha256(key.secret).hexdigest()}


def lock() -> None:
    secretstorage.get_default_collection(secretstorage.dbus_init()).lock()


if __name__ == "__main__":
    if sys.argv[1] == "lock":
        lock()
    elif sys.argv[1] == "there":
        sys.stdout.write("yes" if secretstorage.check_service_availability(secretstorage.dbus_init()) else "no")
    else:
        sys.stdout.write(json.dumps(asyncio.run(opened(Path(sys.argv[1]), float(sys.argv[2])))))
