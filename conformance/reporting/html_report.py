"""The HTML report: one page about one run, made of its report.json and the catalogue alone."""

from collections.abc import Mapping, Sequence
from typing import cast

import conformance
from conformance.reporting.attestation import Certificate
from conformance.reporting.html_account import (
    option_lines,
    reasons_of,
    slow_cases,
    unchecked_by_reason,
)
from conformance.reporting.html_certificate import certificate_values
from conformance.reporting.html_exchanges import script_data
from conformance.reporting.html_page import render
from conformance.reporting.html_requirements import Entry, specs_of, unchecked_rows
from conformance.reporting.html_words import (
    JUDGED,
    Row,
    counted,
    instant,
    outcome,
    tally,
    visible,
    web_link,
)
from conformance.reporting.report import suite_digest
from conformance.reporting.report_file import party_of
from conformance.words.catalogue import Catalogue
from conformance.words.verdict import Level, Verdict


def html_report(
    report: Row, catalogue: Catalogue, *, certificate: Certificate | None = None
) -> str:
    """Return a report as one HTML page that needs nothing else.

    Requirements that the catalogue does not know are shown with what the report says of them.

    Args:
        report: a report document by its schema; none of its texts is trusted.
        catalogue: for statements, links, sections, classes and ambiguities.
        certificate: of this very report, its signature checked; absent (None) if there is none.
    """
    checks = cast("Sequence[Row]", report["checks"])
    exchanges = cast("Sequence[Row]", report["exchanges"])
    suite, run = cast("Row", report["suite"]), cast("Row", report["run"])
    party = party_of(report)
    specs = specs_of(checks, catalogue, party=party)
    entries = [entry for spec in specs for section in spec.sections for entry in section.entries]
    verdict = outcome(entry.verdict for entry in entries)
    levels = {entry.level for entry in entries}
    return render(
        "report.html.j2",
        styles=["page.css", "report.css"],
        scripts=["filter.js", "report.js"],
        data=script_data(checks, exchanges),
        verdict=verdict,
        values={
            "target": target_values(cast("Row", report["target"])),
            "suite": {name: visible(text) for name, text in suite.items()},
            "is_other_suite": suite["digest"] != suite_digest(),
            "own_version": conformance.__version__,
            "started_at": run["started_at"],
            "started": instant(str(run["started_at"])),
            "duration_s": f"{cast('float', run['duration_s']):,.1f}",
            "seed": run["seed"],
            "is_complete": run["complete"] is True,
            "options": option_lines(cast("Row", run["options"])),
            "notes": [visible(note) for note in cast("Sequence[str]", report["notes"])],
            "verdict": verdict,
            "headline": headline(entries),
            "check_counts": tally(Verdict(str(check["verdict"])) for check in checks),
            "requirement_counts": tally(entry.verdict for entry in entries),
            "classes": class_values(cast("Sequence[Row]", report["classes"])),
            "certificate": certificate_values(certificate, report, catalogue)
            if certificate
            else None,
            "levels": [level for level in Level if level in levels],
            "specs": specs,
            "reasons": reasons_of(checks),
            "unchecked": unchecked_by_reason(unchecked_rows(checks, catalogue), party=party),
            "party": party,
            "slow_cases": slow_cases(checks, exchanges),
            "check_total": len(checks),
            "flaky_total": sum("flaky" in check for check in checks),
            "exchange_total": len(exchanges),
        },
    )


def target_values(target: Row) -> dict[str, object]:
    """Return what a page says of a target: its texts, and `(surface, URL, link or "")` of each."""
    urls = cast("Mapping[str, str]", target["urls"])
    return {
        "name": visible(target["name"]) or "An unnamed target",
        "version": visible(target["version"]),
        "vendor": visible(target["vendor"]),
        "urls": [(visible(name), visible(url), web_link(url)) for name, url in urls.items()],
        "capabilities": [visible(name) for name in cast("Sequence[str]", target["capabilities"])],
    }


def class_values(classes: Sequence[Row]) -> list[dict[str, object]]:
    """Return name, title, verdict and counts of each class, in the report's order."""
    return [
        {
            "name": visible(one["name"]),
            "title": visible(one["title"]),
            "verdict": Verdict(str(one["verdict"])),
            "counts": {
                Verdict(name): number
                for name, number in cast("Mapping[str, int]", one["counts"]).items()
            },
        }
        for one in classes
    ]


def headline(entries: Sequence[Entry]) -> str:
    """Return what a run came to, as one sentence about requirements."""
    counts = tally(entry.verdict for entry in entries)
    judged = sum(counts[verdict] for verdict in JUDGED)
    broken, warned = counts[Verdict.FAIL], counts[Verdict.WARN]
    of_judged = f"of {judged:,} judged {'requirement' if judged == 1 else 'requirements'}"
    if broken:
        return f"{broken:,} {of_judged} {'is' if broken == 1 else 'are'} broken."
    if counts[Verdict.ERROR]:
        return f"{counted(counts[Verdict.ERROR], 'requirement')} could not be judged for errors."
    if warned:
        draws = "draws" if warned == 1 else "draw"
        return f"Nothing is broken; {warned:,} {of_judged} {draws} a warning."
    if judged:
        return f"{judged:,} {of_judged} {'is' if judged == 1 else 'are'} kept."
    return "Nothing was judged, so nothing has passed."
