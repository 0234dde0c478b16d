"""Small changes to a module's source, one at a time: what a mutation tester calls mutants.

Knows Python's syntax. Refuses to know what a module is for. Texts for people (strings with a space
in them, f-strings), docstrings, annotations, imports, asserts and decorators are left alone: no
protocol speaks of them.
"""

import ast
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from types import CodeType
from typing import Final, TypeVar

from tests.proof.mutation.fate import name_of, statement_of

_Node = TypeVar("_Node", bound=ast.AST)
_COMPARISONS: Final[dict[type[ast.cmpop], type[ast.cmpop]]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
_ARITHMETIC: Final[dict[type[ast.operator], type[ast.operator]]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Add,
    ast.FloorDiv: ast.Mult,
    ast.Div: ast.Mult,
    ast.Mod: ast.Add,
}
_SHOWN_LETTERS: Final = 60
_LEFT_ALONE: Final = (
    ast.Assert | ast.Import | ast.ImportFrom | ast.JoinedStr | ast.Global | ast.Nonlocal
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """One changed module.

    `place` tells apart what reads the same, as `(2 of 3)`. `first` and `last` are the lines of the
    innermost statement that was changed, without the body of one that has a body. `before` and
    `after` are that statement's text, None after it was left out. `code` is the whole module's.
    """

    module: str
    line: int
    first: int
    last: int
    change: str
    before: str
    after: str
    code: CodeType
    place: str = ""

    @property
    def statement(self) -> str:
        """What the statement is known by."""
        return statement_of(self.module, self.before, self.place)

    @property
    def name(self) -> str:
        """What the mutant is known by."""
        return name_of(self.statement, self.after)


@dataclass(frozen=True, slots=True)
class _Change:
    """A change that can be made to a tree, and undone."""

    node: ast.AST
    what: str
    field: str
    index: int | None
    value: object


def mutants_of(source: str, *, module: str, path: str) -> Iterator[Mutant]:
    """Yield all mutants of a module, in the order of its syntax tree.

    Statements that read the same are told apart by their place.

    Args:
        source: its text.
        module: its dotted name.
        path: the file that its code objects are to name.
    """
    found = [*_mutants_of(source, module=module, path=path)]
    lines: dict[str, list[int]] = {}
    for first, before in sorted({(one.first, one.before) for one in found}):
        lines.setdefault(before, []).append(first)
    for one in found:
        same = lines[one.before]
        at = same.index(one.first) + 1
        yield replace(one, place=f"({at} of {len(same)})") if len(same) > 1 else one


def _mutants_of(source: str, *, module: str, path: str) -> Iterator[Mutant]:
    tree = ast.parse(source)
    whole = compile(tree, path, "exec")
    for change, statement in _changes_of(tree):
        before = _head(statement)
        with _made(change):
            code = compile(tree, path, "exec")
            after = _head(_after(change, statement))
        if code == whole:
            continue
        yield Mutant(
            module=module,
            line=_line(change, statement),
            first=statement.lineno,
            last=_last_line(statement),
            change=change.what,
            before=before,
            after=after,
            code=code,
        )


@contextmanager
def _made(change: _Change) -> Iterator[None]:
    owner: object = change.node
    if change.index is None:
        old = getattr(owner, change.field)
        setattr(owner, change.field, change.value)
        yield
        setattr(owner, change.field, old)
    else:
        values = getattr(owner, change.field)
        old = values[change.index]
        values[change.index] = change.value
        yield
        values[change.index] = old


def _line(change: _Change, statement: ast.stmt) -> int:
    is_whole = isinstance(change.value, ast.stmt)
    return statement.lineno if is_whole else getattr(change.node, "lineno", statement.lineno)


def _after(change: _Change, statement: ast.stmt) -> ast.AST:
    return change.value if isinstance(change.value, ast.stmt) else statement


def _head(statement: ast.AST) -> str:
    """Return a statement's text; of one with a body, its first line."""
    text = ast.unparse(statement)
    is_compound = hasattr(statement, "body")
    return text.partition("\n")[0] if is_compound else text


def _last_line(statement: ast.stmt) -> int:
    body = getattr(statement, "body", None)
    if isinstance(body, list) and body:
        return max(statement.lineno, int(body[0].lineno) - 1)
    return statement.end_lineno or statement.lineno


def _changes_of(tree: ast.Module) -> Iterator[tuple[_Change, ast.stmt]]:
    for statement, owner, field, index in _statements(tree):
        if isinstance(statement, _LEFT_ALONE) or _is_text_alone(statement):
            continue
        for what, value in _instead(statement):
            yield _Change(owner, what, field, index, value), statement
        for change in _within(statement):
            yield change, statement


def _statements(tree: ast.AST) -> Iterator[tuple[ast.stmt, ast.AST, str, int]]:
    """Yield each statement with the place it stands at."""
    for field, value in ast.iter_fields(tree):
        if not isinstance(value, list):
            continue
        for index, one in enumerate(value):
            if isinstance(one, ast.stmt):
                if _is_for_checkers(one):
                    continue
                yield one, tree, field, index
            if isinstance(one, ast.stmt | ast.excepthandler | ast.match_case):
                yield from _statements(one)


def _is_for_checkers(statement: ast.stmt) -> bool:
    match statement:
        case ast.If(test=ast.Name(id="TYPE_CHECKING")):
            return True
        case ast.AnnAssign(annotation=ast.Name(id="TypeAlias")):
            return True
        case _:
            return False


def _is_text_alone(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _instead(statement: ast.stmt) -> Iterator[tuple[str, ast.stmt]]:
    """Yield what may stand in the place of a whole statement."""
    match statement:
        case ast.Expr(value=ast.Call() | ast.Await()) if not _is_log(statement):
            yield f"{_shown(statement)} is left out", _at(statement, ast.Pass())
        case ast.AugAssign() | ast.Raise() | ast.Delete():
            yield f"{_shown(statement)} is left out", _at(statement, ast.Pass())
        case ast.Break():
            yield "break becomes continue", _at(statement, ast.Continue())
        case ast.Continue():
            yield "continue becomes break", _at(statement, ast.Break())
        case _:
            return


def _within(statement: ast.stmt) -> Iterator[_Change]:
    """Yield the changes to the parts of a statement that are no statements."""
    if _is_log(statement):
        return
    yield from _fields(statement)
    for node in _parts(statement):
        yield from _fields(node)


def _parts(node: ast.AST) -> Iterator[ast.AST]:
    """Yield what stands below a node and may be changed, statements excepted."""
    for field, value in ast.iter_fields(node):
        if field in ("annotation", "returns", "decorator_list", "type_params"):
            continue
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, ast.AST) and not isinstance(one, ast.stmt | _LEFT_ALONE):
                if isinstance(one, ast.excepthandler | ast.match_case):
                    # Their bodies are statements, and come by themselves.
                    continue
                yield one
                yield from _parts(one)
    if isinstance(node, ast.Match):
        for case in node.cases:
            for one in (case.pattern, case.guard):
                if one is not None:
                    yield one
                    yield from _parts(one)


def _fields(node: ast.AST) -> Iterator[_Change]:
    match node:
        case ast.Compare() | ast.BoolOp() | ast.UnaryOp() | ast.BinOp() | ast.AugAssign():
            yield from _operators(node)
        case ast.Constant(value=value):
            yield from _constants(node, value)
        case ast.If() | ast.IfExp() | ast.While():
            for truth in (True, False):
                fixed = _at(node.test, ast.Constant(truth))
                yield _Change(node, f"the condition is {truth}", "test", None, fixed)
        case ast.comprehension(ifs=ifs):
            for index, test in enumerate(ifs):
                true = _at(test, ast.Constant(value=True))
                yield _Change(node, "the filter lets all pass", "ifs", index, true)
        case ast.Return(value=value) | ast.Assign(value=value) | ast.AnnAssign(value=value):
            if value is not None and not _is_none(value):
                none = _at(value, ast.Constant(None))
                yield _Change(node, f"{_name(node)}: None", "value", None, none)
        case _:
            return


def _operators(node: ast.AST) -> Iterator[_Change]:
    match node:
        case ast.Compare(ops=operators):
            for index, operator in enumerate(operators):
                if other := _COMPARISONS.get(type(operator)):
                    what = f"{_name(operator)} becomes {other.__name__}"
                    yield _Change(node, what, "ops", index, other())
        case ast.BoolOp(op=operator):
            other_op = ast.Or() if isinstance(operator, ast.And) else ast.And()
            what = f"{_name(operator)} becomes {_name(other_op)}"
            yield _Change(node, what, "op", None, other_op)
        case ast.UnaryOp(op=ast.Not()):
            # Twice not is the value's own truth, wherever only that counts.
            twice = _at(node, ast.UnaryOp(ast.Not(), node.operand))
            yield _Change(node, "not is left out", "operand", None, twice)
        case ast.BinOp(op=operator) | ast.AugAssign(op=operator):
            if other_type := _ARITHMETIC.get(type(operator)):
                what = f"{_name(operator)} becomes {other_type.__name__}"
                yield _Change(node, what, "op", None, other_type())
        case _:
            return


def _constants(node: ast.Constant, value: object) -> Iterator[_Change]:
    match value:
        case bool():
            yield _Change(node, f"{value} becomes {not value}", "value", None, not value)
        case int() | float():
            yield _Change(node, f"{value} becomes {value + 1}", "value", None, value + 1)
        case str() if value and " " not in value:
            yield _Change(node, f"{value!r} becomes other text", "value", None, value + "~")
        case bytes() if value and b" " not in value:
            yield _Change(node, f"{value!r} becomes other bytes", "value", None, value + b"~")
        case _:
            return


def _is_log(statement: ast.stmt) -> bool:
    match statement:
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id="_log")))):
            return True
        case _:
            return False


def _is_none(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _name(node: ast.AST) -> str:
    return type(node).__name__


def _shown(statement: ast.stmt) -> str:
    text = " ".join(ast.unparse(statement).split())
    return text if len(text) <= _SHOWN_LETTERS else f"{text[:_SHOWN_LETTERS]}…"


def _at(old: ast.AST, new: _Node) -> _Node:
    """Return a node with the other's place, and those below it without one of their own."""
    ast.copy_location(new, old)
    return ast.fix_missing_locations(new)
