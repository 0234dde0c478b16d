"""`wirecheck fuzz`: what breaks a target is found, made small, saved, and told again."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from conformance.engine.scenario import load_scenario_file
from tests.conformance.command import Done, wirecheck
from tests.conformance.peers import (
    Method,
    Serve,
    Talk,
    answer_to,
    body_of,
    closing,
    read_json,
    response,
    response_to,
    serving,
)

NO_METHODS: dict[str, Method] = {}
SMALL = ("--max-examples", "60", "--budget-s", "40", "--seed", "7")


def fuzz(folder: Path, *arguments: str) -> Done:
    """Run the command with few messages and a seed."""
    return wirecheck(folder, "fuzz", *arguments)


def spelled_ids(talk: Talk) -> None:
    """Answer calls, each with its id as a string."""
    while request := talk.request():
        answer = response_to(body_of(request), NO_METHODS)
        if isinstance(answer["id"], int):
            answer["id"] = str(answer["id"])
        talk.send(response(json.dumps(answer).encode()))


def breaking_once() -> Serve:
    """Return a server that gives one id as another type, the twelfth number, and no other."""
    numbers: list[int] = []

    def talk(talk: Talk) -> None:
        while request := talk.request():
            answer = response_to(body_of(request), NO_METHODS)
            if isinstance(answer["id"], int):
                numbers.append(answer["id"])
                answer["id"] = str(answer["id"]) if len(numbers) == 12 else answer["id"]
            talk.send(response(json.dumps(answer).encode()))

    return talk


def mortal(talk: Talk) -> None:
    """Answer single calls, and die for good of a batch."""
    while request := talk.request():
        body = body_of(request)
        if body.lstrip().startswith(b"["):
            talk.peer.die()
            return
        talk.send(response(answer_to(body, NO_METHODS)))


def sent_by(path: Path) -> Mapping[str, Any]:
    """Return what the one step of a saved find sends."""
    (scenario,) = load_scenario_file(path, spec="fuzz")
    (step,) = scenario.steps
    return step.send


def test_nothing_is_found_on_a_server_that_keeps_the_specification(
    tmp_path: Path, reference: str
) -> None:
    done = fuzz(tmp_path, reference, *SMALL)

    assert done.status == 0
    assert re.fullmatch(r"[0-9]{3,} messages, 0 finds, seed 7\n", done.out)


def test_a_find_is_made_small_and_saved_as_a_scenario_that_tells_it_again(tmp_path: Path) -> None:
    with serving(spelled_ids) as peer:
        done = fuzz(tmp_path, "--jsonrpc", peer.url, *SMALL, "--save", "finds")
        assert done.status == 1
        assert "FOUND by valid request" in done.out
        assert "JSONRPC-5-14" in done.out

        saved = sorted((tmp_path / "finds").glob("fuzz-jsonrpc-5-*.yaml"))
        assert saved
        smallest = read_json(sent_by(saved[0])["raw"].encode())
        assert smallest == {
            "jsonrpc": "2.0",
            "method": "wirecheck.nosuch",
            "id": smallest["id"],
        }

        again = fuzz(tmp_path, "--jsonrpc", peer.url, "--replay", str(saved[0]))
        assert again.status == 1
        assert again.out.startswith("fail JSONRPC-5-")


def test_a_find_that_was_mended_passes_when_it_is_told_again(
    tmp_path: Path, reference: str
) -> None:
    with serving(spelled_ids) as peer:
        fuzz(tmp_path, "--jsonrpc", peer.url, *SMALL, "--save", "finds")
    saved = sorted((tmp_path / "finds").glob("fuzz-jsonrpc-5-*.yaml"))

    again = fuzz(tmp_path, reference, "--replay", str(saved[0]))

    assert again.status == 0
    assert again.out.startswith("pass JSONRPC-5-")


def test_the_same_seed_finds_the_same(tmp_path: Path) -> None:
    told = []
    for _ in range(2):
        with serving(spelled_ids) as peer:
            done = fuzz(tmp_path, "--jsonrpc", peer.url, *SMALL)
            told.append(done.out.replace(str(peer.port), "PORT"))

    assert told[0] == told[1]


def test_what_broke_once_and_not_again_is_told_and_is_no_find(tmp_path: Path) -> None:
    with serving(breaking_once()) as peer:
        done = fuzz(tmp_path, "--jsonrpc", peer.url, *SMALL, "--kind", "valid requests")

    assert done.status == 0, done.out
    assert "0 finds" in done.out
    assert "JSONRPC-5-01 broke, and not when the same was sent again" in done.err


def test_a_message_that_a_target_dies_of_is_told_with_a_line_to_try_it(tmp_path: Path) -> None:
    with serving(mortal) as peer:
        done = fuzz(tmp_path, "--jsonrpc", peer.url, *SMALL, "--save", "finds")

    assert done.status == 1
    assert "the target stopped answering after this" in done.out
    assert "curl " in done.out
    assert "the target did not come back, so the rest was not sent" in done.err
    (saved,) = (tmp_path / "finds").glob("fuzz-target-died-*.yaml")
    assert sent_by(saved)["raw"].startswith("[")


@pytest.mark.parametrize(
    ("arguments", "status", "line"),
    [
        pytest.param(
            ["--max-examples", "0"], 2, "--max-examples: expected a number from 1, saw 0", id="none"
        ),
        pytest.param(
            ["--budget-s", "0"], 2, "--budget-s: expected more than 0 s, saw 0.0", id="no time"
        ),
        pytest.param(
            ["--replay", "gone.yaml"],
            2,
            "gone.yaml: expected a readable file, saw 'No such file or directory'",
            id="gone",
        ),
    ],
)
def test_bad_options_get_one_line(
    tmp_path: Path, arguments: list[str], status: int, line: str
) -> None:
    done = fuzz(tmp_path, "http://127.0.0.1:1/", *arguments)

    assert done.status == status
    assert line in done.line


def test_a_target_that_answers_nothing_is_told_so(tmp_path: Path) -> None:
    with serving(closing) as peer:
        done = fuzz(tmp_path, peer.url, *SMALL)

    assert done.status == 3
    assert "the target can't be reached" in done.line
