"""What a method is: its name, signature, schemas, and the function that carries it out.

Knows how methods are described and found. Refuses to know what any of them does.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from reference_server.json_text import Json
from reference_server.jsonrpc.errors import MethodNotFoundError
from reference_server.jsonrpc.message import Params
from reference_server.jsonrpc.schema_check import Check, Schema, checker


@dataclass(frozen=True, slots=True, kw_only=True)
class Param:
    """One param; `default` is what the function gets when an optional one is left out."""

    name: str
    schema: Schema
    required: bool = True
    default: Json = None
    summary: str = ""
    check: Check = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "check", checker(self.schema))


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A call whose result is always the same."""

    name: str
    params: Params
    result: Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """One method.

    Attributes:
        run: takes the values of `params` in their order; they fit the schemas, so that it can
            trust their types.
        params: in positional order; a variadic method has one, which every value must fit.
        safe: calling it changes nothing.
        blocks: it waits for the store or for time, so that an event loop must not run it.
    """

    name: str
    summary: str
    run: Callable[..., Json]
    params: tuple[Param, ...] = ()
    result: Schema = field(default_factory=dict)
    variadic: bool = False
    safe: bool = False
    blocks: bool = False
    examples: tuple[Example, ...] = ()


def registry(methods: Iterable[Method]) -> dict[str, Method]:
    """Put methods under their names."""
    by_name: dict[str, Method] = {}
    for method in methods:
        assert method.name not in by_name, f"two methods are called {method.name}"
        by_name[method.name] = method
    return by_name


def find_method(known: Mapping[str, Method], name: str) -> Method:
    """Find a method; names are compared exactly.

    Raises:
        MethodNotFoundError: there is none.

    Spec: JSONRPC-4-11 to JSONRPC-4-13, JSONRPC-5.1-09
    """
    try:
        return known[name]
    except KeyError:
        raise MethodNotFoundError from None
