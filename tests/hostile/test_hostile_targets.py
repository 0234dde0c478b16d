"""Targets at their worst: a run ends, within bounds, and no pass stands alone."""

from collections.abc import Callable, Mapping
from pathlib import Path

import anyio
import pytest
from jsonschema import Draft202012Validator

from conformance.errors import TargetUnreachableError
from conformance.session import RunOptions, Session, open_session
from conformance.words.verdict import RED, Verdict
from tests.conformance.command import report_of, run
from tests.conformance.peers import Serve, read_json, serving
from tests.hostile.servers import ABSENT_MINDED, FLOODS, LIARS

#: For servers that keep a run waiting.
SHORT_S = 0.3
#: For those that answer at once: reading 100,000 brackets may hold up the run's other exchanges.
LONG_S = 3.0
#: Far more than all the waits of a selection together: it says "does not hang", not how fast.
MOST_S = 60.0
#: One exchange may hold 32 MiB as bytes, and as much once unpacked.
MOST_MB = 400
#: What each surface is, before all else: a server that is none must not pass it.
CORE = {
    "jsonrpc": "jsonrpc/speaks-jsonrpc",
    "odata": "odata/batch-is-answered",
    "sse": "sse/stream-is-opened",
}
SCHEMA = Path(__file__).parents[2] / "schemas/report.schema.json"
MEASURED = """
import resource, sys
from conformance.cli import main
try:
    main()
finally:
    print("peak", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024, file=sys.stderr)
"""


def valid(report: Mapping[str, object]) -> None:
    __tracebackhide__ = True
    Draft202012Validator(read_json(SCHEMA.read_bytes())).validate(report)


async def judged(surface: str, url: str, *, timeout_s: float) -> Session | None:
    """Judge the core of a surface; nothing when the target could not be reached."""
    options = RunOptions(
        jsonrpc=url if surface == "jsonrpc" else None,
        odata=url if surface == "odata" else None,
        sse=url if surface == "sse" else None,
        timeout_s=timeout_s,
        only=(f"{CORE[surface]}*",),
        seed=1,
    )
    try:
        session = await open_session(options)
    except TargetUnreachableError:
        return None
    await session.run(lambda event: None)  # noqa: ARG005 - nothing is shown
    return session


def judged_as_each(url: str, *, timeout_s: float) -> list[Session]:
    """Judge a target as each of the surfaces, side by side; return what could be judged."""
    found: list[Session] = []

    async def judge(surface: str) -> None:
        session = await judged(surface, url, timeout_s=timeout_s)
        if session is not None:
            found.append(session)

    async def judge_all() -> None:
        with anyio.fail_after(MOST_S):
            async with anyio.create_task_group() as group:
                for surface in CORE:
                    group.start_soon(judge, surface)

    anyio.run(judge_all)
    return found


def servers(table: Mapping[str, Serve], *, timeout_s: float) -> list[object]:
    """Return a row for each server."""
    return [pytest.param(serve, timeout_s, id=name) for name, serve in table.items()]


@pytest.mark.parametrize(
    ("serve", "timeout_s"),
    [*servers(ABSENT_MINDED, timeout_s=SHORT_S), *servers(LIARS, timeout_s=LONG_S)],
)
def test_a_run_ends_and_no_pass_stands_without_a_fail(serve: Serve, timeout_s: float) -> None:
    with serving(serve) as peer:
        sessions = judged_as_each(peer.url, timeout_s=timeout_s)

    for session in sessions:
        verdicts = {one.verdict for one in session.report.checks}
        assert verdicts
        assert Verdict.ERROR not in verdicts
        # A body `{}` is JSON, though no response: such a pass stands beside a fail only.
        assert Verdict.PASS not in verdicts or verdicts & RED, session.report.checks
        valid(session.report.document())


@pytest.mark.parametrize(
    ("make", "surface"),
    [
        *[pytest.param(make, "jsonrpc", id=f"{name}, jsonrpc") for name, make in FLOODS.items()],
        pytest.param(FLOODS["endless body"], "odata", id="endless body, odata"),
        pytest.param(FLOODS["endless chunks"], "sse", id="endless chunks, sse"),
        pytest.param(FLOODS["gzip bomb"], "odata", id="gzip bomb, odata"),
        pytest.param(FLOODS["gzip bomb"], "sse", id="gzip bomb, sse"),
    ],
)
def test_a_flood_is_cut_and_takes_bounded_memory(
    make: Callable[[], Serve], surface: str, tmp_path: Path
) -> None:
    options = ["run", f"--{surface}", "", "--only", f"{CORE[surface]}*", "--jobs", "1"]
    options += ["--timeout", "1", "--report-dir", str(tmp_path), "--quiet", "--format", "json,html"]
    with serving(make()) as peer:
        options[2] = peer.url
        done = run(["-c", MEASURED, *options], tmp_path, {"PYTHONPATH": str(SCHEMA.parents[1])})

    assert int(done.err.rpartition("peak ")[2]) < MOST_MB
    assert done.status in (1, 3)
    if done.status == 1:
        report = report_of(tmp_path)
        assert not {row["verdict"] for row in report["checks"]} & {"pass", "error"}
        valid(report)


@pytest.mark.parametrize("name", ["terminal escapes", "script", "script in a header"])
def test_what_a_server_says_is_inert_in_the_terminal_and_the_page(
    name: str, tmp_path: Path
) -> None:
    # `run` itself refuses an escape character in what was printed.
    options = ["--timeout", "1", "--report-dir", str(tmp_path), "--format", "json,html"]
    with serving(LIARS[name]) as peer:
        arguments = ["run", "--jsonrpc", peer.url, "--only", f"{CORE['jsonrpc']}*", *options]
        run(["-m", "conformance", *arguments], tmp_path, {})

    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert not {"\x1b", "\x07", "\x9b"} & set(page)
