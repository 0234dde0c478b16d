"""The engine: load, expand, schedule, judge; it yields events and knows drivers by name only."""
