"""A target judged by the whole suite, and what must hold of that whatever the target does."""

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, TypeVar

import anyio
from jsonschema import Draft202012Validator

from conformance.engine.schedule import TARGET_LOST
from conformance.errors import TargetUnreachableError
from conformance.session import RunOptions, Session, open_session
from conformance.words.verdict import RED, Check, Verdict
from tests.conformance.peers import Peer, Serve, read_json

Found = TypeVar("Found")
SURFACES: Final = ("jsonrpc", "odata", "sse")
#: What each surface is, before all else.
BASICS: Final = {
    "jsonrpc": ("jsonrpc/speaks-jsonrpc*",),
    "odata": ("odata/service-document-lists-resources*",),
    "sse": ("sse/stream-is-opened*", "sse/lines-and-blocks-end*", "sse/every-*"),
}
#: For servers that keep a run waiting.
SHORT_S: Final = 0.2
#: For those that answer at once: nothing is waited for, unless the machine is busy.
LONG_S: Final = 5.0
#: A run that takes longer hangs. It is far more than all waits of a run together.
HANGS_S: Final = 100.0
#: On top of all deadlines of a run: its own work, on a machine that has other work too.
BUSY_S: Final = 30.0
#: Beside a connection that waits for its deadline: the one that asks whether the target lives.
WAITS_A_CONNECTION: Final = 2
_NO_GOOD: Final = RED | {Verdict.ERROR}
#: The reason of a case whose session, which comes from a request of its own, could not be had.
NO_SESSION: Final = "no-answer:unreachable"
SCHEMA: Final = Path(__file__).parents[2] / "schemas/report.schema.json"


def valid(report: Mapping[str, object]) -> None:
    """Hold a report against its schema."""
    __tracebackhide__ = True
    Draft202012Validator(read_json(SCHEMA.read_bytes())).validate(report)


async def open_and_run(options: RunOptions) -> Session:
    """Judge a target.

    Raises:
        TargetUnreachableError: it gave no HTTP response.
    """
    session = await open_session(options)
    await session.run(lambda event: None)  # noqa: ARG005 - nothing is shown
    return session


def judged(
    urls: Mapping[str, str],
    *,
    timeout_s: float,
    only: Sequence[str] = (),
    profile: Path | None = None,
) -> Session | str:
    """Judge the surfaces at these URLs together; say why when one of them could not be reached.

    `only` are patterns of scenarios; none stand for the whole suite.
    """
    options = RunOptions(
        jsonrpc=urls.get("jsonrpc"),
        odata=urls.get("odata"),
        sse=urls.get("sse"),
        timeout_s=timeout_s,
        only=tuple(only),
        profile=profile,
        seed=1,
    )

    async def judge() -> Session | str:
        with anyio.fail_after(HANGS_S):
            try:
                return await open_and_run(options)
            except TargetUnreachableError as error:
                return str(error)

    return anyio.run(judge)


def judged_as_each(peer: Peer, *, timeout_s: float, basics: bool = False) -> list[Session]:
    """Judge a target as all surfaces at once; if it is none of one, as each of the others too."""

    def judge(*surfaces: str) -> Session | str:
        only = [one for surface in surfaces for one in BASICS[surface]] if basics else []
        return judged(dict.fromkeys(surfaces, peer.url), timeout_s=timeout_s, only=only)

    whole = judge(*SURFACES)
    results = [judge(surface) for surface in SURFACES[1:]] if isinstance(whole, str) else [whole]
    assert not any("\n" in result for result in results if isinstance(result, str))
    return [result for result in results if not isinstance(result, str)]


def side_by_side(judge: Callable[[Serve], Found], servers: Mapping[str, Serve]) -> list[Found]:
    """Judge servers in threads, where next to nothing but waiting is done."""
    with ThreadPoolExecutor(len(servers)) as pool:
        return list(pool.map(judge, servers.values()))


def sound(
    session: Session,
    peer: Peer,
    *,
    timeout_s: float,
    may_be_lost: bool = False,
    excused: AbstractSet[str] = frozenset(),
) -> None:
    """Say that a run came to its end in time, blames nobody for us, and has a valid report.

    `may_be_lost`: a target that keeps a run waiting may be taken for one that is gone. `excused`:
    further reasons for which a case may not have been judged.
    """
    checks = session.report.checks
    assert checks
    excused = excused | {TARGET_LOST} if may_be_lost else excused
    errors = [one for one in checks if one.verdict is Verdict.ERROR and one.reason not in excused]
    assert not errors, errors
    document = session.report.document()
    valid(document)
    run = document["run"]
    assert isinstance(run, dict)
    assert run["complete"] or may_be_lost
    longest_s = WAITS_A_CONNECTION * peer.connections * timeout_s + BUSY_S
    assert run["duration_s"] <= longest_s, (run, peer.connections)


def checks_of(session: Session, surface: str) -> list[Check]:
    """Return the checks of one surface."""
    return [one for one in session.report.checks if one.scenario.startswith(f"{surface}/")]


def no_lonely_pass(session: Session) -> None:
    """Say that each surface that was judged broke, if anything of it passed.

    A body `{}` is JSON, though no response: such a pass stands beside a fail only.
    """
    for surface in SURFACES:
        verdicts = {one.verdict for one in checks_of(session, surface)}
        assert Verdict.PASS not in verdicts or verdicts & _NO_GOOD, (surface, verdicts)
