"""Endpoints asked what they offer; nothing is called that could change anything."""

from collections.abc import Mapping

import anyio
import pytest

from conformance.discovery.found import Found
from conformance.discovery.jsonrpc import discover_jsonrpc, speaks_jsonrpc
from conformance.drivers.endpoint import read_url
from conformance.drivers.jsonrpc import JsonRpcDriver
from conformance.drivers.wire import Limits
from conformance.words.json_value import ABSENT, Absent, Json
from tests.conformance.peers import (
    Method,
    Serve,
    Talk,
    answering,
    body_of,
    closing,
    dripping,
    endless,
    read_json,
    resetting,
    response,
    serving,
    silent,
    speaking,
)

UNKNOWN = "wirecheck.nosuch.discovery"
HARMLESS = {
    UNKNOWN, "rpc.discover", "system.listMethods", "system.describe",
    "subtract", "get_data", "sum",
}  # fmt: skip


def ask(
    serve: Serve,
    *,
    known: tuple[str, Json | Absent] | None = None,
    timeout_s: float = 20.0,
) -> tuple[Found, list[str]]:
    """Discover a peer; return what was found, and the methods that it was asked for."""
    with serving(serve) as peer:
        driver = JsonRpcDriver(
            read_url(peer.url, where="test"),
            limits=Limits(timeout_s=timeout_s, max_body_bytes=100_000),
        )

        async def discover() -> Found:
            return await discover_jsonrpc(driver, known=known)

        return anyio.run(discover), peer.methods()


def discover(methods: Mapping[str, Method]) -> tuple[Found, list[str]]:
    return ask(speaking(methods))


def subtract(params: list[int] | dict[str, int]) -> int:
    if isinstance(params, dict):
        return params["minuend"] - params["subtrahend"]
    return params[0] - params[1]


def test_a_server_without_any_known_method_speaks_all_the_same() -> None:
    found, asked = discover({})

    assert found == Found(
        speaks=True,
        first_answer="status 200, application/json, 85 bytes: "
        '\'{"jsonrpc": "2.0", "id": 1, "error": {"code": -32601, "message": "Method not fou…\'',
        offers={"jsonrpc.discover": False},
    )
    assert asked[0] == UNKNOWN
    assert set(asked) <= HARMLESS


def test_the_methods_of_the_spec_s_examples_are_found_by_what_they_return() -> None:
    found, asked = discover({"subtract": subtract, "sum": sum, "get_data": lambda _: ["hello", 5]})

    assert found.bindings == {
        "no_params": {"method": "get_data", "result": ["hello", 5]},
        "positional": {"method": "subtract", "params": [42, 23], "result": 19},
        "named": {
            "method": "subtract",
            "params": {"minuend": 42, "subtrahend": 23},
            "result": 19,
        },
        "examples": True,
    }
    assert set(asked) <= HARMLESS


@pytest.mark.parametrize(
    ("methods", "bound"),
    [
        pytest.param({"subtract": lambda _: 20}, set(), id="another result"),
        pytest.param({"subtract": lambda _: True}, set(), id="a result of another kind"),
        pytest.param(
            {"subtract": lambda params: 19 if isinstance(params, list) else 0},
            {"positional"},
            id="by position only",
        ),
        pytest.param(
            {"subtract": lambda params: 19 if isinstance(params, dict) else 0},
            {"named"},
            id="by name only",
        ),
        pytest.param({"get_data": lambda _: ["hello", 5]}, {"no_params"}, id="get_data only"),
        pytest.param(
            {"subtract": subtract, "get_data": lambda _: ["hello", 5], "sum": lambda _: 6},
            {"no_params", "positional", "named"},
            id="a sum that is wrong",
        ),
    ],
)
def test_of_the_spec_s_examples_only_those_that_are_right_are_bound(
    methods: Mapping[str, Method], bound: set[str]
) -> None:
    found, _ = discover(methods)

    assert set(found.bindings) == bound


DOCUMENT = {
    "openrpc": "1.3.2",
    "info": {},
    "methods": [
        {
            "name": "wipe",
            "params": [{"name": "a", "schema": {"type": "string"}}],
            "examples": [{"params": [{"name": "a", "value": "x"}], "result": {"value": 1}}],
        },
        {
            "name": "look",
            "x-safe": True,
            "params": [],
            "examples": [{"params": [{"name": "a", "value": "x"}], "result": {"value": 1}}],
        },
    ],
}


