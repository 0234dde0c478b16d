"""Exit statuses of the command."""

from enum import IntEnum


class Status(IntEnum):
    """Exit statuses (design section 5; the last one is the shell's own for Ctrl-C)."""

    NO_FAIL = 0
    FAIL = 1
    WRONG_USAGE = 2
    UNREACHABLE = 3
    INTERRUPTED = 130
