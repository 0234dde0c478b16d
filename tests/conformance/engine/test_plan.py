"""Which cases a run judges, in which order, and why the others are not judged."""

import re
from pathlib import Path

import pytest

from conformance.engine.plan import NotJudged, Plan, Selection, make_plan
from conformance.engine.scenario import Scenario
from conformance.errors import InputError
from conformance.words.json_value import Json
from conformance.words.verdict import Verdict
from tests.conformance.corpus import (
    CATALOGUE,
    MUST,
    OTHER,
    SHOULD,
    load,
    scenario,
    sends,
    target_of,
    write_topic,
)

URL = "http://127.0.0.1:1/"
STEP = sends("x")
WATCHER = f"""\
  - id: watching
    title: It watches
    on_every: {{/http: true}}
    expect: {{{MUST}: {{/http/status: {{const: 200}}}}}}
"""


def plan(
    scenarios: tuple[Scenario, ...],
    *,
    only: tuple[str, ...] = (),
    skip: tuple[str, ...] = (),
    classes: tuple[str, ...] = (),
    profile: dict[str, Json] | None = None,
    offers: dict[str, bool] | None = None,
) -> Plan:
    return make_plan(
        scenarios,
        catalogue=CATALOGUE,
        target=target_of(URL, profile, discovered=offers),
        drivers=["jsonrpc"],
        selection=Selection(only=only, skip=skip, classes=classes),
    )


def ids(made: Plan) -> list[str]:
    return [one.case.id for one in made.cases]


def why(made: Plan) -> NotJudged | None:
    [one] = made.cases
    return one.not_judged


@pytest.fixture(name="three")
def make_three(tmp_path: Path) -> tuple[Scenario, ...]:
    """Two scenarios with cases and one that watches."""
    return load(
        tmp_path,
        scenario("apple", STEP, more="cases: [{name: one}, {name: 'two [a]'}],"),
        scenario("banana", sends("x", SHOULD), sends("x", OTHER)),
        WATCHER,
    )


def test_without_a_selection_all_is_judged(three: tuple[Scenario, ...]) -> None:
    made = plan(three)

    assert ids(made) == ["jsonrpc/apple/one", "jsonrpc/apple/two [a]", "jsonrpc/banana/-"]
    assert [one.full_id for one in made.watchers] == ["jsonrpc/watching"]
    assert list(made.scenarios) == ["jsonrpc/apple", "jsonrpc/banana", "jsonrpc/watching"]
    assert [one.requirements for one in made.cases] == [(MUST,), (MUST,), (SHOULD, OTHER)]


@pytest.mark.parametrize(
    ("pattern", "chosen"),
    [
        pytest.param("apple", ["apple/one", "apple/two [a]"], id="a scenario"),
        pytest.param("jsonrpc/banana", ["banana/-"], id="a scenario with its spec"),
        pytest.param("jsonrpc/apple/one", ["apple/one"], id="a case"),
        pytest.param("*/one", ["apple/one"], id="a glob over cases"),
        pytest.param("b*", ["banana/-"], id="a glob over scenarios"),
        pytest.param("TINY-1-*", ["apple/one", "apple/two [a]", "banana/-"], id="rows"),
        pytest.param(OTHER, ["banana/-"], id="a row"),
        pytest.param("jsonrpc/apple/two [[]a]", ["apple/two [a]"], id="a bracket"),
        pytest.param("watching", [], id="what watches"),
        pytest.param("jsonrpc/watching/whole run", [], id="the whole run"),
    ],
)
def test_only_what_a_pattern_matches_is_judged(
    three: tuple[Scenario, ...], pattern: str, chosen: list[str]
) -> None:
    made = plan(three, only=(pattern,))

    assert ids(made) == [f"jsonrpc/{one}" for one in chosen]
    assert (made.watchers != ()) is (chosen == [] or pattern == "TINY-1-*")


def test_what_a_skip_pattern_matches_is_left_out(three: tuple[Scenario, ...]) -> None:
    made = plan(three, only=("apple", "watching"), skip=("*/one", "watch*"))

    assert ids(made) == ["jsonrpc/apple/two [a]"]
    assert made.watchers == ()


