"""Signing in, adding a gateway, unlocking the store."""
