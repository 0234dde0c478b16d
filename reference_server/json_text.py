"""Wire bytes to JSON values and back: the only place of the server that does it.

Strict where RFC 8259 lets parsers be lenient, since JSON-RPC asks for a Parse error: UTF-8 only,
no byte order mark, no NaN, no equal names in one object, no lone surrogates. Numbers keep their
value: integers are exact, a fraction is a `Decimal` where a float would change it. Refuses to know
what a message means.
"""

import json
import math
from collections import Counter
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from itertools import accumulate
from typing import Final, Never, TypeAlias

from reference_server.errors import JsonTextError, UnwritableError

Json: TypeAlias = bool | int | float | Decimal | str | list["Json"] | dict[str, "Json"] | None

_STEP: Final = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}
_NO_BRACKETS: Final = bytes(set(range(256)) - set(_STEP))


def read(body: bytes, *, max_depth: int) -> Json:
    """Parse one JSON text; `max_depth` bounds how many brackets may be open at once.

    Integers too long for Python's `int()` (4300 digits) come back as integral `Decimal`.

    Raises:
        JsonTextError: at the first thing that is wrong. Never `RecursionError`, at any depth.

    Spec: JSONRPC-5.1-07, JSONRPC-JSON-07 to JSONRPC-JSON-22
    """
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise JsonTextError("not UTF-8", error.start) from error
    # Counting is cheap, so most texts need no closer look.
    if body.count(b"[") + body.count(b"{") > max_depth and depth_of(body) > max_depth:
        raise JsonTextError(f"nested deeper than {max_depth}", None)
    try:
        value = _parse(_FAST, text)
    except ValueError:  # a number of more digits than int() takes
        value = _parse(_PATIENT, text)
    if "\\ud" in text or "\\uD" in text:
        _refuse_lone_surrogates(value)
    return value


def depth_of(body: bytes) -> int:
    """Tell how deep the brackets of a JSON text nest, without recursion.

    Exact for valid text; for other text never less than what a parser meets before it gives up.
    """
    # Escaped backslashes first: what is left of `\"` then is an escaped quote, and every other
    # piece between quotes lies outside the strings.
    pieces = body.replace(b"\\\\", b"").replace(b'\\"', b"").split(b'"')
    brackets = b"".join(pieces[::2]).translate(None, _NO_BRACKETS)
    return max(accumulate(map(_STEP.__getitem__, brackets)), default=0)


def exact_number(text: str) -> float | Decimal:
    """Read a JSON number: a float if that has the same value when written again, else a Decimal.

    Raises:
        JsonTextError: the exponent is beyond what `Decimal` can hold (about 10^18).

    Spec: JSONRPC-4-28, JSONRPC-JSON-09, JSONRPC-JSON-22
    """
    near = float(text)
    written = repr(near)
    if written == text:
        return near
    try:
        exact = Decimal(text)
    except InvalidOperation as error:
        raise JsonTextError("a number with an exponent out of range", None) from error
    return near if Decimal(written) == exact else exact


def write(value: Json) -> bytes:
    """Write one JSON text: UTF-8, no white space, a Decimal with all of its digits.

    Raises:
        UnwritableError: the value holds what JSON has no text for.

    Spec: JSONRPC-JSON-01, JSONRPC-JSON-03, JSONRPC-JSON-05
    """
    try:
        text = _text_of(value)
    except RecursionError as error:
        raise UnwritableError("a value nested too deep, or within itself") from error
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise UnwritableError("a lone surrogate") from error


def _text_of(value: Json) -> str:
    try:
        return _ENCODER.encode(value)
    except (TypeError, ValueError):  # a Decimal, an integer beyond str(), or no JSON at all
        parts: list[str] = []
        _write_patiently(value, parts.append)
        return "".join(parts)


def _parse(decoder: json.JSONDecoder, text: str) -> Json:
    try:
        value: Json = decoder.decode(text)
    except json.JSONDecodeError as error:
        raise JsonTextError("not JSON", len(text[: error.pos].encode())) from error
    return value


def _object(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    value = dict(pairs)
    if len(value) != len(pairs):
        counts = Counter(name for name, _ in pairs)
        raise JsonTextError(
            f"the member name {_shown(counts.most_common(1)[0][0])} occurs twice", None
        )
    return value


def _shown(name: str, most: int = 40) -> str:
    shown = json.dumps(name)
    return shown if len(shown) <= most else f'{shown[:most]}…"'


def _refuse_constant(name: str) -> Never:
    raise JsonTextError(f"{name} is no JSON number", None)


def _long_integer(text: str) -> int | Decimal:
    try:
        return int(text)
    except ValueError:  # JSON's grammar holds, so it is the length; Decimal has no such limit
        return Decimal(text)


def _refuse_lone_surrogates(value: Json) -> None:
    try:
        _ENCODER_OF_TEXT.encode(value).encode("utf-8")
    except UnicodeEncodeError as error:
        raise JsonTextError("a lone surrogate", None) from error


def _write_patiently(value: object, put: Callable[[str], object]) -> None:
    match value:
        case None | bool() | str():
            put(_ENCODER.encode(value))
        case float() if math.isfinite(value):
            put(repr(value))
        case int():
            put(str(Decimal(value)))  # no limit on digits
        case Decimal() if value.is_finite():
            put(str(value))
        case list() | tuple():
            comma = ""
            put("[")
            for member in value:
                put(comma)
                _write_patiently(member, put)
                comma = ","
            put("]")
        case dict():
            comma = ""
            put("{")
            for name, member in value.items():
                if not isinstance(name, str):
                    raise UnwritableError(f"a member name of type {type(name).__name__}")
                put(f"{comma}{_ENCODER.encode(name)}:")
                _write_patiently(member, put)
                comma = ","
            put("}")
        case _:
            raise UnwritableError(f"a value of type {type(value).__name__}, or no finite number")


def _no_text(value: object) -> object:
    raise TypeError(type(value).__name__)


_FAST: Final = json.JSONDecoder(
    object_pairs_hook=_object, parse_float=exact_number, parse_constant=_refuse_constant
)
_PATIENT: Final = json.JSONDecoder(
    object_pairs_hook=_object,
    parse_float=exact_number,
    parse_int=_long_integer,
    parse_constant=_refuse_constant,
)
_ENCODER: Final = json.JSONEncoder(
    ensure_ascii=False,
    allow_nan=False,
    check_circular=False,
    separators=(",", ":"),
    default=_no_text,
)
_ENCODER_OF_TEXT: Final = json.JSONEncoder(
    ensure_ascii=False, check_circular=False, default=lambda _number: None
)
