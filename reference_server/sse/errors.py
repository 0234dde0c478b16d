"""What the SSE half refuses, a branch of the tree in `reference_server.errors`.

ServerError
├── EventError      a value has no place in an event stream
└── RefusedError    a stream can't be opened: how many there may be is bounded
"""

from reference_server.errors import ServerError


class EventError(ServerError):
    """A value can't be sent; `field` is the one that holds it."""

    def __init__(self, field: str, expected: str, seen: str) -> None:
        super().__init__(field, expected, seen)
        self.field, self.expected, self.seen = field, expected, seen

    def __str__(self) -> str:
        return f"{self.field}: expected {self.expected}, saw {self.seen}"


class RefusedError(ServerError):
    """As many streams as allowed are open; `limit` is the setting that says so."""

    def __init__(self, limit: str, most: int) -> None:
        super().__init__(limit, most)
        self.limit, self.most = limit, most

    def __str__(self) -> str:
        return f"{self.limit}: {self.most} are open"
