"""Each lint rule finds its own mistake, and names the place."""

import re
from pathlib import Path

import pytest

from conformance.engine.lint import (
    FULL_PROFILE,
    fits,
    lint,
    relied_in_a_ring,
    untested_requirements,
)
from conformance.words.json_value import Json
from conformance.words.pointer import split_pointer
from conformance.words.schema_files import load_schema
from conformance.words.target import build_target
from tests.conformance.corpus import (
    CATALOGUE,
    IMPLIED,
    INFORMS,
    MAY,
    MUST,
    MUST_NOT,
    OTHER,
    SHOULD,
    SHOULD_NOT,
    WARNS,
    load,
    scenario,
    sends,
)

GOOD = "{send: {raw: 'x'}, expect: {TINY-1-01: {/outcome: {const: answered}}}}"


def found(folder: Path, *scenarios: str, driver: str = "jsonrpc") -> list[str]:
    """Return what the lint says of scenarios, without the path."""
    target = build_target(
        FULL_PROFILE,
        capabilities=CATALOGUE.capabilities,
        paths={name: (f"/{name}", "127.0.0.1") for name in FULL_PROFILE},
    )
    errors = lint(
        load(folder, *scenarios),
        catalogue=CATALOGUE,
        schemas={driver: f"observation/{driver}"},
        document=target.document,
    )
    return [re.sub(r"^.*/topic\.yaml:", "", str(error)) for error in errors]


def test_a_good_scenario_is_left_alone(tmp_path: Path) -> None:
    text = f"""\
  - id: good
    title: It is good
    needs: [jsonrpc.ok]
    relies_on: [other]
    cases:
      - {{name: one, value: 1, inside: {{a: "${{target/jsonrpc/ok/method}}"}}}}
      - {{name: two, value: "${{run/unique}}", inside: {{a: 2}}, needs: [jsonrpc.batch]}}
    steps:
      - name: first
        send: {{raw: "${{case/value}} ${{target/jsonrpc/path}} ${{item/index}} $${{x}}"}}
        given: {{/http/headers/x-any: {{type: string}}}}
        expect: {{{MUST}: {{/jsonrpc/response/anything/at/all: {{const: "${{case/inside/a}}"}}}}}}
        repeat: {{at_most: 2, pause_ms: "${{run/integer}}"}}
      - send: {{raw: "${{steps/first/jsonrpc/response/id}}"}}
        applies: {{{MUST}: {{/json/valid: {{const: true}}}}}}
        prefer: {{{MUST}: {{/defects/0/code: false}}}}
        report: {{status: /http/status}}
"""

    assert found(tmp_path, text, scenario("other", GOOD)) == []


