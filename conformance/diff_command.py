"""`wirecheck diff`: two reports compared."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from conformance.errors import InputError
from conformance.reporting.diff import Difference, compare
from conformance.reporting.diff_text import diff_json, diff_lines, diff_markdown
from conformance.reporting.report_file import load_report

_FORMATS: Final[Mapping[str, Callable[[Difference], str]]] = {
    "text": lambda difference: "".join(f"{line}\n" for line in diff_lines(difference)),
    "json": diff_json,
    "markdown": diff_markdown,
}


def diff(old: Path, new: Path, *, form: str) -> str:
    """Return the comparison of two reports in a format, ending in a line end.

    Raises:
        InputError: a bad file, or another format.
    """
    if form not in _FORMATS:
        raise InputError("--format", f"one of {', '.join(_FORMATS)}", form)
    return _FORMATS[form](compare(load_report(old), load_report(new)))
