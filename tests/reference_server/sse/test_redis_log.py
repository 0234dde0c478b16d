"""The log of several processes, over a Redis of its own."""

import re
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace

import anyio
import pytest
from anyio.abc import TaskStatus

from reference_server.app import create_app
from reference_server.errors import InputError
from reference_server.settings import ProgressSettings, Settings
from reference_server.sse.errors import EventError
from reference_server.sse.event import Event
from reference_server.sse.log import Entry, EventLog
from tests.reference_server.loopback import TIMEOUT_S, VOID, VOID_ANSWER, Peer, post, serving
from tests.reference_server.sse.listener import EVERYTHING, act, ask, emit, listening, result

redis = pytest.importorskip("redis", reason="the package redis is not installed")
redis_log = pytest.importorskip("reference_server.sse.redis_log")

if shutil.which("redis-server") is None:
    pytest.skip("redis-server is not installed", allow_module_level=True)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@contextmanager
def redis_at(port: int) -> Iterator[None]:
    """Run a Redis that keeps nothing on disk, until it answers no more."""
    options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--loglevel", "warning"]
    process = subprocess.Popen(["redis-server", *options], stdout=subprocess.DEVNULL)
    try:
        with redis.Redis(port=port, socket_timeout=TIMEOUT_S) as client:
            while True:
                try:
                    client.ping()
                    break
                except redis.ConnectionError:
                    assert process.poll() is None
        yield
    finally:
        process.kill()
        process.wait(TIMEOUT_S)


@pytest.fixture
def redis_port() -> Iterator[int]:
    port = free_port()
    with redis_at(port):
        yield port


def shared(redis_port: int) -> Settings:
    return replace(
        EVERYTHING,
        redis_url=f"redis://127.0.0.1:{redis_port}/0",
        progress=ProgressSettings(heartbeat_ms=50),
    )


@pytest.fixture
def two_ports(redis_port: int) -> Iterator[tuple[int, int]]:
    settings = shared(redis_port)
    with serving(settings) as one, serving(settings) as two:
        yield one, two


def test_events_reach_the_clients_of_every_process_in_one_order(
    two_ports: tuple[int, int],
) -> None:
    one, two = two_ports
    with listening(one, "s") as near, listening(two, "s") as far:
        for number in range(20):
            emit(two_ports[number % 2], "s", str(number))
        seen = [near.event() for _ in range(20)]

        assert [far.event() for _ in range(20)] == seen
        assert {event.data for event in seen} == {str(number) for number in range(20)}
        assert len({event.event_id for event in seen}) == 20


def test_a_stream_of_one_process_goes_on_at_the_other(two_ports: tuple[int, int]) -> None:
    one, two = two_ports
    with listening(one, "s") as first:
        emit(one, "s", "one", "two")
        last = first.event()
        assert first.event().data == "two"
    with listening(two, "s", f"Last-Event-ID: {last.event_id}") as second:
        emit(one, "s", "three")

        assert [second.event().data for _ in range(2)] == ["two", "three"]


def test_a_process_that_comes_late_knows_what_was(redis_port: int) -> None:
    with serving(shared(redis_port)) as one, listening(one, "s") as first:
        emit(one, "s", "one", "two")
        last = first.event()
        assert first.event().data == "two"
    with (
        serving(shared(redis_port)) as later,
        listening(later, "s", f"Last-Event-ID: {last.event_id}") as second,
    ):
        assert second.event().data == "two"


def test_a_session_ends_everywhere(two_ports: tuple[int, int]) -> None:
    one, two = two_ports
    session = result(one, "session.create", [])["sessionId"]
    assert isinstance(session, str)
    with listening(one, session) as near, listening(two, session) as far:
        emit(one, session, "last")
        result(one, "session.destroy", [session])

        for listener in (near, far):
            data = [block.data for block in listener.blocks() if block.data is not None]
            assert data == ["last"]
    assert [ask(port, f"/rpc/progress/{session}").status for port in two_ports] == [204, 204]


