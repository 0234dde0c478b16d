"""A target's surfaces opened: endpoint, driver, and what discovery finds there.

Knows drivers and discovery, one module a surface. Refuses to know scenarios and reports.
"""
