"""Speaking to gateways: transport, dialects, feeds. No Qt, no SQLite."""
