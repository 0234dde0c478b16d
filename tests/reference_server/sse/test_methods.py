"""What JSON-RPC methods tell the streams of a session."""

from collections.abc import Sequence

import pytest

from reference_server.json_text import Json
from tests.reference_server.sse.listener import (
    act,
    call,
    listening,
    result,
)


def test_an_import_tells_its_progress_to_every_client_of_its_session(
    port: int, session: str
) -> None:
    records: list[Json] = [
        {"name": f"n{number}", "sku": f"{session}{number}"} for number in range(3)
    ]

    with listening(port, session) as one, listening(port, session) as two:
        imported = result(port, "object.batchImport", ["products", records, session])
        events = [one.event() for _ in range(4)]
        same = [two.event() for _ in range(4)]

    assert imported["imported"] == 3
    assert same == events
    assert len({event.event_id for event in events}) == 4
    documents = [event.json for event in events]
    operation = updates(documents)[0]["id"]
    assert documents == [
        {
            "jsonrpc": "2.0",
            "method": "progress.update",
            "params": {"id": operation, "progress": done, "total": 3, "message": message},
        }
        for done, message in [
            (0, "importing into products"),
            (1, "importing into products"),
            (2, "importing into products"),
            (3, "imported into products"),
        ]
    ]


def updates(documents: Sequence[object]) -> list[dict[str, object]]:
    found = []
    for document in documents:
        assert isinstance(document, dict)
        found.append(document["params"])
    return found


def test_a_large_import_tells_a_hundred_times_and_not_ten_thousand(port: int, session: str) -> None:
    records: list[Json] = [{"name": "n", "sku": f"{session}{number}"} for number in range(250)]

    with listening(port, session) as listener:
        result(port, "object.batchImport", ["products", records, session])
        act(port, "emit", sessionId=session, data="over")
        told = []
        while (event := listener.event()).data != "over":
            told.append(event.json)

    steps = [params["progress"] for params in updates(told)]
    assert steps == [*range(0, 250, 3), 250]


def test_a_failed_import_tells_that_nothing_is_left_of_it(port: int, session: str) -> None:
    records: list[Json] = [{"name": "n", "sku": session}, {"name": "n", "sku": session}]

    with listening(port, session) as listener:
        answer = call(port, "object.batchImport", ["products", records, session])
        documents = [listener.event().json for _ in range(3)]

    assert isinstance(answer, dict)
    assert "error" in answer
    assert [params["message"] for params in updates(documents)] == [
        "importing into products",
        "importing into products",
        "failed, nothing is imported",
    ]


def test_an_import_for_what_can_be_no_session_is_refused(port: int) -> None:
    answer = call(port, "object.batchImport", ["products", [], "a/b"])

    assert isinstance(answer, dict)
    assert answer["error"] == {
        "code": -32602,
        "message": "Invalid params",
        "data": {
            "pointer": "/2",
            "expected": "1 to 128 letters, digits and . _ ~ -",
            "seen": "'a/b'",
        },
    }


def test_an_import_for_nobody_tells_nobody(port: int) -> None:
    assert result(port, "object.batchImport", ["products", []]) == {"imported": 0, "ids": []}


def test_any_event_can_be_asked_for(port: int, session: str) -> None:
    with listening(port, session) as listener:
        told = act(
            port,
            "emit",
            sessionId=session,
            data=" a\nb",
            event="name",
            id="Grüße",
            retry=5,
            comment="c",
        )

        assert told == {"sessionId": session}
        assert listener.text() == (": c\nevent: name\nid: Grüße\nretry: 5\ndata:  a\ndata: b\n\n")


@pytest.mark.parametrize(
    ("param", "value"),
    [
        pytest.param("id", "a\nb", id="id"),
        pytest.param("event", "a\rb", id="event"),
        pytest.param("data", "x" * 70_000, id="data"),
        pytest.param("sessionId", "a b", id="session"),
        pytest.param("retry", -1, id="retry"),
    ],
)
def test_what_can_not_be_sent_is_a_bad_param(
    port: int, session: str, param: str, value: str | int
) -> None:
    params: Json = {"sessionId": session, "data": "x", param: value}

    answer = call(port, "action.execute", ["emit", params])

    assert isinstance(answer, dict)
    error = answer["error"]
    assert isinstance(error, dict)
    data = error["data"]
    assert isinstance(data, dict)
    assert (error["code"], data["pointer"]) == (-32602, f"/1/{param}")


def test_a_disconnect_of_what_can_be_no_session_is_a_bad_param(port: int) -> None:
    answer = call(port, "action.execute", ["disconnect", ["a/b"]])

    assert isinstance(answer, dict)
    error = answer["error"]
    assert isinstance(error, dict)
    assert error["code"] == -32602
