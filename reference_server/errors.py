"""The errors of the server, whichever protocol they end up in.

    ServerError
    ├── InputError               an option or setting of the operator is wrong
    ├── JsonTextError            bytes are not acceptable JSON text
    ├── UnwritableError          a value of ours has no JSON text: our bug
    └── StoreError
        ├── UnknownEntityError   no entity type has this name
        ├── InvalidRowError      a row, or a query of rows, does not fit the model
        ├── DuplicateKeyError    a unique property would occur twice
        ├── MissingRowError      the row to change is not there
        ├── StillReferencedError the row to delete is needed by another one
        └── BusyError            another transaction was in the way; it may be tried again

What JSON-RPC adds to it stands in `jsonrpc/errors.py`. Refuses to know any error code of a wire.
"""

import difflib
from collections.abc import Iterable


class ServerError(Exception):
    """Anything that this server raises on purpose."""


class InputError(ServerError):
    """A setting or option that the operator gave is wrong; `str()` is one line."""

    def __init__(self, where: str, expected: str, seen: object, hint: str = "") -> None:
        super().__init__(where, expected, seen, hint)
        self.where, self.expected, self.seen, self.hint = where, expected, seen, hint

    def __str__(self) -> str:
        line = f"{self.where}: expected {self.expected}, saw {self.seen!r}"
        return f"{line} ({self.hint})" if self.hint else line


def nearest(name: str, known: Iterable[str]) -> str:
    """Write the hint of an `InputError`: the known name that was meant; "" if none is near."""
    near = difflib.get_close_matches(name, known, n=1)
    return f"did you mean {near[0]!r}?" if near else ""


class JsonTextError(ServerError):
    """Bytes are not acceptable JSON text; `at` is the offset in bytes, None when not known."""

    def __init__(self, reason: str, at: int | None) -> None:
        super().__init__(reason, at)
        self.reason, self.at = reason, at

    def __str__(self) -> str:
        return self.reason if self.at is None else f"{self.reason} at byte {self.at}"


class UnwritableError(ServerError):
    """A value has no JSON text: NaN, a lone surrogate, a cycle, a type that JSON lacks."""


class StoreError(ServerError):
    """The store refuses an operation; the transaction can go on."""


class UnknownEntityError(StoreError):
    """No entity type of the model is called `name`; `known` are those that are."""

    def __init__(self, name: str, known: tuple[str, ...]) -> None:
        super().__init__(name, known)
        self.name, self.known = name, known

    def __str__(self) -> str:
        return f"expected one of {', '.join(self.known)}, saw {self.name!r}"


class InvalidRowError(StoreError):
    """A row or query does not fit the model; `pointer` leads to the place in what was given."""

    def __init__(self, pointer: str, expected: str, seen: str) -> None:
        super().__init__(pointer, expected, seen)
        self.pointer, self.expected, self.seen = pointer, expected, seen

    def __str__(self) -> str:
        return f"{self.pointer}: expected {self.expected}, saw {self.seen}"


class DuplicateKeyError(StoreError):
    """Another row of `entity` has the same value in the unique property `property_name`."""

    def __init__(self, entity: str, property_name: str) -> None:
        super().__init__(entity, property_name)
        self.entity, self.property_name = entity, property_name

    def __str__(self) -> str:
        return f"another row of {self.entity} has this {self.property_name}"


class MissingRowError(StoreError):
    """`entity` has no row with the key `row_id`."""

    def __init__(self, entity: str, row_id: str) -> None:
        super().__init__(entity, row_id)
        self.entity, self.row_id = entity, row_id

    def __str__(self) -> str:
        return f"{self.entity} has no row {self.row_id!r}"


class StillReferencedError(StoreError):
    """The row `row_id` of `entity` can't go, another row refers to it."""

    def __init__(self, entity: str, row_id: str) -> None:
        super().__init__(entity, row_id)
        self.entity, self.row_id = entity, row_id

    def __str__(self) -> str:
        return f"another row refers to {self.entity} {self.row_id!r}"


class BusyError(StoreError):
    """Another transaction stood in the way for too long, or won; `reason` is the driver's."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return f"another transaction is in the way: {self.reason}"
