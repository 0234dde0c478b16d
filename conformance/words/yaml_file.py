"""YAML files of ours, read as JSON values with the line of each thing.

Only what JSON has is read: no dates, no `no` for false, no octal or sexagesimal numbers, no name
twice in a mapping. PyYAML by itself keeps the last of two equal names.
"""

import math
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import yaml
from yaml.constructor import ConstructorError

from conformance.errors import InputError
from conformance.words.json_value import Json
from conformance.words.pointer import split_pointer

MAX_FILE_BYTES: Final = 32 * 1024 * 1024


class _DuplicateNameError(yaml.YAMLError):
    def __init__(self, name: object, line: int) -> None:
        super().__init__(name, line)
        self.name = name
        self.line = line


class _JsonLoader(yaml.CSafeLoader):
    """The C loader, with the types of JSON and no more."""


def _not_json(node: yaml.Node, problem: str) -> ConstructorError:
    return ConstructorError(None, None, problem, node.start_mark)


def _construct_mapping(loader: _JsonLoader, node: yaml.Node) -> dict[str, Json]:
    if not isinstance(node, yaml.MappingNode):
        raise _not_json(node, _NOT_ITS_TAG)
    written: set[str] = set()
    for key, _ in node.value:
        name = _name(key)
        if key.tag != _MERGE and name in written:
            raise _DuplicateNameError(name, key.start_mark.line + 1)
        written.add(name)
    loader.flatten_mapping(node)
    return {_name(key): loader.construct_object(value, deep=True) for key, value in node.value}


def _name(key: yaml.Node) -> str:
    if not isinstance(key, yaml.ScalarNode):
        raise _not_json(key, "a name that is no text")
    return str(key.value)


def _construct_sequence(loader: _JsonLoader, node: yaml.Node) -> list[Json]:
    if not isinstance(node, yaml.SequenceNode):
        raise _not_json(node, _NOT_ITS_TAG)
    return [loader.construct_object(item, deep=True) for item in node.value]


def _construct_scalar(_: _JsonLoader, node: yaml.Node) -> Json:
    scalar = _SCALARS[node.tag]
    if not isinstance(node, yaml.ScalarNode) or not scalar.form.fullmatch(node.value):
        raise _not_json(node, _NOT_ITS_TAG)
    try:
        return scalar.read(node.value)
    except ValueError as error:
        raise _not_json(node, "a number that is too large") from error


def _construct_text(_: _JsonLoader, node: yaml.Node) -> str:
    if not isinstance(node, yaml.ScalarNode):
        raise _not_json(node, _NOT_ITS_TAG)
    return str(node.value)


def _refuse_tag(_: _JsonLoader, node: yaml.Node) -> Json:
    raise _not_json(node, f"a value with the tag {node.tag}")


def _finite(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise ValueError(text)
    return value


class _Scalar(NamedTuple):
    """How a scalar of JSON is written without quotes, and what it is then."""

    form: re.Pattern[str]
    starts: str
    read: Callable[[str], Json]


_TAG: Final = "tag:yaml.org,2002:"
_MERGE: Final = f"{_TAG}merge"
_NOT_ITS_TAG: Final = "a value that is not what its tag says"
_INTEGER: Final = re.compile(r"-?(?:0|[1-9][0-9]*)")
_FLOAT: Final = re.compile(rf"{_INTEGER.pattern}(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?")
_SCALARS: Final = {
    f"{_TAG}null": _Scalar(re.compile(r"~|null|"), "~n", lambda _: None),
    f"{_TAG}bool": _Scalar(re.compile(r"true|false"), "tf", lambda text: text == "true"),
    f"{_TAG}int": _Scalar(_INTEGER, "-0123456789", int),
    f"{_TAG}float": _Scalar(_FLOAT, "-0123456789", _finite),
}
_JsonLoader.yaml_implicit_resolvers = {}
_JsonLoader.yaml_constructors = {}
for _tag, _scalar in _SCALARS.items():
    # PyYAML matches from the start only, and knows an empty scalar by the start "".
    _whole = re.compile(f"(?:{_scalar.form.pattern})\\Z")
    _starts = [*_scalar.starts, *([""] if _scalar.form.fullmatch("") else [])]
    _JsonLoader.add_implicit_resolver(_tag, _whole, _starts)
    _JsonLoader.add_constructor(_tag, _construct_scalar)
_JsonLoader.add_implicit_resolver(_MERGE, re.compile(r"<<\Z"), ["<"])
_JsonLoader.add_constructor(f"{_TAG}str", _construct_text)
_JsonLoader.add_constructor(f"{_TAG}seq", _construct_sequence)
_JsonLoader.add_constructor(f"{_TAG}map", _construct_mapping)
_JsonLoader.add_constructor(None, _refuse_tag)


def read_text(path: Path) -> str:
    """Read a file of ours as UTF-8.

    Raises:
        InputError: missing, a folder, unreadable, too large, or not UTF-8.
    """
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise InputError(str(path), f"at most {MAX_FILE_BYTES} bytes", path.stat().st_size)
        return path.read_bytes().decode("utf-8")
    except OSError as error:
        raise InputError(str(path), "a readable file", error.strerror or str(error)) from error
    except UnicodeDecodeError as error:
        raise InputError(str(path), "UTF-8", f"the byte at {error.start}") from error


def load_yaml(path: Path) -> Json:
    """Read a YAML file as one JSON value; of JSON, all but escaped pairs of surrogates is YAML.

    Raises:
        InputError: unreadable, no YAML, a name twice in a mapping, or another YAML type.
    """
    text = read_text(path)
    try:
        return _construct(text)
    except _DuplicateNameError as error:
        where = f"{path}:{error.line}"
        raise InputError(where, "each name once in a mapping", error.name) from error
    except yaml.MarkedYAMLError as error:
        line = f":{error.problem_mark.line + 1}" if error.problem_mark else ""
        problem = error.problem or error.context or "no YAML"
        raise InputError(f"{path}{line}", "YAML", problem) from error
    except yaml.YAMLError as error:
        raise InputError(str(path), "YAML", str(error)) from error


def _construct(text: str) -> Json:
    loader = _JsonLoader(text)
    try:
        value: Json = loader.get_single_data()
    finally:
        loader.dispose()
    return value


def line_of(path: Path, tokens: Sequence[str]) -> int:
    """Return the line where a pointer's tokens lead in a file, or the deepest line on the way."""
    loader = _JsonLoader(read_text(path))
    try:
        node = loader.get_single_node()
    finally:
        loader.dispose()
    line = 1
    for token in [None, *tokens]:
        if token is not None:
            node = _child(node, token)
        if node is None:
            break
        line = node.start_mark.line + 1
    return line


# Any: PyYAML's nodes hold lists of nodes or of pairs of nodes, and its stubs say Any too.
def _child(node: Any, token: str) -> Any:  # noqa: ANN401
    if isinstance(node, yaml.MappingNode):
        return next((value for key, value in node.value if key.value == token), None)
    if isinstance(node, yaml.SequenceNode) and token.isdigit() and int(token) < len(node.value):
        return node.value[int(token)]
    return None


def place(path: Path, pointer: str) -> str:
    """Return `file:line` of a pointer into a file."""
    return f"{path}:{line_of(path, split_pointer(pointer))}"
