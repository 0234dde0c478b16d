"""A run against a client put together: lab, attachment, plan, report."""

import datetime as dt
import secrets as random_source
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from conformance.clients.attachment import Attachment
from conformance.clients.driver import SETTLE_MS, ClientDriver
from conformance.clients.lab import Lab
from conformance.clients.offers import find_offers
from conformance.drivers.target_process import TargetProcess
from conformance.drivers.wire import Limits
from conformance.engine.case_run import CaseRunner
from conformance.engine.plan import Selection, make_plan
from conformance.engine.scenario import (
    SCENARIOS,
    Scenario,
    load_scenario_file,
    places_of,
)
from conformance.reporting.report import ReportBuilder
from conformance.session import Session
from conformance.words.catalogue import load_catalogues
from conformance.words.json_value import Json
from conformance.words.target import Target

#: The folder of the scenarios for clients.
SPEC: Final = "sse-client"
DEFAULT_TIMEOUT_S: Final = 5.0
_SEED_BITS: Final = 31


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientOptions:
    """What the user asked for; every part optional.

    `name` is the client's own in the report. `patience_s` bounds what any step waits for; the
    proof of the suite asks so.
    """

    name: str = ""
    version: str = ""
    classes: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    jobs: int | None = None
    timeout_s: float | None = None
    seed: int | None = None
    settle_ms: float = SETTLE_MS
    patience_s: float | None = None

    def as_json(self, *, jobs: int, timeout_s: float) -> dict[str, Json]:
        """Return the options as they stand in a report."""
        return {
            "profile": None,
            "classes": list(self.classes),
            "only": list(self.only),
            "skip": list(self.skip),
            "allow_writes": False,
            "headers": [],
            "jobs": jobs,
            "timeout_s": timeout_s,
        }


async def open_client_session(
    lab: Lab,
    attachment: Attachment,
    options: ClientOptions,
    *,
    scenarios: Sequence[Scenario] | None = None,
) -> Session:
    """Find out what a client offers and plan the run; the lab and attachment stay the caller's.

    `scenarios` are those to choose from, all for clients if not given.

    Raises:
        InputError: an option that chooses nothing.
    """
    started_at = dt.datetime.now(dt.UTC)
    catalogue = load_catalogues()
    timeout_s = options.timeout_s or DEFAULT_TIMEOUT_S
    driver = ClientDriver(
        lab,
        attachment,
        limits=Limits(timeout_s=timeout_s),
        settle_ms=options.settle_ms,
        patience_s=options.patience_s,
    )
    offers = await find_offers(driver)
    target = Target(
        name=options.name or attachment.name or "client",
        version=options.version,
        urls={"client": attachment.url},
        document={},
        offers=offers,
    )
    scenarios = load_client_scenarios() if scenarios is None else scenarios
    drivers = {driver.name: driver}
    plan = make_plan(
        scenarios,
        catalogue=catalogue,
        target=target,
        drivers=drivers,
        selection=Selection(only=options.only, skip=options.skip, classes=options.classes),
    )
    jobs = options.jobs or attachment.default_jobs
    seed = options.seed if options.seed is not None else random_source.randbits(_SEED_BITS)
    runner = CaseRunner(
        drivers=drivers, target=target, catalogue=catalogue, seed=seed, watchers=plan.watchers
    )
    return Session(
        catalogue=catalogue,
        target=target,
        drivers=drivers,
        plan=plan,
        runner=runner,
        process=TargetProcess(attachment.is_alive, grace_s=timeout_s),
        report=ReportBuilder(
            catalogue=catalogue,
            target=target,
            order=places_of(scenarios),
            options=options.as_json(jobs=jobs, timeout_s=timeout_s),
            started_at=started_at,
        ),
        jobs=jobs,
        seed=seed,
    )


@cache
def load_client_scenarios() -> tuple[Scenario, ...]:
    """Read the scenarios for clients and no others.

    Raises:
        InputError: as `load_scenario_file`.
    """
    paths = sorted((SCENARIOS / SPEC).glob("*.yaml"))
    return tuple(one for path in paths for one in load_scenario_file(path, spec=SPEC))
