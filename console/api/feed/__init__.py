"""Live feeds that reconnect by themselves, behind `console.api.contract.Feed`."""
