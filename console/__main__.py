"""`python -m console`, `gatewatch`, and the entry of the frozen program."""

from __future__ import annotations


def main() -> None:
    """Run the command line; exits the process."""
    from console.cli import gatewatch  # noqa: PLC0415  (nothing loads before it is needed)

    gatewatch()


if __name__ == "__main__":
    main()
