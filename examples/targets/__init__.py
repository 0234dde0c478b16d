"""Real servers from PyPI and npm that nobody here wrote: how to start each, and a profile."""
