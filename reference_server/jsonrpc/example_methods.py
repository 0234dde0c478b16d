"""The methods of the specification's section 7, and fixtures that a suite can rely on.

Each of these does one thing a tester needs: echo, fail, take long, have an effect that shows.
Refuses to know the store.

Spec: JSONRPC-7-01 to JSONRPC-7-15
"""

from collections import OrderedDict
from collections.abc import Callable
from decimal import Context, Decimal, Inexact, InvalidOperation, Overflow
from threading import Lock
from typing import Final

from reference_server.json_text import Json, exact_number
from reference_server.jsonrpc.errors import AppCode, RpcError
from reference_server.jsonrpc.methods import Example, Method, Param
from reference_server.jsonrpc.schema_check import Schema

# Longer and a client would give up; shorter and a suite could not tell it from a slow machine.
MAX_SLOW_MS: Final = 5000

# Counters that nobody reads any more are the oldest; a suite uses one a case.
MAX_COUNTERS: Final = 10_000
MAX_COUNTER_NAME_CHARS: Final = 200

# A result is exact or refused. Numbers of more digits take longer than a call should.
_EXACTLY: Final = Context(prec=10_000, traps=[Inexact, InvalidOperation, Overflow])

_NUMBER: Final[Schema] = {"type": "number"}
_NULL: Final[Schema] = {"type": "null"}
_COUNTER: Final = Param(
    name="name",
    schema={"type": "string", "maxLength": MAX_COUNTER_NAME_CHARS},
    required=False,
    default="default",
    summary="Which counter",
)
_VALUES: Final = Param(name="values", schema={}, required=False)


def example_methods(wait: Callable[[float], object]) -> list[Method]:
    """Make the methods; `wait` blocks for so many seconds, or less if the server ends."""
    return [*_section_7_methods(), *_fixtures(), *_slow(wait), *_counters()]


class Counters:
    """Numbers that count up, each under its name; the least recently used go when full."""

    def __init__(self) -> None:
        self._counts: OrderedDict[str, int] = OrderedDict()
        self._lock = Lock()

    def incr(self, name: str) -> int:
        """Add one and return the new number."""
        with self._lock:
            number = self._counts[name] = self._counts.get(name, 0) + 1
            self._counts.move_to_end(name)
            if len(self._counts) > MAX_COUNTERS:
                self._counts.popitem(last=False)
            return number

    def count(self, name: str) -> int:
        """Return the number, 0 when nothing was counted."""
        return self._counts.get(name, 0)


def _total(numbers: list[Decimal]) -> Json:
    total = Decimal(0)
    try:
        for number in numbers:
            total = _EXACTLY.add(total, number)
    except (Inexact, Overflow, InvalidOperation) as error:
        raise RpcError(AppCode.OUT_OF_RANGE, "The result has too many digits") from error
    if total == total.to_integral_value() and total.adjusted() < _EXACTLY.prec:
        return int(total) if total.adjusted() < _PRINTABLE_DIGITS else total
    return exact_number(str(total))


# Python's int writes no more than 4300 digits; a Decimal has no such limit.
_PRINTABLE_DIGITS: Final = 4000


def _exact(number: float | Decimal) -> Decimal:
    return Decimal(repr(number)) if isinstance(number, float) else Decimal(number)


def _subtract(minuend: float | Decimal, subtrahend: float | Decimal) -> Json:
    return _total([_exact(minuend), _exact(subtrahend).copy_negate()])


def _sum(*numbers: float | Decimal) -> Json:
    return _total([_exact(number) for number in numbers])


def _nothing(*_values: Json) -> Json:
    return None


def _section_7_methods() -> list[Method]:
    hello: Json = ["hello", 5]
    methods = [
        Method(
            name="subtract",
            summary="minuend less subtrahend",
            run=_subtract,
            params=(
                Param(name="minuend", schema=_NUMBER),
                Param(name="subtrahend", schema=_NUMBER),
            ),
            result=_NUMBER,
            safe=True,
            examples=(
                Example(name="by position", params=[42, 23], result=19),
                Example(name="by name", params={"subtrahend": 23, "minuend": 42}, result=19),
            ),
        ),
        Method(
            name="sum",
            summary="The sum of all numbers",
            run=_sum,
            params=(Param(name="numbers", schema=_NUMBER, required=False),),
            result=_NUMBER,
            variadic=True,
            safe=True,
            examples=(Example(name="three", params=[1, 2, 4], result=7),),
        ),
        Method(
            name="get_data",
            summary="A constant",
            run=lambda: hello,
            result={"type": "array"},
            safe=True,
            examples=(Example(name="always", params=[], result=hello),),
        ),
    ]
    names = ("update", "notify_sum", "notify_hello")
    return methods + [
        Method(
            name=name,
            summary="Takes anything and returns null",
            run=_nothing,
            params=(_VALUES,),
            result=_NULL,
            variadic=True,
            safe=True,
        )
        for name in names
    ]


def _fail() -> Json:
    raise RuntimeError("this text is for the log and must not reach the caller")


def _fail_app() -> Json:
    raise RpcError(AppCode.REFUSED, "Refused on purpose", {"kind": "example"})


def _echo(value: Json) -> Json:
    return value


def _fixtures() -> list[Method]:
    return [
        Method(
            name="echo",
            summary="Returns its param",
            run=_echo,
            params=(Param(name="value", schema={}),),
            safe=True,
            examples=(
                Example(name="text", params=["Grüße"], result="Grüße"),
                Example(name="object", params={"value": {"a": [1]}}, result={"a": [1]}),
            ),
        ),
        Method(
            name="void",
            summary="Returns null",
            run=_nothing,
            result=_NULL,
            safe=True,
            examples=(Example(name="always", params=[], result=None),),
        ),
        Method(name="fail", summary="Ends in Internal error", run=_fail, safe=True),
        Method(
            name="fail_app",
            summary=f"Ends in the application error {AppCode.REFUSED}",
            run=_fail_app,
            safe=True,
        ),
    ]


def _slow(wait: Callable[[float], object]) -> list[Method]:
    def slow(ms: float) -> Json:
        wait(ms / 1000)
        return ms

    schema: Schema = {"type": "integer", "minimum": 0, "maximum": MAX_SLOW_MS}
    return [
        Method(
            name="slow",
            summary="Takes so many milliseconds, and returns them",
            run=slow,
            params=(Param(name="ms", schema=schema),),
            result={"type": "integer"},
            safe=True,
            blocks=True,
        )
    ]


def _counters() -> list[Method]:
    counters = Counters()
    whole: Schema = {"type": "integer"}
    return [
        Method(
            name="incr",
            summary="Add one to a counter and return it",
            run=counters.incr,
            params=(_COUNTER,),
            result=whole,
        ),
        Method(
            name="count",
            summary="What a counter has counted",
            run=counters.count,
            params=(_COUNTER,),
            result=whole,
            safe=True,
        ),
    ]
