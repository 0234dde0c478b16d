"""What the tests of the descriptions share: a value held against a schema of a document."""

from collections.abc import Mapping
from typing import Any

from jsonschema import Draft202012Validator


def is_valid(document: Mapping[str, Any], schema: object, value: object) -> bool:
    """Tell whether a value fits a schema, whose references lead into the document."""
    Draft202012Validator.check_schema(schema)  # type: ignore[arg-type] # any JSON is to be looked at
    whole = {"components": document.get("components", {}), "allOf": [schema]}
    valid: bool = Draft202012Validator(whole).is_valid(value)
    return valid


def body_schema(document: Mapping[str, Any], path: str, method: str = "post") -> Any:  # noqa: ANN401 - a schema
    return _json(document["paths"][path][method]["requestBody"])


def answer_schema(document: Mapping[str, Any], path: str, method: str, status: str = "200") -> Any:  # noqa: ANN401 - a schema
    return _json(document["paths"][path][method]["responses"][status])


def _json(place: Mapping[str, Any]) -> Any:  # noqa: ANN401 - a schema
    return place["content"]["application/json"]["schema"]
