"""Defects as they are gathered: in order, moved to their place, of each kind only so many."""

from conformance.observe.bounded_defects import BoundedDefects
from conformance.observe.defect import Defect


def test_of_each_code_the_first_fifty_are_kept() -> None:
    defects = BoundedDefects("json")

    for at in range(60):
        defects.flaw("one", at, "x")
    defects.flaw("another", 60, "y")

    assert [(one.code, one.at) for one in defects.kept] == [
        *(("one", at) for at in range(50)),
        ("another", 60),
    ]
    assert defects.kept[-1] == Defect(layer="json", code="another", at=60, detail="y")


def test_those_of_another_reader_are_moved_and_counted_with_the_others() -> None:
    found = [Defect(layer="http", code="one", at=at, detail="x") for at in range(40)]
    defects = BoundedDefects("multipart")

    defects.take(found)
    defects.take(found, moved_by=100)

    assert [one.at for one in defects.kept] == [*range(40), *range(100, 110)]
    assert {one.layer for one in defects.kept} == {"http"}
