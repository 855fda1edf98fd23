"""The dialects as a platform speaks them; written from the platforms' guides, never from the client."""
