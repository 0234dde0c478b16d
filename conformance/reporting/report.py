"""The report document: a fold over a run's events, after `schemas/report.schema.json`."""

import datetime as dt
import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

import conformance
from conformance.reporting.rounds import Rounds
from conformance.reporting.run_notes import run_notes
from conformance.reporting.wire_text import as_json
from conformance.words.catalogue import Catalogue
from conformance.words.events import (
    CaseFinished,
    ExchangeRecord,
    RunEvent,
    RunFinished,
    RunNote,
    RunStarted,
    TargetDied,
)
from conformance.words.json_value import ABSENT, Json
from conformance.words.schema_files import SCHEMAS
from conformance.words.target import Target
from conformance.words.template import to_json_text
from conformance.words.verdict import Check, Verdict

FORMAT: Final = "wirecheck-report"
VERSION: Final = 1
_DATA: Final = ("requirements", "scenarios")


def suite_files() -> dict[str, bytes]:
    """Return the SHA-256 of every catalogue, scenario and schema file, by its name."""
    package = Path(conformance.__file__).resolve().parent
    files = [path for folder in _DATA for path in (package / folder).rglob("*.yaml")]
    files += SCHEMAS.rglob("*.json")
    found: dict[str, bytes] = {}
    for path in sorted(files):
        base = SCHEMAS.parent if path.is_relative_to(SCHEMAS) else package
        digest = hashlib.sha256(path.read_bytes()).digest()
        found[path.relative_to(base).as_posix()] = digest
    return found


def suite_digest() -> str:
    """Return a digest of every catalogue, scenario and schema file, by name and content."""
    digest = hashlib.sha256()
    for name, content in suite_files().items():
        digest.update(name.encode() + b"\0")
        digest.update(content)
    return f"sha256:{digest.hexdigest()}"


class ReportBuilder:
    """Takes events as they happen, and makes the document at any time.

    Args:
        catalogue: for classes and the order of requirements.
        target: what is judged.
        order: ids of all cases in the order in which they stand in their files.
        options: what the user asked for, without credentials.
        started_at: aware, UTC.
    """

    def __init__(
        self,
        *,
        catalogue: Catalogue,
        target: Target,
        order: Sequence[str],
        options: Mapping[str, Json],
        started_at: dt.datetime,
    ) -> None:
        self._catalogue = catalogue
        self._target = target
        self._order = {name: index for index, name in enumerate(order)}
        self._rows = {name: index for index, name in enumerate(catalogue.requirements)}
        self._options = options
        self._started_at = started_at
        self._rounds = Rounds()
        self._notes: list[str] = []
        self._run_notes: list[str] = []
        self.seed = 0
        self.duration_s = 0.0
        self.is_over = False
        self.interrupted = False
        self.target_lost = False

    def leave_out(self, cases: int) -> None:
        """Say that a run left out so many cases that its options did not; with 0, nothing."""
        if cases:
            self._options = {**self._options, "left_out": cases}

    def take(self, event: RunEvent) -> None:
        """Take one event."""
        match event:
            case CaseFinished():
                self._rounds.take(event)
            case RunNote():
                self._notes.append(self._target.secrets.mask_text(event.text))
            case TargetDied():
                end = "it was brought back" if event.restarted else "it did not come back"
                cases = ", ".join(event.cases)
                self._notes.append(f"the target stopped answering during {cases}; {end}")
            case RunStarted():
                self.seed = event.seed if self._rounds.number == 0 else self.seed
                self._rounds.begin()
            case RunFinished():
                self.is_over = True
                self.duration_s += event.duration_s
                self.interrupted |= event.interrupted
                self.target_lost |= event.target_lost
                self._run_notes = run_notes(self.checks, self.cases, self._catalogue)

    @property
    def notes(self) -> list[str]:
        """What a reader has to know of the run as a whole, the gravest first; secrets masked."""
        return [*map(self.masked, self._run_notes), *self._notes]

    @property
    def cases(self) -> list[CaseFinished]:
        """The cases judged so far, in the order of their files."""
        last = len(self._order)
        return sorted(
            self._rounds.cases, key=lambda one: (self._order.get(one.case, last), one.case)
        )

    @property
    def checks(self) -> list[Check]:
        """The checks made so far: by requirement, then in the order of their cases."""
        checks = [check for case in self.cases for check in case.checks]
        return sorted(checks, key=lambda one: self._rows[one.requirement])

    def document(self) -> dict[str, Json]:
        """Return the report as one JSON document."""
        checks = self.checks
        mask = self._target.secrets.mask_text
        return {
            "format": FORMAT,
            "version": VERSION,
            "suite": {
                "name": "wirecheck",
                "version": conformance.__version__,
                "digest": suite_digest(),
            },
            "target": {
                "name": mask(self._target.name),
                "version": self._target.version,
                "vendor": self._target.vendor,
                "urls": {name: mask(url) for name, url in self._target.urls.items()},
                "capabilities": list(self._target.capabilities),
            },
            "run": {
                "started_at": self._started_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
                "duration_s": round(self.duration_s, 3),
                "seed": self.seed,
                "complete": self.is_over and not self.interrupted and not self.target_lost,
                "options": dict(self._options),
            },
            "summary": counts(checks),
            "classes": class_rows(checks, self._catalogue),
            "notes": [*self.notes],
            "checks": [check_json(check) for check in checks],
            "exchanges": [
                exchange_json(exchange) for case in self.cases for exchange in case.exchanges
            ],
        }

    def text(self) -> str:
        """Return the document as it is written, secrets masked."""
        return self.masked(document_text(self.document()))

    def masked(self, text: str) -> str:
        """Return a text without the secrets of the run."""
        return self._target.secrets.mask_text(text)


