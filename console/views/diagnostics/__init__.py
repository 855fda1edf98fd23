"""The Diagnostics view."""
