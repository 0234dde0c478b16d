"""Tells from the wire alone whether a server keeps JSON-RPC 2.0, OData `$batch` and SSE."""

from typing import Final

__version__: Final = "0.1.0"