def test_streams_are_closed_everywhere(two_ports: tuple[int, int]) -> None:
    with ExitStack() as streams:
        listeners = [streams.enter_context(listening(port, "s")) for port in two_ports]
        act(two_ports[0], "disconnect", sessionId="s")

        for listener in listeners:
            assert not [block for block in listener.blocks() if block.data is not None]


def test_while_redis_is_away_events_wait_and_nothing_else_does() -> None:
    redis_port = free_port()
    with ExitStack() as life:
        running = life.enter_context(ExitStack())
        running.enter_context(redis_at(redis_port))
        port = life.enter_context(serving(shared(redis_port)))
        listener = life.enter_context(listening(port, "s"))
        emit(port, "s", "before")
        assert listener.event().data == "before"

        running.close()
        emit(port, "s", "meanwhile")
        with closing(Peer(port)) as peer:
            peer.send(post(VOID))
            assert peer.receive().body == VOID_ANSWER
        life.enter_context(redis_at(redis_port))

        assert listener.event().data == "meanwhile"


def test_what_others_write_into_the_stream_is_left_out(redis_port: int) -> None:
    with serving(shared(redis_port)) as port, listening(port, "s") as listener:
        with redis.Redis(port=redis_port) as client:
            for entry in (b"{", b"{}", b"[]", b'{"process":1,"number":1,"session":"s"}'):
                client.xadd("wirecheck:progress", {"entry": entry})
            client.xadd("wirecheck:progress", {"else": "x"})
        emit(port, "s", "ours")

        assert listener.event().data == "ours"


def test_an_entry_that_was_written_twice_is_taken_once(redis_port: int) -> None:
    with serving(shared(redis_port)) as port, listening(port, "s") as listener:
        emit(port, "s", "one")
        assert listener.event().data == "one"
        with redis.Redis(port=redis_port) as client:
            [(_, fields)] = client.xrange("wirecheck:progress")
            client.xadd("wirecheck:progress", fields)
        emit(port, "s", "two")

        assert listener.event().data == "two"


def test_of_more_events_than_may_wait_the_oldest_are_lost_and_the_log_says_so(
    redis_port: int, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(redis_log, "MAX_WAITING", 2)
    taken: list[Entry] = []
    url = f"redis://127.0.0.1:{redis_port}/0"

    async def follow() -> None:
        both = anyio.Event()

        def take(entry: Entry) -> None:
            taken.append(entry)
            if len(taken) == 2:
                both.set()

        log = redis_log.RedisLog(take, url=url, process="p", timeout_s=10.0)
        for data in ("lost", "two", "three"):
            log.append(Entry(session_id="s", event=Event(data=data)))
        with anyio.fail_after(TIMEOUT_S):
            async with anyio.create_task_group() as tasks:
                await tasks.start(run, log)
                await both.wait()
                tasks.cancel_scope.cancel()

    async def run(log: EventLog, *, task_status: TaskStatus[None]) -> None:
        await log.run(ready=task_status.started)

    anyio.run(follow)

    assert [entry.event and entry.event.data for entry in taken] == ["two", "three"]
    assert [record.getMessage() for record in caplog.records] == [
        "Redis is too slow, or away: an event is lost"
    ]


def test_what_has_no_place_in_a_stream_is_refused_before_redis_has_it(redis_port: int) -> None:
    url = f"redis://127.0.0.1:{redis_port}/0"
    log = redis_log.RedisLog(lambda _: None, url=url, process="p", timeout_s=10.0)

    with pytest.raises(EventError):
        log.append(Entry(session_id="s", event=Event(event_id="a\nb")))


def test_without_a_redis_the_operator_is_told_and_no_password() -> None:
    settings = replace(EVERYTHING, redis_url=f"redis://:secret@127.0.0.1:{free_port()}/0")

    with pytest.raises(InputError, match=r"^--redis: expected the URL of a Redis, saw ") as told:
        create_app(settings)
    assert not re.search("secret", str(told.value))


def test_what_is_no_url_is_told() -> None:
    with pytest.raises(InputError, match=r"^--redis: expected the URL of a Redis, saw 'x'"):
        create_app(replace(EVERYTHING, redis_url="x"))
