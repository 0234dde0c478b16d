"""`python -m docs._make REPORT…`: write `docs/coverage.md` from reports of real runs."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from conformance.coverage import sections_of
from conformance.engine.scenario import load_scenarios
from conformance.reporting.report_file import load_report
from conformance.words.catalogue import load_catalogues
from docs._make.coverage_page import coverage_page, judged_in, reasons_in, told_of
from docs._make.faults import all_faults

_PAGE: Final = Path(__file__).parents[1] / "coverage.md"


def main(paths: list[str]) -> int:
    """Write the page; status 2 when no report is given."""
    if not paths:
        sys.stderr.write("python -m docs._make: expected at least one report.json, saw none\n")
        return 2
    reports: list[Mapping[str, Any]] = [load_report(Path(path)) for path in paths]
    judged = {name for report in reports for name in judged_in(report)}
    sections = list(
        sections_of(load_catalogues(), load_scenarios(), proven=all_faults(), judged=judged)
    )
    text = coverage_page(sections, [told_of(report) for report in reports], reasons_in(reports))
    _PAGE.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
