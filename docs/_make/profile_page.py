"""The profile reference, off `schemas/profile.schema.json`."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final

from docs._make.markdown import code, page, plain, table

Schema = Mapping[str, Any]
_HEAD: Final = ("member", "type", "what it says")


def profile_page(schema: Schema) -> str:
    """Return the page: a section a member that is an object, a table of all below it."""
    return page(_lines(schema))


def _lines(schema: Schema) -> Iterator[str]:
    yield from ("# Profile reference", "")
    yield "A profile is a YAML file that describes one target. Everything but one URL is optional."
    yield "`wirecheck init URL` writes one to edit. This page is made from"
    yield "`schemas/profile.schema.json`; with this first line, an editor completes names from it:"
    yield ""
    yield from ("```yaml", "# yaml-language-server: $schema=schemas/profile.schema.json", "```", "")
    plain_ones = {name: one for name, one in schema["properties"].items() if not _is_deep(one)}
    yield from ("## Of the target", "")
    yield from table(_HEAD, _rows(plain_ones, prefix="", required=schema.get("required", ())))
    for name, one in schema["properties"].items():
        if _is_deep(one):
            yield from (f"## {name}", "", plain(one.get("description", "")), "")
            members = one["properties"]
            yield from table(_HEAD, _rows(members, prefix="", required=one.get("required", ())))


def _is_deep(schema: Schema) -> bool:
    return "properties" in schema


def _rows(
    members: Mapping[str, Schema], *, prefix: str, required: Collection[str]
) -> Iterator[list[str]]:
    for name, one in members.items():
        told = plain(one.get("description", ""))
        needed = " Required." if name in required else ""
        yield [code(f"{prefix}{name}"), plain(_type(one)), told + needed]
        yield from _below(one, prefix=f"{prefix}{name}.")


def _below(schema: Schema, *, prefix: str) -> Iterator[list[str]]:
    if _is_deep(schema):
        yield from _rows(schema["properties"], prefix=prefix, required=schema.get("required", ()))
    values = schema.get("additionalProperties")
    if isinstance(values, dict) and _is_deep(values):
        yield from _rows(
            values["properties"], prefix=f"{prefix}NAME.", required=values.get("required", ())
        )


def _type(schema: Schema) -> str:
    if "enum" in schema:
        return " or ".join(str(value) for value in schema["enum"])
    found = schema.get("type", "any value")
    told = found if isinstance(found, str) else " or ".join(found)
    if "minimum" in schema:
        told += f", {schema['minimum']} at least"
    if "maximum" in schema:
        told += f", {schema['maximum']} at most"
    return told
