"""Our schemas, and files of ours held against them."""

import re
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from conformance.errors import InputError
from conformance.words.json_value import Json, is_array, is_object
from conformance.words.schema_files import (
    SCHEMAS,
    load_checked,
    load_schema,
    registry,
    schema_names,
    validator,
)

BASELINE = """\
format: wirecheck-baseline
version: 1
known:
  - requirement: JSONRPC-5-01
    why: not fixed yet
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "file.yaml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("name", [pytest.param(name, id=name) for name in schema_names()])
def test_each_schema_is_one_and_has_its_id(name: str) -> None:
    schema = load_schema(name)

    assert is_object(schema)
    Draft202012Validator.check_schema(dict(schema))
    assert re.fullmatch(rf"urn:wirecheck:{name.replace('/', '-')}:[0-9]+", str(schema["$id"]))
    assert registry().contents(str(schema["$id"])) == schema


@pytest.mark.parametrize("name", [pytest.param(name, id=name) for name in schema_names()])
def test_each_property_of_a_schema_is_described(name: str) -> None:
    assert list(undescribed(load_schema(name), "")) == []


def undescribed(schema: Json, pointer: str) -> list[str]:
    """Return the pointers of properties without a description, rules under `if` left out."""
    found: list[str] = []
    if is_array(schema):
        for index, item in enumerate(schema):
            found += undescribed(item, f"{pointer}/{index}")
    if is_object(schema):
        properties = schema.get("properties")
        for name, rule in properties.items() if is_object(properties) else ():
            if not (is_object(rule) and ("description" in rule or "$ref" in rule)):
                found.append(f"{pointer}/properties/{name}")
        for member, below in schema.items():
            if member not in ("if", "then", "else", "allOf", "anyOf", "oneOf", "not"):
                found += undescribed(below, f"{pointer}/{member}")
    return found


def test_no_reference_leaves_the_disk() -> None:
    for name in schema_names():
        text = (SCHEMAS / f"{name}.schema.json").read_text(encoding="utf-8")

        references = re.findall(r'"\$ref": *"([^"]*)"', text)

        assert [one for one in references if not one.startswith(("#", "urn:wirecheck:"))] == []


def test_an_unknown_schema_is_named() -> None:
    whole = (
        f"{SCHEMAS / 'nope.schema.json'}: expected a readable file, saw 'No such file or directory'"
    )

    with pytest.raises(InputError, match=f"^{re.escape(whole)}$"):
        load_schema("nope")


def test_a_validator_is_made_once() -> None:
    assert validator("baseline") is validator("baseline")


def test_a_file_that_keeps_its_schema_is_its_value(tmp_path: Path) -> None:
    assert load_checked(write(tmp_path, BASELINE), "baseline") == {
        "format": "wirecheck-baseline",
        "version": 1,
        "known": [{"requirement": "JSONRPC-5-01", "why": "not fixed yet"}],
    }


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        pytest.param("version: 1", "version: 2", ":2: expected 1, saw 2", id="const"),
        pytest.param(
            "JSONRPC-5-01",
            "nope",
            ":4: expected text like ^[A-Z]+(?:-[A-Za-z0-9.()]+)+-[0-9]{2,3}$, saw 'nope'",
            id="pattern",
        ),
        pytest.param(
            "    why: not fixed yet\n",
            "",
            ":4: expected the member 'why', saw ['requirement']",
            id="required",
        ),
        pytest.param(
            "why:",
            "because: x\n    why:",
            ":4: expected only case, expires, link, owner, reason, requirement, scenario, verdict, "
            "why, saw 'because'",
            id="an unknown member",
        ),
        pytest.param(
            "not fixed yet", "''", ":5: expected at least 1 characters, saw ''", id="empty"
        ),
        pytest.param("not fixed yet", "12:30", None, id="a time is text"),
    ],
)
def test_a_file_that_breaks_its_schema_is_refused_with_its_line(
    tmp_path: Path, old: str, new: str, told: str | None
) -> None:
    path = write(tmp_path, BASELINE.replace(old, new))

    if told is None:
        load_checked(path, "baseline")
        return
    with pytest.raises(InputError, match=f"^{re.escape(f'{path}{told}')}$"):
        load_checked(path, "baseline")


@pytest.mark.parametrize(
    ("headers", "told"),
    [
        pytest.param("{Authorization: 12345678}", "expected string, saw 'number'", id="a number"),
        pytest.param("Bearer s3cr3t", "expected object, saw 'string'", id="a text for all"),
        pytest.param("{X: [s3cr3t]}", "expected string, saw 'array'", id="a list"),
    ],
)
def test_a_header_of_the_wrong_type_is_not_shown(tmp_path: Path, headers: str, told: str) -> None:
    path = write(tmp_path, f"jsonrpc:\n  url: http://a/\n  headers: {headers}\n")

    with pytest.raises(InputError, match=f"^{re.escape(f'{path}:3: {told}')}$"):
        load_checked(path, "profile")
