"""Scenario files read and expanded; an error names file, line and what was expected."""

import re
from pathlib import Path

import pytest

from conformance.engine.scenario import (
    Repeat,
    Step,
    cases_of,
    load_scenario_file,
    load_scenarios,
    scenario_files,
    without_reliance,
)
from conformance.errors import InputError
from tests.conformance.corpus import IMPLIED, MAY, MUST, SHOULD, load, scenario, sends, write_topic

STEP = "{send: {raw: 'x'}, expect: {TINY-1-01: {/outcome: {const: answered}}}}"


def test_a_scenario_is_read_with_all_its_members(tmp_path: Path) -> None:
    path = write_topic(
        tmp_path,
        f"""\
needs: [jsonrpc.ok]
relies_on: [first, second]
scenarios:
  - id: first
    title: The first holds
    note: A note
    needs: [jsonrpc.get, jsonrpc.ok]
    driver: other
    exclusive: true
    writes: true
    case_defaults: {{a: 1, b: 2}}
    cases:
      - {{name: one, b: 3}}
      - {{name: two, needs: [jsonrpc.batch], relies_on: [third, objectql/x]}}
    steps:
      - name: opening
        send: {{jsonrpc: {{a: 1}}}}
        given: {{/outcome: {{const: answered}}}}
        applies: {{{MUST}: {{/http: true}}}}
        expect: {{{MUST}: {{/http: {{type: object}}}}, {MAY}: {{/json: true}}}}
        prefer: {{{MUST}: {{/body: true}}, {SHOULD}: {{/body: false}}}}
        report: {{status: /http/status}}
        repeat: {{at_most: 3, pause_ms: 10, every_time: true}}
      - send: {{raw: 'x'}}
        expect: {{{IMPLIED}: {{/outcome: {{const: answered}}}}}}
        repeat: {{at_most: 2}}
""",
    )

    [one] = load_scenario_file(path, spec="jsonrpc")

    assert (one.id, one.full_id, one.topic) == ("first", "jsonrpc/first", "Tiny")
    assert (one.title, one.note, one.driver) == ("The first holds", "A note", "other")
    assert (one.exclusive, one.writes, one.on_every) == (True, True, None)
    assert one.needs == ("jsonrpc.ok", "jsonrpc.get")
    assert one.relies_on == ("jsonrpc/second",)  # it does not rely on itself
    assert one.requirements == [MUST, MAY, SHOULD, IMPLIED]
    assert one.line() == f"{path}:5"
    assert one.steps[0] == Step(
        index=0,
        name="opening",
        send={"jsonrpc": {"a": 1}},
        given={"/outcome": {"const": "answered"}},
        applies={MUST: {"/http": True}},
        expect={MUST: {"/http": {"type": "object"}}, MAY: {"/json": True}},
        prefer={MUST: {"/body": True}, SHOULD: {"/body": False}},
        report={"status": "/http/status"},
        repeat=Repeat(at_most=3, pause_ms=10, every_time=True),
    )
    assert one.steps[1].name == "step2"
    assert one.steps[1].repeat == Repeat(at_most=2)
    first, second = cases_of(one)
    assert (first.id, first.values) == ("jsonrpc/first/one", {"name": "one", "a": 1, "b": 3})
    assert (first.needs, first.relies_on) == (("jsonrpc.ok", "jsonrpc.get"), ("jsonrpc/second",))
    assert second.values["b"] == 2
    assert second.needs == ("jsonrpc.ok", "jsonrpc.get", "jsonrpc.batch")
    assert second.relies_on == ("jsonrpc/second", "jsonrpc/third", "objectql/x")


def test_a_scenario_without_cases_has_one(tmp_path: Path) -> None:
    [one] = load(tmp_path, scenario("alone", STEP))

    [case] = cases_of(one)
    assert (case.name, case.id, case.index) == ("-", "jsonrpc/alone/-", 0)
    assert (one.needs, one.relies_on, one.driver) == ((), (), "")
    assert (one.exclusive, one.writes, one.note) == (False, False, "")


def test_a_scenario_that_watches_has_no_case(tmp_path: Path) -> None:
    [one] = load(
        tmp_path,
        f"""\
  - id: watching
    title: It watches
    on_every: {{/http: true}}
    expect: {{{MUST}: {{/http/status: {{const: 200}}}}}}
    prefer: {{{SHOULD}: {{/json: true}}}}
""",
    )

    assert cases_of(one) == []
    assert one.on_every == {"/http": True}
    assert one.requirements == [MUST, SHOULD]
    assert one.steps[0].expect == {MUST: {"/http/status": {"const": 200}}}


def test_without_reliance_nothing_is_left_of_it(tmp_path: Path) -> None:
    loaded = load(
        tmp_path,
        scenario("one", STEP),
        scenario("two", STEP, more="relies_on: [one], cases: [{name: a, relies_on: [one]}],"),
    )

    [case] = cases_of(without_reliance(loaded)[1])

    assert case.relies_on == ()
    assert case.values == {"name": "a"}