def test_an_openrpc_document_gives_bindings_without_a_call() -> None:
    found, asked = discover({"rpc.discover": lambda _: DOCUMENT})

    assert found.bindings == {
        "methods": ["wipe", "look"],
        "positional": {"method": "look", "params": ["x"], "result": 1},
        "named": {"method": "look", "params": {"a": "x"}, "result": 1},
        "no_params": {"method": "rpc.discover"},
    }
    assert found.offers == {"jsonrpc.discover": True}
    assert set(asked) <= HARMLESS


def test_what_was_found_first_is_not_replaced() -> None:
    found, _ = discover(
        {
            "rpc.discover": lambda _: DOCUMENT,
            "system.listMethods": lambda _: ["a"],
            "subtract": subtract,
            "get_data": lambda _: ["hello", 5],
        }
    )

    assert found.bindings["methods"] == ["wipe", "look"]
    assert found.bindings["no_params"] == {"method": "rpc.discover"}
    assert found.bindings["positional"] == {"method": "look", "params": ["x"], "result": 1}


def test_a_discovery_of_another_kind_is_offered_but_binds_nothing() -> None:
    found, _ = discover({"rpc.discover": lambda _: "soon"})

    assert found.offers == {"jsonrpc.discover": True}
    assert found.bindings == {}


def test_another_error_to_discovery_says_nothing_of_it() -> None:
    def failing(talk: Talk) -> None:
        while request := talk.request():
            code = -32601 if UNKNOWN.encode() in request else -32603
            answer = b'{"jsonrpc":"2.0","id":1,"error":{"code":%d,"message":""}}' % code
            talk.send(response(answer))

    found, _ = ask(failing)

    assert found.offers == {}


def test_introspection_gives_names_and_a_call_of_its_own() -> None:
    described: dict[str, Json] = {"name": "system.describe", "params": [{"name": "method"}]}
    found, asked = discover(
        {
            "system.listMethods": lambda _: ["drop", "system.describe"],
            "system.describe": lambda _: described,
            "drop": lambda _: "it was called",
        }
    )

    assert found.bindings == {
        "methods": ["drop", "system.describe"],
        "no_params": {"method": "system.listMethods"},
        "positional": {
            "method": "system.describe",
            "params": ["system.describe"],
            "result": described,
        },
        "named": {
            "method": "system.describe",
            "params": {"method": "system.describe"},
            "result": described,
        },
    }
    assert found.offers == {"jsonrpc.discover": False, "jsonrpc.list-methods": True}
    assert set(asked) <= HARMLESS


@pytest.mark.parametrize(
    ("methods", "bound"),
    [
        pytest.param({"system.listMethods": lambda _: {"a": 1}}, set(), id="no array"),
        pytest.param({"system.listMethods": lambda _: ["a", 1]}, set(), id="not all are names"),
        pytest.param(
            {"system.listMethods": lambda _: ["a"]}, {"methods", "no_params"}, id="no describe"
        ),
        pytest.param(
            {"system.listMethods": lambda _: ["system.describe"]},
            {"methods", "no_params"},
            id="a describe that fails",
        ),
        pytest.param(
            {
                "system.listMethods": lambda _: ["system.describe"],
                "system.describe": lambda _: {"params": "none"},
            },
            {"methods", "no_params", "positional"},
            id="a describe without names",
        ),
    ],
)
def test_introspection_of_another_kind_binds_what_it_shows(
    methods: Mapping[str, Method], bound: set[str]
) -> None:
    found, _ = discover(methods)

    assert set(found.bindings) == bound


