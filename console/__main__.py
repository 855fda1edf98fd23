"""`python -m console`, `gatewatch`, and the entry of the frozen program."""

from __future__ import annotations

import sys


def main() -> None:
    """Open the window, or run a command; exits the process."""
    if len(sys.argv) == 1:
        from console.paths import Home  # noqa: PLC0415  (nothing loads before it is needed)
        from console.start import open_window  # noqa: PLC0415  (the window does not wait for the command line)

        sys.exit(open_window(Home.find()))
    from console.cli import gatewatch  # noqa: PLC0415  (see above)

    gatewatch()


if __name__ == "__main__":
    main()
