"""Sessions, under a clock that the test moves."""

import dataclasses
import itertools

import pytest

from reference_server.json_text import Json
from reference_server.jsonrpc.errors import RpcError
from reference_server.jsonrpc.sessions import Sessions
from reference_server.store import Store
from tests.reference_server.half import EVERYTHING, Half, half_of


def sessions(*, max_sessions: int = 3, max_session_bytes: int = 100) -> Sessions:
    numbers = itertools.count(1)
    return Sessions(
        fresh_id=lambda: f"s{next(numbers)}",
        timeout_s=10,
        max_sessions=max_sessions,
        max_session_bytes=max_session_bytes,
    )


def test_a_session_keeps_values_of_any_kind_under_keys() -> None:
    kept = sessions()
    first, second = kept.create(0), kept.create(0)
    kept.set(first, "k", {"a": [None]}, 0)
    kept.set(first, "", [], 0)

    assert kept.get(first, "k", 0) == {"a": [None]}
    assert kept.get(first, "", 0) == []
    assert kept.get(first, "other", 0) is None
    assert kept.get(second, "k", 0) is None


def test_each_use_slides_the_timeout() -> None:
    kept = sessions()
    session_id = kept.create(0)

    kept.get(session_id, "k", 9.9)
    kept.set(session_id, "k", 1, 19.8)
    assert kept.get(session_id, "k", 29.7) == 1
    with pytest.raises(RpcError, match=r"^No such session \(1001\)$"):
        kept.get(session_id, "k", 39.7)


def test_unused_sessions_end_in_the_order_of_their_last_use() -> None:
    kept = sessions()
    first, second = kept.create(0), kept.create(1)
    kept.get(first, "k", 2)

    kept.create(11.5)

    assert len(kept) == 2
    assert kept.get(first, "k", 11.5) is None
    with pytest.raises(RpcError):
        kept.get(second, "k", 11.5)


def test_a_session_that_was_ended_is_gone() -> None:
    kept = sessions()
    session_id = kept.create(0)

    kept.destroy(session_id, 0)

    with pytest.raises(RpcError) as caught:
        kept.destroy(session_id, 0)
    assert (caught.value.code, caught.value.data) == (1001, {"sessionId": session_id})


def test_one_session_too_many_is_refused_until_one_has_ended() -> None:
    kept = sessions(max_sessions=1)
    kept.create(0)

    with pytest.raises(RpcError) as caught:
        kept.create(9)

    assert (caught.value.code, caught.value.data) == (1002, {"max_sessions": 1})
    assert kept.create(10) == "s2"


def test_a_session_that_would_grow_too_large_keeps_what_it_had() -> None:
    kept = sessions(max_session_bytes=20)
    session_id = kept.create(0)
    kept.set(session_id, "k", "0123456789", 0)  # {"k":"0123456789"}: 18 bytes

    kept.set(session_id, "k", "0123456789ab", 0)
    with pytest.raises(RpcError) as caught:
        kept.set(session_id, "x", 1, 0)

    assert (caught.value.code, caught.value.data) == (1003, {"max_session_bytes": 20})
    assert kept.get(session_id, "k", 0) == "0123456789ab"
    assert kept.get(session_id, "x", 0) is None


def test_the_methods_pass_the_clock_on(half: Half) -> None:
    created = half.result("session.create")
    assert created == {"sessionId": "fresh-1"}

    assert half.result("session.set", ["fresh-1", "k", [1]]) == {"success": True}
    half.now_s = 1799.9
    assert half.result("session.get", {"sessionId": "fresh-1", "key": "k"}) == [1]
    half.now_s = 3599.8
    assert half.result("session.destroy", ["fresh-1"]) == {"success": True}
    assert half.error("session.get", ["fresh-1", "k"]) == {
        "code": 1001,
        "message": "No such session",
        "data": {"sessionId": "fresh-1"},
    }


@pytest.mark.parametrize("method", ["create", "get", "set", "destroy"])
def test_switched_off_there_are_no_such_methods(store: Store, method: str) -> None:
    half = half_of(store, dataclasses.replace(EVERYTHING, enable_sessions=False))
    error: Json = {"code": -32601, "message": "Method not found"}

    assert half.error(f"session.{method}") == error