@pytest.mark.parametrize(
    ("serve", "timeout_s", "answers", "told"),
    [
        pytest.param(
            answering(response(b"<p>Welcome", media_type="text/html")),
            20.0,
            True,
            "status 200, text/html, 10 bytes: '<p>Welcome'",
            id="HTML",
        ),
        pytest.param(
            answering(response(b"", "Location: /login", status="302 Found")),
            20.0,
            True,
            "status 302, application/json, redirected to /login, an empty body",
            id="a redirect",
        ),
        pytest.param(
            answering(response(b'{"detail":"Not Found"}')),
            20.0,
            True,
            'status 200, application/json, 22 bytes: \'{"detail":"Not Found"}\'',
            id="JSON of another kind",
        ),
        pytest.param(
            answering(b"HTTP/1.1 204 No Content\r\n\r\n"),
            20.0,
            True,
            "status 204, no Content-Type, an empty body",
            id="nothing to say",
        ),
        pytest.param(closing, 20.0, False, "no HTTP response (closed)", id="it closes"),
        pytest.param(resetting, 20.0, False, "no HTTP response (reset)", id="it resets"),
        pytest.param(silent, 0.2, False, "no HTTP response (silence)", id="it is silent"),
        pytest.param(dripping, 0.5, False, "no HTTP response (incomplete)", id="it drips"),
    ],
)
def test_what_speaks_no_json_rpc_is_told_by_its_first_answer(
    serve: Serve, timeout_s: float, told: str, *, answers: bool
) -> None:
    found, _ = ask(serve, timeout_s=timeout_s)

    assert found == Found(speaks=False, answers=answers, first_answer=told)


def test_an_endless_answer_is_told_with_what_was_read_of_it() -> None:
    found, _ = ask(endless)

    assert (found.speaks, found.answers) == (False, True)
    assert found.first_answer.startswith("status 200, text/plain, cut short after ")
    assert found.first_answer.endswith(" bytes (too-large)")


def test_who_is_gone_is_told_with_the_reason() -> None:
    def gone(talk: Talk) -> None:
        talk.request()
        talk.peer.die()

    found, _ = ask(gone)

    assert found == Found(
        speaks=False,
        answers=False,
        first_answer="no HTTP response (unreachable: the connection was refused)",
    )


@pytest.mark.parametrize(
    ("known", "second"),
    [
        pytest.param(("ping", [1]), {"method": "ping", "params": [1]}, id="what it knows"),
        pytest.param(("ping", ABSENT), {"method": "ping"}, id="what it knows, without params"),
        pytest.param(None, {"method": "rpc.discover"}, id="nothing known"),
    ],
)
def test_who_does_not_answer_an_unknown_method_is_asked_once_more(
    known: tuple[str, Json | Absent] | None, second: dict[str, Json]
) -> None:
    asked: list[dict[str, Json]] = []

    def particular(talk: Talk) -> None:
        while request := talk.request():
            call = read_json(body_of(request))
            asked.append(call)
            if call["method"] == UNKNOWN:
                return
            talk.send(response())

    found, _ = ask(particular, known=known)

    assert found.speaks
    assert asked[0]["method"] == UNKNOWN
    assert asked[1] == {"jsonrpc": "2.0", "id": 1, **second}


@pytest.mark.parametrize(
    ("value", "speaks"),
    [
        pytest.param({"jsonrpc": "2.0", "result": 1, "id": 1}, True, id="a result"),
        pytest.param({"error": {}, "id": None}, True, id="an error of 1.0"),
        pytest.param({"jsonrpc": "2.0", "error": "text"}, True, id="a broken error"),
        pytest.param({"result": 1}, False, id="a result alone"),
        pytest.param({"id": 1, "jsonrpc": "2.0"}, False, id="neither result nor error"),
        pytest.param([{"jsonrpc": "2.0", "result": 1}], False, id="an array"),
    ],
)
def test_a_response_is_told_by_its_members(value: Json, *, speaks: bool) -> None:
    observation: dict[str, Json] = {"jsonrpc": {"response": value}}

    assert speaks_jsonrpc(observation) is speaks


def test_the_reference_server_shows_all_that_it_can(reference: str) -> None:
    driver = JsonRpcDriver(read_url(reference, where="test"), limits=Limits(timeout_s=20.0))

    async def discover() -> Found:
        return await discover_jsonrpc(driver)

    found = anyio.run(discover)

    assert found.speaks
    assert found.offers == {"jsonrpc.discover": True, "jsonrpc.list-methods": True}
    assert found.bindings["examples"] is True
    assert {"positional", "named", "no_params", "methods", "echo", "invalid_params"} <= set(
        found.bindings
    )
