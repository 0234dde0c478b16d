"""The HTTP edge, on a real socket."""

import gzip
from contextlib import closing
from dataclasses import replace

import pytest

from reference_server.faults import Fault
from reference_server.odata.message import Request, Response
from reference_server.odata.service import ODataHandler
from reference_server.settings import ODataSettings, Settings, everything_on
from tests.reference_server.loopback import Peer, head, post, serving
from tests.reference_server.odata.batching import MULTIPART, flat, multipart
from tests.reference_server.odata.batching import get as get_one
from tests.reference_server.odata.batching import post as post_one

SAW = "/odata/products('saw')"


def send(method: str, path: str, body: bytes, *fields: str) -> bytes:
    return post(body, *fields, path=path).replace(b"POST", method.encode(), 1)


def test_a_read_over_http(peer: Peer) -> None:
    peer.send(head("GET", path=SAW))

    response = peer.receive()

    assert response.status == 200
    assert response.field("odata-version") == "4.01"
    assert isinstance(response.json, dict)
    assert response.json["@context"] == "http://localhost/odata/$metadata#products/$entity"


@pytest.mark.parametrize("path", ["/odata", "/odata/", "http://localhost/odata/"])
def test_the_service_document_is_at_the_root(peer: Peer, path: str) -> None:
    peer.send(head("GET", path=path))

    assert peer.receive().status == 200


def test_escapes_reach_the_core_as_they_are(peer: Peer) -> None:
    peer.send(head("GET", path="/odata/products?$filter=name%20eq%20'%53aw'"))
    assert b'"saw"' in peer.receive().body
    peer.send(send("PUT", "/odata/categories('a%2Fb')", b'{"name":"x"}'))
    assert peer.receive().field("location") == "http://localhost/odata/categories('a%2Fb')"
    peer.send(head("DELETE", path="/odata/categories('a%2Fb')"))
    assert peer.receive().status == 204


def test_head_has_the_fields_of_get(peer: Peer) -> None:
    peer.send(head("GET", path=SAW))
    got = peer.receive()
    peer.send(head("HEAD", path=SAW))
    asked = peer.receive(verb="HEAD")

    names = ["content-length", "content-type", "etag", "odata-version"]
    assert [asked.field(name) for name in names] == [got.field(name) for name in names]


def test_options_tell_the_methods(peer: Peer) -> None:
    peer.send(head("OPTIONS", path=SAW))

    assert peer.receive().field("allow") == "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"


def test_a_batch_over_http(peer: Peer) -> None:
    body = multipart([get_one(SAW, host="localhost"), get_one("products('x')")])
    peer.send(post(body, content_type=MULTIPART, path="/odata/$batch"))

    response = peer.receive()

    kind = response.field("content-type")
    assert kind is not None
    answer = Response(status=200, headers=[("Content-Type", kind)], body=(response.body,))
    assert [each.status for each in flat(answer)] == [200, 404]


def test_gzip_is_decoded(peer: Peer) -> None:
    body = gzip.compress(b'{"requests":[{"id":"1","method":"get","url":"products"}]}')
    peer.send(post(body, "Content-Encoding: gzip", path="/odata/$batch"))

    assert b'"status":200' in peer.receive().body


@pytest.mark.parametrize(
    ("data", "status", "code"),
    [
        pytest.param(
            post(b"x", "Content-Encoding: gzip", path="/odata/$batch"),
            400,
            "BAD_REQUEST",
            id="no gzip",
        ),
        pytest.param(
            post(gzip.compress(b"x" * 99)[:-9], "Content-Encoding: gzip", path="/odata/$batch"),
            400,
            "BAD_REQUEST",
            id="half a gzip",
        ),
        pytest.param(
            post(b"x", "Content-Encoding: br", path="/odata/$batch"),
            415,
            "UNSUPPORTED_MEDIA_TYPE",
            id="brotli",
        ),
        pytest.param(
            b"POST /odata/$batch HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\n\r\n",
            413,
            "TOO_LARGE",
            id="announced",
        ),
        pytest.param(
            b"GET /odata/products HTTP/1.1\r\nHost: a b\r\n\r\n", 400, "BAD_REQUEST", id="host"
        ),
        pytest.param(
            b"GET http://elsewhere/odata/products HTTP/1.1\r\nHost: a\r\n\r\n",
            400,
            "INVALID_URL",
            id="authority",
        ),
        pytest.param(head("GET", path="/odata/nosuch"), 404, "NOT_FOUND", id="nothing"),
        pytest.param(head("BREW", path="/odata/products"), 501, "NOT_IMPLEMENTED", id="method"),
    ],
)
def test_what_is_wrong_is_an_odata_error(port: int, data: bytes, status: int, code: str) -> None:
    with closing(Peer(port)) as peer:
        peer.send(data)
        response = peer.receive()

        assert response.status == status
        assert isinstance(response.json, dict)
        error = response.json["error"]
        assert isinstance(error, dict)
        assert error["code"] == code