def test_scenarios_come_in_the_order_of_their_files_and_lines(tmp_path: Path) -> None:
    write_topic(tmp_path, f"scenarios:\n{scenario('d', STEP)}{scenario('c', STEP)}", name="a")
    write_topic(tmp_path, f"scenarios:\n{scenario('b', STEP)}", name="b")
    write_topic(tmp_path, f"scenarios:\n{scenario('b', STEP)}", spec="aaa")
    (tmp_path / "note.txt").write_text("no scenario", encoding="utf-8")

    found = [one.full_id for one in load_scenarios(tmp_path)]

    assert found == ["aaa/b", "jsonrpc/d", "jsonrpc/c", "jsonrpc/b"]
    assert [spec for spec, _ in scenario_files(tmp_path)] == ["aaa", "jsonrpc", "jsonrpc"]


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        pytest.param(
            f"scenarios:\n  - id: a\n    titel: T\n    title: T\n    steps: [{STEP}]\n",
            3,
            "only case_defaults, cases, driver, exclusive, expect, formats, id, needs, note,"
            " on_every, prefer, relies_on, steps, title, writes, saw 'titel'",
            id="unknown member",
        ),
        pytest.param(
            f"scenarios:\n  - id: a\n    steps: [{STEP}]\n",
            3,
            "the member 'title', saw ['id', 'steps']",
            id="missing title",
        ),
        pytest.param(
            f"scenarios:\n  - id: A_b\n    title: T\n    steps: [{STEP}]\n",
            3,
            "text like ^[a-z0-9]+(?:[-.][a-z0-9]+)*$, saw 'A_b'",
            id="an id that is not kebab-case",
        ),
        pytest.param(
            "scenarios:\n  - id: a\n    title: T\n    steps:\n      - expect: {}\n",
            6,
            "the member 'send', saw ['expect']",
            id="a step that sends nothing",
        ),
        pytest.param(
            "scenarios:\n  - id: a\n    title: T\n    steps:\n"
            "      - send: {raw: 'x', wire: 'y'}\n",
            6,
            "exactly one of the allowed forms, saw {'raw': 'x', 'wire': 'y'}",
            id="a step that sends two bodies",
        ),
        pytest.param(
            "scenarios:\n  - id: a\n    title: T\n    steps:\n"
            "      - send: {raw: 'x'}\n        expect: {NOPE: {/a: true}}\n",
            7,
            "text like ^(?:[A-Z]+(?:-[A-Za-z0-9.()]+)+-[0-9]{2,3}|[a-z][a-z_]*)$, saw 'NOPE'",
            id="no requirement id",
        ),
        pytest.param(
            "scenarios:\n  - id: a\n    title: T\n    steps:\n"
            f"      - send: {{raw: 'x'}}\n        expect: {{{MUST}: {{http: true}}}}\n",
            7,
            "text like ^(/|$), saw 'http'",
            id="no pointer",
        ),
        pytest.param("scenarios: []\n", 2, "at least 1 items, saw []", id="no scenario"),
    ],
)
def test_what_the_schema_refuses_is_told_with_its_line(
    tmp_path: Path, text: str, line: int, message: str
) -> None:
    path = write_topic(tmp_path, text)

    whole = f"{path}:{line}: expected {message}"
    with pytest.raises(InputError, match=f"^{re.escape(whole)}$"):
        load_scenarios(tmp_path)


def test_broken_yaml_is_told_with_its_line(tmp_path: Path) -> None:
    path = write_topic(tmp_path, "scenarios:\n  - id: a\n  title: [\n")

    with pytest.raises(InputError, match=rf"^{re.escape(str(path))}:[345]: expected [^\n]+$"):
        load_scenarios(tmp_path)


def test_an_id_that_stands_twice_is_told_with_both_lines(tmp_path: Path) -> None:
    first = write_topic(tmp_path, f"scenarios:\n{scenario('twice', STEP)}", name="a")
    second = write_topic(
        tmp_path, f"scenarios:\n{scenario('other', STEP)}{scenario('twice', STEP)}", name="b"
    )

    whole = f"{second}:7: expected an id that {first}:3 has not, saw 'twice'"
    with pytest.raises(InputError, match=f"^{re.escape(whole)}$"):
        load_scenarios(tmp_path)


def test_an_empty_folder_is_no_corpus(tmp_path: Path) -> None:
    whole = f"{tmp_path}: expected at least one scenario, saw 'none'"
    with pytest.raises(InputError, match=f"^{re.escape(whole)}$"):
        load_scenarios(tmp_path)


def test_the_shape_of_the_tiny_scenarios_is_that_of_the_format(tmp_path: Path) -> None:
    [one] = load(tmp_path, scenario("a", sends("hi", SHOULD, "/http/status", "{const: 200}")))

    assert one.steps[0].send == {"raw": "hi"}
    assert one.steps[0].expect == {SHOULD: {"/http/status": {"const": 200}}}
