"""YAML files of ours, read as JSON values with the line of each thing.

Only what JSON has is read: no dates, no `no` for false, no octal or sexagesimal numbers, no name
twice in a mapping. PyYAML by itself keeps the last of two equal names.
"""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import yaml

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
    """The C loader, with the scalars of JSON and no more."""


_JsonLoader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("null", r"~|null|", ["~", "n", ""]),
    ("bool", r"true|false", ["t", "f"]),
    ("int", r"-?(?:0|[1-9][0-9]*)", list("-0123456789")),
    ("float", r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?", list("-0123456789")),
    ("merge", r"<<", ["<"]),
):
    _JsonLoader.add_implicit_resolver(
        f"tag:yaml.org,2002:{_tag}", re.compile(f"^(?:{_pattern})$"), _first
    )


def _construct_mapping(loader: _JsonLoader, node: yaml.MappingNode) -> dict[str, Json]:
    written = [key.value for key, _ in node.value if key.tag != "tag:yaml.org,2002:merge"]
    if len(set(written)) != len(written):
        name = next(one for one in written if written.count(one) > 1)
        raise _DuplicateNameError(name, node.start_mark.line + 1)
    loader.flatten_mapping(node)
    members: dict[str, Json] = {}
    for key, value in node.value:
        members[str(key.value)] = loader.construct_object(value, deep=True)
    return members


_JsonLoader.add_constructor("tag:yaml.org,2002:map", _construct_mapping)


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
    """Read a YAML (or JSON) file as one JSON value.

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
            return line
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
