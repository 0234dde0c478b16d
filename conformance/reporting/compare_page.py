"""The comparison as one HTML page: targets as columns, requirements as rows."""

from collections.abc import Sequence

import conformance
from conformance.reporting.compare import Cell, Comparison, compare, levels_of
from conformance.reporting.html_page import render
from conformance.reporting.html_words import WORDS, Row, counted, outcome
from conformance.words.catalogue import Catalogue


def compare_html(reports: Sequence[Row], catalogue: Catalogue, *, pages: Sequence[str] = ()) -> str:
    """Return reports side by side as one HTML page that needs nothing else.

    Args:
        reports: report documents by their schema; none of their texts is trusted.
        catalogue: for statements, links, sections and classes.
        pages: for each report a relative link to its own page, or an empty text.
    """
    comparison = compare(reports, catalogue, pages or [""] * len(reports))
    lines = comparison.lines
    return render(
        "compare.html.j2",
        styles=["page.css", "compare.css"],
        scripts=["filter.js", "compare.js"],
        data={"targets": [str(column.name) for column in comparison.columns]},
        verdict=outcome(column.verdict for column in comparison.columns),
        values={
            "comparison": comparison,
            "headline": headline(comparison),
            "levels": levels_of(lines),
            "classes": list(dict.fromkeys(line.class_name for line in lines if line.class_name)),
            "found": [verdict for line in lines for verdict in line.verdicts],
            "told_text": told_text,
            "own_version": conformance.__version__,
        },
    )


def headline(comparison: Comparison) -> str:
    """Return what the comparison came to, as one sentence."""
    lines = comparison.lines
    differing = sum(line.differs for line in lines)
    told = counted(len(lines), "requirement")
    if not differing:
        return f"All targets agree on {told}, wherever they were judged."
    return f"On {differing:,} of {told} the targets differ."


def told_text(cell: Cell) -> str:
    """Return what a cell tells when it is pointed at: how many checks, and the first message."""
    counts = [f"{number} {WORDS[verdict]}" for verdict, number in cell.counts.items() if number]
    told = f"{', '.join(counts)} of {counted(sum(cell.counts.values()), 'check')}"
    return f"{told}. {cell.message}" if cell.message else told
