"""What the HTML report says of a certificate: which classes have one, and why others have not.

It knows certificates whose signature was checked, and reports that they belong to.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from conformance.errors import InputError, RefusedError
from conformance.reporting.attestation import Certificate, certification_in, certified_digest
from conformance.reporting.certification import judge_class
from conformance.reporting.html_words import Row, counted, instant, visible
from conformance.reporting.report import suite_digest
from conformance.words.catalogue import Catalogue


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassLine:
    """A class of a report: whether it is certified, and what that rests on or fails for."""

    name: str
    title: str
    is_certified: bool
    why: str


def certificate_values(
    certificate: Certificate, report: Row, catalogue: Catalogue
) -> dict[str, object]:
    """Return what a page says of the certificate of a report.

    Args:
        certificate: of this report.
        report: a report document by its schema.
        catalogue: for why a class has no certificate.
    """
    one = certification_in(certificate.statement)
    certified = {str(row["name"]): row for row in cast("Sequence[Row]", one["classes"])}
    titles = {
        str(row["name"]): str(row["title"])
        for row in [*cast("Sequence[Row]", report["classes"]), *certified.values()]
    }
    lines = [
        ClassLine(
            name=visible(name),
            title=visible(title),
            is_certified=name in certified,
            why=visible(
                _basis(certified[name]) if name in certified else _lack(report, name, catalogue)
            ),
        )
        for name, title in titles.items()
    ]
    return {
        # Those that have one stand first, each group in the order of the report.
        "classes": sorted(lines, key=lambda line: not line.is_certified),
        "names": [line.name for line in lines if line.is_certified],
        "key_id": certificate.key_id,
        "file_name": visible(certificate.file_name),
        "digest": certificate.digest,
        "report_digest": certified_digest(certificate.statement),
        "edition": visible(one["edition"]),
        "by": visible(one["by"]),
        "issued_at": str(one["issued_at"]),
        "issued": instant(str(one["issued_at"])),
        "expires_at": str(one["expires_at"]),
        "expires": instant(str(one["expires_at"])),
    }


def _basis(row: Mapping[str, object]) -> str:
    """Return what a certified class rests on, and what it does not say."""
    numbers = {
        name: len(cast("Sequence[str]", row[name]))
        for name in ("musts", "warned", "not_applicable", "untested", "not_covered")
    }
    rows = cast("int", row["rows"])
    told = f"all {numbers['musts']} applicable MUST rows passed"
    told = f"{told}, in {counted(cast('int', row['checks']), 'check')}"
    lesser = {
        "with a warning": numbers["warned"],
        "not applicable": numbers["not_applicable"],
        "not tested": numbers["untested"],
        "without a check in the suite": numbers["not_covered"],
    }
    rest = [f"{number} {words}" for words, number in lesser.items() if number]
    return f"{told}; of {counted(rows, 'row')} {', '.join(rest)}" if rest else told


def _lack(report: Row, name: str, catalogue: Catalogue) -> str:
    """Return why a class of a report has no certificate."""
    if cast("Row", report["suite"])["digest"] != suite_digest():
        return "the attestation does not name it"
    try:
        judge_class(report, name, catalogue, where="")
    except RefusedError as error:
        return error.why
    except InputError as error:
        return f"expected {error.expected}"
    return "it could have one; the attestation does not name it"
