"""Clients of event streams under test: a lab server, the ways to attach a client, and the driver.

Knows sockets and clients. Refuses to know what is right or wrong: that stands in the scenarios.
"""
