"""What a target offers, found out by harmless probes."""
