"""`python -m docs._make REPORT…`: write the pages that are made, and committed.

The tables of `docs/trust.md` and `docs/real-servers.md` always; `docs/coverage.md` where reports of
real runs are given.
"""

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
from docs._make.museum import load_museum, museum_tables, with_museum
from docs._make.servers import judged_servers, server_tables, with_servers

_DOCS: Final = Path(__file__).parents[1]
_COVERAGE: Final = _DOCS / "coverage.md"
_TRUST: Final = _DOCS / "trust.md"
_SERVERS: Final = _DOCS / "real-servers.md"


def main(paths: list[str]) -> int:
    """Write the pages."""
    trust = _TRUST.read_text(encoding="utf-8")
    tables = museum_tables(load_museum(), load_catalogues())
    _TRUST.write_text(with_museum(trust, tables), encoding="utf-8")
    servers = _SERVERS.read_text(encoding="utf-8")
    _SERVERS.write_text(with_servers(servers, server_tables(judged_servers())), encoding="utf-8")
    if paths:
        _COVERAGE.write_text(_coverage([Path(path) for path in paths]), encoding="utf-8")
    return 0


def _coverage(paths: list[Path]) -> str:
    reports: list[Mapping[str, Any]] = [load_report(path) for path in paths]
    judged = {name for report in reports for name in judged_in(report)}
    sections = list(
        sections_of(load_catalogues(), load_scenarios(), proven=all_faults(), judged=judged)
    )
    return coverage_page(sections, [told_of(report) for report in reports], reasons_in(reports))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
