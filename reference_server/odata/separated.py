"""Lists in query options, whose entries may hold their own separators.

Refuses to know what the entries mean.
"""


def separated(text: str, separator: str) -> list[str]:
    """Split a text where the separator stands outside of parentheses and of quoted strings."""
    parts, depth, start, quoted = [], 0, 0, False
    for at, letter in enumerate(text):
        if letter == "'":
            quoted = not quoted
        elif not quoted and letter in "()":
            depth += 1 if letter == "(" else -1
        elif not quoted and letter == separator and depth == 0:
            parts.append(text[start:at].strip(" \t"))
            start = at + 1
    return [*parts, text[start:].strip(" \t")]
