"""A run put together: profile, discovery, plan, schedule, report. Both faces call this."""

import contextlib
import datetime as dt
import secrets as random_source
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import conformance
from conformance.discovery.jsonrpc import discover_jsonrpc
from conformance.drivers.connection import TlsOptions, make_tls_context, open_connection
from conformance.drivers.embedded import embedded_server
from conformance.drivers.endpoint import Endpoint, read_url
from conformance.drivers.jsonrpc import JsonRpcDriver
from conformance.drivers.pace import SteadyPace
from conformance.drivers.step import Driver
from conformance.drivers.target_process import TargetProcess
from conformance.drivers.wire import Limits
from conformance.engine.case_run import CaseRunner
from conformance.engine.plan import Plan, Selection, make_plan
from conformance.engine.scenario import (
    WHOLE_RUN,
    cases_of,
    load_scenarios,
    without_reliance,
)
from conformance.engine.schedule import Schedule
from conformance.errors import InputError, TargetUnreachableError
from conformance.reporting.report import ReportBuilder
from conformance.words.catalogue import Catalogue, load_catalogues
from conformance.words.events import RunEvent, RunNote
from conformance.words.json_value import ABSENT, Absent, Json, is_object
from conformance.words.profile import (
    SURFACES,
    as_url_list,
    headers_of,
    load_profile,
    merge_bindings,
    read_header,
    secret_values,
)
from conformance.words.secrets import Secrets
from conformance.words.target import Target, build_target
from conformance.words.yaml_file import place

EMBEDDED_PROFILE: Final = Path(conformance.__file__).resolve().parent / "profiles/embedded.yaml"
DEFAULT_JOBS: Final = 4
DEFAULT_TIMEOUT_S: Final = 5.0
_SEED_BITS: Final = 31


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """What the user asked for; every part optional.

    `url` is a bare URL: what is there is found out. URLs go before those of the profile. `headers`
    are `Name: value` texts.
    `ignores_reliance` judges cases whose basics broke all the same; the proof of the suite asks so.
    """

    url: str | None = None
    jsonrpc: str | None = None
    odata: str | None = None
    sse: str | None = None
    profile: Path | None = None
    classes: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    allow_writes: bool = False
    headers: tuple[str, ...] = ()
    jobs: int | None = None
    timeout_s: float | None = None
    seed: int | None = None
    ignores_reliance: bool = False

    def as_json(self, *, jobs: int, timeout_s: float) -> dict[str, Json]:
        """Return the options as they stand in a report: what held, and no header values."""
        return {
            "profile": str(self.profile) if self.profile else None,
            "classes": list(self.classes),
            "only": list(self.only),
            "skip": list(self.skip),
            "allow_writes": self.allow_writes,
            "headers": [text.partition(":")[0] for text in self.headers],
            "jobs": jobs,
            "timeout_s": timeout_s,
        }


@dataclass(slots=True, kw_only=True)
class Session:
    """One target with its drivers, ready to be judged."""

    catalogue: Catalogue
    target: Target
    drivers: Mapping[str, Driver]
    plan: Plan
    runner: CaseRunner
    process: TargetProcess
    report: ReportBuilder
    jobs: int
    seed: int
    notes: list[RunNote] = field(default_factory=list)

    def schedule(
        self, emit: Callable[[RunEvent], None], *, shares_target: bool = False
    ) -> Schedule:
        """Return what runs the plan; each event goes into the report, then to `emit`."""

        def take(event: RunEvent) -> None:
            self.report.take(event)
            emit(event)

        return Schedule(
            self.plan,
            runner=self.runner,
            catalogue=self.catalogue,
            lifeline=self.process,
            emit=take,
            jobs=self.jobs,
            shares_target=shares_target,
        )

    async def run(self, emit: Callable[[RunEvent], None]) -> None:
        """Judge the target; the report is complete when this returns."""
        for note in self.notes:
            self.report.take(note)
            emit(note)
        try:
            await self.schedule(emit).run(seed=self.seed)
        finally:
            await self.process.stop()


