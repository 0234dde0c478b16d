"""Why mutants live that no check can kill: `reasons/*.yaml`, by hand."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from conformance.words.yaml_file import load_yaml
from tests.proof.mutation.fate import Fate
from tests.proof.mutation.mutants import Mutant

FOLDER: Final = Path(__file__).parent / "reasons"


class Excuse(StrEnum):
    """Kinds of reasons."""

    UNSEEN = "unseen"
    """No client could tell, or the specification leaves it to the server."""
    UNASKED = "unasked"
    """A client could tell, but no requirement or binding asks for it."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a mutant lives."""

    excuse: Excuse
    text: str


Reasons = Mapping[str, Reason]


def load_reasons(folder: Path = FOLDER) -> dict[str, Reason]:
    """Return the reasons by a mutant's name, or by its statement's."""
    reasons: dict[str, Reason] = {}
    for path in sorted(folder.glob("*.yaml")):
        read = load_yaml(path)
        assert isinstance(read, dict)
        for excuse, texts in read.items():
            assert isinstance(texts, dict)
            for text, names in texts.items():
                assert isinstance(names, list)
                reason = Reason(Excuse(str(excuse)), str(text))
                for name in names:
                    assert name not in reasons, f"two reasons for {name}"
                    reasons[str(name)] = reason
    return reasons


def reason_of(one: Fate | Mutant, reasons: Reasons) -> Reason | None:
    """Return why a living mutant can't be seen; None where nobody knows."""
    return reasons.get(one.name) or reasons.get(one.statement)
