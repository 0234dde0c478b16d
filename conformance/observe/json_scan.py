"""A JSON reader that knows where each thing stands, and has no limit of depth.

Slower than the standard library's, and only asked where that one can't vouch for a text. It works
with an explicit stack: a body of 100,000 brackets is a question about the peer, not our crash. Of a
text of many millions of tokens it gives up half-way: that many take minutes.
"""

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from conformance.observe.json_number import exact_integer, exact_number
from conformance.words.json_value import ABSENT, Absent, Json

# A text may break a rule a million times; after so many of a kind no more are kept.
MAX_FINDINGS_OF_A_CODE: Final = 50
# Values and escapes that are read: a second of work or two. A text that keeps the rules is read by
# the standard library whatever its size, and never comes here.
MAX_TOKENS: Final = 500_000
_BLANK: Final = re.compile(r"[ \t\n\r]*")  # RFC 8259 section 2; nothing else is white space
_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_PLAIN: Final = re.compile(r'[^"\\\x00-\x1f]*')
_HEX4: Final = re.compile(r"[0-9a-fA-F]{4}")
_WORD: Final = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*")
_ESCAPES: Final = {
    '"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t",
}  # fmt: skip
_LITERALS: Final[dict[str, Json]] = {"true": True, "false": False, "null": None}
_CUT_OFF: Final = "… deeper than is kept here"
_SHOWN_CHARACTERS: Final = 12
_SURROGATES: Final = range(0xD800, 0xE000)
_HIGH_SURROGATES: Final = range(0xD800, 0xDC00)
_LOW_SURROGATES: Final = range(0xDC00, 0xE000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One broken rule; `index` counts characters from the start of the text."""

    code: str
    index: int
    detail: str


class _BrokenError(Exception):
    """The grammar is broken here; reading can't go on."""

    def __init__(self, code: str, index: int, detail: str) -> None:
        super().__init__(code, index, detail)
        self.finding = Finding(code=code, index=index, detail=detail)


@dataclass(slots=True)
class _Open:
    """An array or object whose end has not come yet; `kept` is None below the kept depth."""

    is_array: bool
    items: list[Json] = field(default_factory=list)
    members: dict[str, Json] = field(default_factory=dict)
    name: str | None = None  # the member whose value comes next


def scan(text: str, *, kept_depth: int) -> tuple[Json | Absent, list[Finding]]:
    """Read one JSON text; return its value, absent when the grammar is broken, and findings.

    Names used twice (the last one is kept) and lone surrogates are findings in a valid text, the
    first `MAX_FINDINGS_OF_A_CODE` of each; findings come in the order in which they were met. A
    text of more than `MAX_TOKENS` is taken for a broken one.
    """
    scanner = _Scanner(text, kept_depth=kept_depth)
    try:
        return scanner.whole(), scanner.findings
    except _BrokenError as broken:
        return ABSENT, [*scanner.findings, broken.finding]


class _Scanner:
    def __init__(self, text: str, *, kept_depth: int) -> None:
        self.text = text
        self.kept_depth = kept_depth
        self.findings: list[Finding] = []
        self._counts: Counter[str] = Counter()
        self._tokens = 0

    def whole(self) -> Json:
        index = self._skip(0)
        if index == len(self.text):
            raise _BrokenError("empty", 0, "expected a JSON text, saw nothing but white space")
        value, index = self._value(index)
        index = self._skip(index)
        if index < len(self.text):
            seen = self._seen(index)
            raise _BrokenError("trailing-text", index, f"expected the end, saw {seen}")
        return value

    def _count_token(self, index: int) -> None:
        self._tokens += 1
        if self._tokens > MAX_TOKENS:
            detail = f"expected at most {MAX_TOKENS} tokens in such a text, saw more"
            raise _BrokenError("too-many-tokens", index, detail)

    def _skip(self, index: int) -> int:
        blank = _BLANK.match(self.text, index)
        assert blank is not None
        return blank.end()

    def _note(self, code: str, index: int, detail: str) -> None:
        self._counts[code] += 1
        if self._counts[code] <= MAX_FINDINGS_OF_A_CODE:
            self.findings.append(Finding(code=code, index=index, detail=detail))

    def _seen(self, index: int) -> str:
        if index >= len(self.text):
            return "the end of the text"
        return repr(self.text[index : index + _SHOWN_CHARACTERS])

    def _value(self, index: int) -> tuple[Json, int]:
        """Read one value, nested ones with a stack of our own."""
        stack: list[_Open] = []
        while True:
            value, index = self._opened_or_scalar(index, stack)
            while value is not ABSENT:
                if not stack:
                    return value, index
                value, index = self._put(value, index, stack)

    def _opened_or_scalar(self, index: int, stack: list[_Open]) -> tuple[Json | Absent, int]:
        """Open what begins here, or read it whole; an empty array or object is read whole."""
        self._count_token(index)
        index = self._skip(index)
        character = self.text[index : index + 1]
        if character == "[":
            stack.append(_Open(is_array=True))
            after = self._skip(index + 1)
            if self.text.startswith("]", after):
                return self._close(stack), after + 1
            return ABSENT, after
        if character == "{":
            stack.append(_Open(is_array=False))
            after = self._skip(index + 1)
            if self.text.startswith("}", after):
                return self._close(stack), after + 1
            return ABSENT, self._name(after, stack[-1])
        return self._scalar(index)

    def _put(self, value: Json, index: int, stack: list[_Open]) -> tuple[Json | Absent, int]:
        """Put a read value into the innermost open thing; return that thing if it ends here."""
        top = stack[-1]
        kept = len(stack) <= self.kept_depth
        if top.is_array:
            top.items.append(value if kept else _CUT_OFF)
        else:
            assert top.name is not None
            top.members[top.name] = value if kept else _CUT_OFF
        index = self._skip(index)
        character = self.text[index : index + 1]
        if character == ("]" if top.is_array else "}"):
            return self._close(stack), index + 1
        if character != ",":
            end = "']'" if top.is_array else "'}'"
            raise _BrokenError("not-json", index, f"expected ',' or {end}, saw {self._seen(index)}")
        after = self._skip(index + 1)
        return ABSENT, after if top.is_array else self._name(after, top)

    def _close(self, stack: list[_Open]) -> Json:
        top = stack.pop()
        return top.items if top.is_array else top.members

    def _name(self, index: int, top: _Open) -> int:
        """Read a member's name and colon; return where its value begins."""
        if not self.text.startswith('"', index):
            seen = self._seen(index)
            raise _BrokenError("not-json", index, f"expected a name in quotes, saw {seen}")
        name, after = self._string(index)
        if name in top.members:
            detail = f"expected unique names, saw {name!r} again (RFC 8259 section 4)"
            self._note("duplicate-name", index, detail)
        top.name = name
        after = self._skip(after)
        if not self.text.startswith(":", after):
            seen = self._seen(after)
            raise _BrokenError("not-json", after, f"expected ':', saw {seen}")
        return after + 1

    def _scalar(self, index: int) -> tuple[Json, int]:
        if self.text.startswith('"', index):
            return self._string(index)
        word = _WORD.match(self.text, index)
        if word and word.group() in _LITERALS:
            return _LITERALS[word.group()], word.end()
        number = _NUMBER.match(self.text, index)
        if number:
            read = exact_number if number.group(1) or number.group(2) else exact_integer
            return read(number.group()), number.end()
        seen = self._seen(index)
        word_or_sign = word.group() if word else self.text[index + 1 : index + 9]
        code = "not-a-number" if word_or_sign in ("NaN", "Infinity") else "not-json"
        raise _BrokenError(code, index, f"expected a value, saw {seen}")

    def _string(self, index: int) -> tuple[str, int]:
        """Read a string in quotes; return it and the index behind the closing quote."""
        start = index
        index += 1
        pieces: list[str] = []
        while True:
            plain = _PLAIN.match(self.text, index)
            assert plain is not None
            pieces.append(plain.group())
            index = plain.end()
            character = self.text[index : index + 1]
            if character == '"':
                return "".join(pieces), index + 1
            if character != "\\":
                seen = self._seen(index)
                detail = f"expected '\"' or an escape, saw {seen}"
                raise _BrokenError("not-json", index if character else start, detail)
            piece, index = self._escape(index)
            pieces.append(piece)

    def _escape(self, index: int) -> tuple[str, int]:
        self._count_token(index)
        letter = self.text[index + 1 : index + 2]
        if letter in _ESCAPES:
            return _ESCAPES[letter], index + 2
        unit = self._unit(index)
        if unit is None:
            seen = self._seen(index)
            raise _BrokenError("not-json", index, f"expected a legal escape, saw {seen}")
        if unit not in _SURROGATES:
            return chr(unit), index + 6
        low = self._unit(index + 6)
        if unit in _HIGH_SURROGATES and low is not None and low in _LOW_SURROGATES:
            pair = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00)
            return chr(pair), index + 12
        detail = f"expected a pair, saw the lone surrogate U+{unit:04X} (RFC 8259 section 8.2)"
        self._note("lone-surrogate", index, detail)
        return "\N{REPLACEMENT CHARACTER}", index + 6

    def _unit(self, index: int) -> int | None:
        if not self.text.startswith("\\u", index):
            return None
        digits = _HEX4.match(self.text, index + 2)
        return int(digits.group(), 16) if digits else None