def read_profile(options: RunOptions) -> dict[str, Json]:
    """Return the profile of a run: the file's, with what the options say on top.

    Raises:
        InputError: a bad file or option.
    """
    if options.url and options.jsonrpc and options.url != options.jsonrpc:
        raise InputError("--jsonrpc", "one URL", options.jsonrpc, f"the target is {options.url}")
    profile = load_profile(options.profile) if options.profile else {}
    urls: dict[str, str | None] = {surface: getattr(options, surface) for surface in SURFACES}
    # What is behind a bare URL is found out, and JSON-RPC is what this version can find there.
    urls["jsonrpc"] = urls["jsonrpc"] or options.url
    for surface, url in urls.items():
        if url is not None:
            section = profile.get(surface)
            profile[surface] = {**(section if is_object(section) else {}), "url": url}
    if options.allow_writes:
        profile["allow_writes"] = True
    return profile


@contextlib.contextmanager
def embedded_target(options: RunOptions) -> Iterator[RunOptions]:
    """Yield options with a target: the given one, or an embedded server started for the block.

    Raises:
        InputError: a bad profile.
        TargetUnreachableError: the embedded server did not start.
    """
    named = options.url or options.jsonrpc or options.odata or options.sse
    if named or (options.profile and as_url_list(load_profile(options.profile))):
        yield options
        return
    with embedded_server() as origin:
        yield replace(
            options,
            jsonrpc=f"{origin}/rpc",
            profile=options.profile or EMBEDDED_PROFILE,
            allow_writes=True,
        )


async def open_session(options: RunOptions) -> Session:
    """Find out what the target offers and plan the run.

    Raises:
        InputError: a bad file or option, or a URL where nothing that is judged was found.
        TargetUnreachableError: no connection could be made.
    """
    started_at = dt.datetime.now(dt.UTC)
    catalogue = load_catalogues()
    scenarios = load_scenarios()
    profile = read_profile(options)
    headers = [read_header(text) for text in options.headers]
    secrets = Secrets(secret_values(profile, headers))
    is_bare = options.url is not None and options.jsonrpc is None
    driver, endpoint = _jsonrpc_driver(profile, headers, options)
    await _reach(endpoint, profile, options)
    found = await discover_jsonrpc(driver, known=_known_call(profile))
    first_answer = secrets.mask_text(found.first_answer)
    if not found.answers:
        raise TargetUnreachableError(endpoint.url, first_answer)
    notes: list[RunNote] = []
    if not found.speaks:
        if is_bare and options.profile is None:
            hint = "if it is one all the same, say --jsonrpc URL"
            raise InputError(endpoint.url, "a JSON-RPC endpoint", first_answer, hint)
        notes.append(RunNote(text=f"the first call got no JSON-RPC answer: {first_answer}"))
    section = profile["jsonrpc"]
    assert is_object(section)
    profile["jsonrpc"] = merge_bindings(section, found.bindings)
    target = build_target(
        profile,
        capabilities=catalogue.capabilities,
        paths={"jsonrpc": (endpoint.target, endpoint.host_header)},
        discovered=found.offers,
        secrets=secrets,
    )
    drivers = {driver.name: driver}
    selection = Selection(only=options.only, skip=options.skip, classes=options.classes)
    if options.ignores_reliance:
        scenarios = without_reliance(scenarios)
    plan = make_plan(
        scenarios, catalogue=catalogue, target=target, drivers=drivers, selection=selection
    )
    jobs = options.jobs or _number(profile, "jobs", DEFAULT_JOBS)
    seed = options.seed if options.seed is not None else random_source.randbits(_SEED_BITS)
    if seed < 0:
        raise InputError("--seed", "a number from 0", seed)
    runner = CaseRunner(
        drivers=drivers, target=target, catalogue=catalogue, seed=seed, watchers=plan.watchers
    )
    order = [case.id for one in scenarios for case in cases_of(one)]
    order += [f"{one.full_id}/{WHOLE_RUN}" for one in scenarios if one.on_every is not None]
    report = ReportBuilder(
        catalogue=catalogue,
        target=target,
        order=order,
        options=options.as_json(jobs=jobs, timeout_s=_timeout_s(profile, options)),
        started_at=started_at,
    )
    return Session(
        catalogue=catalogue,
        target=target,
        drivers=drivers,
        plan=plan,
        runner=runner,
        process=_process(driver, profile, options),
        report=report,
        jobs=jobs,
        seed=seed,
        notes=notes,
    )


