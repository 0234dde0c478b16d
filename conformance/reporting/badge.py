"""A badge: the verdict of a run as a small SVG, and as the JSON that shields.io endpoints serve."""

from collections.abc import Mapping
from typing import Final, cast
from xml.sax.saxutils import escape

from conformance.words.catalogue import Catalogue
from conformance.words.json_value import Json
from conformance.words.template import to_json_text

LABEL: Final = "wirecheck"
# White text on each of these has a contrast of at least 4.5 : 1 (WCAG AA).
_GREEN, _RED, _AMBER, _GREY = "#2c7a39", "#b3261e", "#8f5a00", "#5f6368"
_LABEL_COLOUR: Final = "#3d4248"
_LETTER_PX: Final = 6.6  # mean width of a letter of Verdana at 11 px
_PADDING_PX: Final = 12

Row = Mapping[str, Json]


def badge_text(report: Row) -> tuple[str, str]:
    """Return what a badge says of a report, and its colour as `#rrggbb`."""
    summary = cast("Mapping[str, int]", report["summary"])
    run = cast("Row", report["run"])
    if summary["fail"]:
        return f"{summary['fail']} fail", _RED
    if summary["error"] or run["complete"] is not True:
        return "not judged to the end", _GREY
    if summary["warn"]:
        return f"{summary['pass']} pass, {summary['warn']} warn", _AMBER
    if summary["pass"]:
        return f"{summary['pass']} pass", _GREEN
    return "not tested", _GREY


def badge_svg(report: Row, _: Catalogue) -> str:
    """Return a report's badge as an SVG image with an accessible title."""
    message, colour = badge_text(report)
    left = round(len(LABEL) * _LETTER_PX + _PADDING_PX)
    right = round(len(message) * _LETTER_PX + _PADDING_PX)
    title = escape(f"{LABEL}: {message}")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + right}" height="20" role="img"'
        f' aria-label="{title}">\n'
        f"  <title>{title}</title>\n"
        f'  <rect width="{left + right}" height="20" rx="3" fill="{colour}"/>\n'
        f'  <path d="M3 0h{left - 3}v20H3a3 3 0 0 1-3-3V3a3 3 0 0 1 3-3z"'
        f' fill="{_LABEL_COLOUR}"/>\n'
        '  <g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11"'
        ' text-anchor="middle">\n'
        f'    <text x="{left / 2}" y="14">{LABEL}</text>\n'
        f'    <text x="{left + right / 2}" y="14">{escape(message)}</text>\n'
        "  </g>\n"
        "</svg>\n"
    )


def shields_json(report: Row, _: Catalogue) -> str:
    """Return a report's badge as the JSON of a shields.io endpoint."""
    message, colour = badge_text(report)
    document: Json = {
        "schemaVersion": 1,
        "label": LABEL,
        "message": message,
        "color": colour.removeprefix("#"),
        "isError": colour == _RED,
    }
    return to_json_text(document) + "\n"