@pytest.mark.parametrize(
    ("steps", "more", "line"),
    [
        pytest.param(
            [sends("x", "TINY-9-99")], "", "5: expected a requirement id, saw 'TINY-9-99'", id="row"
        ),
        pytest.param(
            [
                GOOD,
                f"{{send: {{raw: 'x'}}, applies: {{TINY-9-98: {{/outcome: true}}}}, {GOOD[18:]}",
            ],
            "",
            "6: expected a requirement id, saw 'TINY-9-98'",
            id="row of applies",
        ),
        pytest.param(
            [GOOD, sends("x", MUST, "/jsnorpc/shape")],
            "",
            "6: expected a pointer into the driver's observation, saw '/jsnorpc/shape'",
            id="pointer",
        ),
        pytest.param(
            [f"{{send: {{raw: 'x'}}, given: {{/http/stat: true}}, {GOOD[18:]}"],
            "",
            "5: expected a pointer into the driver's observation, saw '/http/stat'",
            id="pointer of given",
        ),
        pytest.param(
            [f"{{send: {{raw: 'x'}}, report: {{a: /http/status/x}}, {GOOD[18:]}"],
            "",
            "5: expected a pointer into the driver's observation, saw '/http/status/x'",
            id="pointer of report",
        ),
        pytest.param(
            [sends("x", MUST, "/defects/first/code")],
            "",
            "5: expected a pointer into the driver's observation, saw '/defects/first/code'",
            id="pointer into an array",
        ),
        pytest.param(
            [sends("x", schema="{type: nothing}")],
            "",
            "5: expected a JSON Schema, saw",
            id="JSON Schema",
        ),
        pytest.param(
            [GOOD],
            "needs: [jsonrpc.nope],",
            "3: expected a capability of a catalogue, saw 'jsonrpc.nope'",
            id="capability",
        ),
        pytest.param(
            [GOOD],
            "relies_on: [nowhere],",
            "3: expected the id of a scenario, saw 'jsonrpc/nowhere'",
            id="reliance",
        ),
        pytest.param(
            [GOOD],
            "driver: pigeon,",
            "3: expected one of jsonrpc, saw 'pigeon'",
            id="driver",
        ),
        pytest.param(
            [GOOD],
            "cases: [{name: a}, {name: b}, {name: a}],",
            "3: expected each case name once, saw 'a'",
            id="case name",
        ),
        pytest.param(
            ["{name: a, send: {raw: 'x'}}", "{name: a, send: {raw: 'y'}}"],
            "",
            "4: expected each step name once, saw 'a'",
            id="step name",
        ),
        pytest.param(
            [sends("${case/nope}")],
            "",
            "5: expected something in case '-' at, saw '${case/nope}'",
            id="template of a case",
        ),
        pytest.param(
            [sends("${target/jsonrpc/nope}")],
            "",
            "5: expected something in case '-' at, saw '${target/jsonrpc/nope}'",
            id="template of the target",
        ),
        pytest.param(
            [sends("${run/nope}")],
            "",
            "5: expected something in case '-' at, saw '${run/nope}'",
            id="template of the run",
        ),
        pytest.param(
            [GOOD, sends("${steps/nope/http}")],
            "",
            "6: expected the name of an earlier step, saw '${steps/nope/http}'",
            id="template of no step",
        ),
        pytest.param(
            [sends("${steps}")],
            "",
            "5: expected the name of an earlier step, saw '${steps}'",
            id="template of all steps",
        ),
        pytest.param(
            [sends("${steps/step2/http}"), GOOD],
            "",
            "5: expected the name of an earlier step, saw '${steps/step2/http}'",
            id="template of a later step",
        ),
        pytest.param(
            [GOOD, sends("${steps/step1/htpp}")],
            "",
            "6: expected a pointer into the observation, saw '${steps/step1/htpp}'",
            id="template into an observation",
        ),
        pytest.param(
            [sends("${env/HOME}")],
            "",
            "5: expected a root: case, target, steps, run, item, saw '${env/HOME}'",
            id="template of another root",
        ),
        pytest.param(
            [sends("${target/jsonrpc/ok/method}")],
            "",
            "5: expected jsonrpc.ok among the needs, saw '${target/jsonrpc/ok/method}'",
            id="a need that is missing",
        ),
        pytest.param(
            [sends("${target/jsonrpc/positional/result}")],
            "needs: [jsonrpc.positional],",
            "5: expected jsonrpc.positional.result among the needs,"
            " saw '${target/jsonrpc/positional/result}'",
            id="a need of the result",
        ),
        pytest.param(
            [sends("${target/jsonrpc}")],
            "",
            "5: expected a pointer to a value of the target, saw '${target/jsonrpc}'",
            id="a whole surface",
        ),
        pytest.param(
            [sends("${target}")],
            "",
            "5: expected a pointer to a value of the target, saw '${target}'",
            id="the whole target",
        ),
    ],
)
def test_a_mistake_is_told_with_its_line(
    tmp_path: Path, steps: list[str], more: str, line: str
) -> None:
    [told] = found(tmp_path, scenario("bad", *steps, more=more))

    assert told.startswith(line)


def test_a_need_of_one_case_does_not_do_for_another(tmp_path: Path) -> None:
    cases = "cases: [{name: with, needs: [jsonrpc.ok]}, {name: without}],"

    told = found(tmp_path, scenario("one", sends("${target/jsonrpc/ok/method}"), more=cases))

    assert told == ["5: expected jsonrpc.ok among the needs, saw '${target/jsonrpc/ok/method}'"]


def test_a_repeated_step_sees_itself(tmp_path: Path) -> None:
    step = (
        "{name: again, send: {raw: 'x'}, repeat: {at_most: 2}, "
        f"expect: {{{MUST}: {{/http/status: {{const: '${{steps/again/http/status}}'}}}}}}}}"
    )

    assert found(tmp_path, scenario("one", step)) == []


WATCHING = """\
  - id: watching
    title: It watches
    on_every: {%s: true}
    expect: {%s: {%s: {const: %s}}}
"""


@pytest.mark.parametrize(
    ("parts", "told"),
    [
        pytest.param(("/http", MUST, "/http/status", "200"), [], id="a good one"),
        pytest.param(
            ("/htpp", MUST, "/http/status", "200"),
            ["5: expected a pointer into the driver's observation, saw '/htpp'"],
            id="pointer of on_every",
        ),
        pytest.param(
            ("/http", MUST, "/http/stat", "200"),
            ["6: expected a pointer into the driver's observation, saw '/http/stat'"],
            id="pointer",
        ),
        pytest.param(
            ("/http", "TINY-9-99", "/http/status", "200"),
            ["6: expected a requirement id, saw 'TINY-9-99'"],
            id="row",
        ),
        pytest.param(
            ("/http", MUST, "/http/status", '"${case/status}"'),
            ["6: expected no template where every step is watched, saw '${case/status}'"],
            id="template",
        ),
    ],
)
def test_what_watches_is_linted_too(
    tmp_path: Path, parts: tuple[str, str, str, str], told: list[str]
) -> None:
    assert found(tmp_path, WATCHING % parts) == told


