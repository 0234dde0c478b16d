"""What the HTML report's script unfolds: places, values and exchanges, each text stored once.

Requests repeat the same head and curl lines repeat requests, so that texts are kept as numbers of
pieces: about half of the size of the texts themselves.
"""

from collections.abc import Mapping, Sequence
from typing import Final, cast

from conformance.reporting.curl import command_for
from conformance.reporting.html_words import Row, visible
from conformance.reporting.wire_text import from_json, readable
from conformance.words.json_value import Json, is_object
from conformance.words.template import to_json_text

# A page shows this much of one message; all of it stands in report.json (to 64 KiB). The larger
# the messages of a run, the less of each is shown, so that a page stays one that can be sent.
SHOWN_BYTES: Final = 6_000
_SHORTER_BYTES: Final = (6_000, 4_000, 2_500, 1_500, 1_000, 700)
_USUAL_BYTES: Final = 400  # a head and a short body, most of which repeat
_LONG_BYTES_A_CHECK: Final = 400  # for what messages have beyond that, all together
_LEAST_LONG_BYTES: Final = 400_000
_SHOWN_TAIL_BYTES: Final = 500
_SHOWN_VALUE_BYTES: Final = 3_000


class Pieces:
    """Different texts, each once."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def take(self, text: str, separator: str) -> list[int]:
        """Return a text as numbers of the pieces that its separators part."""
        numbers = self._numbers
        return [numbers.setdefault(piece, len(numbers)) for piece in text.split(separator)]

    def texts(self) -> list[str]:
        """Return the pieces taken so far, in the order of their numbers."""
        return list(self._numbers)


def script_data(checks: Sequence[Row], exchanges: Sequence[Row]) -> dict[str, Json]:
    """Return `{pieces, exchanges, checks}`, the latter numbered as they stand in the report.

    - an exchange: `{line, sent, came, request, response, curl}`, the sizes in bytes, the texts as
      pieces between spaces, line ends and apostrophes; and `note` where it has one;
    - a check: what it has of `{exchange, others, pointer, step, reason, expected, seen}`,
      `exchange` as a number, `others` as those of the other exchanges of its case.
    """
    pieces = Pieces()
    most = shown_bytes(len(checks), exchanges)
    numbers = {str(exchange["id"]): number for number, exchange in enumerate(exchanges)}
    cases: dict[str, list[int]] = {}
    for name, number in numbers.items():
        cases.setdefault(name.rpartition("#")[0], []).append(number)
    return {
        "exchanges": [_exchange(one, pieces, most) for one in exchanges],
        "checks": [_check(one, numbers, cases) for one in checks],
        "pieces": pieces.texts(),
    }


def shown_bytes(checks: int, exchanges: Sequence[Row]) -> int:
    """Return how much of a message is shown, so that 1,000 checks stay well under 2 MB."""
    texts = {
        str(part.get("text", part.get("base64", "")))
        for exchange in exchanges
        for part in (exchange["request"], exchange["response"])
        if is_object(part)
    }
    lengths = [len(text) - _USUAL_BYTES for text in texts if len(text) > _USUAL_BYTES]
    budget = max(_LEAST_LONG_BYTES, checks * _LONG_BYTES_A_CHECK)
    for most in _SHORTER_BYTES:
        if sum(min(length, most - _USUAL_BYTES) for length in lengths) <= budget:
            return most
    return _SHORTER_BYTES[-1]


def _exchange(exchange: Row, pieces: Pieces, most: int) -> dict[str, Json]:
    request, response = exchange["request"], exchange["response"]
    assert is_object(request)
    assert is_object(response)
    row: dict[str, Json] = {
        "line": pieces.take(_headline(exchange), " "),
        "sent": request["size"],
        "came": response["size"],
        "request": pieces.take(message_text(request, most=most), "\n"),
        "response": pieces.take(message_text(response, most=most), "\n"),
        # Between apostrophes stand header fields and bodies, which the request has as lines.
        "curl": pieces.take(_command(exchange, most=most), "'"),
    }
    if note := exchange.get("note"):
        row["note"] = visible(note)
    return row


def _headline(exchange: Row) -> str:
    took = f"{cast('float', exchange['total_ms']):,.1f} ms"
    return visible(f"{exchange['method']} {exchange['url']}: {exchange['outcome']}, {took}")


def _command(exchange: Row, *, most: int) -> str:
    try:
        command = command_for(exchange)
    except ValueError:  # only in a report that was edited by hand
        return visible(f"# {exchange['url']} is no URL")
    if len(command) > most:
        # Half a command is none.
        said = f"# {len(command)} characters; see the exchange {exchange['id']} in report.json"
        return visible(said)
    return visible(command, most=SHOWN_BYTES)


def message_text(part: Row, *, most: int = SHOWN_BYTES) -> str:
    """Return a request or response as text, its line ends as line feeds, long ones cut."""
    try:
        data = from_json(part)
    except ValueError:  # only in a report that was edited by hand
        return "[no bytes could be read from the report]"
    head, elided = part.get("head"), part.get("elided")
    if isinstance(head, int) and isinstance(elided, int):
        kept, tail = min(head, most), data[head:]
        shown_tail = tail[-min(_SHOWN_TAIL_BYTES, len(tail)) :] if head > most else tail
        left_out = elided + head - kept + len(tail) - len(shown_tail)
        return _joined(data[:kept], left_out, shown_tail)
    if len(data) > most:
        head = most - _SHOWN_TAIL_BYTES
        return _joined(data[:head], len(data) - most, data[-_SHOWN_TAIL_BYTES:])
    return readable(data, most=most)


def _joined(head: bytes, elided: int, tail: bytes) -> str:
    before, after = (readable(piece, most=len(piece)) for piece in (head, tail))
    return f"{before}\n[… {elided:,} bytes are left out here …]\n{after}"


def _check(
    check: Row, numbers: Mapping[str, int], cases: Mapping[str, Sequence[int]]
) -> dict[str, Json]:
    row: dict[str, Json] = {}
    number = numbers.get(str(check.get("exchange")))
    if number is not None:
        row["exchange"] = number
    mine = cases.get(f"{check['scenario']}/{check['case']}", ())
    others = [one for one in mine if one != number]
    if others:
        row["others"] = others
    for name in ("pointer", "step", "reason"):
        if name in check:
            row[name] = visible(check[name])
    for name in ("expected", "seen"):
        if name in check:
            text = to_json_text(check[name], indent=2)
            row[name] = visible(text, most=_SHOWN_VALUE_BYTES)
    return row