def test_a_class_leaves_the_other_rows_of_a_case_out(three: tuple[Scenario, ...]) -> None:
    made = plan(three, classes=("tiny.other",))

    assert [(one.case.id, one.requirements) for one in made.cases] == [
        ("jsonrpc/banana/-", (OTHER,))
    ]
    assert made.watchers == ()


def test_a_class_leaves_the_other_rows_of_what_watches_out(tmp_path: Path) -> None:
    row = "{/http/status: {const: 200}}"
    both = WATCHER.replace("expect: {", f"expect: {{{OTHER}: {row}, ")

    (watcher,) = plan(load(tmp_path, both), classes=("tiny.other",)).watchers

    assert list(watcher.requirements) == [OTHER]


@pytest.mark.parametrize(
    ("selection", "message"),
    [
        pytest.param(
            Selection(only=("apple", "cherry")),
            "--only: expected a pattern that matches something, saw 'cherry' (patterns match"
            " spec/scenario/case, scenario or requirement; * stands for any)",
            id="only what is not there",
        ),
        pytest.param(
            Selection(skip=("cherry",)),
            "--skip: expected a pattern that matches something, saw 'cherry' (patterns match"
            " spec/scenario/case, scenario or requirement; * stands for any)",
            id="skip what is not there",
        ),
        pytest.param(
            Selection(classes=("tiny.nope",)),
            "--class: expected one of tiny.core, tiny.other, saw 'tiny.nope'",
            id="class",
        ),
        pytest.param(
            Selection(skip=("*",)),
            "selection: expected at least one case, saw 'none' (see `wirecheck list scenarios`)",
            id="everything skipped",
        ),
        pytest.param(
            Selection(only=("apple",), classes=("tiny.other",)),
            "selection: expected at least one case, saw 'none' (see `wirecheck list scenarios`)",
            id="nothing left of a class",
        ),
    ],
)
def test_a_selection_of_nothing_is_an_error(
    three: tuple[Scenario, ...], selection: Selection, message: str
) -> None:
    with pytest.raises(InputError, match=f"^{re.escape(message)}$"):
        plan(three, only=selection.only, skip=selection.skip, classes=selection.classes)


def test_what_no_driver_sends_for_is_left_out(tmp_path: Path) -> None:
    write_topic(tmp_path, f"scenarios:\n{scenario('lost', STEP)}", spec="odata")
    write_topic(tmp_path, f"scenarios:\n{scenario('kept', STEP)}", spec="objectql")
    loaded = load(tmp_path, scenario("named", STEP, more="driver: sse,"), scenario("own", STEP))

    assert ids(plan(loaded)) == ["jsonrpc/own/-", "objectql/kept/-"]


def test_what_others_rely_on_comes_first_and_what_is_exclusive_last(tmp_path: Path) -> None:
    loaded = load(
        tmp_path,
        scenario("alone", STEP, more="exclusive: true,"),
        scenario("third", STEP, more="relies_on: [second],"),
        scenario("free", STEP),
        scenario("second", STEP, more="cases: [{name: a, relies_on: [first, nowhere]}],"),
        scenario("first", STEP),
        scenario("ring1", STEP, more="relies_on: [ring2],"),
        scenario("ring2", STEP, more="relies_on: [ring1],"),
    )

    order = [one.split("/")[1] for one in ids(plan(loaded))]

    assert order == ["free", "first", "second", "ring2", "third", "ring1", "alone"]


def test_what_watches_for_a_feature_that_is_not_offered_is_not_judged(tmp_path: Path) -> None:
    watcher = WATCHER.replace("    on_every", "    needs: [jsonrpc.get]\n    on_every")

    made = plan(load(tmp_path, watcher))

    assert made.watchers == ()
    assert ids(made) == ["jsonrpc/watching/whole run"]
    assert why(made) == NotJudged(
        verdict=Verdict.NOT_APPLICABLE,
        message="the target does not offer jsonrpc.get: what jsonrpc.get is",
        reason="not-offered:jsonrpc.get",
    )


