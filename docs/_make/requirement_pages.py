"""One page a class: each requirement with its statement, scenarios, faults and ambiguities."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from conformance.engine.scenario import Scenario, cases_of
from conformance.words.catalogue import Catalogue, Requirement
from conformance.words.verdict import Verdict
from docs._make.markdown import code, link, page, plain, table

_MOST_NAMED: Final = 12  # faults or cases; a basic row has a hundred, which `explain` tells

_WHEN_BROKEN: Final[Mapping[Verdict, str]] = {
    Verdict.PASS: "a pass with a remark",
    Verdict.NOT_APPLICABLE: "not applicable: a permission that is not used",
}


def path_of(class_name: str) -> str:
    """Return the path of a class's page below `docs/`: `requirements/odata.batch.md`."""
    return f"requirements/{class_name}.md"


def anchor_of(requirement: str) -> str:
    """Return the anchor of a requirement on its page: its id, brackets as hyphens."""
    return requirement.replace("(", "-").replace(")", "")


def requirement_pages(
    catalogue: Catalogue, scenarios: Sequence[Scenario], faults: Mapping[str, Sequence[str]]
) -> Iterator[tuple[str, str]]:
    """Yield path and text of each class's page, then those of the index and the ambiguities."""
    judging: dict[str, list[Scenario]] = {}
    for scenario in scenarios:
        for name in scenario.requirements:
            judging.setdefault(name, []).append(scenario)
    for name, title in catalogue.classes.items():
        rows = [row for row in catalogue.requirements.values() if row.class_name == name]
        lines = [f"# {name}", "", plain(title) + ".", "", *_short_list(rows)]
        for row in rows:
            lines += _section(row, catalogue, judging.get(row.id, []), list(faults.get(row.id, [])))
        yield path_of(name), page(lines)
    yield "requirements/index.md", page(_index(catalogue))
    yield "requirements/ambiguities.md", page(_ambiguities(catalogue))


def _short_list(rows: Iterable[Requirement]) -> Iterator[str]:
    cells = ([f"[{row.id}](#{anchor_of(row.id)})", row.level, plain(row.statement)] for row in rows)
    yield from table(("id", "level", "statement"), cells)


def _section(
    row: Requirement, catalogue: Catalogue, scenarios: Sequence[Scenario], faults: Sequence[str]
) -> Iterator[str]:
    yield f"## {row.id} {{ #{anchor_of(row.id)} }}"
    yield ""
    yield f"**{plain(row.statement)}**"
    yield ""
    told = _WHEN_BROKEN.get(row.when_broken, row.when_broken.value)
    facts = [
        f"Level {row.level}, for {_party(row.party)}; when it is broken: {told}.",
        _source(row, catalogue),
        f"How it is tested: {plain(row.how_to_test)}",
    ]
    if row.needs:
        needs = (f"{plain(catalogue.capabilities[one].title)} ({code(one)})" for one in row.needs)
        facts.append(f"Needs {'; '.join(needs)}.")
    if row.testable != "yes":
        facts.append(f"Testable: {row.testable}. {plain(row.limits)}")
    if row.why:
        facts.append(f"Why it matters: {plain(row.why)}")
    if row.note:
        facts.append(f"Note: {plain(row.note)}")
    facts.append(_judged_by(scenarios))
    facts.append(_proven_by(faults))
    facts += (_left_open(catalogue, name) for name in row.ambiguities)
    facts.append(_how_to_fix(row, scenarios))
    facts.append(
        "Not how you read it? [Contest the reading](../contest.md) with this id, the sentence and "
        "the exchange."
    )
    yield from (f"- {fact}" for fact in facts)
    yield ""


def _source(row: Requirement, catalogue: Catalogue) -> str:
    words = f"Section {row.section} of {catalogue.titles[row.spec]}"
    # The extensions are no one else's: their text is a page of this site.
    if row.link.startswith("urn:wirecheck:objectql"):
        return f"[{plain(words)}](../objectql.md)"
    return link(words, row.link)


def _party(party: str) -> str:
    return "servers and clients" if party == "both" else f"{party}s"


def _judged_by(scenarios: Sequence[Scenario]) -> str:
    if not scenarios:
        return "No scenario judges it."
    told = (f"{code(one.full_id)} ({_cases(one)})" for one in scenarios[:_MOST_NAMED])
    more = f", and {len(scenarios) - _MOST_NAMED} more" if len(scenarios) > _MOST_NAMED else ""
    return f"Judged by {', '.join(told)}{more}."


def _cases(scenario: Scenario) -> str:
    match len(cases_of(scenario)):
        case 0:
            return "watches the whole run"
        case 1:
            return "1 case"
        case count:
            return f"{count} cases"


def _proven_by(faults: Sequence[str]) -> str:
    if not faults:
        return "No fault proves it yet."
    more = f", and {len(faults) - _MOST_NAMED} more" if len(faults) > _MOST_NAMED else ""
    return f"Proven by the faults {', '.join(map(code, faults[:_MOST_NAMED]))}{more}."


def _left_open(catalogue: Catalogue, name: str) -> str:
    one = catalogue.ambiguities[name]
    return (
        f"Left open, [{one.id}](ambiguities.md#{one.id}): {plain(one.ambiguity)} "
        f"{plain(one.suite_should)}"
    )


def _how_to_fix(row: Requirement, scenarios: Sequence[Scenario]) -> str:
    if not scenarios:
        return "How to fix: nothing judges it, so read the section."
    return (
        "How to fix: the report shows expected and seen at the place that broke, and a line to try "
        f"it. {code(f'wirecheck explain {row.id}')} names the cases; "
        f"{code(f'wirecheck run URL --only {scenarios[0].full_id}')} runs one scenario alone."
    )


def _index(catalogue: Catalogue) -> Iterator[str]:
    yield from ("# Requirements", "")
    yield "Each statement that the suite knows has an anchor of its own, which is its id."
    yield from ("", "What the texts leave open is in [ambiguities](ambiguities.md).", "")
    rows = catalogue.requirements.values()
    cells = (
        [f"[{name}]({name}.md)", plain(title), str(sum(r.class_name == name for r in rows))]
        for name, title in catalogue.classes.items()
    )
    yield from table(("class", "what it holds", "requirements"), cells)


def _ambiguities(catalogue: Catalogue) -> Iterator[str]:
    yield from ("# Ambiguities", "")
    yield "What the texts leave open, how the suite reads it, and the worst verdict it gives."
    yield ""
    for one in catalogue.ambiguities.values():
        yield f"## {one.id}: {plain(one.topic)} {{ #{one.id} }}"
        yield from ("", plain(one.ambiguity), "")
        yield f"- The suite: {plain(one.suite_should)}"
        yield f"- Worst verdict: {one.policy}."
        if one.references:
            yield f"- Argued in: {plain('; '.join(one.references))}."
        concerned = [r for r in catalogue.requirements.values() if one.id in r.ambiguities]
        if concerned:
            links = (f"[{r.id}]({r.class_name}.md#{anchor_of(r.id)})" for r in concerned)
            yield f"- Requirements: {', '.join(links)}."
        yield ""