def test_a_gzip_that_grows_too_large_is_refused() -> None:
    settings = Settings(odata=ODataSettings(enable_batch=True, max_body_bytes=10_000))
    with serving(settings) as port, closing(Peer(port)) as peer:
        body = gzip.compress(b" " * 1_000_000)
        peer.send(post(body, "Content-Encoding: gzip", path="/odata/$batch"))
        assert peer.receive().status == 413


def test_a_body_in_chunks_is_bounded() -> None:
    settings = Settings(odata=ODataSettings(enable_batch=True, max_body_bytes=1000))
    with serving(settings) as port, closing(Peer(port)) as peer:
        peer.send(b"POST /odata/$batch HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
        peer.send(b"400\r\n" + b"x" * 1024 + b"\r\n0\r\n\r\n")
        assert peer.receive().status == 413


def test_another_base_path_is_served_instead() -> None:
    settings = everything_on(Settings(odata=ODataSettings(base_path="/")))
    with serving(settings) as port, closing(Peer(port)) as peer:
        peer.send(head("GET", path="/products('saw')/category"))
        response = peer.receive()
        assert isinstance(response.json, dict)
        assert response.json["@context"] == "http://localhost/$metadata#categories/$entity"
        peer.send(post(b'{"jsonrpc":"2.0","method":"void","id":1}'))
        assert peer.receive().status == 200


def test_what_json_rpc_creates_is_read_over_odata(peer: Peer) -> None:
    params = b'["categories",{"_id":"shared","name":"both"}]'
    peer.send(post(b'{"jsonrpc":"2.0","method":"object.create","id":1,"params":' + params + b"}"))
    assert b'"result"' in peer.receive().body

    peer.send(head("GET", path="/odata/categories('shared')/name/$value"))
    assert peer.receive().body == b"both"
    peer.send(send("PATCH", "/odata/categories('shared')", b'{"name":"changed"}'))
    assert peer.receive().status == 204
    peer.send(
        post(b'{"jsonrpc":"2.0","method":"object.get","id":1,"params":["categories","shared"]}')
    )
    assert b'"name":"changed"' in peer.receive().body
    peer.send(head("DELETE", path="/odata/categories('shared')"))
    assert peer.receive().status == 204


def test_the_server_answers_after_every_broken_batch(peer: Peer) -> None:
    for body in (b"", b"--b", b"--b\r\n\r\n--b--", b"\x00" * 1000):
        peer.send(post(body, content_type=MULTIPART, path="/odata/$batch"))
        assert peer.receive().status == 400
    peer.send(head("GET", path=SAW))
    assert peer.receive().status == 200


def test_a_peer_that_leaves_half_way_leaves_nothing(port: int) -> None:
    body = multipart([post_one("categories", {"_id": "half", "name": "x"})])
    whole = post(body, content_type=MULTIPART, path="/odata/$batch")
    with closing(Peer(port)) as peer:
        peer.send(whole[:-10])
    with closing(Peer(port)) as peer:
        peer.send(head("GET", path="/odata/categories('half')"))
        assert peer.receive().status == 404


def test_pages_of_another_origin_may_call() -> None:
    settings = everything_on(Settings(odata=ODataSettings(cors_origin="*")))
    with serving(settings) as port, closing(Peer(port)) as peer:
        peer.send(head("GET", "Origin: http://elsewhere", path=SAW))
        assert peer.receive().field("access-control-allow-origin") == "*"


def test_a_fault_wraps_the_core_or_replaces_a_part() -> None:
    def shouting(answer: ODataHandler) -> ODataHandler:
        def shouted(request: Request) -> Response:
            response = answer(request)
            return replace(response, body=(response.content.upper(),))

        return shouted

    fault = Fault(name="f", summary="", breaks=(), wrap_odata=shouting)
    with serving(faults=[fault]) as port, closing(Peer(port)) as peer:
        peer.send(head("GET", path=f"{SAW}/name/$value"))
        assert peer.receive().body == b"SAW"
    fault = Fault(
        name="f", summary="", breaks=(), odata_parts={"write_json": lambda _items: [b"?"]}
    )
    with serving(faults=[fault]) as port, closing(Peer(port)) as peer:
        peer.send(post(b'{"requests":[]}', path="/odata/$batch"))
        assert peer.receive().body == b"?"


def test_a_crash_is_told_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    def crash(_text: object) -> object:
        raise ValueError("a\nb")

    fault = Fault(name="f", summary="", breaks=(), odata_parts={"preferences": crash})
    with serving(faults=[fault]) as port, closing(Peer(port)) as peer:
        peer.send(head("GET", path=SAW))
        response = peer.receive()
    assert response.status == 500
    assert b"INTERNAL_ERROR" in response.body
    assert "'GET'" in caplog.text


def test_a_large_response_is_whole(peer: Peer) -> None:
    rows = b",".join(
        b'{"id":"%d","method":"get","url":"products"}' % number for number in range(2000)
    )
    peer.send(post(b'{"requests":[' + rows + b"]}", path="/odata/$batch"))

    response = peer.receive()

    assert response.body.count(b'"status":200') == 2000
