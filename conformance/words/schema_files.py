"""The JSON Schemas under `schemas/`, and files of ours held against them."""

from functools import cache
from pathlib import Path
from typing import Any, Final

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError, best_match
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

import conformance
from conformance.errors import InputError
from conformance.words.json_value import Json, is_object, kind_of
from conformance.words.pointer import join_pointer
from conformance.words.schema_error import explain
from conformance.words.schema_predicate import NotCompiledError, Predicate, compile_document
from conformance.words.yaml_file import load_yaml, place

SCHEMAS: Final = Path(conformance.__file__).resolve().parents[1] / "schemas"
SUFFIX: Final = ".schema.json"
# What stands below may be a credential: a message names its type instead.
_SECRET_MEMBER: Final = "headers"


def schema_names() -> list[str]:
    """Return the names of all schemas: `scenario`, `observation/jsonrpc` and others."""
    return sorted(
        path.relative_to(SCHEMAS).as_posix().removesuffix(SUFFIX)
        for path in SCHEMAS.rglob(f"*{SUFFIX}")
    )


@cache
def load_schema(name: str) -> Json:
    """Return one schema by its name.

    Raises:
        InputError: no such file, or no JSON in it.
    """
    return load_yaml(SCHEMAS / f"{name}{SUFFIX}")


@cache
def registry() -> "Registry[Any]":  # Any: what jsonschema asks for
    """Return all schemas by their `$id`; no reference leaves the disk."""
    resources = []
    for name in schema_names():
        schema = load_schema(name)
        assert is_object(schema)
        resource = Resource.from_contents(schema, default_specification=DRAFT202012)
        resources.append((str(schema["$id"]), resource))
    return Registry[Any]().with_resources(resources)


@cache
def validator(name: str) -> Draft202012Validator:
    """Return a validator of one schema by its name.

    Raises:
        InputError: no such file.
    """
    schema = load_schema(name)
    assert is_object(schema)
    return Draft202012Validator(dict(schema), registry=registry())


@cache
def _predicate(name: str) -> Predicate | None:
    schema = load_schema(name)
    assert is_object(schema)
    try:
        return compile_document(schema)
    except NotCompiledError:
        return None


def load_checked(path: Path, schema_name: str) -> Json:
    """Read a YAML or JSON file of ours and hold it against its schema.

    Raises:
        InputError: unreadable, no YAML, or not what the schema says; with `file:line`.
    """
    value = load_yaml(path)
    holds = _predicate(schema_name)
    if holds is not None and holds(value):
        return value
    error = best_match(validator(schema_name).iter_errors(value))
    if error is not None:
        raise as_input_error(error, path)
    return value


def as_input_error(error: ValidationError, path: Path) -> InputError:
    """Return a broken schema rule as an error that names file, line, expected and seen."""
    where = place(path, join_pointer(list(error.absolute_path)))
    expected, seen = explain(error)
    if _SECRET_MEMBER in error.absolute_path:
        seen = kind_of(seen)
    return InputError(where, expected, seen)
