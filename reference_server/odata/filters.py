"""$filter and $orderby: OData expressions to SQL, by the library odata-query.

Knows where OData's logic differs from SQL's: a comparison is never null, text is compared letter
by letter, instants and decimals by value. Refuses to know where the expression stood.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final

from odata_query import ast
from odata_query.exceptions import ODataException, UnsupportedFunctionException
from odata_query.grammar import ODataLexer, ODataParser
from odata_query.sqlalchemy.core import AstToSqlAlchemyCoreVisitor
from sqlalchemy import (
    ColumnElement,
    Integer,
    Table,
    and_,
    exists,
    false,
    func,
    literal,
    not_,
    select,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from reference_server.model import KEY
from reference_server.odata.errors import Code, ODataError, refused
from reference_server.odata.schema import navigations
from reference_server.odata.separated import separated
from reference_server.tables import TABLES, ExactDecimal, UtcTimestamp

MAX_EXPRESSION_CHARS: Final = 4096
# SQLite takes 1000 levels of an expression, and each connective can be one.
MAX_CONNECTIVES: Final = 100
MAX_ORDER_KEYS: Final = 20

_CONNECTIVE: Final = re.compile(r"\b(?:and|or|not|add|sub|mul|div|mod)\b|\(|-", re.IGNORECASE)
_STRING: Final = re.compile(r"'(?:[^']|'')*'")
_IT: Final = re.compile(r"('(?:[^']|'')*')|\$it/")
_DIRECTION: Final = re.compile(r"(.*?)(?:[ \t]+(asc|desc))?[ \t]*", re.DOTALL)


def filter_of(set_name: str, text: str, option: str = "$filter") -> ColumnElement[bool]:
    """Make a condition on the rows of a set.

    Raises:
        ODataError: 400 for what is no condition on this type, 501 for an unknown function.
    """
    made = _visited(set_name, text, option)
    if not isinstance(made, ColumnElement) or not _is_boolean(made):
        raise refused(400, Code.INVALID_QUERY, "expected a condition, saw a value", option)
    return made


def order_of(set_name: str, text: str) -> list[ColumnElement[Any]]:
    """Make the keys of an ordering; null comes first, and last where the order is descending.

    Raises:
        ODataError: 400.
    """
    keys: list[ColumnElement[Any]] = []
    for part in separated(text, ","):
        found = _DIRECTION.fullmatch(part)
        assert found is not None
        made = _visited(set_name, found[1], "$orderby")
        if not isinstance(made, ColumnElement):
            raise refused(400, Code.INVALID_QUERY, "expected a value to order by", "$orderby")
        keys.append(made.desc().nulls_last() if found[2] == "desc" else made.asc().nulls_first())
    if len(keys) > MAX_ORDER_KEYS:
        raise refused(400, Code.INVALID_QUERY, f"more than {MAX_ORDER_KEYS} keys", "$orderby")
    return keys


def _visited(set_name: str, text: str, option: str) -> Any:  # noqa: ANN401 - as the library has it
    plain = _STRING.sub("''", text)
    connectives = len(_CONNECTIVE.findall(plain))
    if len(text) > MAX_EXPRESSION_CHARS or connectives > MAX_CONNECTIVES:
        raise refused(400, Code.INVALID_QUERY, "the expression is too long", option)
    try:
        return _Visitor(TABLES[set_name], set_name).visit(_parsed(_IT.sub(r"\1", text)))
    except ODataError:
        raise
    except UnsupportedFunctionException as error:
        raise refused(501, Code.NOT_IMPLEMENTED, str(error), option) from error
    except ODataException as error:
        reason = str(error).replace("\n", " ")[:200]
        raise refused(400, Code.INVALID_QUERY, reason, option) from error
    except NotImplementedError as error:
        reason = "this kind of expression is not implemented"
        raise refused(501, Code.NOT_IMPLEMENTED, reason, option) from error
    except (TypeError, ValueError, AttributeError, ArithmeticError, RecursionError) as error:
        # The library meets a literal or a type that it does not expect; so does the peer.
        raise refused(400, Code.INVALID_QUERY, "the expression has no meaning", option) from error


@lru_cache(maxsize=256)
def _parsed(text: str) -> Any:  # noqa: ANN401 - the library's nodes
    # The library's parsers keep state, so each expression has its own.
    return ODataParser().parse(ODataLexer().tokenize(text))


def _is_boolean(made: ColumnElement[Any]) -> bool:
    return made.type.python_type is bool


class _Visitor(AstToSqlAlchemyCoreVisitor):
    """The library's visitor with OData's logic, and with paths over navigation properties."""

    def __init__(self, table: Table, set_name: str, variable: str | None = None) -> None:
        super().__init__(table)  # type: ignore[arg-type] # it wants the class, and uses a table
        self._columns: Any = table.c  # Any: of aliases too
        self._set_name = set_name
        self._variable = variable

    # Any: nodes and clauses of the library, which leaves them untyped.
    def visit_Compare(self, node: ast.Compare) -> Any:  # noqa: ANN401, N802 - its names
        left, right = self.visit(node.left), self.visit(node.right)
        if isinstance(node.comparator, ast.In):
            made = left.in_(right)
            return func.coalesce(made, false(), type_=made.type)
        _refuse_unlike(left, right)
        if isinstance(node.comparator, ast.Eq):
            return left.is_not_distinct_from(right)
        if isinstance(node.comparator, ast.NotEq):
            return left.is_distinct_from(right)
        compare: Callable[[Any, Any], Any] = self.visit(node.comparator)
        made = compare(left, right)
        return func.coalesce(made, false(), type_=made.type)

    def _substr_function(self, field: ast._Node, substr: ast._Node, func: str) -> Any:  # noqa: ANN401
        if not isinstance(substr, ast.String):
            raise refused(501, Code.NOT_IMPLEMENTED, f"{func} takes a text literal")
        # The library takes "%" and "_" for wildcards.
        return getattr(self.visit(field), func)(substr.py_val, autoescape=True)

    def func_indexof(self, first: ast._Node, second: ast._Node) -> Any:  # noqa: ANN401
        return _Position(self.visit(first), self.visit(second)) - 1

    def func_concat(self, *nodes: ast._Node) -> Any:  # noqa: ANN401
        first, second = (self.visit(node) for node in nodes)
        return first.concat(second)

    def func_matchespattern(self, *_nodes: object) -> Any:  # noqa: ANN401 - it never returns
        # SQLite would match by Python's re, and a hostile pattern would never end.
        raise UnsupportedFunctionException("matchesPattern")

    def visit_BinOp(self, node: ast.BinOp) -> Any:  # noqa: ANN401, N802
        left, right = self.visit(node.left), self.visit(node.right)
        if not {_kind(left), _kind(right)} <= {Decimal, None}:
            raise refused(400, Code.INVALID_QUERY, "only numbers can be reckoned with", "$filter")
        reckon: Callable[[Any, Any], Any] = self.visit(node.op)
        return reckon(left, right)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> Any:  # noqa: ANN401, N802
        if isinstance(node.op, ast.Not):
            return not_(self.visit(node.operand))
        if isinstance(node.op, ast.USub):
            return -self.visit(node.operand)
        return super().visit_UnaryOp(node)

    def visit_DateTime(self, node: ast.DateTime) -> Any:  # noqa: ANN401, N802
        try:
            moment: datetime = node.py_val
        except (ValueError, OverflowError) as error:
            raise refused(400, Code.INVALID_QUERY, "no such instant", "$filter") from error
        aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
        return literal(aware.astimezone(UTC), UtcTimestamp())

    def visit_Float(self, node: ast.Float) -> Any:  # noqa: ANN401, N802
        return literal(Decimal(node.val), ExactDecimal())

    def visit_Attribute(self, node: ast.Attribute) -> Any:  # noqa: ANN401, N802
        if not isinstance(node.owner, ast.Identifier):
            raise NotImplementedError
        if node.owner.name == self._variable:
            return self.visit(ast.Identifier(node.attr))
        navigation = navigations(self._set_name).get(node.owner.name)
        if navigation is None or navigation.collection:
            raise refused(400, Code.INVALID_QUERY, f"no path leads over {node.owner.name!r}")
        target = TABLES[navigation.target].alias()
        if node.attr not in target.c:
            raise refused(400, Code.INVALID_QUERY, f"there is no property {node.attr!r}")
        linked = target.c[KEY] == self._columns[navigation.reference]
        return select(target.c[node.attr]).where(linked).scalar_subquery()

    def visit_CollectionLambda(self, node: ast.CollectionLambda) -> Any:  # noqa: ANN401, N802
        owner = node.owner.name if isinstance(node.owner, ast.Identifier) else ""
        navigation = navigations(self._set_name).get(owner)
        if navigation is None or not navigation.collection:
            raise refused(400, Code.INVALID_QUERY, f"{owner!r} is no collection")
        target = TABLES[navigation.target].alias()
        condition = target.c[navigation.reference] == self._columns[KEY]
        if node.lambda_ is None:
            return exists().where(condition)
        inner = _Visitor(target, navigation.target, node.lambda_.identifier.name)  # type: ignore[arg-type]
        wanted = inner.visit(node.lambda_.expression)
        if isinstance(node.operator, ast.All):
            return not_(exists().where(and_(condition, not_(wanted))))
        return exists().where(and_(condition, wanted))

    def visit_Identifier(self, node: ast.Identifier) -> Any:  # noqa: ANN401, N802
        if node.name not in self._columns:
            raise refused(400, Code.INVALID_QUERY, f"there is no property {node.name[:100]!r}")
        return self._columns[node.name]


class _Position(FunctionElement[int]):
    """Where one text stands in another, counted from 1."""

    inherit_cache = True
    type = Integer()


@compiles(_Position)
def _strpos(element: _Position, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401
    return f"strpos({compiler.process(element.clauses, **options)})"


@compiles(_Position, "sqlite")
def _instr(element: _Position, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401
    return f"instr({compiler.process(element.clauses, **options)})"


def _refuse_unlike(left: Any, right: Any) -> None:  # noqa: ANN401 - clauses
    """Refuse to compare text with numbers: databases differ in what they make of it."""
    kinds = {_kind(left), _kind(right)} - {None}
    if len(kinds) > 1:
        raise refused(400, Code.INVALID_QUERY, "values of two types can't be compared", "$filter")


def _kind(clause: Any) -> type | None:  # noqa: ANN401 - a clause
    try:
        found: type = clause.type.python_type
    except NotImplementedError:  # null, or a function whose type is open
        return None
    if found in {type(None), object}:  # null, and what has no type of its own
        return None
    return Decimal if found in {int, float, Decimal} else found
