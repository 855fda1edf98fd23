"""Gatewatch: a desktop operator console for platforms behind an API gateway."""

__version__ = "0.1.0"
