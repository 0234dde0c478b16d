"""Targets that send more than anyone can keep: it is cut, and takes bounded memory."""

import json
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.conformance.command import run
from tests.conformance.peers import Serve, read_json, serving
from tests.hostile.servers import FLOODS, SWELLING
from tests.hostile.streams import STREAM_FLOODS

#: Of one exchange at most 32 MiB are read, and 16 MiB unpacked; the suite itself takes 80.
MOST_MB = 400
ROOT = Path(__file__).parents[2]
PROC = Path("/proc/self/status")
Flood = Callable[[], Serve]


def shared_out(floods: Mapping[str, Flood]) -> list[tuple[str, str, Flood]]:
    """Give each flood to one of the surfaces in turn."""
    surfaces = ("jsonrpc", "odata", "sse")
    return [(name, surfaces[at % 3], flood) for at, (name, flood) in enumerate(floods.items())]


@pytest.mark.skipif(not PROC.exists(), reason="needs Linux, whose /proc tells the memory taken")
@pytest.mark.parametrize(
    "floods",
    [
        pytest.param(shared_out(FLOODS), id="responses"),
        pytest.param(shared_out(SWELLING), id="what swells"),
        pytest.param([(name, "sse", one) for name, one in STREAM_FLOODS.items()], id="streams"),
    ],
)
def test_a_flood_is_cut_and_takes_bounded_memory(
    floods: list[tuple[str, str, Flood]], tmp_path: Path
) -> None:
    with ExitStack() as stack:
        targets = [
            (name, surface, stack.enter_context(serving(flood())).url)
            for name, surface, flood in floods
        ]
        command = ["-m", "tests.hostile.measured", json.dumps(targets)]
        done = run(command, tmp_path, {"PYTHONPATH": str(ROOT)})

    assert done.status == 0, done.err
    told = [read_json(line) for line in done.out.splitlines()]
    assert [one["name"] for one in told] == [name for name, _, _ in floods]
    assert {one["name"]: one["peak_mb"] for one in told if one["peak_mb"] > MOST_MB} == {}
    assert [one for one in told if "error" in one["verdicts"]] == []
    # A stream without end is still a stream; of all else nothing was seen whole.
    assert [one for one in told if one["surface"] != "sse" and "pass" in one["verdicts"]] == []
