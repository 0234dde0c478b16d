"""`wirecheck fuzz --sse`: streams left and taken up again until one breaks."""

import re
from pathlib import Path

import pytest

from conformance.drivers.embedded import EMBEDDED_OPTIONS, embedded_server
from conformance.session import EMBEDDED_PROFILE, RunOptions
from conformance.words.json_value import Json, is_object
from conformance.words.template import to_json_text
from conformance.words.yaml_file import load_yaml
from tests.conformance.fuzzing import SEED, replayed, search
from tests.conformance.peers import serving
from tests.conformance.streams import small_server


def options_for(origin: str, folder: Path) -> RunOptions:
    """Return options for the stream of a reference server, as its own profile describes it."""
    embedded = load_yaml(EMBEDDED_PROFILE)
    section = embedded["sse"] if is_object(embedded) else None
    assert is_object(section)
    url = f"{origin}/rpc/progress/{{session}}"
    path = folder / f"profile-{origin.rpartition(':')[2]}.yaml"
    profile: Json = {"name": "reference", "sse": {**section, "url": url}}
    path.write_text(to_json_text(profile))
    return RunOptions(profile=path, seed=SEED, timeout_s=5.0)


def test_nothing_is_found_on_a_stream_that_keeps_the_specification(
    reference: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = options_for(reference.removesuffix("/rpc"), tmp_path)

    done = search(options, tmp_path, capsys, max_examples=10)

    assert done.status == 0, done.out
    assert re.fullmatch(r"[0-9]{2,} messages, 0 finds, seed 7\n", done.out)
    assert "resumptions: 10 messages" in done.err
    assert "not judged" not in done.err


@pytest.mark.parametrize(
    ("kind", "examples", "fault", "requirement"),
    [
        ("resumptions", 8, "resumption-loses-an-event", "SSE-9.2.4-05"),
        ("reconnections", 15, "odd-ids-crash", "SSE-9.2.4-08"),
        ("reconnections", 15, "http-1.0-gets-chunks", "SSE-HTTP-13"),
        ("payloads", 40, "only-line-feeds-part-payloads", "SSE-9.2.5-09"),
    ],
)
def test_a_find_is_saved_as_a_scenario_that_is_red_there_and_green_elsewhere(
    kind: str,
    examples: int,
    fault: str,
    requirement: str,
    reference: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with embedded_server([*EMBEDDED_OPTIONS, f"--fault={fault}"]) as origin:
        broken = options_for(origin, tmp_path)
        done = search(broken, tmp_path, capsys, max_examples=examples, kinds=(kind,))
        saved = done.saved_for(requirement)
        again = replayed(broken, saved, capsys)

    healthy = options_for(reference.removesuffix("/rpc"), tmp_path)
    assert requirement in done.out
    assert f"fail {requirement}" in again
    assert set(replayed(healthy, saved, capsys)) == {f"pass {requirement}"}


def test_of_a_bare_stream_its_reconnections_are_judged(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with serving(small_server([b"id: 1\ndata: a\n\n"])) as peer:
        options = RunOptions(sse=peer.url, seed=SEED, timeout_s=5.0)
        done = search(options, tmp_path, capsys, max_examples=5)

    assert done.status == 0, done.out
    assert "reconnections: 5 messages" in done.err
