"""The member `if` of a JSON request: a Boolean expression over earlier responses.

Knows `$<id>/$succeeded`, `$<id>` and `$<id>/<path>`, comparisons and connectives (JSON Format
19.1). Refuses to know the store: what is named is in a response, or nowhere.
"""

import operator
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final

from odata_query import ast
from odata_query.exceptions import ODataException
from odata_query.grammar import ODataLexer, ODataParser

from reference_server.json_text import Json
from reference_server.odata.errors import Code, ODataError, refused
from reference_server.odata.references import Resolver

MAX_CHARS: Final = 1024

_REFERENCE: Final = re.compile(
    r"('(?:[^']|'')*')|\$([A-Za-z0-9\-._~]+)(/\$succeeded|(?:/[A-Za-z_@][A-Za-z0-9_.@]*)*)"
)
_COMPARE: Final[Mapping[type, Callable[[Any, Any], bool]]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}


def holds(condition: str, resolver: Resolver) -> bool:
    """Evaluate a condition; a value of a request that failed or is missing is null.

    Raises:
        ODataError: 400, it is no Boolean expression.

    Spec: ODATA-J19.1-17
    """
    if len(condition) > MAX_CHARS:
        raise _meaningless(f"more than {MAX_CHARS} characters")
    values: dict[str, Json] = {}

    def named(found: re.Match[str]) -> str:
        if found[1] is not None:
            return found[0]
        name = f"value{len(values)}"
        values[name] = _value(resolver, found[2], found[3])
        return name

    text = _REFERENCE.sub(named, condition)
    try:
        made = _evaluated(ODataParser().parse(ODataLexer().tokenize(text)), values)
    except (ODataException, TypeError, ValueError, RecursionError) as error:
        raise _meaningless("no expression that can be evaluated") from error
    if not isinstance(made, bool):
        raise _meaningless("no Boolean value")
    return made


def _value(resolver: Resolver, request_id: str, path: str) -> Json:
    if path == "/$succeeded":
        return resolver.succeeded(request_id)
    try:
        return resolver.value(request_id, path)
    except ODataError:
        return None


def _evaluated(node: Any, values: Mapping[str, Json]) -> Any:  # noqa: ANN401 - nodes, and any value
    match node:
        case ast.Identifier() if node.name in values:
            return _comparable(values[node.name])
        case ast.Float():
            return Decimal(node.val)
        case ast.Null() | ast.Integer() | ast.Boolean() | ast.String():
            return node.py_val
        case ast.UnaryOp():
            operand = _evaluated(node.operand, values)
            return not _boolean(operand) if isinstance(node.op, ast.Not) else -operand
        case ast.BoolOp():
            left = _boolean(_evaluated(node.left, values))
            right = _boolean(_evaluated(node.right, values))
            return (left and right) if isinstance(node.op, ast.And) else (left or right)
        case ast.Compare() if type(node.comparator) in _COMPARE:
            return _compared(node, values)
        case _:
            raise ValueError(type(node).__name__)


def _compared(node: ast.Compare, values: Mapping[str, Json]) -> bool:
    left, right = _evaluated(node.left, values), _evaluated(node.right, values)
    equality = isinstance(node.comparator, (ast.Eq, ast.NotEq))
    if not equality and (left is None or right is None):
        return False
    return _COMPARE[type(node.comparator)](left, right)


def _comparable(value: Json) -> Any:  # noqa: ANN401 - whatever JSON had there
    return Decimal(repr(value)) if isinstance(value, float) else value


def _boolean(value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError
    return value


def _meaningless(reason: str) -> ODataError:
    return refused(400, Code.BAD_REQUEST, f"the condition is {reason}", "if")
