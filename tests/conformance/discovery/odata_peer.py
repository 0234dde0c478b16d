"""A small OData service for these tests: answers by path, batches by format."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote

import anyio

from conformance.discovery.odata import FoundService, discover_odata
from conformance.drivers.endpoint import read_url
from conformance.drivers.odata import ODataDriver
from conformance.drivers.wire import Limits
from conformance.words.json_value import Json, is_object
from tests.conformance.discovery.documents import TRADE
from tests.conformance.peers import Serve, Talk, body_of, read_json, response, serving

_LINE = re.compile(rb"([A-Z]+) ([^ ]+) HTTP/1\.1\r\n")
_INNER = re.compile(rb"\r\n\r\n([A-Z]+) [^ ]+ HTTP/1\.1\r\n")
VERSION = "OData-Version: 4.0"
MULTIPART = response(
    b"--b\r\nContent-Type: application/http\r\n\r\nHTTP/1.1 200 OK\r\n\r\n\r\n--b--\r\n",
    VERSION,
    media_type="multipart/mixed; boundary=b",
)
JSON_BATCH = response(b'{"responses":[{"id":"a","status":200}]}', VERSION)
NOT_FOUND = response(b'{"error":{"code":"404","message":"no"}}', VERSION, status="404 Not Found")
UNSUPPORTED = response(b"", VERSION, status="415 Unsupported Media Type")
REFUSED = response(b"", VERSION, status="406 Not Acceptable")

Answer = bytes | Callable[[Mapping[str, str]], bytes]


def in_json(text: str, *fields: str) -> bytes:
    """Write a response with some JSON."""
    return response(text.encode(), VERSION, *fields)


def in_xml(document: bytes) -> bytes:
    """Write a response with a metadata document."""
    return response(document, VERSION, media_type="application/xml;charset=utf-8")


@dataclass(kw_only=True)
class Service:
    """Answers by path below the root `/`; what is not in `answers` is not found.

    `json` answers batches in JSON, perhaps by the method of their last request.
    """

    answers: Mapping[str, Answer]
    multipart: bytes = UNSUPPORTED
    json: bytes | Callable[[str], bytes] = UNSUPPORTED
    asked: list[str] = field(default_factory=list)
    verbs: set[str] = field(default_factory=set)
    preferred: list[str] = field(default_factory=list)
    spelled: list[str] = field(default_factory=list)

    def serve(self) -> Serve:
        """Return what answers on one connection."""

        def answer(talk: Talk) -> None:
            while request := talk.request():
                talk.send(self._answer(request))

        return answer

    def _answer(self, request: bytes) -> bytes:
        found = _LINE.match(request)
        assert found is not None
        method, target = found[1].decode(), unquote(found[2].decode())
        headers = _headers(request)
        path = target.removeprefix("/")
        self.asked.append(f"{method} {path}")
        if path == "$batch":
            return self._batch(request, headers)
        self.verbs.add(method)
        answer = self.answers.get(path, NOT_FOUND)
        return answer if isinstance(answer, bytes) else answer(headers)

    def _batch(self, request: bytes, headers: Mapping[str, str]) -> bytes:
        self.preferred.append(headers.get("prefer", ""))
        body = body_of(request)
        if headers["content-type"].startswith("multipart/"):
            self.verbs |= {one.decode() for one in _INNER.findall(body)}
            return self.multipart
        self.spelled += [str(one["method"]) for one in read_json(body)["requests"]]
        self.verbs |= {method.upper() for method in self.spelled}
        return self.json if isinstance(self.json, bytes) else self.json(self.spelled[-1])


def _headers(request: bytes) -> dict[str, str]:
    head = request.partition(b"\r\n\r\n")[0].decode("latin-1")
    lines = [line.partition(":") for line in head.split("\r\n")[1:]]
    return {name.lower(): value.strip(" ") for name, _, value in lines}


def by_accept(xml: bytes, json: bytes) -> Answer:
    """Return what answers in the format that is asked for."""
    return lambda headers: json if "json" in headers.get("accept", "") else xml


ROOT = (
    '{"@odata.context":"$metadata","value":['
    '{"name":"Order_Details","url":"Order_Details"},'
    '{"name":"Products","kind":"EntitySet","url":"Products"},'
    '{"name":"Categories","url":"Categories"},'
    '{"name":"Top","kind":"FunctionImport","url":"Top"}]}'
)
CHAI = '{"@odata.etag":"W/\\"1\\"","ProductID":1,"ProductName":"Chai","CategoryID":null}'
PRODUCTS: dict[str, Answer] = {
    "": in_json(ROOT),
    "$metadata": by_accept(in_xml(TRADE), REFUSED),
    "Products?$top=2": in_json(f'{{"value":[{CHAI}]}}'),
    "Products(1)": in_json(CHAI),
    "Products(1)/ProductName/$value": response(b"Chai", VERSION, media_type="text/plain"),
    "Products?$filter=ProductName eq 'wirecheck-sample'": in_json('{"value":[]}'),
}


def ask(
    serve: Serve, *, section: Mapping[str, Json] | None = None, timeout_s: float = 20.0
) -> FoundService:
    """Discover what a peer offers."""
    with serving(serve) as peer:
        driver = ODataDriver(
            read_url(peer.url, where="test"),
            limits=Limits(timeout_s=timeout_s, max_body_bytes=200_000),
        )

        async def discover() -> FoundService:
            return await discover_odata(driver, section=section)

        return anyio.run(discover)


def discover(
    answers: Mapping[str, Answer],
    *,
    section: Mapping[str, Json] | None = None,
    multipart: bytes = MULTIPART,
    json_batch: bytes = JSON_BATCH,
) -> FoundService:
    """Discover a service that answers by path; see to it that it was only read."""
    service = Service(answers=answers, multipart=multipart, json=json_batch)
    found = ask(service.serve(), section=section)
    assert service.verbs == {"GET"}
    return found


def bound(found: FoundService, name: str) -> Mapping[str, Json]:
    binding = found.bindings[name]
    assert is_object(binding)
    return binding
