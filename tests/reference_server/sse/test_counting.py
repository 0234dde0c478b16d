"""The stream that counts, on a real socket."""

from contextlib import closing

from tests.reference_server.loopback import serving
from tests.reference_server.sse.listener import (
    Block,
    Listener,
    ask,
    settings_with,
)


def test_numbers_come_to_their_end_and_then_no_more(port: int) -> None:
    with closing(Listener(port, "/rpc/events?count=3&interval_ms=1&event=tick")) as listener:
        blocks = listener.blocks()

    assert blocks == [
        Block(
            lines=[
                ("event", "tick"),
                ("id", str(number)),
                ("data", f'{{"number":{number},"count":3}}'),
            ]
        )
        for number in (1, 2, 3)
    ]
    with closing(Listener(port, "/rpc/events?count=3", "Last-Event-ID: 2")) as listener:
        assert [block.event_id for block in listener.blocks()] == ["3"]
    over = ask(port, "/rpc/events?count=3", "Last-Event-ID: 3")
    assert (over.status, [name for name, _ in over.fields]) == (204, ["date"])


def test_each_number_comes_when_it_is_due_and_not_at_the_end(port: int) -> None:
    with closing(Listener(port, "/rpc/events?interval_ms=10000")) as listener:
        assert listener.event().event_id == "1"


def test_numbers_are_asked_for_as_they_should(port: int) -> None:
    response = ask(port, "/rpc/events?count=x")

    assert (response.status, response.field("content-type")) == (400, "application/problem+json")
    assert ask(port, "/rpc/events", verb="HEAD").status == 200


def test_one_count_too_many_is_503_until_another_one_ends() -> None:
    with serving(settings_with(max_streams=1)) as port:
        with closing(Listener(port, "/rpc/events?interval_ms=10000")) as listener:
            assert listener.event().event_id == "1"
            response = ask(port, "/rpc/events")
            assert (response.status, response.field("retry-after")) == (503, "5")
        status = 503
        while status == 503:
            with closing(Listener(port, "/rpc/events?count=1&interval_ms=0")) as listener:
                status = listener.status

        assert status == 200


def test_numbers_end_with_the_server() -> None:
    with serving() as port:
        listener = Listener(port, "/rpc/events?interval_ms=10000")
    with closing(listener):
        assert [block.event_id for block in listener.blocks()] == ["1"]
