"""All mutants of some modules, each judged by the cases that touch what was changed in it."""

import ast
import dis
import gc
import importlib
import logging
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from types import CodeType
from typing import Final, cast

import reference_server.app  # all of the server is to be there before the first fork
from reference_server import __file__ as _package_file
from tests.proof.lab import Key, Setup
from tests.proof.mutation.bench import Bench, Healthy, Red, judge, judge_healthy, open_bench, start
from tests.proof.mutation.fate import Fate
from tests.proof.mutation.forks import CRASHES, Done, Task, Teller, run_forked
from tests.proof.mutation.mutants import Mutant, mutants_of
from tests.proof.mutation.patch import Functions, changed_functions, import_anew, put_into
from tests.proof.mutation.trace import START, Line, Touched

PACKAGE: Final = reference_server.app.__name__.partition(".")[0]
FOLDER: Final = str(Path(_package_file).parent)
_HEALTHY_DEADLINE_S: Final = 300.0
# A loaded machine is many times slower, and a mutant is not to be blamed for it.
_SLOWER: Final = 10.0
_MARGIN_S: Final = 60.0
# Most cases take a few thousandths; those that wait for time to pass come last.
_SLOW_S: Final = 0.3
# Those of idle streams and the like take longer; what was made at the start meets none of them.
_LONG_S: Final = 3.0
_STANDARD_ERROR: Final = 2
_READS: Final = frozenset({"LOAD_GLOBAL", "LOAD_NAME", "LOAD_ATTR", "LOAD_METHOD", "LOAD_DEREF"})
# What lives meets all that it is given: with these, two cores are through in half an hour or so.
_MANY: Final = 150
_OF_SCENARIO: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """All that is known before the first mutant."""

    benches: Sequence[Sequence[Bench]]  # by setup, then by slot
    healthy: Sequence[Healthy]  # by setup
    known: Sequence[frozenset[Key]]  # by setup
    at_import: frozenset[Line]
    functions: Functions
    names: Mapping[str, frozenset[Line]]


@dataclass(frozen=True, slots=True)
class _Round:
    """Cases to run with one setup."""

    setup: int
    cases: Sequence[str]
    took_s: float


def prepare(setups: Iterable[Setup], folder: Path, *, jobs: int) -> Ground:
    """Open the sessions, judge the unchanged server, record what touches what.

    Raises:
        RuntimeError: the unchanged server was not judged to the end.
    """
    logging.disable()
    benches = [[open_bench(setup, folder) for _ in range(jobs)] for setup in setups]
    healthy: list[Healthy] = []
    known: list[frozenset[Key]] = []
    for group in benches:
        free = _alone(partial(judge_healthy, group[0]))
        watched = _alone(partial(judge_healthy, group[0], FOLDER))
        known.append(free.red | watched.red)
        healthy.append(replace(free, lines=watched.lines))
    functions = Functions.of(FOLDER)
    # What is here stays: no child needs to look through it, and copy it by doing so.
    gc.collect()
    gc.freeze()
    return Ground(
        benches=benches,
        healthy=healthy,
        known=known,
        at_import=frozenset(cast("set[Line]", _done(_import_watched).told)),
        functions=functions,
        names=_lines_by_name(),
    )


def _alone(work: partial[Healthy]) -> Healthy:
    told = _done(work).told
    assert isinstance(told, Healthy)
    return told


def _done(work: Callable[[], object]) -> Done:
    done = next(run_forked([Task("unchanged", lambda _: work(), _HEALTHY_DEADLINE_S)], jobs=1))
    if done.end:
        raise RuntimeError(f"the unchanged server was not judged to the end: it {done.end}")
    return done


def _import_watched() -> set[Line]:
    touched = Touched(FOLDER)
    path = Path(_package_file)
    code = compile(path.read_text(encoding="utf-8"), str(path), "exec")
    with touched.watching():
        import_anew(PACKAGE, code, package=PACKAGE)
        importlib.import_module(reference_server.app.__name__)
    return touched.lines.get(START, set())


