"""Use cases in plain asyncio: no Qt, no sockets of their own."""
