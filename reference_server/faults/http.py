"""Faults at the HTTP edge: methods, statuses, header fields, bodies as a whole."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from reference_server.faults.fault import Marks, register
from reference_server.faults.forms import error, is_notification, parsed
from reference_server.json_text import write

_HTML: Final = b"<!doctype html><title>Error</title><h1>Internal Server Error</h1>"
_Header: TypeAlias = tuple[bytes, bytes]


@dataclass(slots=True)
class Answer:
    """A whole response, to be changed before it is sent."""

    status: int
    headers: list[_Header]
    body: bytes = b""

    def drop(self, name: bytes) -> None:
        """Take a header field away."""
        self.headers = [one for one in self.headers if one[0] != name]

    def set(self, name: bytes, value: bytes) -> None:
        """Set a header field."""
        self.drop(name)
        self.headers.append((name, value))


@dataclass(frozen=True, slots=True)
class Asked:
    """What a fault may look at of a request."""

    method: str
    headers: dict[bytes, bytes]
    peer: tuple[str, int]
    body: bytes = b""
    query: bytes = b""


#: Gets the request and the good answer; changes the answer.
AnswerFault: TypeAlias = Callable[[Asked, Answer], None]
#: Gets the request before the application does; a returned answer stands for the application's.
AskFault: TypeAlias = Callable[[Asked], Answer | None]


def _asked(scope: Scope, body: bytes = b"") -> Asked:
    host, port = scope.get("client") or ("", 0)
    return Asked(scope["method"], dict(scope["headers"]), (host, port), body, scope["query_string"])


async def _collect(app: ASGIApp, scope: Scope, receive: Receive) -> Answer:
    answer = Answer(500, [])

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            answer.status = message["status"]
            answer.headers = list(message["headers"])
        else:
            answer.body += message.get("body", b"")

    await app(scope, receive, send)
    return answer


async def _send(answer: Answer, send: Send) -> None:
    headers = answer.headers
    if answer.body and b"content-length" not in dict(headers):
        headers = [*headers, (b"content-length", b"%d" % len(answer.body))]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})


def on_answer(
    name: str,
    *,
    breaks: Sequence[str],
    museum: Sequence[str] = (),
) -> Callable[[AnswerFault], AnswerFault]:
    """Let a function change each response as a whole."""

    def decorate(broken: AnswerFault) -> AnswerFault:
        def wrap(app: ASGIApp) -> ASGIApp:
            async def handle(scope: Scope, receive: Receive, send: Send) -> None:
                pieces: list[bytes] = []

                async def keep() -> Message:
                    message = await receive()
                    pieces.append(message.get("body", b""))
                    return message

                answer = await _collect(app, scope, keep)
                broken(_asked(scope, b"".join(pieces)), answer)
                await _send(answer, send)

            return handle

        marks = Marks(name=name, breaks=breaks, museum=museum)
        register(marks, broken.__doc__, wrap_app=wrap)
        return broken

    return decorate


def on_request(
    name: str,
    *,
    breaks: Sequence[str],
    museum: Sequence[str] = (),
) -> Callable[[AskFault], AskFault]:
    """Let a function answer requests in the application's place, from their head alone."""

    def decorate(broken: AskFault) -> AskFault:
        def wrap(app: ASGIApp) -> ASGIApp:
            async def handle(scope: Scope, receive: Receive, send: Send) -> None:
                answer = broken(_asked(scope))
                if answer is None:
                    await app(scope, receive, send)
                else:
                    await _send(answer, send)

            return handle

        marks = Marks(name=name, breaks=breaks, museum=museum)
        register(marks, broken.__doc__, wrap_app=wrap)
        return broken

    return decorate


def _rewriting(
    name: str, summary: str, breaks: Sequence[str], change: Callable[[Scope], None]
) -> None:
    """Register a fault that changes what the application is told of a request."""

    def wrap(app: ASGIApp) -> ASGIApp:
        async def handle(scope: Scope, receive: Receive, send: Send) -> None:
            changed = {**scope, "headers": list(scope["headers"])}
            change(changed)
            await app(changed, receive, send)

        return handle

    register(Marks(name=name, breaks=breaks), summary, wrap_app=wrap)


def _page(status: int, text: bytes = b"") -> Answer:
    return Answer(status, [(b"content-type", b"text/html; charset=utf-8")], text)


def _media_type(asked: Asked) -> bytes:
    return asked.headers.get(b"content-type", b"")


