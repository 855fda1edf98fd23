"""The Settings view."""
