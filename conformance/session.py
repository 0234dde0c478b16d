"""A run put together: profile, discovery, plan, schedule, report. Both faces call this."""

import contextlib
import datetime as dt
import secrets as random_source
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import conformance
from conformance.drivers.embedded import EMBEDDED_OPTIONS, embedded_server
from conformance.drivers.endpoint import Endpoint, read_url
from conformance.drivers.step import Driver
from conformance.drivers.target_process import TargetProcess
from conformance.engine.case_run import CaseRunner
from conformance.engine.plan import Plan, Selection, make_plan
from conformance.engine.scenario import load_scenarios, places_of, without_reliance
from conformance.engine.schedule import Schedule
from conformance.errors import InputError, TargetUnreachableError
from conformance.reporting.report import ReportBuilder
from conformance.surfaces.access import Access, Opened, read_access
from conformance.surfaces.openers import ANY_SURFACE, OPENERS, TITLES
from conformance.words.catalogue import Catalogue, load_catalogues
from conformance.words.events import RunEvent, RunNote
from conformance.words.json_value import Json, is_object
from conformance.words.presets import load_preset, under_profile
from conformance.words.profile import (
    SURFACES,
    as_url_list,
    headers_of,
    load_profile,
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
    are `Name: value` texts. `preset` fills the gaps of the profile.
    `ignores_reliance` judges cases whose basics broke all the same; the proof of the suite asks so.
    `repeat` is how often each case is run. `rate_per_s` bounds the requests of a second, and
    `entity_sets` are the OData sets that may be written to; both go before the profile's.
    """

    url: str | None = None
    jsonrpc: str | None = None
    odata: str | None = None
    sse: str | None = None
    profile: Path | None = None
    preset: str | None = None
    classes: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    allow_writes: bool = False
    headers: tuple[str, ...] = ()
    jobs: int | None = None
    timeout_s: float | None = None
    seed: int | None = None
    ignores_reliance: bool = False
    repeat: int = 1
    rate_per_s: float | None = None
    entity_sets: tuple[str, ...] = ()

    def as_json(self, *, jobs: int, timeout_s: float) -> dict[str, Json]:
        """Return the options as they stand in a report: what held, and no header values."""
        return {
            "profile": str(self.profile) if self.profile else None,
            **({"preset": self.preset} if self.preset else {}),
            "classes": list(self.classes),
            "only": list(self.only),
            "skip": list(self.skip),
            "allow_writes": self.allow_writes,
            "headers": [text.partition(":")[0] for text in self.headers],
            "jobs": jobs,
            "timeout_s": timeout_s,
            **({"repeat": self.repeat} if self.repeat > 1 else {}),
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
    left_over: Callable[[], Sequence[str]] = tuple
    repeat: int = 1

    def schedule(
        self,
        emit: Callable[[RunEvent], None],
        *,
        shares_target: bool = False,
        runner: CaseRunner | None = None,
    ) -> Schedule:
        """Return what runs the plan; each event goes into the report, then to `emit`."""

        def take(event: RunEvent) -> None:
            self.report.take(event)
            emit(event)

        return Schedule(
            self.plan,
            runner=runner or self.runner,
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
            for seed in range(self.seed, self.seed + self.repeat):
                if not self.report.target_lost:
                    await self.schedule(emit, runner=self._runner(seed)).run(seed=seed)
            if left := self.left_over():
                note = RunNote(text=f"could not be deleted again: {', '.join(left)}")
                self.report.take(note)
                emit(note)
        finally:
            await self.process.stop()

    def _runner(self, seed: int) -> CaseRunner:
        """Return what runs the cases of one round, with fresh values of its own."""
        if seed == self.seed:
            return self.runner
        return CaseRunner(
            drivers=self.drivers,
            target=self.target,
            catalogue=self.catalogue,
            seed=seed,
            watchers=self.plan.watchers,
        )


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
    if options.rate_per_s is not None:
        profile["rate_per_s"] = options.rate_per_s
    if options.entity_sets and is_object(section := profile.get("odata")):
        profile["odata"] = {**section, "entity_sets": {name: {} for name in options.entity_sets}}
    return profile


@contextlib.contextmanager
def embedded_target(options: RunOptions) -> Iterator[RunOptions]:
    """Yield options with a target: the given one, or an embedded server started for the block.

    Raises:
        InputError: a bad profile.
        TargetUnreachableError: the embedded server did not start.
    """
    named = options.url or options.jsonrpc or options.odata or options.sse
    if named or options.preset or (options.profile and as_url_list(load_profile(options.profile))):
        yield options
        return
    with embedded_server(EMBEDDED_OPTIONS) as origin:
        yield replace(
            options,
            jsonrpc=f"{origin}/rpc",
            odata=f"{origin}/odata",
            # A profile of the user's own says what its streams are, and where.
            sse=None if options.profile else f"{origin}/rpc/progress/{{session}}",
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
    # A preset's header fields are no secrets: they stand in its file.
    secrets = Secrets(secret_values(profile, headers))
    if options.preset is not None:
        profile["preset"] = options.preset
    if "preset" in profile:
        profile = under_profile(profile, load_preset(str(profile["preset"])))
    timeout_s = _timeout_s(profile, options)
    access = read_access(profile, headers=headers, timeout_s=timeout_s)
    opened = await _open_all(profile, access, options, secrets)
    notes = [RunNote(text=note) for one in opened for note in one.notes]
    target = build_target(
        {name: value for name, value in profile.items() if name not in SURFACES}
        | {one.surface: one.section for one in opened},
        capabilities=catalogue.capabilities,
        paths={one.surface: (one.endpoint.target, one.endpoint.host_header) for one in opened},
        discovered={name: has for one in opened for name, has in one.found.offers.items()},
        secrets=secrets,
    )
    drivers = {name: driver for one in opened for name, driver in one.drivers.items()}
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
    report = ReportBuilder(
        catalogue=catalogue,
        target=target,
        order=places_of(scenarios),
        options=options.as_json(jobs=jobs, timeout_s=timeout_s),
        started_at=started_at,
    )
    return Session(
        catalogue=catalogue,
        target=target,
        drivers=drivers,
        plan=plan,
        runner=runner,
        process=_process(opened, profile, options),
        report=report,
        jobs=jobs,
        seed=seed,
        notes=notes,
        left_over=lambda: [url for one in opened for url in one.left_over()],
        repeat=options.repeat,
    )


async def _open_all(
    profile: Mapping[str, Json], access: Access, options: RunOptions, secrets: Secrets
) -> list[Opened]:
    """Open what the profile names; of a bare URL, find out what it is.

    Raises:
        InputError: no URL at all, a bad one, or nothing that is judged behind a bare one.
        TargetUnreachableError: no connection, or no answer.
    """
    urls = as_url_list(profile)
    if not urls:
        hint = "give a URL, --jsonrpc, --odata or --sse URL, or a profile that names one"
        raise InputError("target", "a URL", "none", hint)
    opened: list[Opened] = []
    for surface, url in urls.items():
        endpoint = _read_endpoint(surface, url, options)
        is_bare = url == options.url and getattr(options, surface) is None
        is_bare &= "preset" not in profile
        found = await _open_one(surface, endpoint, profile, access)
        told = secrets.mask_text(found.found.first_answer)
        if not found.speaks and is_bare and options.profile is None:
            found = await _detect(endpoint, access, told)
        elif not found.speaks:
            note = f"the first request got no {TITLES[surface]} answer: {told}"
            found = replace(found, notes=[note, *found.notes])
        opened.append(found)
    return opened


async def _open_one(
    surface: str, endpoint: Endpoint, profile: Mapping[str, Json], access: Access
) -> Opened:
    section = profile[surface]
    assert is_object(section)
    await access.reach(endpoint)
    opened = await OPENERS[surface](endpoint, section, access)
    if not opened.found.answers:
        told = Secrets(value for _, value in [*access.headers, *headers_of(section)])
        raise TargetUnreachableError(endpoint.url, told.mask_text(opened.found.first_answer))
    return opened


async def _detect(endpoint: Endpoint, access: Access, first_answer: str) -> Opened:
    """Try what is not the first surface behind a bare URL.

    Raises:
        InputError: it is none of them.
    """
    section: dict[str, Json] = {"url": endpoint.url}
    for surface in list(OPENERS)[1:]:
        opened = await OPENERS[surface](endpoint, section, access)
        if opened.speaks:
            return opened
    hint = "if it is one all the same, say --jsonrpc, --odata or --sse URL"
    raise InputError(endpoint.url, ANY_SURFACE, first_answer, hint)


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


def _read_endpoint(surface: str, url: str, options: RunOptions) -> Endpoint:
    """Read the URL of a surface; a bad one is told with the option or the line that it is from.

    Raises:
        InputError: a bad URL.
    """
    if getattr(options, surface):
        return read_url(url, where=f"--{surface}")
    if options.profile is None or url == options.url:
        return read_url(url, where="URL")
    try:
        return read_url(url, where=surface)
    except InputError as error:  # the file is read for the line only then
        where = place(options.profile, f"/{surface}/url")
        raise InputError(where, error.expected, error.seen, error.hint) from error


def _process(
    opened: Sequence[Opened], profile: Mapping[str, Json], options: RunOptions
) -> TargetProcess:
    restart = profile.get("restart")

    async def is_alive() -> bool:
        return all([await one.is_alive() for one in opened])

    async def is_ready() -> bool:
        return all([await one.is_ready() for one in opened if one.is_ready is not None])

    return TargetProcess(
        is_alive,
        ready=is_ready,
        restart=str(restart) if restart else None,
        grace_s=_timeout_s(profile, options),
    )
