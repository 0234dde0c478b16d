"""The shipped adapters of examples/clients start and answer the contract; reports hold the rest."""

import shutil
import sys
from pathlib import Path

import pytest

from examples.clients.__main__ import CLIENTS, NODE, Client, install
from tests.conformance.command import report_of, wirecheck

# What all of these clients keep: fields, line ends, pieces, a response that ends it, closing.
CASES = [
    part
    for glob in ("example-1", "example-4", "id-is-reported", "pieces-have-no-meaning",
                 "crlf-is-one-line-end", "close-ends-the-request", "no-content-ends-it")
    for part in ("--only", glob)
]  # fmt: skip


def adapter_of(client: Client) -> str:
    """Return the command of an adapter; httpx-sse is in the environment of the tests."""
    _, command = client.attached
    if client.needs == "python":
        _, _, rest = command.partition(" ")
        return f"{sys.executable} {rest}"
    for program in ("node", "npm"):
        if shutil.which(program) is None:
            pytest.skip(f"needs {program}: apt-get install nodejs npm")
    install(client.needs)
    assert (NODE / "node_modules").is_dir()
    return command


# One worker installs what both need.
NODE_MARKS = (
    pytest.mark.needs_node,
    pytest.mark.needs_network,
    pytest.mark.xdist_group("clients-node"),
)


@pytest.mark.parametrize(
    "client",
    [
        pytest.param(one, id=one.name, marks=NODE_MARKS if one.needs == "node" else ())
        for one in CLIENTS
        if one.needs == "node" or one.name == "httpx-sse"
    ],
)
def test_an_adapter_starts_and_reports_what_its_client_reads(
    tmp_path: Path, client: Client
) -> None:
    attached = ("--command", adapter_of(client), "--name", client.name)

    done = wirecheck(tmp_path, "client", "--quiet", "--report-dir", ".", *attached, *CASES)

    assert done.status == 0, done.out
    report = report_of(tmp_path)
    assert report["target"]["name"] == client.name
    assert "sse.client" in report["target"]["capabilities"]
    verdicts = {row["scenario"]: row["verdict"] for row in report["checks"]}
    assert set(verdicts.values()) <= {"pass", "not-applicable"}
    assert verdicts["sse-client/example-1"] == verdicts["sse-client/id-is-reported"] == "pass"