def on_crash(
    name: str,
    *,
    breaks: Sequence[str],
    museum: Sequence[str] = (),
) -> Callable[[Callable[[bytes], bool]], Callable[[bytes], bool]]:
    """Let a function say which bodies crash the handler, which the peer sees as a page."""

    def decorate(crashes: Callable[[bytes], bool]) -> Callable[[bytes], bool]:
        def broken(asked: Asked, answer: Answer) -> None:
            if asked.method == "POST" and crashes(asked.body):
                page = _page(500, _HTML)
                answer.status, answer.headers, answer.body = page.status, page.headers, page.body

        broken.__doc__ = crashes.__doc__
        on_answer(name, breaks=breaks, museum=museum)(broken)
        return crashes

    return decorate


@on_request("application-json-is-refused", breaks=["HTTP-05"])
def application_json_is_refused(asked: Asked) -> Answer | None:
    """Requests of the type application/json get 415; only application/json-rpc is taken."""
    return _page(415) if _media_type(asked) == b"application/json" else None


@on_request("json-rpc-types-are-refused", breaks=["HTTP-06"], museum=["JR-62"])
def json_rpc_types_are_refused(asked: Asked) -> Answer | None:
    """The media types of the drafts get 415."""
    drafts = (b"application/json-rpc", b"application/jsonrequest")
    return _page(415) if _media_type(asked) in drafts else None


@on_request("charset-is-refused", breaks=["HTTP-20"], museum=["JR-61"])
def charset_is_refused(asked: Asked) -> Answer | None:
    """The Content-Type is compared as a whole string, so a charset of utf-8 gets 415."""
    return _page(415) if b";" in _media_type(asked) else None


@on_request("media-types-are-compared-with-case", breaks=["HTTP-20"])
def media_types_are_compared_with_case(asked: Asked) -> Answer | None:
    """A media type in other letters than small ones gets 415."""
    essence = _media_type(asked).partition(b";")[0]
    return _page(415) if essence != essence.lower() else None


def _take_any_type(scope: Scope) -> None:
    scope["headers"] = [one for one in scope["headers"] if one[0] != b"content-type"]


_rewriting(
    "any-media-type-is-taken",
    "Requests of any media type are taken, form data of web pages included.",
    ["HTTP-16"],
    _take_any_type,
)


@on_request("missing-media-types-crash", breaks=["HTTP-19"])
def missing_media_types_crash(asked: Asked) -> Answer | None:
    """A request without Content-Type crashes the handler."""
    is_missing = asked.method == "POST" and b"content-type" not in asked.headers
    return _page(500, _HTML) if is_missing else None


@on_request("other-charsets-are-obeyed", breaks=["HTTP-21"])
def other_charsets_are_obeyed(asked: Asked) -> Answer | None:
    """A body is decoded by the charset of its media type, and garbled by it."""
    if b"charset=" in _media_type(asked) and b"utf-8" not in _media_type(asked).lower():
        body = write(error(-32700, "Parse error"))
        return Answer(200, [(b"content-type", b"application/json")], body)
    return None


@on_request("other-accepts-crash", breaks=["HTTP-22"])
def other_accepts_crash(asked: Asked) -> Answer | None:
    """An Accept without application/json crashes the handler."""
    accept = asked.headers.get(b"accept", b"application/json")
    return None if b"json" in accept else _page(500, _HTML)


@on_request("gzip-is-read-as-text", breaks=["HTTP-26"])
def gzip_is_read_as_text(asked: Asked) -> Answer | None:
    """A body in gzip is told as Parse error."""
    if b"content-encoding" in asked.headers:
        body = write(error(-32700, "Parse error"))
        return Answer(200, [(b"content-type", b"application/json")], body)
    return None


@on_request("chunked-requests-are-refused", breaks=["HTTP-24"])
def chunked_requests_are_refused(asked: Asked) -> Answer | None:
    """A chunked request gets 400."""
    return _page(400) if b"transfer-encoding" in asked.headers else None


@on_request("get-gives-a-page-that-is-not-found", breaks=["HTTP-15"])
def get_gives_a_page_that_is_not_found(asked: Asked) -> Answer | None:
    """GET gets 404."""
    return _page(404) if asked.method == "GET" else None


@on_answer("allow-is-missing", breaks=["HTTP-17"])
def allow_is_missing(_asked: Asked, answer: Answer) -> None:
    """A 405 response does not say what is allowed."""
    if answer.status == 405:
        answer.drop(b"allow")


@on_request("unknown-http-methods-crash", breaks=["HTTP-18"])
def unknown_http_methods_crash(asked: Asked) -> Answer | None:
    """An HTTP method that no one knows crashes the handler."""
    return _page(500, _HTML) if asked.method in ("FOO", "WIRE-CHECK") else None


