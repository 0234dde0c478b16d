"""Text of any origin put into GitHub-flavoured Markdown: it shows, and does nothing.

Character references are text to every reader of Markdown, never markup. What looks for names in
the finished page all the same (mentions, issue numbers, addresses) leaves code elements alone.
"""

import re
from collections.abc import Iterable
from typing import Final

from conformance.reporting.plain_line import plain_line

_PUNCTUATION: Final = re.compile(r"[!-/:-@\[-`{-~]")
_PLAIN: Final = frozenset(",;()-%'\"/+=?")  # no markup within a line
_NAMING: Final = re.compile("&#(?:35|64);")  # # and @ begin a reference and a mention
_BREAK: Final = "&#8203;"  # a space without width


def inline(text: str) -> str:
    """Return text that shows as itself within a line or a table's cell."""
    return _NAMING.sub(rf"\g<0>{_BREAK}", _PUNCTUATION.sub(_referenced, plain_line(text)))


def _referenced(found: re.Match[str]) -> str:
    character = found.group()
    if character in _PLAIN:
        return character
    return f"&#{ord(character)};"


def code(text: str) -> str:
    """Return text as a code element, which holds in a table's cell too; nothing if it is empty."""
    line = plain_line(text)
    return f"<code>{_PUNCTUATION.sub(_referenced, line)}</code>" if line else ""


def folded(summary: str, lines: Iterable[str], *, is_open: bool = False) -> list[str]:
    """Return lines under a summary that unfolds them."""
    opened = " open" if is_open else ""
    return [
        f"<details{opened}><summary>{inline(summary)}</summary>",
        "",
        *lines,
        "",
        "</details>",
    ]