def mutants_in(modules: Iterable[str]) -> Iterator[Mutant]:
    """Yield the mutants of modules, in their order."""
    for module in modules:
        file = sys.modules[module].__file__ if module in sys.modules else None
        path = Path(file or str(importlib.import_module(module).__file__))
        yield from mutants_of(path.read_text(encoding="utf-8"), module=module, path=str(path))


def judge_all(
    mutants: Iterable[Mutant],
    ground: Ground,
    *,
    jobs: int,
    whole: bool = False,
    thorough: bool = False,
) -> Iterator[Fate]:
    """Judge all mutants; yield what became of each as it ends.

    Args:
        mutants: what to judge.
        ground: what `prepare` returned for at least as many jobs.
        jobs: how many at a time.
        whole: let each meet all cases, not only those that touch what was changed.
        thorough: let each meet all cases that touch what was changed, also where they are many.
    """
    begun: dict[str, tuple[Mutant, int]] = {}
    killers: Counter[str] = Counter()

    def tasks() -> Iterator[Task]:
        for number, mutant in enumerate(mutants):
            rounds = _rounds(mutant, ground, killers, whole=whole, thorough=thorough)
            name = str(number)
            begun[name] = mutant, sum(len(one.cases) for one in rounds)
            took_s = sum(one.took_s for one in rounds)
            yield Task(name, partial(_meet, mutant, rounds, ground), _MARGIN_S + _SLOWER * took_s)

    for done in run_forked(tasks(), jobs=jobs):
        mutant, count = begun.pop(done.task.name)
        if done.end.startswith(CRASHES):
            raise RuntimeError(f"{mutant.name}: {done.end}")
        told = cast("tuple[str, str] | None", done.told)
        killers.update([told[0]] if told else [])
        killed_by = done.end or (" ".join(told) if told else "")
        yield fate_of(mutant, killed_by=killed_by, cases=count, took_s=round(done.took_s, 3))


def fate_of(mutant: Mutant, *, killed_by: str = "", cases: int = 0, took_s: float = 0.0) -> Fate:
    """Return what became of a mutant; one that was not judged is taken to live."""
    return Fate(
        module=mutant.module,
        line=mutant.line,
        change=mutant.change,
        before=mutant.before,
        place=mutant.place,
        after=mutant.after,
        killed_by=killed_by,
        cases=cases,
        took_s=took_s,
    )


def _rounds(
    mutant: Mutant, ground: Ground, killers: Mapping[str, int], *, whole: bool, thorough: bool
) -> list[_Round]:
    """Return what to run, the quickest setup first.

    A case is run with a second setup only where it runs other lines there than with the first,
    or if all are to be asked; and of many cases, only those that were not run yet.
    """
    rounds: list[_Round] = []
    seen: dict[str, list[frozenset[Line]]] = {}
    for number, healthy in enumerate(ground.healthy):
        chosen = set(healthy.took_s) if whole else _cases(mutant, healthy, ground, killers)
        if not whole and not thorough:
            chosen = _some(chosen)
        lines = {case: healthy.lines.get(case, frozenset()) for case in chosen}
        fresh = {case for case in chosen if thorough or lines[case] not in seen.get(case, ())}
        if len(chosen) > _MANY and not whole and not thorough:
            fresh -= seen.keys()
        for case in fresh:
            seen.setdefault(case, []).append(lines[case])
        if fresh:
            took_s = sum(healthy.took_s[case] for case in fresh)
            rounds.append(_Round(number, _in_order(fresh, healthy, killers), took_s))
    return sorted(rounds, key=lambda one: one.took_s / len(one.cases))


