"""What can be wrong with a scenario without sending anything.

The loader sees what a schema can say; this sees the rest: ids that no catalogue has, pointers that
no observation has, templates that lead nowhere, reliance on scenarios that are not there.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError

from conformance.engine.case_run import fresh_values
from conformance.engine.plan import with_driver
from conformance.engine.scenario import Case, Scenario, Step, cases_of
from conformance.errors import InputError
from conformance.words.catalogue import Catalogue
from conformance.words.json_value import ABSENT, Json, is_array, is_object
from conformance.words.pointer import resolve, split_pointer
from conformance.words.schema_files import load_schema
from conformance.words.template import has_template, templates_in
from conformance.words.yaml_file import place

_FULL_CALL: Final[dict[str, Json]] = {"method": "m", "params": [1, 2], "result": 0}
# A profile that has everything: what a template may lead to is what its document has.
FULL_PROFILE: Final[dict[str, Json]] = {
    "jsonrpc": {
        "url": "http://127.0.0.1/rpc",
        **dict.fromkeys(
            ("ok", "no_params", "positional", "invalid_params", "failing", "slow", "void"),
            _FULL_CALL,
        ),
        "application_error": _FULL_CALL,
        "named": {"method": "m", "params": {"a": 1, "b": 2}, "result": 0},
        "echo": {"method": "m"},
        "effect": {"change": {"method": "m"}, "read": {"method": "m"}},
        "methods": ["m"],
        "get": {"query": "method=m"},
        "cors_origin": "http://example.test",
        "max_body_bytes": 1,
        "examples": True,
    },
    "objectql": {
        "chaining": True,
        "sessions": True,
        "session_timeout_ms": 1000,
        "object": {"name": "n", "data": {}},
        "progress": True,
        "changesets": True,
    },
    "sse": {
        "url": "http://127.0.0.1/events",
        "trigger": {"json": ["{payload}", "{name}", "{id}", "{count}"]},
        "refused": "/refused",
        "max_streams": 1,
        "idle_s": 1,
        "heartbeat_ms": 1,
        "interval_ms": 1,
        "cors_origin": "http://example.test",
    },
    "odata": {
        "url": "http://127.0.0.1/odata",
        "version": "4.01",
        "advertised": {
            "references-in-bodies": True,
            "references-across": True,
            "etag-references": True,
        },
        "read": {
            "any": "S",
            "missing": "M",
            "set": "S",
            "list": "S?$top=2",
            "entity": "S(1)",
            "missing_entity": "S(2)",
            "escaped_entity": "S(%31)",
            "value": "S(1)/P/$value",
            "property": "P",
            "binary": "S(1)/B/$value",
            "function": "F()",
        },
        "write": {
            "set": "S",
            "valid": {},
            "changed": {},
            "invalid": [{"body": {}}],
            "unique": "U",
            "text": "T",
        },
        "navigation": {"parent": "S", "child": "T", "bind": "N", "children": "C"},
    },
}
# Members of a target document that need no capability, and those named otherwise than theirs.
_FREE: Final = frozenset({"url", "path", "host", "version", "advertised"})
_FREE_READS: Final = frozenset({"any", "missing"})  # every service has them
_NAMED_OTHERWISE: Final = {
    "jsonrpc.cors_origin": "jsonrpc.cors",
    "jsonrpc.max_body_bytes": "jsonrpc.max-body",
    "jsonrpc.half_body_bytes": "jsonrpc.max-body",
    "odata.read.set": "odata.read",
    "odata.read.list": "odata.read",
    "odata.read.missing_entity": "odata.entity",
    "odata.read.escaped_entity": "odata.entity",
    "odata.read.property": "odata.value",
    "objectql.half_timeout_ms": "objectql.session_timeout_ms",
    "sse.side_by_side": "sse",
    "sse.cors_origin": "sse.cors",
    "sse.max_streams": "sse.max-streams",
    "sse.idle_ms": "sse.idle",
    "sse.longest_silence_ms": "sse.idle",
    **dict.fromkeys(
        ("sse.scheduled", "sse.schedule_ms", "sse.interval_late_ms", "sse.interval_early_ms"),
        "sse.schedule",
    ),
}
# What changes data of an OData service; a set that is not there holds none.
_WRITING_VERBS: Final = frozenset(
    {"create", "invalid", "clash", "update", "update_again", "replace", "delete"}
)
_SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_NOWHERE: Final = "${target/odata/read/missing}"
_ITEM: Final = "item"
_CLIENT: Final = "sse.client"  # the capability of whoever has a client under test
_SURFACE_AND_MEMBER: Final = 2  # `${target/jsonrpc/ok…}`: less than both is no value of a profile


def lint(
    scenarios: Iterable[Scenario],
    *,
    catalogue: Catalogue,
    schemas: Mapping[str, str],
    document: Mapping[str, Json],
) -> Iterator[InputError]:
    """Yield all that is wrong with scenarios, each with its `file:line`.

    Args:
        scenarios: those to look at.
        catalogue: the requirements and capabilities there are.
        schemas: for each driver, the name of its observation schema.
        document: the target document of `FULL_PROFILE`.
    """
    scenarios = [with_driver(one) for one in scenarios]
    ids = {one.full_id for one in scenarios}
    for scenario in scenarios:
        yield from _names(scenario, catalogue, ids)
        if scenario.driver not in schemas:
            drivers = ", ".join(sorted(schemas))
            yield _error(scenario, "driver", f"one of {drivers}", scenario.driver)
            continue
        schema = load_schema(schemas[scenario.driver])
        yield from _pointers(scenario, schema)
        yield from _schemas(scenario)
        yield from _cases(scenario)
        if scenario.driver == "odata" and not scenario.writes and _writes(scenario):
            yield _error(scenario, "writes", "true where something may be written", False)  # noqa: FBT003
        if scenario.on_every is not None:
            yield from _no_templates(scenario)
        for case in cases_of(scenario):
            yield from _templates(case, schema, document)


def _steps(scenario: Scenario) -> list[Step]:
    """Return its steps, in all its formats where it has some."""
    return [step for steps in scenario.in_formats.values() for step in steps] or list(
        scenario.steps
    )


def _error(scenario: Scenario, pointer: str, expected: str, seen: object) -> InputError:
    where = place(scenario.path, f"{scenario.pointer}/{pointer}")
    return InputError(where, expected, seen)


def _names(scenario: Scenario, catalogue: Catalogue, ids: set[str]) -> Iterator[InputError]:
    for step in _steps(scenario):
        at = f"steps/{step.index}/" if scenario.on_every is None else ""
        for kind, names in (("expect", step.requirements), ("applies", step.applies)):
            for name in names:
                if name not in catalogue.requirements:
                    yield _error(scenario, f"{at}{kind}/{name}", "a requirement id", name)
    needs = [*scenario.needs, *(name for case in cases_of(scenario) for name in case.needs)]
    for name in dict.fromkeys(needs):
        if name not in catalogue.capabilities:
            yield _error(scenario, "needs", "a capability of a catalogue", name)
    for name in dict.fromkeys(one for case in cases_of(scenario) for one in case.relies_on):
        if name not in ids:
            yield _error(scenario, "relies_on", "the id of a scenario", name)


def _cases(scenario: Scenario) -> Iterator[InputError]:
    names = [case.name for case in cases_of(scenario)]
    for name in {one for one in names if names.count(one) > 1}:
        yield _error(scenario, "cases", "each case name once", name)
    steps = [step.name for step in scenario.steps]
    for name in {one for one in steps if steps.count(one) > 1}:
        yield _error(scenario, "steps", "each step name once", name)


def _writes(scenario: Scenario) -> bool:
    """Tell whether a scenario for OData may change data, by itself or in a batch."""
    rows: list[Json] = [case.values for case in cases_of(scenario)]
    return any(_changes(one) for one in [*rows, *(step.send for step in _steps(scenario))])


def _changes(value: Json) -> bool:
    """Tell whether a request, or one within it, changes data; POST to $batch is no change."""
    if is_array(value):
        return any(_changes(one) for one in value)
    if not is_object(value):
        return False
    if _WRITING_VERBS & value.keys():
        return True
    is_request = "label" in value and value.get("method", "GET") not in _SAFE_METHODS
    aims = str(value.get("url", ""))
    is_change = is_request and aims != "$batch" and _NOWHERE not in aims
    return is_change or any(_changes(one) for one in value.values())


def _parts(scenario: Scenario, step: Step) -> Iterator[tuple[str, Json, str]]:
    """Yield pointer, schema and the place in the file of each expectation of a step."""
    at = f"steps/{step.index}/" if scenario.on_every is None else ""
    for pointer, schema in step.given.items():
        yield pointer, schema, f"{at}given"
    for kind in ("applies", "expect", "prefer"):
        expectations: Mapping[str, Mapping[str, Json]] = getattr(step, kind)
        for name, pointers in expectations.items():
            for pointer, schema in pointers.items():
                yield pointer, schema, f"{at}{kind}/{name}"
    for label, pointer in step.report.items():
        yield pointer, True, f"{at}report/{label}"
    for pointer, schema in (scenario.on_every or {}).items():
        yield pointer, schema, "on_every"


def _pointers(scenario: Scenario, schema: Json) -> Iterator[InputError]:
    for step in _steps(scenario):
        for pointer, _, at in _parts(scenario, step):
            if not fits(schema, split_pointer(pointer)):
                yield _error(scenario, at, "a pointer into the driver's observation", pointer)


def fits(schema: Json, tokens: Sequence[str]) -> bool:
    """Tell whether a pointer can lead somewhere in what a schema describes."""
    if not tokens or not is_object(schema):
        return True
    first, rest = tokens[0], tokens[1:]
    properties = schema.get("properties")
    if is_object(properties) and first in properties:
        return fits(properties[first], rest)
    if schema.get("type") == "array":
        return first.isdigit() and fits(schema.get("items"), rest)
    if "type" not in schema:
        return True  # any value of the peer's
    others = schema.get("additionalProperties", True)
    return schema["type"] == "object" and others is not False and fits(others, rest)


def _schemas(scenario: Scenario) -> Iterator[InputError]:
    for step in _steps(scenario):
        for _, schema, at in _parts(scenario, step):
            if not is_object(schema) or has_template(schema):
                continue
            try:
                Draft202012Validator.check_schema(dict(schema))
            except SchemaError as error:
                yield _error(scenario, at, "a JSON Schema", error.message)


def _no_templates(scenario: Scenario) -> Iterator[InputError]:
    """Yield the templates of a scenario that watches: it has no case that could fill them."""
    for step in _steps(scenario):
        for pointer, schema, at in _parts(scenario, step):
            for root, rest in templates_in([pointer, schema]):
                text = "${" + root + rest + "}"
                yield _error(scenario, at, "no template where every step is watched", text)


def _templates(case: Case, schema: Json, document: Mapping[str, Json]) -> Iterator[InputError]:
    scenario = case.scenario
    known: dict[str, Json] = {
        "case": case.values,
        "target": document,
        "run": fresh_values(0, case.id),
    }
    yield from _template_set(case, {"cases": case.values}, known, [], schema)
    for step in _steps(scenario):
        earlier = [one.name for one in scenario.steps[: step.index]]
        if step.repeat is not None:
            earlier.append(step.name)
        parts: dict[str, Json] = {
            "send": step.send,
            "given": step.given,
            "applies": step.applies,
            "expect": step.expect,
            "prefer": step.prefer,
            "repeat": step.repeat.pause_ms if step.repeat else None,
        }
        placed = {f"steps/{step.index}/{name}": part for name, part in parts.items()}
        yield from _template_set(case, placed, known, earlier, schema)


def _template_set(
    case: Case,
    parts: Mapping[str, Json],
    known: Mapping[str, Json],
    earlier: Sequence[str],
    schema: Json,
) -> Iterator[InputError]:
    for at, part in parts.items():
        for root, pointer in templates_in(part):
            expected = _instead(case, root, split_pointer(pointer), known, earlier, schema)
            if expected:
                yield _error(case.scenario, at, expected, "${" + root + pointer + "}")


def _instead(
    case: Case,
    root: str,
    tokens: tuple[str, ...],
    known: Mapping[str, Json],
    earlier: Sequence[str],
    schema: Json,
) -> str:
    """Return what should stand in place of a template; nothing when it is right."""
    if root == _ITEM:
        return ""
    if root == "steps":
        if not tokens or tokens[0] not in earlier:
            return "the name of an earlier step"
        return "" if fits(schema, tokens[1:]) else "a pointer into the observation"
    if root not in known:
        return "a root: case, target, steps, run, item"
    if resolve(known[root], tokens) is ABSENT:
        return f"something in case {case.name!r} at"
    return _missing_need(case, tokens) if root == "target" else ""


def _missing_need(case: Case, tokens: Sequence[str]) -> str:
    """Return what is missing where a template leads to a value that not every target has."""
    if len(tokens) < _SURFACE_AND_MEMBER:
        return "a pointer to a value of the target"
    surface, name = tokens[0], tokens[1]
    if name in _FREE or (name == "read" and tokens[2:3] and tokens[2] in _FREE_READS):
        return ""
    if (surface, name) == ("odata", "read") and tokens[2:3]:
        return _missing_reading(case, tokens[2])
    wanted = [_NAMED_OTHERWISE.get(f"{surface}.{name}", f"{surface}.{name}")]
    if name in ("positional", "named") and tokens[2:3] == ("result",):
        wanted.append(f"{surface}.{name}.result")
    missing = next((one for one in wanted if one not in case.needs), "")
    return missing and f"{missing} among the needs"


def _missing_reading(case: Case, name: str) -> str:
    wanted = _NAMED_OTHERWISE.get(f"odata.read.{name}", f"odata.{name}")
    return "" if wanted in case.needs else f"{wanted} among the needs"


def untested_requirements(scenarios: Iterable[Scenario], catalogue: Catalogue) -> list[str]:
    """Return the testable server rows that no scenario judges.

    Rows for both parties that take a client under test are left to the scenarios of clients.
    """
    judged = {name for one in scenarios for name in one.requirements}
    return [
        row.id
        for row in catalogue.requirements.values()
        if row.is_for_servers
        and _CLIENT not in row.needs
        and row.testable != "no"
        and row.id not in judged
    ]


def relied_in_a_ring(scenarios: Iterable[Scenario]) -> list[str]:
    """Return the ids of scenarios that rely, over others, on themselves."""
    by_id = {one.full_id: one for one in scenarios}

    def reach(name: str, seen: tuple[str, ...]) -> bool:
        if name in seen:
            return name == seen[0]
        scenario = by_id.get(name)
        cases = cases_of(scenario) if scenario else []
        relied = dict.fromkeys(one for case in cases for one in case.relies_on)
        return any(reach(one, (*seen, name)) for one in relied)

    return [name for name in by_id if reach(name, ())]
