"""`wirecheck fuzz --odata`: what breaks a service is found, made small, saved, and told again."""

import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conformance.drivers.embedded import embedded_server
from conformance.errors import InputError
from conformance.fuzz_command import replay
from conformance.properties.odata import Service, families
from conformance.properties.odata_model import Change, ChangeSet
from conformance.properties.odata_writes import certain
from conformance.properties.probe import Probe
from conformance.session import RunOptions, read_profile
from conformance.words.json_value import Json
from conformance.words.template import to_json_text
from tests.conformance.fuzzing import SEED, replayed, search

READ_ONLY = Service(readable="Things", missing="Nothings", entity="Things(1)", is_v401=True)


def options_for(origin: str, *, allow_writes: bool = True) -> RunOptions:
    return RunOptions(odata=f"{origin}/odata", allow_writes=allow_writes, seed=SEED, timeout_s=10.0)


@pytest.fixture(scope="module")
def healthy(reference: str) -> RunOptions:
    return options_for(reference.removesuffix("/rpc"))


def test_nothing_is_found_on_a_service_that_keeps_the_specification(
    healthy: RunOptions, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    done = search(healthy, tmp_path, capsys, max_examples=12)

    assert done.status == 0, done.out
    assert re.fullmatch(r"[0-9]{2,} messages, 0 finds, seed 7\n", done.out)
    assert "odd change sets: 12 messages" in done.err
    for told in ("not judged", "does not work", "could not be deleted"):
        assert told not in done.err


@pytest.mark.parametrize(
    ("kind", "examples", "fault", "requirement"),
    [
        ("change sets", 25, "change-sets-go-on-after-a-failure", "ODATA-J19.1-12"),
        ("odd change sets", 25, "change-sets-are-committed-one-by-one", "ODATA-J19.1-12"),
        ("multipart*", 50, "boundaries-need-an-underscore", "ODATA-11.7.7.1-02"),
        ("multipart*", 10, "multipart-ends-lines-with-lf", "ODATA-11.7.7.1-01"),
        ("JSON*", 40, "dependencies-are-ignored", "ODATA-J19.1-16"),
        ("broken framing", 20, "malformed-batches-crash", "ODATA-11.7.1-09"),
    ],
)
def test_a_find_is_saved_as_a_scenario_that_is_red_there_and_green_elsewhere(
    kind: str,
    examples: int,
    fault: str,
    requirement: str,
    healthy: RunOptions,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with embedded_server([f"--fault={fault}"]) as origin:
        broken = options_for(origin)
        done = search(broken, tmp_path, capsys, max_examples=examples, kinds=(kind,))
        saved = done.saved_for(requirement)
        again = replayed(broken, saved, capsys)

    assert requirement in done.out
    assert "try: curl " in done.out or "try: printf " in done.out
    assert set(again) & {f"fail {requirement}", f"warn {requirement}"}
    assert set(replayed(healthy, saved, capsys)) <= {
        f"pass {requirement}",
        f"not-applicable {requirement}",
    }


def test_what_changes_data_is_not_sent_again_without_consent(
    healthy: RunOptions, tmp_path: Path
) -> None:
    path = tmp_path / "find.yaml"
    steps: Json = [{"send": {"create": "a"}}]
    one: Json = {"id": "x", "title": "x", "driver": "odata", "writes": True, "steps": steps}
    path.write_text(to_json_text({"topic": "x", "scenarios": [one]}))
    without = RunOptions(odata=healthy.odata, seed=SEED)

    with pytest.raises(InputError, match="consent with --allow-writes"):
        replay(without, path)


@given(st.one_of(list(families(READ_ONLY).values())))
@settings(max_examples=150, suppress_health_check=list(HealthCheck))
def test_without_consent_nothing_is_made_up_that_changes_data(probe: Probe) -> None:
    assert not probe.writes
    for step in probe.steps:
        batch = step.send["batch"]
        assert isinstance(batch, dict)
        assert {*step.send} <= {"batch", "headers"}
        for row in batch["requests"]:
            assert not {"create", "update", "delete", "invalid"} & {*row}
            assert row.get("method", "GET") == "GET"


def a(verb: str, name: str = "a") -> Change:
    return Change(verb=verb, name=name)


@pytest.mark.parametrize(
    ("batch", "batch_format", "knows_keys", "kept"),
    [
        pytest.param(
            [(a("create"), a("update"))], "multipart", True, [(a("create"),)], id="one each set"
        ),
        pytest.param(
            [(a("create"),), (a("update"),)],
            "multipart",
            True,
            [(a("create"),), (a("update"),)],
            id="sets keep their order",
        ),
        pytest.param(
            [(a("create"),), (a("update"),)], "json", True, [(a("create"),), ()], id="groups do not"
        ),
        pytest.param(
            [(a("create"),), (a("update"), a("create", "b"))],
            "multipart",
            False,
            [(a("create"),), (a("create", "b"),)],
            id="a key is not known yet",
        ),
        pytest.param(
            [(a("create"),), (a("create"),)],
            "multipart",
            False,
            [(a("create"),), ()],
            id="keys of the service do not clash",
        ),
    ],
)
def test_of_a_batch_only_what_has_one_outcome_is_kept(
    batch: list[ChangeSet], batch_format: str, *, knows_keys: bool, kept: list[ChangeSet]
) -> None:
    service = Service(
        readable="Things",
        missing="Nothings",
        verbs=frozenset({"create", "update", "delete"}),
        knows_keys=knows_keys,
    )

    assert certain(batch, service, {}, batch_format) == kept


def test_the_command_line_bounds_the_rate_and_the_sets_that_may_be_written_to() -> None:
    options = RunOptions(odata="http://127.0.0.1:1/", rate_per_s=5.0, entity_sets=("Notes",))

    profile = read_profile(options)

    assert profile["rate_per_s"] == 5.0
    assert profile["odata"] == {"url": "http://127.0.0.1:1/", "entity_sets": {"Notes": {}}}
