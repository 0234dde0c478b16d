"""Clients of event streams that nobody here wrote, and two recipes: an adapter for each."""
