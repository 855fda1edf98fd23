"""What this process takes of the machine."""

from __future__ import annotations

import sys
from pathlib import Path

_STATM = Path("/proc/self/statm")
_KIBIBYTE = 1024


def resident_bytes() -> int | None:
    """Memory that is in use now; where the system does not say, the most that ever was; None on Windows."""
    if sys.platform == "win32":
        return None
    import resource  # noqa: PLC0415  (there is none on Windows)

    try:
        return int(_STATM.read_text(encoding="ascii").split()[1]) * resource.getpagesize()
    except OSError:
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return most if sys.platform == "darwin" else most * _KIBIBYTE
