"""The museum: each real bug is rebuilt and caught, or it is said why no check can see it.

That the rows of a fault turn red is held by the proof of the faults themselves.
"""

from collections.abc import Mapping

import pytest

from conformance.words.catalogue import load_catalogues
from docs._make.museum import BEGIN, END, Exhibit, load_museum, museum_tables
from reference_server.faults import FAULTS
from tests.docs.test_pages import DOCS
from tests.proof.clients.faults import FAULTS as CLIENT_FAULTS

MUSEUM = load_museum()


def marked(exhibit: Exhibit) -> Mapping[str, frozenset[str]]:
    """Return the faults that say of themselves that they rebuild a bug, with what they break."""
    if exhibit.kind == "SC":
        return {
            one.name: one.breaks for one in CLIENT_FAULTS.values() if exhibit.name in one.museum
        }
    return {
        one.name: frozenset(one.breaks) for one in FAULTS.values() if exhibit.name in one.museum
    }


@pytest.mark.parametrize("exhibit", [pytest.param(one, id=one.name) for one in MUSEUM])
def test_a_real_bug_is_rebuilt_and_breaks_the_rows_that_catch_it(exhibit: Exhibit) -> None:
    faults = marked(exhibit)

    assert {*exhibit.faults} == faults.keys()
    for rows in faults.values():
        assert not rows or rows & {*exhibit.rows}
    assert {*exhibit.rows} <= frozenset().union(*faults.values())


def test_a_bug_is_caught_or_has_a_reason() -> None:
    assert [one.name for one in MUSEUM if bool(one.rows) == bool(one.unseen)] == []


def test_no_fault_rebuilds_a_bug_that_is_not_listed() -> None:
    listed = {one.name for one in MUSEUM}
    museums = [one.museum for one in FAULTS.values()]
    museums += [one.museum for one in CLIENT_FAULTS.values()]

    assert {name for names in museums for name in names} <= listed
    assert len(listed) == len(MUSEUM)


def test_the_page_lists_the_museum_as_it_is() -> None:
    text = (DOCS / "trust.md").read_text(encoding="utf-8")

    made = text.partition(BEGIN)[2].partition(END)[0]
    assert made == "\n".join(["", "", *museum_tables(MUSEUM, load_catalogues()), ""])
