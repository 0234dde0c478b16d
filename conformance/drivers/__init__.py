"""Drivers: a step's `send` becomes bytes on a socket, and what came back an observation."""
