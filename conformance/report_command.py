"""`wirecheck report`: reports read back, and written in other formats or side by side."""

import datetime as dt
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote

from conformance.errors import InputError
from conformance.reporting.attestation import Certificate, check_report
from conformance.reporting.compare_page import compare_html
from conformance.reporting.files import write_file
from conformance.reporting.formats import FORMATS
from conformance.reporting.report_file import load_report, read_report, read_report_bytes
from conformance.words.catalogue import load_catalogues

REPORT_FILE: Final = "report.json"
COMPARISON_FILE: Final = Path("comparison.html")
Clock = Callable[[], dt.datetime]
_HTML: Final = "html"
_WRITABLE: Final = tuple(name for name in FORMATS if name != "json")  # json is what is read


def _utc_now() -> dt.datetime:
    return dt.datetime.now(tz=dt.UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """An attestation of a result, and the public key that it has to be signed with."""

    attestation: Path
    public_key: Path

    @classmethod
    def read(cls, *, attestation: Path | None, public_key: Path | None) -> "Signed | None":
        """Take the two options; absent (None) where neither is given.

        Raises:
            InputError: one of them without the other.
        """
        if attestation is not None and public_key is not None:
            return cls(attestation=attestation, public_key=public_key)
        if attestation is None and public_key is None:
            return None
        lacking = "--attestation" if attestation is None else "--public-key"
        hint = "a certificate is shown when its signature was checked"
        raise InputError(lacking, "a file, beside the other option", "none", hint)


def report_files(
    results: Sequence[Path],
    *,
    formats: str,
    output: Path | None,
    each: bool,
    signed: Signed | None = None,
    clock: Clock = _utc_now,
) -> list[Path]:
    """Write one report in other formats, or several as one page; return the files written.

    Args:
        results: reports; a folder stands for the report in it, or for those one below it.
        formats: names with commas between them; several results can be `html` only.
        output: the file to write. Default: beside a single result, `comparison.html` here for
            several.
        each: of several, write each one's own page too, beside it.
        signed: the certificate that the page of a single result shows.
        clock: tells whether a certificate is good still.

    Raises:
        InputError: a file that is no report, an unknown format, or a place that can't be written.
        RefusedError: a certificate that does not hold, or is of another report.
    """
    names = read_formats(formats)
    paths = [path for result in results for path in found_in(result)]
    if output is not None:
        _check_output(output, paths, names)
    if signed is not None and (len(paths) > 1 or _HTML not in names):
        seen = f"{len(paths)} results" if len(paths) > 1 else formats
        raise InputError("--attestation", f"one result, and {_HTML} among its formats", seen)
    if len(paths) == 1:
        return _write_one(paths[0], names, output, signed=signed, now=clock())
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


def _write_one(
    path: Path,
    names: Sequence[str],
    output: Path | None,
    *,
    signed: Signed | None,
    now: dt.datetime,
) -> list[Path]:
    data = read_report_bytes(path)
    report, catalogue = read_report(data, str(path)), load_catalogues()
    certificate = _certificate_of(data, path, signed, now) if signed else None
    texts: dict[Path, str] = {}
    for name in names:
        file_name, write = FORMATS[name]
        place = output or path.with_name(file_name)
        if name == _HTML and certificate is not None:
            from conformance.reporting.html_report import html_report  # noqa: PLC0415 - as FORMATS

            texts[place] = html_report(report, catalogue, certificate=certificate)
        else:
            texts[place] = write(report, catalogue)
    for place, text in texts.items():
        write_file(place, text)
    return [*texts]


def _certificate_of(data: bytes, path: Path, signed: Signed, now: dt.datetime) -> Certificate:
    """Return the certificate of a result, its signature checked.

    Raises:
        InputError: a bad file.
        RefusedError: it does not hold, or is of another report.
    """
    from conformance.reporting.certificate_file import load_certificate  # noqa: PLC0415 - signing is heavy

    certificate = load_certificate(signed.attestation, public_key=signed.public_key, now=now)
    check_report(certificate.statement, data, where=str(path))
    return certificate


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
