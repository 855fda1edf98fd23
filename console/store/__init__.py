"""What the console keeps on this machine, encrypted: `vault.db` must not be lost, `record.db` holds what was seen."""
