"""What the HTML pages say of verdicts, and text made harmless: no document, no page, no file."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final

from conformance.reporting.wire_text import readable
from conformance.words.json_value import Json
from conformance.words.verdict import Verdict

Row = Mapping[str, Json]

# What a reader looks for first stands first, here and in every table.
VERDICTS: Final = (
    Verdict.FAIL,
    Verdict.ERROR,
    Verdict.WARN,
    Verdict.PASS,
    Verdict.UNTESTED,
    Verdict.NOT_APPLICABLE,
)
JUDGED: Final = frozenset({Verdict.PASS, Verdict.WARN, Verdict.FAIL})
WORDS: Final = {verdict: verdict.value.replace("-", " ") for verdict in Verdict}
MEANINGS: Final = {
    Verdict.FAIL: "A MUST, a MUST NOT, or what the text needs without a keyword, is broken.",
    Verdict.ERROR: "The request could not be delivered, or the suite itself is at fault.",
    Verdict.WARN: "A SHOULD is broken, or the text leaves it open and this is the worse reading.",
    Verdict.PASS: "Looked at, and kept.",
    Verdict.UNTESTED: "Could not be got at; the reason says what to add to the profile.",
    Verdict.NOT_APPLICABLE: "The target does not offer the feature, and says or shows so.",
}
MOST_CHARACTERS: Final = 2_000
_WEB: Final = re.compile(r"https?://[!-~]+")  # of ASCII alone (RFC 3986), nothing hidden


def visible(value: object, *, most: int = MOST_CHARACTERS) -> str:
    """Return any text with control, direction-turning and broken characters as visible escapes.

    What is longer than `most` bytes of UTF-8 is cut, and says so.
    """
    text = str(value)
    if text.isascii() and text.isprintable() and len(text) <= most:
        return text  # nearly all
    return readable(text.encode("utf-8", "backslashreplace"), most=most)


def web_link(link: str) -> str:
    """Return a link that a page may carry, or an empty text: no `javascript:`, no `urn:`."""
    return link if _WEB.fullmatch(link) else ""


def outcome(verdicts: Iterable[Verdict]) -> Verdict:
    """Return what several checks came to together: fail, error, warn, pass, untested, in turn.

    Of nothing, `NOT_APPLICABLE`.
    """
    found = set(verdicts)
    return next((one for one in VERDICTS if one in found), Verdict.NOT_APPLICABLE)


def tally(verdicts: Iterable[Verdict]) -> dict[Verdict, int]:
    """Return how many there are of each verdict, worst first; those of which there are none, 0."""
    found = Counter(verdicts)
    return {verdict: found[verdict] for verdict in VERDICTS}


def counted(number: int, noun: str) -> str:
    """Return `1 check`, `2 checks`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def instant(text: str) -> str:
    """Return `2026-01-31 09:30:00 UTC` for `2026-01-31T09:30:00Z`."""
    return f"{text[:10]} {text[11:19]} UTC"