def _some(cases: AbstractSet[str]) -> set[str]:
    """Return all of a few cases, and of many a few of each scenario, spread over it.

    What so many run is common to all requests, and mostly shows in any of them.
    """
    if len(cases) <= _MANY:
        return {*cases}
    by_scenario: dict[str, list[str]] = {}
    for case in sorted(cases):
        by_scenario.setdefault(case.rpartition("/")[0], []).append(case)
    return {
        case for group in by_scenario.values() for case in group[:: -(-len(group) // _OF_SCENARIO)]
    }


def _in_order(cases: AbstractSet[str], healthy: Healthy, killers: Mapping[str, int]) -> list[str]:
    """Put first what killed others, then one case of each scenario, quick ones before slow ones.

    Cases of one scenario mostly kill the same mutants.
    """
    place: dict[str, int] = {}
    count: Counter[str] = Counter()
    for case in sorted(cases, key=lambda case: (healthy.took_s[case], case)):
        scenario = case.rpartition("/")[0]
        place[case] = count[scenario]
        count[scenario] += 1
    return sorted(
        cases,
        key=lambda case: (
            healthy.took_s[case] > _SLOW_S,
            -killers.get(case, 0),
            place[case],
            healthy.took_s[case],
            case,
        ),
    )


def _cases(
    mutant: Mutant, healthy: Healthy, ground: Ground, killers: Mapping[str, int]
) -> set[str]:
    """Return the cases that touch what was changed.

    What made the server what it is may show anywhere: a case of each scenario is asked then, and
    those that killed others.
    """
    path = mutant.code.co_filename
    wanted = {(path, line) for line in range(mutant.first, mutant.last + 1)}
    by_import = bool(wanted & ground.at_import)
    if by_import:
        for name in bound_names(mutant.before):
            wanted |= ground.names.get(name, frozenset())
    touching = {who for who, lines in healthy.lines.items() if lines & wanted}
    chosen = touching - {START}
    if START in touching or (by_import and not chosen):
        spread = _in_order(set(healthy.took_s), healthy, {})
        scenarios = {case.rpartition("/")[0]: case for case in reversed(spread)}
        short = {case for case in scenarios.values() if healthy.took_s[case] <= _LONG_S}
        chosen |= short | set(killers)
    return chosen & set(healthy.took_s)


def _meet(
    mutant: Mutant, rounds: Sequence[_Round], ground: Ground, slot: int
) -> tuple[str, str] | None:
    """Become the mutant, and tell which case killed it, and how."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), _STANDARD_ERROR)
    try:
        become(mutant, ground)
    except Exception as error:  # noqa: BLE001 - a module may fail in any way
        return "", f"the server can't be imported: {error!r}"
    for one in rounds:
        bench = ground.benches[one.setup][slot]
        try:
            server = start(bench.setup, bench.listener)
        except Exception as error:  # noqa: BLE001 - the server may fail in any way
            return "", f"the server does not start: {error!r}"
        judge(bench, one.cases, known=ground.known[one.setup], on_red=_tell)
        if not server.is_alive():
            return "", "the server ends"
    return None


def _tell(red: Red) -> None:
    (requirement, scenario, case), message = red
    Teller.tell((f"{scenario}/{case}", f"{requirement}: {message}"))


def become(mutant: Mutant, ground: Ground) -> None:
    """Put a mutant into this process."""
    path = mutant.code.co_filename
    old = compile(Path(path).read_text(encoding="utf-8"), path, "exec")
    changed = changed_functions(old, mutant.code)
    lines = {(path, line) for line in range(mutant.first, mutant.last + 1)}
    if changed is not None and not lines & ground.at_import:
        put_into(ground.functions, changed)
    else:
        import_anew(mutant.module, mutant.code, package=PACKAGE)


def bound_names(statement: str) -> set[str]:
    """Return the names that a statement binds; of one with a body, its first line is enough."""
    text = f"{statement} pass" if statement.endswith(":") else statement
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return set()
    names: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Store()):
                names.add(name)
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                names.add(name)
            case ast.ClassDef(name=name):
                names.add(name)
            case _:
                pass
    return names


def _lines_by_name() -> dict[str, frozenset[Line]]:
    """Return the lines in functions at which a name or an attribute is read, by name."""
    found: dict[str, set[Line]] = {}
    for path in Path(FOLDER).rglob("*.py"):
        code = compile(path.read_text(encoding="utf-8"), str(path), "exec")
        for function in _functions_below(code):
            for one in dis.get_instructions(function):
                line = one.positions.lineno if one.positions else None
                if one.opname in _READS and line is not None:
                    found.setdefault(one.argval, set()).add((str(path), line))
    return {name: frozenset(lines) for name, lines in found.items()}


def _functions_below(code: CodeType) -> Iterator[CodeType]:
    for one in code.co_consts:
        if isinstance(one, CodeType):
            yield one
            yield from _functions_below(one)
