"""What the tests of dying targets share: steps that kill, and what a run says of it."""

from conformance.words.events import RunFinished, RunNote
from tests.conformance.corpus import MUST, Run, scenario, sends

GOOD = sends("good", MUST, "/body/text", "{const: good}")
KILLS = sends("!die", MUST, "/body/size", "{const: 0}")
CLOSES = sends("!close", MUST, "/body/size", "{const: 0}")
AFTER = "the target stopped answering after this (closed)"


def one_case_each(*steps: str) -> list[str]:
    """Write scenarios of one case, named a, b, c …"""
    return [scenario(name, step) for name, step in zip("abcdefgh", steps, strict=False)]


def told(run: Run) -> dict[str, str]:
    """Return the message of each case, by the scenario's id."""
    return {one.scenario.rpartition("/")[2]: one.checks[0].message for one in run.finished}


def is_lost(run: Run) -> bool:
    last = run.events[-1]
    assert isinstance(last, RunFinished)
    return last.target_lost


def notes(run: Run) -> list[str]:
    return [event.text for event in run.events if isinstance(event, RunNote)]
