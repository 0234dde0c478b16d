"""A kind of target judged by its preset: MCP's streamable HTTP, from one URL."""

import json
import threading
import uuid
from pathlib import Path

import anyio
import pytest

from conformance.errors import InputError
from conformance.session import RunOptions, Session, embedded_target, open_session
from conformance.words.json_value import Json
from conformance.words.presets import load_preset, preset_names, under_profile
from conformance.words.schema_files import validator
from conformance.words.verdict import RED, Verdict
from tests.conformance.command import report_of, wirecheck
from tests.conformance.peers import Method, Serve, Talk, read_json, response, response_to, serving
from tests.conformance.streams import HEAD, asked, hold

BOTH = ("application/json", "text/event-stream")
METHODS: dict[str, Method] = {"ping": lambda _: {}, "tools/list": lambda _: {"tools": []}}
LOG = b'event: message\ndata: {"jsonrpc":"2.0","method":"notifications/message","params":{}}\n\n'


class McpServer:
    """Streamable HTTP as the protocol has it; `as_stream` says how calls are answered."""

    def __init__(self, *, as_stream: bool = True, spoils: bytes = b"") -> None:
        self.as_stream = as_stream
        self.spoils = spoils  # stands behind `data:` in front of each answer
        self.ready: dict[str, bool] = {}  # session: whether it was told to be initialized
        self.listened: set[str] = set()
        self._lock = threading.Lock()

    def __call__(self, talk: Talk) -> None:
        while request := talk.request():
            ask = asked(request)
            if ask.method == "POST":
                talk.send(self.post(request))
            elif ask.method not in {"GET", "HEAD"}:
                talk.send(response(b"{}", "Allow: GET, HEAD, POST", status="405 Not Allowed"))
            elif refusal := self.refusal(request):
                talk.send(response(b"" if ask.method == "HEAD" else b"{}", status=refusal))
            else:
                talk.send(HEAD)
                if ask.method == "GET":
                    hold(talk)
                return
            if ask.field("connection") == "close":
                return

    def refusal(self, request: bytes) -> str:
        ask = asked(request)
        session = ask.field("mcp-session-id") or ""
        if "text/event-stream" not in (ask.field("accept") or ""):
            return "406 Not Acceptable"
        if session not in self.ready:
            return "400 Bad Request"
        with self._lock:
            if ask.method == "GET" and session in self.listened:
                return "409 Conflict"
            if ask.method == "GET":
                self.listened.add(session)
        return ""

    def post(self, request: bytes) -> bytes:
        ask, body = asked(request), asked(request).body
        session = ask.field("mcp-session-id") or ""
        if not all(one in (ask.field("accept") or "") for one in BOTH):
            return response(status="406 Not Acceptable")
        if b"chunked" in ask.head:
            body = b"".join(body.split(b"\r\n")[1:4:2])
        answer = response_to(body, METHODS)
        call = read_json(body) if "result" in answer or b'"initialize"' in body else None
        if isinstance(call, dict) and call.get("method") == "initialize":
            session = uuid.uuid4().hex
            self.ready[session] = False
            done = json.dumps({"jsonrpc": "2.0", "id": call["id"], "result": {}}).encode()
            return response(done, f"Mcp-Session-Id: {session}")
        if session not in self.ready:
            return response(b"{}", status="400 Bad Request")
        if b"notifications/initialized" in body:
            self.ready[session] = True
            return response(b"", status="202 Accepted")
        if not self.ready[session]:
            return response(b"{}", status="400 Bad Request")
        text = json.dumps(answer).encode()
        if not self.as_stream:
            return response(text)
        return response(
            LOG + b"event: message\ndata: " + self.spoils + text + b"\n\n",
            media_type="text/event-stream",
        )


def judged(serve: Serve, *, only: tuple[str, ...]) -> Session:
    async def run(url: str) -> Session:
        options = RunOptions(url=url, preset="mcp", only=only, timeout_s=5.0, seed=1)
        session = await open_session(options)
        with anyio.fail_after(60):
            await session.run(lambda event: None)  # noqa: ARG005 - nothing is shown
        return session

    with serving(serve) as peer:
        return anyio.run(run, peer.url)


