"""The documents of a gateway."""
