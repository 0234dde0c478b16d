"""The mutation tool itself, held against a module of a few lines."""

import importlib.util
import sys
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import ModuleType

import pytest

from tests.proof.mutation.campaign import bound_names, mutants_in
from tests.proof.mutation.excuse import Excuse, Reason, load_reasons
from tests.proof.mutation.fate import Fate, last_of_each, name_of, read_fates
from tests.proof.mutation.forks import Done, Task, Teller, run_forked
from tests.proof.mutation.mutants import Mutant, mutants_of
from tests.proof.mutation.patch import Functions, changed_functions, import_anew, put_into
from tests.proof.mutation.table import Row, rows_of_modules, rows_of_parts, table
from tests.proof.mutation.trace import Touched

TOY = '''\
"""A toy."""

MOST: int = 10


def is_small(number: int) -> bool:
    """Tell whether a number is small."""
    return number < MOST


def halvings(number: int) -> int:
    count = 0
    while number > 1:
        number //= 2
        count += 1
    return count
'''


@pytest.fixture
def toy(tmp_path: Path) -> Iterator[ModuleType]:
    path = tmp_path / "toy.py"
    path.write_text(TOY, encoding="utf-8")
    spec = importlib.util.spec_from_file_location("toy", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["toy"] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules["toy"]


def all_mutants(module: ModuleType) -> dict[str, Mutant]:
    found = mutants_of(TOY, module="toy", path=str(module.__file__))
    return {f"{one.line} {one.change}": one for one in found}


def meet(module: ModuleType, mutant: Mutant, slot: int) -> bool:
    """Become the mutant; tell whether a few questions show it."""
    del slot
    path = str(module.__file__)
    changed = changed_functions(compile(TOY, path, "exec"), mutant.code)
    if changed is None:
        import_anew("toy", mutant.code, package="toy")
    else:
        put_into(Functions.of(str(Path(path).parent)), changed)
    now = sys.modules["toy"]
    return [now.is_small(9), now.is_small(12), now.halvings(8)] != [True, False, 3]


def fates(module: ModuleType, deadline_s: float) -> dict[str, Done]:
    tasks = [
        Task(name, partial(meet, module, one), deadline_s)
        for name, one in all_mutants(module).items()
    ]
    return {done.task.name: done for done in run_forked(tasks, jobs=2)}


def test_a_module_is_changed_in_its_operators_constants_branches_and_statements(
    toy: ModuleType,
) -> None:
    assert [*all_mutants(toy)] == [
        "3 AnnAssign: None",
        "3 10 becomes 11",
        "8 Return: None",
        "8 Lt becomes LtE",
        "12 Assign: None",
        "12 0 becomes 1",
        "13 the condition is True",
        "13 the condition is False",
        "13 Gt becomes GtE",
        "13 1 becomes 2",
        "14 number //= 2 is left out",
        "14 FloorDiv becomes Mult",
        "14 2 becomes 3",
        "15 count += 1 is left out",
        "15 Add becomes Sub",
        "15 1 becomes 2",
        "16 Return: None",
    ]


def test_what_no_question_shows_lives_and_the_rest_does_not(toy: ModuleType) -> None:
    done = fates(toy, 2.0)

    # Nobody asks about 10.
    assert {name for name, one in done.items() if not one.end and not one.told} == {
        "3 10 becomes 11",
        "8 Lt becomes LtE",
    }
    assert done["3 AnnAssign: None"].end == (
        "crashes: TypeError: '<' not supported between instances of 'int' and 'NoneType'"
    )
    assert {name for name, one in done.items() if one.end == "hangs"} == {
        "13 the condition is True",
        "14 number //= 2 is left out",
        "14 FloorDiv becomes Mult",
    }


def test_a_mutant_tells_what_stood_there_and_what_stands_there_now(toy: ModuleType) -> None:
    mutant = all_mutants(toy)["8 Lt becomes LtE"]

    assert (mutant.before, mutant.after) == ("return number < MOST", "return number <= MOST")
    assert mutant.name == "toy: return number < MOST -> return number <= MOST"


def test_statements_that_read_the_same_are_told_apart() -> None:
    found = mutants_of("def f(a):\n    g(a)\n    g(a)\n", module="toy", path="toy.py")

    assert [one.name for one in found] == [
        "toy: g(a) (1 of 2) -> pass",
        "toy: g(a) (2 of 2) -> pass",
    ]


def test_making_mutants_leaves_the_source_as_it_was() -> None:
    once = [(one.before, one.after) for one in mutants_of(TOY, module="toy", path="toy.py")]

    assert all(before != after for before, after in once)
    assert len(once) == len(set(once))


@pytest.mark.parametrize(
    "source",
    [
        pytest.param('def f() -> "int":\n    """A text."""\n', id="docstring and annotation"),
        pytest.param("import a\nfrom b import c\n", id="imports"),
        pytest.param("assert a == 1\n", id="assert"),
        pytest.param("_log.error('a', 1)\n", id="log"),
        pytest.param("text = None\nother: str = None\n", id="none"),
        pytest.param("A: TypeAlias = int | None\n", id="alias"),
        pytest.param("if TYPE_CHECKING:\n    a = 1\n", id="for checkers"),
    ],
)
def test_what_no_protocol_speaks_of_is_left_alone(source: str) -> None:
    assert [*mutants_of(source, module="toy", path="toy.py")] == []


def test_a_text_for_people_is_left_alone() -> None:
    found = mutants_of("raise E('a text', code)\n", module="toy", path="toy.py")

    assert [one.change for one in found] == ["raise E('a text', code) is left out"]


def test_a_process_that_dies_is_told_from_one_that_raises(
    capfd: pytest.CaptureFixture[str],
) -> None:
    def dies(slot: int) -> object:
        del slot
        Teller.pipe = None
        Teller.tell("nobody hears this")

    def raises(slot: int) -> object:
        raise KeyError(slot)

    done = run_forked([Task("dies", dies, 5.0), Task("raises", raises, 5.0)], jobs=1)

    assert {one.task.name: one.end for one in done} == {
        "dies": "dies",
        "raises": "crashes: KeyError: 0",
    }
    assert capfd.readouterr().err == ""


def test_each_line_is_known_by_who_made_it_run(toy: ModuleType) -> None:
    touched = Touched(str(Path(str(toy.__file__)).parent))

    with touched.watching():
        touched.switch("small")
        toy.is_small(1)
        touched.switch("halves")
        toy.halvings(1)

    path = str(toy.__file__)
    assert touched.by((path, 8)) == {"small"}
    assert touched.by((path, 13)) == {"halves"}
    assert touched.by((path, 14)) == set()


@pytest.mark.parametrize(
    ("statement", "names"),
    [
        pytest.param("A: Final = 1", {"A"}, id="constant"),
        pytest.param("a, b = f()", {"a", "b"}, id="two"),
        pytest.param("def f(a=1):", {"f"}, id="function"),
        pytest.param("class C(B):", {"C"}, id="class"),
        pytest.param("f()", set(), id="none"),
    ],
)
def test_a_statement_binds_names(statement: str, names: set[str]) -> None:
    assert bound_names(statement) == names


def fate(*, killed_by: str = "", after: str = "b") -> Fate:
    return Fate(
        module="m", line=1, change="c", before="a", after=after, killed_by=killed_by,
        cases=1, took_s=0.5,
    )  # fmt: skip


def test_a_report_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "report.jsonl"
    path.write_text(fate().as_line() + fate(killed_by="x").as_line(), encoding="utf-8")

    assert [*read_fates([path])] == [fate(), fate(killed_by="x")]


def test_of_a_mutant_that_was_judged_again_the_last_word_counts() -> None:
    assert last_of_each([fate(), fate(after="c"), fate(killed_by="x")]) == [
        fate(killed_by="x"),
        fate(after="c"),
    ]


def test_a_mutant_that_can_not_be_seen_lowers_no_score() -> None:
    fates = [fate(), fate(after="c"), fate(after="d"), fate(killed_by="x")]
    reasons = {
        name_of("m: a", "c"): Reason(Excuse.UNSEEN, "why"),
        name_of("m: a", "d"): Reason(Excuse.UNASKED, "why"),
    }

    rows = rows_of_modules(fates, reasons)

    assert rows == [Row(name="m", mutants=4, killed=1, unseen=1, unasked=1)]
    assert table(rows, of="module").splitlines()[-1] == (
        "| m | 4 | 1 | 1 | 1 | 1 | 50.0% | 33.3% |"
    )


def test_what_the_catalogue_is_not_about_is_told_apart() -> None:
    modules = ["reference_server.sse.hub", "reference_server.odata", "reference_server.odata.jobs"]

    rows = rows_of_parts([replace(fate(), module=module) for module in modules], {})

    assert [(row.name, row.mutants) for row in rows] == [
        ("SSE", 1),
        ("OData: headers, conditions, errors, jobs", 1),
        ("all that the catalogue is about", 2),
        ("OData: URLs, queries, formats, metadata", 1),
    ]


def test_each_reasoned_mutant_still_exists() -> None:
    reasoned = load_reasons()
    modules = {name.partition(":")[0] for name in reasoned}

    existing: set[str] = set()
    for one in mutants_in(sorted(modules)):
        existing |= {one.name, one.statement}

    assert reasoned.keys() - existing == set()
