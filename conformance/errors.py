"""What can go wrong on our side: a bad input, a refusal to vouch, a target that isn't there.

WirecheckError
├── InputError               a file or option that we were given is wrong; exit status 2
├── RefusedError             what we were asked to vouch for can't be vouched for; exit status 1
└── TargetUnreachableError   no connection to the target could be made; exit status 3

What a target answers is never an error here: it becomes defects and verdicts.
"""

from typing import Final

_SEEN_CHARACTERS: Final = 200  # one line on a terminal, with room for the rest of the message


class WirecheckError(Exception):
    """The root of what a user may meet; its text is one line."""


class InputError(WirecheckError):
    """A file or option that we were given is wrong.

    Args:
        where: `file:line`, `file#/pointer` or the option's name.
        expected: what would have been right.
        seen: what was there instead.
        hint: what to do about it, if anything is known.
    """

    def __init__(self, where: str, expected: str, seen: object, hint: str = "") -> None:
        super().__init__(where, expected, seen, hint)
        self.where = where
        self.expected = expected
        self.seen = seen
        self.hint = hint

    def __str__(self) -> str:
        seen = repr(self.seen)
        if len(seen) > _SEEN_CHARACTERS:
            seen = f"{seen[:_SEEN_CHARACTERS]}…"
        line = f"{self.where}: expected {self.expected}, saw {seen}"
        return f"{line} ({self.hint})" if self.hint else line


class RefusedError(WirecheckError):
    """What we were asked to certify or to verify is not what it would have to be.

    Args:
        what: a file or a class.
        why: what is the matter with it, in one line.
    """

    def __init__(self, what: str, why: str) -> None:
        super().__init__(what, why)
        self.what = what
        self.why = why

    def __str__(self) -> str:
        return f"{self.what}: refused: {self.why}"


class TargetUnreachableError(WirecheckError):
    """No connection to the target could be made.

    Args:
        url: the target's URL, without credentials.
        why: refused, unknown name, TLS …, as one sentence.
    """

    def __init__(self, url: str, why: str) -> None:
        super().__init__(url, why)
        self.url = url
        self.why = why

    def __str__(self) -> str:
        return f"{self.url}: the target can't be reached: {self.why}"
