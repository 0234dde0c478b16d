"""Which classes a report shows to be kept, and why it does not where it does not.

A class is certified when every applicable MUST row of it passed and none errored. What was not
tested is stated, never counted.
"""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final, cast

import conformance
from conformance.errors import InputError, RefusedError
from conformance.reporting.plain_line import plain_line
from conformance.reporting.report import suite_digest
from conformance.reporting.report_file import checks_of, party_of
from conformance.words.catalogue import Catalogue, Requirement
from conformance.words.json_value import Json
from conformance.words.verdict import Check, Level, Verdict

EDITION: Final = "2026.1"  # rows of later editions are run, and not scored
CLOCK_SKEW: Final = dt.timedelta(minutes=5)  # by which two clocks may differ
_MUST: Final = frozenset({Level.MUST, Level.MUST_NOT, Level.IMPLIED})
_SHOWN: Final = 3
# What a requirement came to over its cases: the first of these that is among them.
_ORDER: Final = (Verdict.FAIL, Verdict.ERROR, Verdict.WARN, Verdict.PASS, Verdict.UNTESTED)

Row = Mapping[str, Json]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A class that a report shows to be kept; ids in the order of the catalogue.

    `musts` are the rows that had to pass, and did. `not_covered` are those for which the suite has
    no check, with the reason; `untested` those of lesser levels that were not got at.
    """

    name: str
    title: str
    musts: Sequence[str]
    passed: Sequence[str]
    warned: Sequence[str]
    not_applicable: Sequence[str]
    untested: Mapping[str, str]
    not_covered: Mapping[str, str]
    checks: int

    @property
    def rows(self) -> int:
        """How many rows the class has."""
        judged = len(self.passed) + len(self.warned)
        return judged + len(self.not_applicable) + len(self.untested) + len(self.not_covered)


def check_certifiable(report: Row, *, where: str, now: dt.datetime) -> None:
    """Make sure that a report can be certified at all.

    Raises:
        RefusedError: of a partial run, another version of the suite, or the future.
    """
    suite, run = cast("Row", report["suite"]), cast("Row", report["run"])
    options = cast("Row", run["options"])
    if run["complete"] is not True:
        raise RefusedError(where, "the run was interrupted or lost its target")
    for name in ("only", "skip"):
        if options.get(name):
            raise RefusedError(where, f"the run left out cases (--{name})")
    if options.get("left_out"):
        raise RefusedError(where, f"the run left out {options['left_out']} cases")
    if suite["version"] != conformance.__version__:
        made_by = f"it was made by wirecheck {plain_line(str(suite['version']))}"
        told = f"{made_by}, this is {conformance.__version__}: certify with the version that judged"
        raise RefusedError(where, told)
    if suite["digest"] != suite_digest():
        raise RefusedError(where, "it was judged by other requirements, scenarios or schemas")
    if dt.datetime.fromisoformat(str(run["started_at"])) > now + CLOCK_SKEW:
        told = f"the run began at {run['started_at']}, which is yet to come: check the clocks"
        raise RefusedError(where, told)


def check_whole(
    report: Row,
    names: Iterable[str],
    planned: Mapping[str, Collection[tuple[str, str]]],
    catalogue: Catalogue,
    *,
    where: str,
) -> None:
    """Make sure that a report holds every case of the suite that is about classes.

    A run of part of them (`pytest -k`), or a report from which checks were taken out, shows less
    than it seems to.

    Args:
        report: a report that can be certified.
        names: the classes.
        planned: scenario and name of each case that the suite judges a requirement in, by its id.
        catalogue: for the rows of the classes.
        where: the report's name, for errors.

    Raises:
        RefusedError: a case is missing.
    """
    checks = checks_of(report)
    judged = {(one.requirement, one.scenario, one.case) for one in checks}
    for name in names:
        missing = [
            f"{row.id} {scenario} [{case}]"
            for row in catalogue.requirements.values()
            if row.class_name == name
            for scenario, case in sorted(planned.get(row.id, ()))
            if (row.id, scenario, case) not in judged
        ]
        if missing:
            told = f"the report does not have {_some(missing)}: certify a whole run"
            raise RefusedError(f"{where}: {name}", told)


def judge_class(report: Row, name: str, catalogue: Catalogue, *, where: str) -> Kept:
    """Return what a report shows of a class.

    Args:
        report: a report that can be certified.
        name: the class.
        catalogue: for its rows.
        where: the report's name, for errors.

    Raises:
        InputError: no such class.
        RefusedError: it is not kept, or not shown to be.
    """
    if name not in catalogue.classes:
        near = get_close_matches(name, catalogue.classes, n=1, cutoff=0.4)
        hint = f"did you mean {near[0]}?" if near else "`wirecheck list classes` has them all"
        raise InputError("--class", "the name of a class", name, hint)
    options = cast("Row", cast("Row", report["run"])["options"])
    selected = cast("Sequence[str]", options.get("classes", []))
    what = f"{where}: {name}"
    if selected and name not in selected:
        raise RefusedError(what, f"the run was of other classes ({', '.join(selected)})")
    by_row: dict[str, list[Check]] = {}
    for check in checks_of(report):
        by_row.setdefault(check.requirement, []).append(check)
    party = party_of(report)
    rows = [
        row
        for row in catalogue.requirements.values()
        if row.class_name == name and row.binds(party) and row.edition <= EDITION
    ]
    found: dict[Verdict, list[Requirement]] = {verdict: [] for verdict in Verdict}
    not_covered: dict[str, str] = {}
    for row in rows:
        checks = by_row.get(row.id, [])
        if checks:
            found[_verdict_of(checks)].append(row)
            _refuse_flaky(row, checks, what)
        else:
            not_covered[row.id] = row.limits or row.why or "the suite has no check for it"
    _refuse(found, by_row, what)
    if not rows:
        others = "servers" if party == "client" else "clients"
        raise RefusedError(what, f"it is a class for {others}, and a {party} was judged")
    musts = [row.id for row in rows if row in found[Verdict.PASS] and row.level in _MUST]
    if not musts:
        raise RefusedError(what, "nothing of it was tested, so nothing has passed")
    return Kept(
        name=name,
        title=catalogue.classes[name],
        musts=musts,
        passed=[row.id for row in found[Verdict.PASS]],
        warned=[row.id for row in found[Verdict.WARN]],
        not_applicable=[row.id for row in found[Verdict.NOT_APPLICABLE]],
        untested={row.id: by_row[row.id][0].message for row in found[Verdict.UNTESTED]},
        not_covered=not_covered,
        checks=sum(len(by_row.get(row.id, [])) for row in rows),
    )


def _verdict_of(checks: Sequence[Check]) -> Verdict:
    verdicts = {one.verdict for one in checks}
    return next((one for one in _ORDER if one in verdicts), Verdict.NOT_APPLICABLE)


def _refuse_flaky(row: Requirement, checks: Sequence[Check], what: str) -> None:
    if any(one.is_flaky for one in checks):
        raise RefusedError(what, f"{row.id} is flaky, which is no pass")


def _refuse(
    found: Mapping[Verdict, Sequence[Requirement]],
    by_row: Mapping[str, Sequence[Check]],
    what: str,
) -> None:
    if errors := [row.id for row in found[Verdict.ERROR]]:
        raise RefusedError(what, f"{_some(errors)} could not be judged (error): run again")
    if broken := [row.id for row in found[Verdict.FAIL]]:
        raise RefusedError(what, f"{_some(broken)} did not pass")
    if untested := [row.id for row in found[Verdict.UNTESTED] if row.level in _MUST]:
        message = plain_line(by_row[untested[0]][0].message)
        raise RefusedError(what, f"{_some(untested)} not tested: {message}")


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
