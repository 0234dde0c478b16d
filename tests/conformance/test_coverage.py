"""What of the catalogues is covered, counted over few rows by hand and over all of them."""

import pytest

from conformance.coverage import Section, coverage_lines, proven_by, sections_of
from conformance.engine.scenario import load_scenarios
from conformance.words.catalogue import load_catalogues


def sections(*, proven: set[str], judged: set[str] | None = None) -> list[Section]:
    found = sections_of(load_catalogues(), load_scenarios(), proven=proven, judged=judged or set())
    return list(found)


@pytest.mark.parametrize(
    ("line", "broken"),
    [
        pytest.param("a: does b (breaks X-1-01)", {"X-1-01": ["a"]}, id="one row"),
        pytest.param(
            "a: does b (breaks X-1-01, X-1-02) [MUS-1]",
            {"X-1-01": ["a"], "X-1-02": ["a"]},
            id="two rows and the museum",
        ),
        pytest.param(
            "a: does (so to say) b (breaks X-1(4.0)-01)", {"X-1(4.0)-01": ["a"]}, id="brackets"
        ),
        pytest.param("a: does b (breaks nothing: a legal choice)", {}, id="a legal choice"),
        pytest.param("a: breaks nothing", {}, id="no rows"),
        pytest.param("", {}, id="an empty line"),
    ],
)
def test_a_line_of_a_fault_names_what_it_breaks(line: str, broken: dict[str, list[str]]) -> None:
    assert proven_by([line]) == broken


def test_each_requirement_stands_in_one_section() -> None:
    names = [row.id for section in sections(proven=set()) for row in section.rows]

    assert sorted(names) == sorted(load_catalogues().requirements)


def test_a_row_is_testable_or_not_and_only_testable_ones_count_as_tested() -> None:
    rows = set(load_catalogues().requirements)

    for one in sections(proven=rows, judged=rows):
        assert sorted(r.id for r in one.testable + one.untestable) == sorted(r.id for r in one.rows)
        assert one.proven == one.judged == one.testable
        assert set(one.tested) <= set(one.testable)
        assert all(row.limits for row in one.untestable)


def test_a_row_with_a_scenario_and_a_fault_is_no_gap() -> None:
    found = sections(proven={"JSONRPC-6-14"})

    (batch,) = (one for one in found if (one.spec, one.name) == ("jsonrpc", "6"))
    assert [row.id for row in batch.proven] == ["JSONRPC-6-14"]
    assert "JSONRPC-6-14" not in [row.id for row in batch.gaps]
    assert "JSONRPC-6-15" in [row.id for row in batch.gaps]


def test_the_lines_end_in_the_sums() -> None:
    first, *lines, last = coverage_lines(sections(proven=set()))

    assert first.split("\t")[0] == "spec"
    columns = list(zip(*(line.split("\t")[2:] for line in lines), strict=True))
    assert last == "\t".join(["all", "", *(str(sum(map(int, column))) for column in columns)])
