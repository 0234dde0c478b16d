"""The log in memory: ids and order."""

import sys

import pytest

from reference_server.errors import InputError
from reference_server.sse.event import Event
from reference_server.sse.log import Entry, Kind, MemoryLog, redis_log


def test_an_event_with_data_gets_the_next_id_and_others_get_none() -> None:
    taken: list[Entry] = []
    log = MemoryLog(taken.append, epoch="e")

    log.append(Entry(session_id="s", event=Event(data="x")))
    log.append(Entry(session_id="t", event=Event(comment="c")))
    log.append(Entry(session_id="s", event=Event(data="y", event_id="own")))
    log.append(Entry(session_id="s", kind=Kind.END))
    log.append(Entry(session_id="s", event=Event(data="")))

    events = [entry.event for entry in taken]
    assert [event and event.event_id for event in events] == ["e-1", None, "own", None, "e-2"]
    assert [entry.session_id for entry in taken] == ["s", "t", "s", "s", "s"]


def test_without_the_package_redis_the_operator_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "redis", None)
    monkeypatch.delitem(sys.modules, "reference_server.sse.redis_log", raising=False)

    with pytest.raises(InputError, match=r"^--redis: .* \(pip install redis\)$"):
        redis_log("redis://localhost", process="p", timeout_s=1.0)
