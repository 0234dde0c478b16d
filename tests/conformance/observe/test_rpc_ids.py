"""Ids compared by type and value (JSON-RPC 2.0 sections 4, 5 and 6)."""

from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from conformance.observe.rpc_ids import IdBalance, balance_ids, id_key
from conformance.words.json_value import ABSENT, Absent, Json

IDS: st.SearchStrategy[Json] = (
    st.none()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.decimals(allow_nan=False, allow_infinity=False)
    | st.text()
    | st.booleans()
    | st.lists(st.integers(), max_size=2)
)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param("a", "a", id="strings"),
        pytest.param(1, 1.0, id="an integer and a float"),
        pytest.param(0, -0.0, id="both zeros"),
        pytest.param(1, Decimal("1.00"), id="an integer and a decimal"),
        # 1e23 is no float: the nearest one is 99999999999999991611392
        pytest.param(10**23, 1e23, id="an integer and its exponent form"),
        pytest.param(Decimal("1e400"), 10**400, id="beyond floats"),
        pytest.param(None, None, id="null"),
        pytest.param([1], [1], id="arrays"),
    ],
)
def test_the_same_id_has_the_same_key(first: Json, second: Json) -> None:
    assert id_key(first) == id_key(second)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param(1, "1", id="a number and its text"),
        pytest.param(1, True, id="a number and true"),
        pytest.param(0, False, id="zero and false"),
        pytest.param(0, None, id="zero and null"),
        pytest.param("", None, id="an empty string and null"),
        pytest.param("null", None, id="a string and null"),
        pytest.param("a", "A", id="case"),
        pytest.param("é", "e\u0301", id="two forms of a letter"),
        pytest.param(9007199254740992, 9007199254740993, id="beyond 2^53"),
        pytest.param(9007199254740992.0, 9007199254740993, id="a float beyond 2^53"),
        pytest.param(0.1, Decimal("0.1000000000000000000001"), id="beyond 17 digits"),
        pytest.param([1], "[1]", id="an array and its text"),
        pytest.param({}, [], id="an object and an array"),
    ],
)
def test_another_id_has_another_key(first: Json, second: Json) -> None:
    assert id_key(first) != id_key(second)


@pytest.mark.parametrize(
    ("sent", "received", "unanswered", "unknown", "doubled"),
    [
        pytest.param([], [], [], [], [], id="nothing"),
        pytest.param([1, 2], [2, 1], [], [], [], id="in another order"),
        pytest.param([1, 2, 3], [2], [1, 3], [], [], id="two are missing"),
        pytest.param([1], ["1"], [1], ["1"], [], id="another type"),
        pytest.param([1], [True], [1], [True], [], id="true for 1"),
        pytest.param([1], [1.0], [], [], [], id="the same number"),
        pytest.param([1], [1, 1, 1], [], [], [1], id="three times, told once"),
        pytest.param([1, 1], [1, 1], [], [], [], id="sent twice, answered twice"),
        pytest.param([1, 1], [1], [1], [], [], id="sent twice, answered once"),
        pytest.param([1, 1], [1, 1, 1], [], [], [1], id="sent twice, answered three times"),
        pytest.param([], [7, "x", 7], [], [7, "x", 7], [], id="unknown ones, each told"),
        pytest.param([1], [None], [1], [], [], id="null is no unknown id"),
        pytest.param([None], [None], [], [], [], id="null was sent"),
        pytest.param([None], [None, None], [], [], [], id="null is never doubled"),
        pytest.param([None], [], [None], [], [], id="null may be unanswered"),
        pytest.param([1], [ABSENT], [1], [], [], id="no id answers nobody"),
        pytest.param([], [[1], {}], [], [[1], {}], [], id="structures"),
        pytest.param([2, 1], [1, 2, 2, 1], [], [], [2, 1][::-1], id="in order of appearance"),
    ],
)
def test_ids_sent_are_set_against_ids_received(
    sent: list[Json],
    received: list[Json | Absent],
    unanswered: list[Json],
    unknown: list[Json],
    doubled: list[Json],
) -> None:
    assert balance_ids(sent, received) == IdBalance(
        unanswered=unanswered, unknown=unknown, doubled=doubled
    )


@given(ids=st.lists(IDS), shuffled=st.randoms())
@example(ids=[10**23, "a"], shuffled=None)
def test_ids_that_all_come_back_balance_in_any_order(ids: list[Json], shuffled: object) -> None:
    received: list[Json | Absent] = list(ids)
    if shuffled is not None:
        shuffled.shuffle(received)  # type: ignore[attr-defined]  # a random.Random

    assert balance_ids(ids, received) == IdBalance(unanswered=[], unknown=[], doubled=[])


@given(sent=st.lists(IDS), received=st.lists(IDS | st.just(ABSENT)))
def test_every_id_is_accounted_for(sent: list[Json], received: list[Json | Absent]) -> None:
    balance = balance_ids(sent, received)

    sent_keys = [id_key(one) for one in sent]
    received_keys = [id_key(one) for one in received if one is not ABSENT]
    assert all(id_key(one) in sent_keys for one in balance.unanswered)
    assert all(id_key(one) in received_keys for one in balance.unknown)
    assert all(id_key(one) not in sent_keys for one in balance.unknown)
    assert all(received_keys.count(id_key(one)) > 1 for one in balance.doubled)
    answered = len(sent) - len(balance.unanswered)
    assert answered <= len(received_keys)