@on_request("large-bodies-crash", breaks=["HTTP-23"])
def large_bodies_crash(asked: Asked) -> Answer | None:
    """A body over the limit crashes the handler."""
    length = int(asked.headers.get(b"content-length", b"0"))
    return _page(500, _HTML) if length > 8 * 1024 * 1024 else None


@on_answer("results-have-status-201", breaks=["HTTP-07"])
def results_have_status_201(asked: Asked, answer: Answer) -> None:
    """Results come with the status 201."""
    if asked.method == "POST" and b'"result":' in answer.body:
        answer.status = 201


@on_answer("answers-are-text-html", breaks=["HTTP-12"])
def answers_are_text_html(_asked: Asked, answer: Answer) -> None:
    """Answers have the media type text/html."""
    if answer.status == 200:
        answer.set(b"content-type", b"text/html")


@on_answer("answers-have-another-charset", breaks=["JSON-23"])
def answers_have_another_charset(_asked: Asked, answer: Answer) -> None:
    """Answers have the media type application/json; charset=iso-8859-1."""
    if answer.status == 200:
        answer.set(b"content-type", b"application/json; charset=iso-8859-1")


@on_answer("notifications-have-status-500", breaks=["HTTP-14"])
def notifications_have_status_500(asked: Asked, answer: Answer) -> None:
    """A notification gets the status 500 and an empty body."""
    if asked.method == "POST" and answer.status == 204:
        answer.status = 500
        answer.set(b"content-length", b"0")


@on_crash("batches-get-a-page", breaks=["6-29"])
def batches_get_a_page(body: bytes) -> bool:
    """A batch crashes the handler."""
    value = parsed(body)
    return isinstance(value, list) and bool(value)


@dataclass(slots=True)
class _Peers:
    """Peers whose connection remembers what it should not."""

    broken: set[tuple[str, int]] = field(default_factory=set)
    poisoned: set[tuple[str, int]] = field(default_factory=set)
    old: set[tuple[str, int]] = field(default_factory=set)


_PEERS: Final = _Peers()


@on_answer("connections-break-after-each-answer", breaks=["HTTP-30"])
def connections_break_after_each_answer(asked: Asked, answer: Answer) -> None:
    """A connection is offered to be kept, and its second request gets a page about a crash."""
    if asked.method == "POST" and b'"second"' in asked.body and asked.peer in _PEERS.broken:
        page = _page(500, _HTML)
        answer.status, answer.headers, answer.body = page.status, page.headers, page.body
    _PEERS.broken.add(asked.peer)


@on_answer("failed-notifications-break-the-connection", breaks=["4.1-08"])
def failed_notifications_break_the_connection(asked: Asked, answer: Answer) -> None:
    """After a notification that failed, the next call on the connection gets no answer."""
    message = parsed(asked.body) if asked.body else None
    if isinstance(message, dict) and is_notification(message):
        method, params = str(message["method"]), message.get("params")
        if method.startswith(("wirecheck.", "fail")) or params == [42, "x"]:
            _PEERS.poisoned.add(asked.peer)
    elif asked.peer in _PEERS.poisoned and asked.method == "POST":
        answer.status, answer.headers, answer.body = 204, [], b""


@on_answer("old-version-sticks", breaks=["3-01"])
def old_version_sticks(asked: Asked, answer: Answer) -> None:
    """On one connection, the call after one without a jsonrpc member is answered without it."""
    message, response = parsed(asked.body or b" "), parsed(answer.body or b" ")
    if isinstance(message, dict) and "jsonrpc" not in message:
        _PEERS.old.add(asked.peer)
    elif asked.peer in _PEERS.old and isinstance(response, dict) and "result" in response:
        response.pop("jsonrpc")
        answer.body = write(response)
        answer.set(b"content-length", b"%d" % len(answer.body))


@on_answer("parallel-answers-are-mixed-up", breaks=["HTTP-31"])
def parallel_answers_are_mixed_up(_asked: Asked, answer: Answer) -> None:
    """Of calls with ids that end in a number, every second is answered with the one before."""
    response = parsed(answer.body) if answer.body else None
    if not isinstance(response, dict) or not isinstance(response.get("id"), str):
        return
    head, dash, number = str(response["id"]).rpartition("-")
    if dash and number.isdigit() and int(number) > 2 and int(number) % 2 == 0:
        answer.body = write(response | {"id": f"{head}-{int(number) - 1}"})
        answer.set(b"content-length", b"%d" % len(answer.body))


@on_answer("preflights-are-refused", breaks=["HTTP-33"])
def preflights_are_refused(asked: Asked, answer: Answer) -> None:
    """A preflight from an allowed origin gets no fields of CORS."""
    if asked.method == "OPTIONS":
        answer.headers = [one for one in answer.headers if not one[0].startswith(b"access-")]
