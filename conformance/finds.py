"""Finds of a search told in words, and kept as scenario files that tell the same again."""

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from conformance.hunt import DIED, Find
from conformance.properties.probe import ProbeStep
from conformance.reporting.curl import command_for
from conformance.reporting.failure_text import check_text
from conformance.reporting.files import write_file
from conformance.reporting.report import exchange_json
from conformance.session import Session
from conformance.words.json_value import Json
from conformance.words.template import to_json_text

_HASH_CHARACTERS: Final = 8
_MOST_LINES: Final = 20  # commands of one find; of more only the last


def find_lines(session: Session, find: Find) -> Iterator[str]:
    """Yield what a find comes to; credentials are masked."""
    mask = session.target.secrets.mask_text
    yield f"FOUND by {find.probe.kind}"
    row = exchange_json(find.exchange) if find.exchange else None
    if find.requirement == DIED:
        yield f"  {find.check.message}"
        if row is not None:
            yield f"  try: {mask(command_for(row))}"
    else:
        requirement = session.catalogue.requirement(find.requirement)
        for line in check_text(find.check, requirement, find.exchange, row):
            yield f"  {mask(line)}"
    # A stream that is read on sends nothing.
    sending = [one for one in find.exchanges if one.request]
    if len(sending) > 1:
        yield "  all that was sent, in order:"
        for one in sending[-_MOST_LINES:]:
            yield f"    {mask(command_for(exchange_json(one)))}"
    yield ""


def save(session: Session, find: Find, driver: str, folder: Path) -> Path:
    """Write a find as a scenario file; its name is made of the requirement and what was sent."""
    sent: Json = [dict(step.send) for step in find.probe.steps]
    if len(find.probe.steps) == 1:
        sent = dict(find.probe.steps[0].send)
    digest = hashlib.blake2b(to_json_text(sent).encode()).hexdigest()
    name = f"fuzz-{find.requirement.lower().replace('(', '').replace(')', '')}"
    name += f"-{digest[:_HASH_CHARACTERS]}"
    path = folder / f"{name}.yaml"
    folder.mkdir(parents=True, exist_ok=True)
    document = _as_scenario(session, find, name=name, driver=driver)
    write_file(path, to_json_text(document, indent=2) + "\n")
    return path


def _as_scenario(session: Session, find: Find, *, name: str, driver: str) -> Json:
    """Return a find as a scenario file: all that was sent, and the requirement it broke.

    Of a dead target nothing is expected: who sends it again sees whether it dies.
    """
    watched = _watched(session, find)
    scenario: dict[str, Json] = {
        "id": name,
        "title": f"Found by fuzzing: {find.probe.kind}",
        "note": find.check.message,
        "driver": driver,
        "steps": [_step(one, find.requirement, watched) for one in find.probe.steps],
    }
    if find.probe.writes:
        scenario["writes"] = True
    return {"topic": "Found by fuzzing", "scenarios": [scenario]}


def _step(step: ProbeStep, requirement: str, watched: Mapping[str, Json]) -> Json:
    row: dict[str, Json] = {"name": step.name} if step.name else {}
    row["send"] = dict(step.send)
    if step.given:
        row["given"] = dict(step.given)
    if requirement in step.applies and requirement in step.expect:
        row["applies"] = {requirement: dict(step.applies[requirement])}
    if requirement in step.expect:
        row["expect"] = {requirement: dict(step.expect[requirement])}
    if step.at_most > 1:
        row["repeat"] = {"at_most": step.at_most}
    return {**row, **watched}


def _watched(session: Session, find: Find) -> dict[str, Json]:
    """Return what each step is held against where a watching scenario asks for the requirement."""
    if find.requirement == DIED or any(find.requirement in one.expect for one in find.probe.steps):
        return {}
    for scenario in session.plan.watchers:
        wanted = scenario.steps[0].expect.get(find.requirement)
        if wanted is not None and scenario.on_every is not None:
            return {
                "applies": {find.requirement: dict(scenario.on_every)},
                "expect": {find.requirement: dict(wanted)},
            }
    return {}