def document_text(document: Mapping[str, Json]) -> str:
    """Serialise a report: one line for each check and exchange, so that diffs can be read."""
    parts: list[str] = []
    for name, value in document.items():
        if name in ("checks", "exchanges") and isinstance(value, list):
            rows = ",\n    ".join(to_json_text(row) for row in value)
            text = f"[\n    {rows}\n  ]" if rows else "[]"
        else:
            text = to_json_text(value, indent=2).replace("\n", "\n  ")
        parts.append(f"  {to_json_text(name)}: {text}")
    return "{\n" + ",\n".join(parts) + "\n}\n"


def counts(checks: Iterable[Check]) -> dict[str, Json]:
    """Return how many checks came to each verdict, all six named."""
    found = Counter(check.verdict for check in checks)
    return {verdict.value: found[verdict] for verdict in Verdict}


def class_rows(checks: Sequence[Check], catalogue: Catalogue) -> list[Json]:
    """Return name, title, verdict and counts of each class that has checks."""
    rows: list[Json] = []
    for name, title in catalogue.classes.items():
        mine = [one for one in checks if catalogue.requirement(one.requirement).class_name == name]
        if mine:
            row: dict[str, Json] = {
                "name": name,
                "title": title,
                "verdict": class_verdict(mine).value,
                "counts": counts(mine),
            }
            rows.append(row)
    return rows


def class_verdict(checks: Iterable[Check]) -> Verdict:
    """Return what a class came to: fail over error over warn over pass; else not judged.

    A class of which nothing was judged has not passed.
    """
    found = {check.verdict for check in checks}
    for verdict in (Verdict.FAIL, Verdict.ERROR, Verdict.WARN, Verdict.PASS, Verdict.UNTESTED):
        if verdict in found:
            return verdict
    return Verdict.NOT_APPLICABLE


def check_json(check: Check) -> dict[str, Json]:
    """Return a check as it stands in a report; what it does not have is left out."""
    row: dict[str, Json] = {
        "requirement": check.requirement,
        "level": check.level.value,
        "scenario": check.scenario,
        "case": check.case,
        "verdict": check.verdict.value,
    }
    texts = {
        "reason": check.reason,
        "message": check.message,
        "pointer": check.pointer,
        "step": check.step,
    }
    row |= {name: text for name, text in texts.items() if text}
    if check.expected is not ABSENT:
        row["expected"] = check.expected
    if check.seen is not ABSENT:
        row["seen"] = check.seen
    if check.exchange:
        row["exchange"] = check.exchange
    if check.is_flaky:
        row["flaky"] = {"verdicts": [one.value for one in check.verdicts]}
    return row


def exchange_json(exchange: ExchangeRecord) -> dict[str, Json]:
    """Return an exchange as it stands in a report."""
    row: dict[str, Json] = {
        "id": exchange.id,
        "url": exchange.url,
        "method": exchange.method,
        "outcome": exchange.outcome,
        "total_ms": exchange.total_ms,
        "request": as_json(exchange.request),
        "response": as_json(exchange.response),
    }
    if exchange.note:
        row["note"] = exchange.note
    return row
