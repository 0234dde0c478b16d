"""`wirecheck report`: reports read back, and written in other formats or side by side."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final
from urllib.parse import quote

from conformance.errors import InputError
from conformance.reporting.compare_page import compare_html
from conformance.reporting.files import write_file
from conformance.reporting.formats import FORMATS
from conformance.reporting.report_file import load_report
from conformance.words.catalogue import load_catalogues

REPORT_FILE: Final = "report.json"
COMPARISON_FILE: Final = Path("comparison.html")
_HTML: Final = "html"
_WRITABLE: Final = tuple(name for name in FORMATS if name != "json")  # json is what is read


def report_files(
    results: Sequence[Path], *, formats: str, output: Path | None, each: bool
) -> list[Path]:
    """Write one report in other formats, or several as one page; return the files written.

    Args:
        results: reports; a folder stands for the report in it, or for those one below it.
        formats: names with commas between them; several results can be `html` only.
        output: the file to write. Default: beside a single result, `comparison.html` here for
            several.
        each: of several, write each one's own page too, beside it.

    Raises:
        InputError: a file that is no report, an unknown format, or a place that can't be written.
    """
    names = read_formats(formats)
    paths = [path for result in results for path in found_in(result)]
    if output is not None:
        _check_output(output, paths, names)
    if len(paths) == 1:
        return _write_one(paths[0], names, output)
    if names != [_HTML]:
        hint = "several results make one page"
        raise InputError("--format", _HTML, formats, hint)
    return _write_comparison(paths, output or COMPARISON_FILE, each=each)


def read_formats(text: str) -> list[str]:
    """Take `html,junit` apart; each name once.

    Raises:
        InputError: a format that is not known, or none.
    """
    names = list(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    for name in names or [text]:
        if name not in _WRITABLE:
            raise InputError("--format", f"some of {', '.join(_WRITABLE)}", name)
    return names


def found_in(result: Path) -> list[Path]:
    """Return the reports that an argument names, sorted.

    Raises:
        InputError: a folder without any.
    """
    if not result.is_dir():
        return [result]
    if (result / REPORT_FILE).exists():
        return [result / REPORT_FILE]
    paths = sorted(result.glob(f"*/{REPORT_FILE}"))
    if not paths:
        raise InputError(str(result), f"a {REPORT_FILE} in it or one folder below", "none")
    return paths


def _check_output(output: Path, paths: Sequence[Path], names: Sequence[str]) -> None:
    if len(names) > 1:
        raise InputError("--output", "one format to write there", ",".join(names))
    if output.is_dir():
        raise InputError("--output", "a file", f"the folder {output}")
    if output.resolve() in {path.resolve() for path in paths}:
        raise InputError("--output", "another file than the result", str(output))


def _write_one(path: Path, names: Sequence[str], output: Path | None) -> list[Path]:
    report, catalogue = load_report(path), load_catalogues()
    written: list[Path] = []
    for name in names:
        file_name, write = FORMATS[name]
        place = output or path.with_name(file_name)
        write_file(place, write(report, catalogue))
        written.append(place)
    return written


def _write_comparison(paths: Sequence[Path], output: Path, *, each: bool) -> list[Path]:
    catalogue = load_catalogues()
    reports = [load_report(path) for path in paths]
    file_name, write = FORMATS[_HTML]
    pages = [path.with_name(file_name) for path in paths]
    written: list[Path] = []
    if each:
        for report, page in zip(reports, pages, strict=True):
            write_file(page, write(report, catalogue))
            written.append(page)
    links = [_link(page, output) if page.exists() else "" for page in pages]
    write_file(output, compare_html(reports, catalogue, pages=links))
    return [*written, output]


def _link(page: Path, output: Path) -> str:
    """Return the way from one page to another, as a relative URL."""
    try:
        way = os.path.relpath(page.resolve(), output.resolve().parent)
    except ValueError:  # on another drive
        return page.resolve().as_uri()
    # A colon in the first segment would make it a scheme (RFC 3986 section 4.2).
    return f"./{quote(Path(way).as_posix())}"
