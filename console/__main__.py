"""`python -m console`, `gatewatch`, and the entry of the frozen program."""

from __future__ import annotations

import io
import sys


def main() -> None:
    """Open the window, or run a command; exits the process."""
    try:
        _run()
    except KeyboardInterrupt:  # before there is anything that would take it
        sys.exit(130)


def _run() -> None:
    if len(sys.argv) == 1:
        from console.paths import Home  # noqa: PLC0415  (nothing loads before it is needed)
        from console.start import open_window  # noqa: PLC0415  (the window does not wait for the command line)

        sys.exit(open_window(Home.find()))
    from console import crash  # noqa: PLC0415  (see above)

    crash.begin()
    from console.cli import gatewatch  # noqa: PLC0415  (see above)

    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a code page lacks most of the world's letters
    gatewatch()


if __name__ == "__main__":
    main()
