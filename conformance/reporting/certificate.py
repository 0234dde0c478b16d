"""The certificate page: what an attestation says, for people, on one sheet of A4."""

import base64
import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from typing import Final, cast

from markupsafe import Markup

from conformance.reporting.attestation import Certificate, certification_in, certified_digest
from conformance.reporting.html_page import TEMPLATES, environment
from conformance.words.json_value import Json

_MOST_CLASSES: Final = 5  # fit on the sheet; the attestation has them all

Row = Mapping[str, Json]


def certificate_html(certificate: Certificate) -> str:
    """Return the page of a certificate: one file that loads nothing."""
    one = certification_in(certificate.statement)
    target, suite, run = (cast("Row", one[name]) for name in ("target", "suite", "run"))
    classes = cast("Sequence[Row]", one["classes"])
    style = (TEMPLATES / "certificate.css").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    page: str = (
        environment()
        .get_template("certificate.html.j2")
        .render(
            style=Markup(style),  # noqa: S704 - our own file
            style_digest=f"'sha256-{digest}'",
            target=target,
            suite=suite,
            run=run,
            edition=one["edition"],
            by=one["by"],
            issued=_day(one["issued_at"]),
            expires=_day(one["expires_at"]),
            run_at=_day(run["started_at"]),
            classes=[_class(row) for row in classes[:_MOST_CLASSES]],
            more_classes=max(len(classes) - _MOST_CLASSES, 0),
            report_digest=certified_digest(certificate.statement),
            attestation_digest=certificate.digest,
            file_name=certificate.file_name,
            key_id=certificate.key_id,
        )
    )
    return page


def _class(row: Row) -> dict[str, object]:
    lists = ("musts", "warned", "not_applicable", "untested", "not_covered")
    counts = {name: len(cast("Sequence[str]", row[name])) for name in lists}
    return {
        "name": row["name"],
        "title": row["title"],
        "rows": row["rows"],
        "checks": row["checks"],
        **counts,
    }


def _day(instant: Json) -> str:
    day = dt.datetime.fromisoformat(str(instant))
    return f"{day.day} {day:%B %Y}"