@pytest.mark.parametrize(
    ("need", "profile", "offers", "expected"),
    [
        pytest.param("jsonrpc", {}, {}, None, id="the surface is there"),
        pytest.param("jsonrpc.batch", {}, {}, None, id="assumed"),
        pytest.param(
            "jsonrpc.batch",
            {"capabilities": {"jsonrpc.batch": False}},
            {},
            NotJudged(
                verdict=Verdict.NOT_APPLICABLE,
                message="the target does not offer jsonrpc.batch: what jsonrpc.batch is",
                reason="not-offered:jsonrpc.batch",
            ),
            id="said not to be there",
        ),
        pytest.param(
            "jsonrpc.get",
            {},
            {},
            NotJudged(
                verdict=Verdict.NOT_APPLICABLE,
                message="the target does not offer jsonrpc.get: what jsonrpc.get is",
                reason="not-offered:jsonrpc.get",
            ),
            id="a feature that was not seen",
        ),
        pytest.param("jsonrpc.discover", {}, {"jsonrpc.discover": True}, None, id="discovered"),
        pytest.param(
            "jsonrpc.ok",
            {},
            {},
            NotJudged(
                verdict=Verdict.UNTESTED,
                message="needs what jsonrpc.ok is; add to the profile: add jsonrpc.ok",
                reason="no-binding:jsonrpc.ok",
            ),
            id="no binding",
        ),
        pytest.param(
            "jsonrpc.ok", {"jsonrpc": {"url": URL, "ok": {"method": "m"}}}, {}, None, id="a binding"
        ),
    ],
)
def test_a_case_is_judged_when_its_needs_are_there(
    tmp_path: Path,
    need: str,
    profile: dict[str, Json],
    offers: dict[str, bool],
    expected: NotJudged | None,
) -> None:
    loaded = load(tmp_path, scenario("one", STEP, more=f"needs: [{need}],"))

    assert why(plan(loaded, profile=profile, offers=offers)) == expected


def test_the_needs_of_a_case_are_its_own(tmp_path: Path) -> None:
    cases = "cases: [{name: without}, {name: with, needs: [jsonrpc.ok]}],"
    loaded = load(tmp_path, scenario("one", STEP, more=cases))

    assert [one.not_judged is None for one in plan(loaded).cases] == [True, False]


@pytest.mark.parametrize(
    ("profile", "expected"),
    [
        pytest.param({"allow_writes": True}, None, id="given"),
        pytest.param(
            {},
            NotJudged(
                verdict=Verdict.UNTESTED,
                message="changes data of the target; consent to it with --allow-writes",
                reason="no-consent",
            ),
            id="not given",
        ),
    ],
)
def test_what_writes_needs_consent(
    tmp_path: Path, profile: dict[str, Json], expected: NotJudged | None
) -> None:
    loaded = load(tmp_path, scenario("one", STEP, more="writes: true,"))

    assert why(plan(loaded, profile=profile)) == expected


def test_a_need_comes_before_consent(tmp_path: Path) -> None:
    loaded = load(tmp_path, scenario("one", STEP, more="writes: true, needs: [jsonrpc.get],"))

    found = why(plan(loaded))

    assert found is not None
    assert found.reason == "not-offered:jsonrpc.get"


def test_a_case_that_is_not_run_has_a_check_for_each_of_its_rows(tmp_path: Path) -> None:
    loaded = load(tmp_path, scenario("one", sends("x", SHOULD), sends("x", OTHER)))
    [planned] = plan(loaded).cases
    reason = NotJudged(verdict=Verdict.UNTESTED, message="told", reason="coded")

    checks = planned.checks(CATALOGUE, reason)

    assert [(one.key, one.level) for one in checks] == [
        ((SHOULD, "jsonrpc/one", "-"), "SHOULD"),
        ((OTHER, "jsonrpc/one", "-"), "MUST"),
    ]
    assert {(one.verdict, one.message, one.reason) for one in checks} == {
        (Verdict.UNTESTED, "told", "coded")
    }
