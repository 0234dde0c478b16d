"""Sans-IO observers: bytes in, observations out; bad bytes become defects, never exceptions."""
