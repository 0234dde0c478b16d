"""Notes on a run as a whole: what makes its checks say less than they seem to.

They stand on top of everything else, since a reader who misses them misreads all below.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from conformance.words.catalogue import Catalogue
from conformance.words.events import CaseFinished, ExchangeRecord
from conformance.words.verdict import Check, Verdict

_JUDGED: Final = frozenset({Verdict.PASS, Verdict.FAIL, Verdict.WARN})
_NO_BINDING: Final = "no-binding:"
_RESPONSES: Final = "JSONRPC-5-"  # the rows on response objects
_NO_CONSENT: Final = "no-consent"
_FEW_ANSWERS: Final = 3  # so many equal answers say nothing of a target yet …
_LEFT: Final = 10  # … unless but one check in so many was judged: the rest relied on these
_STATUS: Final = slice(9, 12)  # of a status line: `HTTP/1.1 401 …`
_REFUSALS: Final = {
    "401": "add credentials by --header or to the profile",
    "403": "the credentials are not let in",
    "404": "is the URL right?",
    "405": "is the URL right?",
    "407": "a proxy in between asks for credentials",
    "429": "add rate_per_s to the profile",
    "500": "the target may not be set up",
    "502": "a proxy answers in the target's place",
    "503": "the target may not be ready",
}


def run_notes(
    checks: Sequence[Check], cases: Sequence[CaseFinished], catalogue: Catalogue
) -> list[str]:
    """Return the notes of a finished run, the gravest first; one line each."""
    exchanges = [one for case in cases for one in case.exchanges]
    judged = sum(one.verdict in _JUDGED for one in checks)
    few = 0 if judged * _LEFT < len(checks) else _FEW_ANSWERS
    return [
        *_nothing_tested(checks),
        *_same_answer(exchanges, few),
        *_nothing_reached(checks, few),
        *_nothing_written(checks),
        *_missing_binding(checks, catalogue),
        *_flaky(checks),
    ]


def _nothing_tested(checks: Sequence[Check]) -> Iterator[str]:
    if not any(one.verdict in _JUDGED for one in checks):
        yield "nothing was tested, so nothing has passed"


def _same_answer(exchanges: Sequence[ExchangeRecord], few: int) -> Iterator[str]:
    answers = [one.response[_STATUS].decode("latin-1") for one in exchanges if one.response]
    if len(answers) > few and len(set(answers)) == 1 and answers[0] in _REFUSALS:
        told = _REFUSALS[answers[0]]
        yield f"every answer was {answers[0]}, so the target itself was not reached: {told}"
    silent = sum(not one.response for one in exchanges)
    if len(exchanges) > few and silent == len(exchanges):
        yield "not one request got an answer"


def _nothing_reached(checks: Sequence[Check], few: int) -> Iterator[str]:
    judged = [
        one for one in checks if one.verdict in _JUDGED and one.scenario.startswith("jsonrpc/")
    ]
    core = [one for one in judged if one.requirement.startswith("JSONRPC-5-")]
    if len(core) > few and not any(one.verdict is Verdict.PASS for one in core):
        yield "no request reached the JSON-RPC layer: not one response was right in any part"


def _nothing_written(checks: Sequence[Check]) -> Iterator[str]:
    names = _requirements(one for one in checks if one.reason.startswith(_NO_CONSENT))
    only = names - _requirements(one for one in checks if one.verdict in _JUDGED)
    if only:
        told = _count(only)
        yield f"nothing could be written, so {told} untested: --allow-writes gives consent"


def _missing_binding(checks: Sequence[Check], catalogue: Catalogue) -> Iterator[str]:
    """Tell of the one binding whose lack leaves more than half of the requirements untested."""
    judged = _requirements(one for one in checks if one.verdict in _JUDGED)
    concerned = judged | _requirements(one for one in checks if one.verdict is Verdict.UNTESTED)
    missing: Counter[str] = Counter()
    seen: set[tuple[str, str]] = set()
    for one in checks:
        name = one.reason.removeprefix(_NO_BINDING)
        if one.reason == name or one.requirement in judged or (one.requirement, name) in seen:
            continue
        seen.add((one.requirement, name))
        missing[name] += 1
    for name, count in missing.most_common(1):
        if 2 * count > len(concerned):
            known = catalogue.capabilities.get(name)
            add = f": add to the profile: {known.add}" if known else ""
            yield f"{count} of {len(concerned)} requirements are untested for want of {name}{add}"


def _flaky(checks: Sequence[Check]) -> Iterator[str]:
    if names := _requirements(one for one in checks if one.is_flaky):
        told = _count(names)
        yield f"{told} flaky: judged differently from one time to the next; none of it is a pass"


def _requirements(checks: Iterable[Check]) -> set[str]:
    return {one.requirement for one in checks}


def _count(names: set[str]) -> str:
    return f"{len(names)} requirement{' is' if len(names) == 1 else 's are'}"