@pytest.mark.parametrize(
    ("pointer", "does"),
    [
        pytest.param("", True, id="the whole"),
        pytest.param("/outcome", True, id="a member"),
        pytest.param("/outcome/x", False, id="below a string"),
        pytest.param("/nope", False, id="no member"),
        pytest.param("/http/headers/any-name", True, id="an open object"),
        pytest.param("/http/headers/any-name/x", False, id="below its values"),
        pytest.param("/jsonrpc/responses/0", True, id="an item"),
        pytest.param("/jsonrpc/responses/x", False, id="no index"),
        pytest.param("/jsonrpc/responses/0/error/data/0/x", True, id="the peer's own value"),
        pytest.param("/jsonrpc/kinds/0/x", False, id="below a string in an array"),
    ],
)
def test_a_pointer_fits_where_it_can_lead_somewhere(pointer: str, *, does: bool) -> None:
    schema = load_schema("observation/jsonrpc")

    assert fits(schema, split_pointer(pointer)) is does


@pytest.mark.parametrize(
    ("schema", "does"),
    [
        pytest.param(True, True, id="true"),
        pytest.param({}, True, id="nothing said"),
        pytest.param({"type": "object"}, True, id="an open object"),
        pytest.param({"type": "object", "additionalProperties": False}, False, id="a closed one"),
        pytest.param({"type": "string"}, False, id="a string"),
        pytest.param({"type": "array"}, False, id="an array"),
    ],
)
def test_what_a_schema_says_decides_whether_a_name_fits(schema: Json, *, does: bool) -> None:
    assert fits(schema, ("name",)) is does


def test_testable_server_rows_without_a_scenario_are_named(tmp_path: Path) -> None:
    judged = load(
        tmp_path,
        scenario("one", sends("x", MUST), sends("x", MUST_NOT), sends("x", SHOULD)),
        scenario("two", f"{{send: {{raw: 'x'}}, prefer: {{{MAY}: {{/outcome: true}}}}}}"),
        scenario("three", *(sends("x", name) for name in (IMPLIED, WARNS, INFORMS))),
    )

    assert untested_requirements(judged, CATALOGUE) == [SHOULD_NOT, OTHER]


def test_scenarios_that_rely_on_themselves_over_others_are_named(tmp_path: Path) -> None:
    loaded = load(
        tmp_path,
        scenario("a", GOOD, more="relies_on: [b],"),
        scenario("b", GOOD, more="cases: [{name: x}, {name: y, relies_on: [c]}],"),
        scenario("c", GOOD, more="relies_on: [a, nowhere],"),
        scenario("d", GOOD, more="relies_on: [a, e],"),
        scenario("e", GOOD),
    )

    assert relied_in_a_ring(loaded) == ["jsonrpc/a", "jsonrpc/b", "jsonrpc/c"]


WRITES = "expected true where something may be written, saw False"


@pytest.mark.parametrize(
    "send",
    [
        "{create: a}",
        "{delete: a}",
        "{batch: {format: json, requests: [{label: a, update: a}]}}",
        "{batch: {format: json, requests: [{label: a, method: POST, url: Things, json: {}}]}}",
    ],
)
def test_who_writes_has_to_say_so(tmp_path: Path, send: str) -> None:
    text = f"""\
  - id: one
    title: It writes
    driver: odata
    steps: [{{send: {send}, expect: {{{MUST}: {{/outcome: {{const: answered}}}}}}}}]
"""

    says = found(tmp_path, text, driver="odata")

    assert [error.partition(": ")[2] for error in says] == [WRITES]


@pytest.mark.parametrize(
    "send",
    [
        "{read: a}",
        "{method: POST, url: $batch}",
        "{batch: {format: json, requests: [{label: a, url: Things}]}}",
    ],
)
def test_who_reads_need_not(tmp_path: Path, send: str) -> None:
    text = f"""\
  - id: one
    title: It reads
    driver: odata
    steps: [{{send: {send}, expect: {{{MUST}: {{/outcome: {{const: answered}}}}}}}}]
"""

    assert found(tmp_path, text, driver="odata") == []
