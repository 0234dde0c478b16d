"""The frame of an HTML page: one file with its style, scripts and data inside, and nothing outside.

Templates stand in `templates/`. A page may load nothing at all (its Content-Security-Policy names
its own style and scripts by their digests), so that hostile text in it stays text even if it got
past the escaping.
"""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from conformance.reporting.html_words import MEANINGS, VERDICTS, WORDS, counted, visible
from conformance.words.json_value import Json
from conformance.words.template import to_json_text
from conformance.words.verdict import Verdict

TEMPLATES: Final = Path(__file__).resolve().parent / "templates"
_ICON_COLOURS: Final = {
    Verdict.FAIL: "#b42318",
    Verdict.ERROR: "#7a2fa0",
    Verdict.WARN: "#9a5b00",
    Verdict.PASS: "#17703c",
}
_ICON_COLOUR: Final = "#5a6472"


def render(
    template: str,
    *,
    styles: Sequence[str],
    scripts: Sequence[str],
    data: Json,
    verdict: Verdict,
    values: Mapping[str, object],
) -> str:
    """Return a page.

    Args:
        template: name of a file in `templates/`.
        styles: names of style sheets there, in their order.
        scripts: names of scripts there; each runs at the end of the page.
        data: what the scripts read, put into the page as JSON.
        verdict: colours the icon.
        values: what the template shows; all text is escaped there.
    """
    style = _asset(*styles)
    early, late = _asset("theme.js"), _asset(*scripts)
    policy = (
        f"default-src 'none'; img-src data:; style-src {_digest(style)}; "
        f"script-src {_digest(early)} {_digest(late)}; base-uri 'none'; form-action 'none'"
    )
    page = environment().get_template(template)
    return page.render(
        policy=Markup(policy),  # noqa: S704 - made of digests and our own words
        style=Markup(style),  # noqa: S704 - our own file
        early_script=Markup(early),  # noqa: S704 - our own file
        late_script=Markup(late),  # noqa: S704 - our own file
        data=Markup(script_json(data)),  # noqa: S704 - no "<" is left in it
        icon_colour=_ICON_COLOURS.get(verdict, _ICON_COLOUR).replace("#", "%23"),
        verdicts=VERDICTS,
        words=WORDS,
        meanings=MEANINGS,
        **values,
    )


def script_json(value: Json) -> str:
    """Return JSON that may stand inside a `script` element: without any `<`."""
    return to_json_text(value).replace("<", "\\u003c")


@cache
def environment() -> Environment:
    """Return what all pages are rendered by: autoescape on, unknown names an error."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.filters["visible"] = visible
    made.filters["counted"] = counted
    return made


@cache
def _asset(*names: str) -> str:
    """Return files of `templates/` one after the other, as they stand in the page."""
    return "\n".join((TEMPLATES / name).read_text(encoding="utf-8") for name in names)


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
