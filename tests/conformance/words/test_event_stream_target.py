"""What a profile's section of an event stream comes to."""

from collections.abc import Mapping

import pytest

from conformance.words.event_stream_target import complete_sse, sse_offers
from conformance.words.json_value import Json

PATHS: dict[str, Json] = {"finite": "/e", "scheduled": "/e", "other": "/e", "side_by_side": 10}


@pytest.mark.parametrize(
    ("section", "more"),
    [
        pytest.param({}, {}, id="nothing said"),
        pytest.param({"finite": "/f"}, {"finite": "/f"}, id="another path"),
        pytest.param({"max_streams": 3}, {"max_streams": 3, "side_by_side": 3}, id="few streams"),
        pytest.param({"max_streams": 30}, {"max_streams": 30}, id="many streams"),
        pytest.param(
            {"idle_s": 2},
            {"idle_s": 2, "idle_ms": 2000, "longest_silence_ms": 20_000},
            id="idle seconds",
        ),
        pytest.param(
            {"heartbeat_ms": 1000, "idle_s": 60},
            {"heartbeat_ms": 1000, "idle_s": 60, "idle_ms": 2500, "longest_silence_ms": 2000},
            id="heartbeat",
        ),
        pytest.param(
            {"interval_ms": 200},
            {
                "interval_ms": 200,
                "schedule_ms": 1600,
                "interval_late_ms": 1200,
                "interval_early_ms": 100,
            },
            id="interval",
        ),
    ],
)
def test_a_section_is_completed(section: Mapping[str, Json], more: Mapping[str, Json]) -> None:
    assert complete_sse(section, "/e") == {**PATHS, **more}


@pytest.mark.parametrize(
    ("section", "offers"),
    [
        pytest.param({}, {}, id="nothing said"),
        pytest.param({"resumes": True}, {"sse.resume": True}, id="resumes"),
        pytest.param({"resumes": False}, {"sse.resume": False}, id="does not resume"),
        pytest.param({"method": "POST"}, {"sse.get": False}, id="posted"),
        pytest.param({"method": "GET"}, {}, id="got"),
        pytest.param({"idle_s": 1}, {"sse.idle": True}, id="idle"),
        pytest.param(
            {"heartbeat_ms": 1}, {"sse.heartbeat": True, "sse.idle": True}, id="heartbeat"
        ),
        pytest.param({"end": {}}, {"sse.finite": True}, id="ended on request"),
        pytest.param({"finite": "/f"}, {"sse.finite": True}, id="finite"),
        pytest.param({"trigger": {}}, {"sse.trigger": True, "sse.events": True}, id="trigger"),
        pytest.param(
            {"trigger": {"json": ["{payload}", "{name}", "{id}"]}, "session": {"take": "/body"}},
            {
                "sse.trigger": True,
                "sse.events": True,
                "sse.payload": True,
                "sse.names": True,
                "sse.ids": True,
                "sse.two-streams": True,
            },
            id="trigger with everything",
        ),
        pytest.param(
            {"trigger": {}, "other": "/o"},
            {"sse.trigger": True, "sse.events": True, "sse.two-streams": True},
            id="two streams",
        ),
    ],
)
def test_a_section_says_what_is_offered(
    section: Mapping[str, Json], offers: Mapping[str, bool]
) -> None:
    assert sse_offers(section) == offers
