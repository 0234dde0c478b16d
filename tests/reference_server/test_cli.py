"""The command line: in this process for what it refuses, in another one for what it serves."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from reference_server import cli
from reference_server import faults as fault_registry
from reference_server.cli import main
from reference_server.faults import Fault
from tests.reference_server.loopback import TIMEOUT_S, VOID, Peer, post

ROOT = Path(__file__).parents[2]


@contextmanager
def started(*options: str) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """Start `serve` in a process of its own; gives it and its port."""
    command = [sys.executable, "-m", "reference_server", "serve", "--port", "0", *options]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            found = re.fullmatch(rb"listening on http://127\.0\.0\.1:([0-9]+)\n", line)
            assert found is not None, line
            yield process, int(found[1])
        finally:
            process.kill()


def void(port: int) -> bytes:
    with closing(Peer(port)) as peer:
        peer.send(post(VOID))
        return peer.receive().body


def test_serve_tells_its_url_in_one_line_and_ends_with_its_parent() -> None:
    with started("--exit-with-parent") as (process, port):
        assert void(port) == b'{"jsonrpc":"2.0","result":null,"id":1}'

        out, err = process.communicate(timeout=TIMEOUT_S)

        assert (out, err, process.returncode) == (b"", b"", 0)


def test_serve_ends_at_once_when_the_parent_is_gone_already(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    reader, writer = os.pipe()
    os.write(writer, b"x")
    os.close(writer)
    monkeypatch.setattr(cli, "_STDIN", reader)

    assert main(["serve", "--port", "0", "--exit-with-parent"]) == 0

    os.close(reader)
    out, err = capsys.readouterr()
    assert re.fullmatch(r"listening on http://127\.0\.0\.1:[0-9]+\n", out)
    assert err == ""


def test_serve_ends_at_ctrl_c() -> None:
    with started() as (process, port):
        void(port)
        process.send_signal(signal.SIGINT)

        out, err = process.communicate(timeout=TIMEOUT_S)

        assert (out, err, process.returncode) == (b"", b"", 0)


def test_serve_ends_at_sigterm_though_a_call_is_slow() -> None:
    with started("--exit-with-parent") as (process, port), closing(Peer(port)) as peer:
        peer.send(post(b'{"jsonrpc":"2.0","method":"slow","params":[5000],"id":1}'))
        void(port)
        process.terminate()

        _, err = process.communicate(timeout=TIMEOUT_S)

        assert (err, process.returncode) == (b"", -signal.SIGTERM)


def test_features_and_limits_are_options() -> None:
    options = ["--without", "examples", "--without", "chaining", "--max-batch", "1"]
    with started(*options) as (_, port), closing(Peer(port)) as peer:
        peer.send(post(VOID))
        assert b"-32601" in peer.receive().body
        peer.send(post(b"[1,2]"))
        assert b'"max_batch":1' in peer.receive().body


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        pytest.param([], "Missing command.", id="nothing"),
        pytest.param(["bogus"], "No such command 'bogus'.", id="command"),
        pytest.param(
            ["serve", "--without", "chainin"],
            "--without: expected one of async, batch, chaining, etags, examples, introspection,"
            " progress, sessions, saw 'chainin' (did you mean 'chaining'?)",
            id="feature",
        ),
        pytest.param(
            ["serve", "--fault", "nosuch"],
            "--fault: expected the name of a fault, saw 'nosuch' (`faults` lists them)",
            id="fault",
        ),
        pytest.param(
            ["serve", "--max-depth", "401"],
            "max_depth: expected a number from 1 to 400, saw 401",
            id="limit",
        ),
        pytest.param(
            ["serve", "--port", "0", "--database", "x"],
            "database: expected a database that opens, saw 'x:…'"
            " (Could not parse SQLAlchemy URL from given URL string)",
            id="database",
        ),
    ],
)
def test_wrong_usage_is_one_line_and_status_2(
    capsys: pytest.CaptureFixture[str], arguments: list[str], line: str
) -> None:
    assert main(arguments) == 2

    out, err = capsys.readouterr()
    assert (out, err) == ("", f"reference_server: {line}\n")


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(["serve", "--prt", "1"], id="option"),
        pytest.param(["serve", "--port", "x"], id="value"),
        pytest.param(["serve", "--port", "65536"], id="range"),
        pytest.param(["faults", "--format", "xml"], id="choice"),
    ],
)
def test_what_the_parser_refuses_is_one_line_too(
    capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    assert main(arguments) == 2

    out, err = capsys.readouterr()
    assert out == ""
    assert re.fullmatch(r"reference_server: .*\n", err)


def test_a_port_in_use_is_one_line_and_status_2(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert main(["serve", "--port", str(port)]) == 2

    _, err = capsys.readouterr()
    assert err.startswith(
        "reference_server: --host/--port: expected an address to listen on, saw"
        f" '127.0.0.1:{port}' (Address already in use"
    )
    assert err.count("\n") == 1


def test_help_is_no_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve", "--help"]) == 0

    assert "--exit-with-parent" in capsys.readouterr().out


@pytest.fixture
def _two_faults(monkeypatch: pytest.MonkeyPatch) -> None:
    first = Fault(name="a", summary="Does a.", breaks=("R-1", "R-2"), museum=("MUS-1",))
    second = Fault(name="b", summary="Does b.", breaks=())
    monkeypatch.setattr(fault_registry, "FAULTS", {"a": first, "b": second})


@pytest.mark.usefixtures("_two_faults")
def test_faults_are_listed_as_text(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["faults"]) == 0

    assert capsys.readouterr().out == (
        "a: Does a. (breaks R-1, R-2) [MUS-1]\nb: Does b. (breaks nothing: a legal choice)\n"
    )


@pytest.mark.usefixtures("_two_faults")
def test_faults_are_listed_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["faults", "--format", "json"]) == 0

    listed = json.JSONDecoder().decode(capsys.readouterr().out)
    assert listed == [
        {
            "name": "a",
            "summary": "Does a.",
            "breaks": ["R-1", "R-2"],
            "museum": ["MUS-1"],
        },
        {"name": "b", "summary": "Does b.", "breaks": [], "museum": []},
    ]
