"""All gateways at a glance."""
