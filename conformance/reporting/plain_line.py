"""Text of any origin as one line for a terminal or a page: nothing in it moves or hides."""

from conformance.reporting.wire_text import readable


def plain_line(text: str, *, most: int | None = None) -> str:
    """Return text as one line: what does not show comes out as escapes, blanks are one space.

    Args:
        text: anything, lone surrogates too.
        most: characters to show; the rest is cut off, which `…` says. All, when it is left out.
    """
    data = text.encode("utf-8", "backslashreplace")
    line = " ".join(readable(data, most=len(data)).split())
    return line if most is None or len(line) <= most else f"{line[:most]}…"
