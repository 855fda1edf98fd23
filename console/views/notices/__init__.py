"""The notifications centre."""
