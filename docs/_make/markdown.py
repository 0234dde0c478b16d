"""Text of others inside a page: nothing in it becomes mark-up."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

_SPECIAL: Final = re.compile(r"[\\`*_{}\[\]<>#|$~^=&]")
# Before all others the maker of the site, Python-Markdown, shows a backslash as one.
_NEEDS_REFERENCE: Final = frozenset("<|$~^=&")
_LINK: Final = re.compile(r"^https?://")


def plain(text: str) -> str:
    """Return text that is shown as it is, on one line, also in a cell of a table."""
    return _SPECIAL.sub(_escaped, " ".join(text.split()))


def _escaped(found: re.Match[str]) -> str:
    character = found.group()
    return f"&#{ord(character)};" if character in _NEEDS_REFERENCE else f"\\{character}"


def code(text: str) -> str:
    """Return text as inline code, on one line, also in a cell of a table."""
    one_line = " ".join(text.split()).replace("|", "\\|")
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", one_line)), default=0))
    pad = " " if "`" in one_line else ""
    return f"{fence}{pad}{one_line}{pad}{fence}"


def link(text: str, target: str) -> str:
    """Return a link; a target that no browser opens becomes plain text behind the words."""
    return f"[{plain(text)}](<{target}>)" if _LINK.match(target) else f"{plain(text)} ({target})"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Yield the lines of a table; cells are Markdown already."""
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"
    yield ""


def page(lines: Iterable[str]) -> str:
    """Join the lines of a page."""
    return "\n".join(lines).rstrip() + "\n"


def within_site(text: str, path: str) -> str:
    """Return a page's Markdown in which links that leave the folder of the site are none.

    On a page of the repository they work; the site holds `docs/` alone. `path` is the page's own.
    """
    up = "../" * (path.count("/") + 1)
    leaving = re.compile(r"\[([^\]\n]*)\]\(" + re.escape(up) + r"([^)\s#]+)(?:#[^)\s]*)?\)")
    return leaving.sub(lambda found: _told(found[1], found[2]), text)


def _told(words: str, target: str) -> str:
    return words if words.strip("`") == target else f"{words} ({code(target)})"
