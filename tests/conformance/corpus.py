"""A tiny spec: a catalogue made here, scenarios written as text, and runs of them against a peer.

The scenarios stand in a folder `jsonrpc`, so that the JSON-RPC driver sends for them.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import anyio

from conformance.drivers.endpoint import read_url
from conformance.drivers.jsonrpc import JsonRpcDriver
from conformance.drivers.target_process import TargetProcess
from conformance.drivers.wire import Limits
from conformance.engine.case_run import CaseRunner
from conformance.engine.plan import Plan, Selection, make_plan
from conformance.engine.scenario import Scenario, load_scenarios
from conformance.engine.schedule import Schedule
from conformance.words.catalogue import Capability, Catalogue, Requirement
from conformance.words.events import CaseFinished, RunEvent, TargetDied
from conformance.words.json_value import Json
from conformance.words.secrets import Secrets
from conformance.words.target import Target, build_target
from conformance.words.verdict import Check, Level

SEED = 7


def requirement(name: str, level: Level = Level.MUST, **more: Any) -> Requirement:  # noqa: ANN401 - any field
    """Return a row with a statement of its own."""
    fields: dict[str, Any] = {
        "spec": "tiny",
        "section": "1",
        "source": "tiny-1",
        "link": f"https://tiny.example/{name}",
        "party": "server",
        "class_name": "tiny.core",
        "statement": f"The statement of {name}.",
        "how_to_test": "Look.",
        "needs": (),
        "testable": "yes",
        "edition": "2026.1",
    }
    return Requirement(id=name, level=level, **{**fields, **more})


MUST, MUST_NOT, SHOULD, MAY = "TINY-1-01", "TINY-1-02", "TINY-1-03", "TINY-1-04"
IMPLIED, WARNS, INFORMS, SHOULD_NOT = "TINY-1-05", "TINY-1-06", "TINY-1-07", "TINY-1-08"
OTHER, HARD, CLIENT = "TINY-2-01", "TINY-2-02", "TINY-2-03"
_ROWS = (
    requirement(MUST),
    requirement(MUST_NOT, Level.MUST_NOT),
    requirement(SHOULD, Level.SHOULD),
    requirement(MAY, Level.MAY),
    requirement(IMPLIED, Level.IMPLIED),
    requirement(WARNS, worst="warn", ambiguities=("AMB-TINY-01",)),
    requirement(INFORMS, worst="info"),
    requirement(SHOULD_NOT, Level.SHOULD_NOT),
    requirement(OTHER, class_name="tiny.other"),
    requirement(HARD, class_name="tiny.other", testable="no", limits="Nobody sees it."),
    requirement(CLIENT, class_name="tiny.other", party="client"),
)


def _capability(name: str, kind: str) -> tuple[str, Capability]:
    return name, Capability(name=name, title=f"what {name} is", kind=kind, add=f"add {name}")


CATALOGUE = Catalogue(
    titles={"tiny": "A tiny spec"},
    classes={"tiny.core": "The core", "tiny.other": "The rest"},
    capabilities=dict(
        [
            _capability("jsonrpc", "binding"),
            _capability("jsonrpc.ok", "binding"),
            _capability("jsonrpc.batch", "assumed"),
            _capability("jsonrpc.positional", "binding"),
            _capability("jsonrpc.positional.result", "binding"),
            _capability("jsonrpc.get", "feature"),
            _capability("jsonrpc.discover", "feature"),
        ]
    ),
    ambiguities={},
    requirements={row.id: row for row in _ROWS},
)


def write_topic(folder: Path, text: str, *, spec: str = "jsonrpc", name: str = "topic") -> Path:
    """Write a scenario file below a folder of scenarios; `text` follows the topic."""
    path = folder / spec / f"{name}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"topic: Tiny\n{text}", encoding="utf-8")
    return path


def scenario(name: str, *steps: str, more: str = "") -> str:
    """Write one scenario; each step is a flow mapping, `more` further members."""
    lines = [f"  - {{id: {name}, title: The title of {name}, {more}", "     steps: ["]
    return "\n".join([*lines, *(f"       {step}," for step in steps), "     ]}", ""])


def sends(
    body: str, requirement_id: str = MUST, pointer: str = "/outcome", schema: str = ""
) -> str:
    """Write a step: a body is sent, and at a pointer a schema is expected."""
    expected = schema or "{const: answered}"
    return f"{{send: {{raw: '{body}'}}, expect: {{{requirement_id}: {{{pointer}: {expected}}}}}}}"


def load(folder: Path, *scenarios: str) -> tuple[Scenario, ...]:
    """Write scenarios to one file of a fresh folder, and load it."""
    write_topic(folder, "scenarios:\n" + "".join(scenarios))
    return load_scenarios(folder)


def target_of(url: str, profile: Mapping[str, Json] | None = None, **more: Any) -> Target:  # noqa: ANN401 - any field
    """Return a target with what a profile says of it beside the URL."""
    document: dict[str, Json] = {"jsonrpc": {"url": url}, **(profile or {})}
    return build_target(
        document,
        capabilities=CATALOGUE.capabilities,
        paths={"jsonrpc": ("/", "127.0.0.1")},
        **more,
    )


@dataclass(kw_only=True)
class Run:
    """What a run came to."""

    events: list[RunEvent] = field(default_factory=list)
    plan: Plan
    target: Target

    @property
    def finished(self) -> list[CaseFinished]:
        """The finished cases, in the order in which they finished."""
        return [event for event in self.events if isinstance(event, CaseFinished)]

    @property
    def deaths(self) -> list[TargetDied]:
        """The deaths of the target."""
        return [event for event in self.events if isinstance(event, TargetDied)]

    @property
    def checks(self) -> list[Check]:
        """All checks."""
        return [check for case in self.finished for check in case.checks]

    def check(self, scenario_id: str, requirement_id: str = MUST, case: str = "-") -> Check:
        """Return one check."""
        key = (requirement_id, f"jsonrpc/{scenario_id}", case)
        [found] = [one for one in self.checks if one.key == key]
        return found

    def verdicts(self) -> dict[str, str]:
        """Return the verdict of each case's first check, by the scenario's id."""
        return {
            one.scenario.rpartition("/")[2]: one.checks[0].verdict.value for one in self.finished
        }


def judge(
    scenarios: Sequence[Scenario],
    url: str,
    *,
    profile: Mapping[str, Json] | None = None,
    offers: Mapping[str, bool] | None = None,
    secrets: Secrets | None = None,
    selection: Selection | None = None,
    jobs: int = 1,
    timeout_s: float = 20.0,
    restart: str | None = None,
    grace_s: float = 0.05,
    on_death: Callable[[], None] | None = None,
    shares_target: bool = False,
    pause: Callable[[float], Awaitable[None]] | None = None,
) -> Run:
    """Judge a peer by scenarios; `on_death` is called when the target was found dead."""
    target = target_of(url, profile, discovered=offers, secrets=secrets)
    driver = JsonRpcDriver(read_url(url, where="test"), limits=Limits(timeout_s=timeout_s))
    drivers = {driver.name: driver}
    plan = make_plan(
        scenarios,
        catalogue=CATALOGUE,
        target=target,
        drivers=drivers,
        selection=selection or Selection(),
    )
    runner = CaseRunner(
        drivers=drivers,
        target=target,
        catalogue=CATALOGUE,
        seed=SEED,
        watchers=plan.watchers,
        pause=pause,
    )

    async def probe() -> bool:
        alive = await driver.is_alive()
        if not alive and on_death is not None:
            on_death()
        return alive

    process = TargetProcess(probe, restart=restart, grace_s=grace_s)
    run = Run(plan=plan, target=target)
    schedule = Schedule(
        plan,
        runner=runner,
        catalogue=CATALOGUE,
        lifeline=process,
        emit=run.events.append,
        jobs=jobs,
        shares_target=shares_target,
    )

    async def all_of_it() -> None:
        try:
            with anyio.fail_after(60):
                await schedule.run(seed=SEED)
        finally:
            await process.stop()

    anyio.run(all_of_it)
    return run