@pytest.mark.parametrize("as_stream", [True, False])
def test_a_server_is_judged_in_a_session_whichever_way_it_answers(as_stream: bool) -> None:  # noqa: FBT001 - a parameter
    cases = (
        "jsonrpc/unknown-method-code*",
        "jsonrpc/id-keeps*",
        "jsonrpc/chunk-extensions-are-ignored/extension",
        "jsonrpc/answer-is-json*",
        "jsonrpc/every-result*",
        "sse/stream-is-opened*",
        "sse/one-stream-too-many*",
    )
    server = McpServer(as_stream=as_stream)

    session = judged(server, only=cases)

    checks = session.report.checks
    # 409 is what the protocol's SDKs answer; a 5xx is what a lack of room is to be told with.
    red = {one.scenario for one in checks if one.verdict in RED}
    assert red <= {"sse/one-stream-too-many-is-refused"}, [
        one for one in checks if one.verdict in RED
    ]
    passed = {one.scenario for one in checks if one.verdict is Verdict.PASS}
    assert {"jsonrpc/chunk-extensions-are-ignored", "sse/stream-is-opened"} <= passed
    assert len(server.ready) > len(cases)  # each case has a session of its own
    assert all(server.ready.values())


def test_a_message_in_a_stream_is_judged_as_any_other() -> None:
    session = judged(McpServer(spoils=b"no "), only=("jsonrpc/speaks-jsonrpc*",))

    verdicts = {one.verdict for one in session.report.checks}
    assert Verdict.FAIL in verdicts
    assert Verdict.PASS not in verdicts


def test_the_command_takes_one_url_for_both_and_shows_the_preset(tmp_path: Path) -> None:
    with serving(McpServer()) as peer:
        only = ("--only", "jsonrpc/speaks-jsonrpc*", "--only", "sse/stream-is-opened*")
        done = wirecheck(tmp_path, "run", "--preset", "mcp", peer.url, *only, "--report-dir", "r")
    report = report_of(tmp_path / "r")

    assert done.status == 0, done.out
    assert report["target"]["urls"] == {"jsonrpc": peer.url, "sse": peer.url}
    assert report["run"]["options"]["preset"] == "mcp"
    assert report["summary"]["fail"] == 0


def test_a_preset_that_is_not_there_is_told_with_those_that_are() -> None:
    with pytest.raises(InputError, match=r"^--preset: expected one of mcp, saw 'lsp'$"):
        load_preset("lsp")


def test_a_preset_without_a_target_starts_no_server_of_ours() -> None:
    with embedded_target(RunOptions(preset="mcp")) as options:
        assert options.jsonrpc is None


@pytest.mark.parametrize("name", preset_names())
def test_a_preset_with_a_url_is_a_profile(name: str) -> None:
    merged = under_profile({"jsonrpc": {"url": "http://a/"}}, load_preset(name))

    assert [error.message for error in validator("profile").iter_errors(merged)] == []


def test_what_the_profile_says_goes_before_the_preset() -> None:
    profile: dict[str, Json] = {
        "jsonrpc": {"url": "http://a/", "headers": {"X": "mine"}, "ok": {"method": "m"}},
        "sse": {"url": "http://b/"},
        "capabilities": {"one": True},
    }
    preset: dict[str, Json] = {
        "jsonrpc": {"headers": {"X": "preset", "Y": "preset"}, "ok": {"method": "n", "params": []}},
        "odata": {"entity_sets": {}},
        "capabilities": {"one": False, "two": False},
    }

    assert under_profile(profile, preset) == {
        "jsonrpc": {
            "url": "http://a/",
            "headers": {"X": "mine", "Y": "preset"},
            "ok": {"method": "m"},
        },
        "odata": {"url": "http://a/", "entity_sets": {}},
        "sse": {"url": "http://b/"},
        "capabilities": {"one": True, "two": False},
    }


def test_a_preset_without_any_url_is_an_error() -> None:
    with pytest.raises(InputError, match="expected a URL of the target, saw 'none'"):
        under_profile({}, load_preset("mcp"))