def _known_call(profile: Mapping[str, Json]) -> tuple[str, Json | Absent] | None:
    """Return method and params of the call that the profile says to succeed."""
    section = profile["jsonrpc"]
    assert is_object(section)
    calls = [
        section[name] for name in ("ok", "no_params", "positional", "named") if name in section
    ]
    call = calls[0] if calls else None
    return (str(call["method"]), call.get("params", ABSENT)) if is_object(call) else None


def _number(profile: Mapping[str, Json], name: str, default: int) -> int:
    value = profile.get(name, default)
    assert isinstance(value, int)
    return value


def _timeout_s(profile: Mapping[str, Json], options: RunOptions) -> float:
    value = profile.get("timeout_s", DEFAULT_TIMEOUT_S)
    if options.timeout_s is not None:
        if not options.timeout_s > 0:
            raise InputError("--timeout", "more than 0 s", options.timeout_s)
        value = options.timeout_s
    assert isinstance(value, int | float)
    return float(value)


def _where_from(options: RunOptions) -> str:
    """Return the option or the line that says where the endpoint is."""
    if options.jsonrpc or options.url:
        return "--jsonrpc" if options.jsonrpc else "URL"
    assert options.profile is not None
    return place(options.profile, "/jsonrpc/url")


def _tls_options(profile: Mapping[str, Json]) -> TlsOptions:
    tls = profile.get("tls")
    if not is_object(tls):
        return TlsOptions()
    ca_file = tls.get("ca_file")
    return TlsOptions(
        verify=tls.get("verify") is not False, ca_file=str(ca_file) if ca_file else None
    )


def _jsonrpc_driver(
    profile: Mapping[str, Json], headers: Sequence[tuple[str, str]], options: RunOptions
) -> tuple[JsonRpcDriver, Endpoint]:
    section = profile.get("jsonrpc")
    if not is_object(section):
        hint = "this version judges JSON-RPC; give a URL, --jsonrpc URL or jsonrpc: {url: …}"
        raise InputError("target", "a JSON-RPC endpoint", sorted(as_url_list(profile)), hint)
    endpoint = read_url(str(section["url"]), where=_where_from(options))
    rate = profile.get("rate_per_s")
    assert rate is None or isinstance(rate, int | float)
    driver = JsonRpcDriver(
        endpoint,
        headers=[*headers_of(section), *headers],
        limits=Limits(timeout_s=_timeout_s(profile, options)),
        tls=make_tls_context(_tls_options(profile)) if endpoint.is_tls else None,
        pace=SteadyPace(rate_per_s=rate) if rate else None,
    )
    return driver, endpoint


async def _reach(endpoint: Endpoint, profile: Mapping[str, Json], options: RunOptions) -> None:
    """Make one connection, so that a target that isn't there is said so at once.

    Raises:
        TargetUnreachableError: it could not be made.
    """
    tls = make_tls_context(_tls_options(profile)) if endpoint.is_tls else None
    timeout_s = _timeout_s(profile, options)
    async with await open_connection(endpoint, tls=tls, timeout_s=timeout_s):
        return


def _process(
    driver: JsonRpcDriver, profile: Mapping[str, Json], options: RunOptions
) -> TargetProcess:
    restart = profile.get("restart")
    return TargetProcess(
        driver.is_alive,
        restart=str(restart) if restart else None,
        grace_s=_timeout_s(profile, options),
    )
