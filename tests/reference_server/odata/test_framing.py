"""Broken batches: each is refused whole, with an OData error, and nothing of it is done."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference_server.odata.errors import ODataError
from reference_server.odata.multipart import read_multipart, write_multipart
from tests.reference_server.odata.batching import JSON, MULTIPART, multipart, post
from tests.reference_server.odata.service import Service, code_of, service_on

CREATE = multipart([post("categories", {"_id": "new", "name": "new"})])
IN_SET = multipart([[post("categories", {"_id": "new", "name": "new"}, "1")]])


def changed(old: bytes, new: bytes, body: bytes = CREATE) -> bytes:
    assert old in body
    return body.replace(old, new)


HTTP = b"Content-Type: application/http"
LINE = b"POST categories HTTP/1.1"
BROKEN_MULTIPART = {
    "nothing": b"",
    "text": b"hello",
    "line feeds": CREATE.replace(b"\r\n", b"\n"),
    "line feeds in the part": changed(b"\r\n\r\nPOST", b"\n\nPOST"),
    "carriage returns": CREATE.replace(b"\r\n", b"\r"),
    "no closing delimiter": changed(b"\r\n--b--\r\n", b""),
    "closing delimiter of one dash": changed(b"--b--", b"--b-"),
    "text behind the closing delimiter": changed(b"--b--", b"--b--x"),
    "cut in the body": CREATE[:-20],
    "cut in the header fields": CREATE[:40],
    "cut in the delimiter": CREATE[: CREATE.rindex(b"--b--") + 2],
    "no delimiter in front": CREATE[5:],
    "delimiter not at the start of a line": b" " + CREATE,
    "delimiter with another case": changed(b"--b\r\n", b"--B\r\n"),
    "delimiter with text": changed(b"--b\r\n", b"--b x\r\n"),
    "closing delimiter first": b"--b--\r\n" + CREATE,
    "closing delimiter only": b"--b--\r\n",
    "empty part": b"--b\r\n--b--\r\n",
    "part of one empty line": b"--b\r\n\r\n--b--\r\n",
    "part without header fields": changed(HTTP + b"\r\n", b""),
    "part of text": changed(HTTP, b"Content-Type: text/plain"),
    "part of json": changed(HTTP, b"Content-Type: application/json"),
    "part of no media type": changed(HTTP, b"Content-Type: http"),
    "part with an empty media type": changed(HTTP, b"Content-Type:"),
    "space before the colon": changed(HTTP, b"Content-Type : application/http"),
    "no colon": changed(HTTP, b"Content-Type application/http"),
    "no name": changed(HTTP, b": application/http"),
    "folded field": changed(HTTP, b"Content-Type:\r\n application/http"),
    "control character in a field": changed(HTTP, HTTP + b"\x00"),
    "base64": changed(HTTP, HTTP + b"\r\nContent-Transfer-Encoding: base64"),
    "quoted-printable": changed(HTTP, HTTP + b"\r\nContent-Transfer-Encoding: quoted-printable"),
    "header fields without end": changed(HTTP, HTTP + b"\r\nX: " + b"x" * 20_000),
    "a hundred and one fields": changed(HTTP, HTTP + b"\r\nX: x" * 101),
    "empty id": changed(HTTP, HTTP + b"\r\nContent-ID:"),
    "id with a space": changed(HTTP, HTTP + b"\r\nContent-ID: a b"),
    "id in angle brackets": changed(HTTP, HTTP + b"\r\nContent-ID: <1>"),
    "two ids in a part": changed(HTTP, HTTP + b"\r\nContent-ID: 1\r\nContent-ID: 2"),
    "no request": CREATE[: CREATE.index(LINE)] + b"\r\n--b--\r\n",
    "no request line": changed(LINE + b"\r\n", b""),
    "request line of one word": changed(LINE, b"POST"),
    "request line of two spaces": changed(LINE, b"POST  categories HTTP/1.1"),
    "space in front of the request line": changed(LINE, b" " + LINE),
    "space behind the request line": changed(LINE, LINE + b" "),
    "another protocol": changed(LINE, b"POST categories HTTP/2"),
    "no protocol": changed(LINE, b"POST categories XTTP/1.1"),
    "status line": changed(LINE, b"HTTP/1.1 200 OK"),
    "control character in the URL": changed(LINE, b"POST cat\x01egories HTTP/1.1"),
    "method of no token": changed(LINE, b"PO(ST categories HTTP/1.1"),
    "no empty line behind the fields": b"--b\r\n"
    + HTTP
    + b"\r\n\r\nGET products HTTP/1.1\r\n--b--",
    "length too great": changed(b"Content-Length: 26", b"Content-Length: 27"),
    "length too small": changed(b"Content-Length: 26", b"Content-Length: 20"),
    "length of no number": changed(b"Content-Length: 26", b"Content-Length: x"),
    "negative length": changed(b"Content-Length: 26", b"Content-Length: -1"),
    "two lengths": changed(b"Content-Length: 26", b"Content-Length: 26\r\nContent-Length: 26"),
    "chunked": changed(b"Content-Length: 26", b"Transfer-Encoding: chunked"),
    "change set without boundary": changed(b"; boundary=cs0", b"", IN_SET),
    "change set with another boundary": changed(b"boundary=cs0", b"boundary=cs1", IN_SET),
    "change set with a wrong boundary": changed(b"boundary=cs0", b"boundary=cs{", IN_SET),
    "change set without closing delimiter": changed(b"\r\n--cs0--\r\n", b"", IN_SET),
    "empty change set": changed(b"--cs0\r\n", b"--cs0--\r\n", IN_SET),
    "change set of text": changed(HTTP, b"Content-Type: text/plain", IN_SET),
    "change set in a change set": changed(
        HTTP, b"Content-Type: multipart/mixed; boundary=x", IN_SET
    ),
    "id that is there twice": multipart(
        [
            post("categories", {"_id": "new", "name": "new"}, "1"),
            [post("categories", {"_id": "other", "name": "other"}, "1")],
        ]
    ),
    "second part is broken": CREATE.replace(b"--b--", b"--b\r\nX\r\n--b--"),
}

REQUEST = b'{"id":"1","method":"POST","url":"categories","body":{"_id":"new","name":"n"}}'
SECOND = REQUEST.replace(b'"1"', b'"2"').replace(b"new", b"other")


def request(**members: bytes) -> bytes:
    """Write a batch whose second request has other members; None takes one away."""
    known = {"id": b'"2"', "method": b'"get"', "url": b'"products"', **members}
    inside = b",".join(
        b'"%s":%s' % (name.encode(), value) for name, value in known.items() if value
    )
    return b'{"requests":[' + REQUEST + b",{" + inside + b"}]}"


BROKEN_JSON = {
    "nothing": b"",
    "text": b"hello",
    "array": b"[" + REQUEST + b"]",
    "no requests": b"{}",
    "requests of null": b'{"requests":null}',
    "requests of an object": b'{"requests":' + REQUEST + b"}",
    "request of null": b'{"requests":[' + REQUEST + b",null]}",
    "request of text": b'{"requests":[' + REQUEST + b',"x"]}',
    "request of an array": b'{"requests":[' + REQUEST + b",[{}]]}",
    "cut": b'{"requests":[' + REQUEST,
    "no comma": b'{"requests":[' + REQUEST + SECOND + b"]}",
    "two commas": b'{"requests":[' + REQUEST + b",," + SECOND + b"]}",
    "comma at the end": b'{"requests":[' + REQUEST + b",]}",
    "text behind": b'{"requests":[' + REQUEST + b"]}x",
    "open string": b'{"requests":[' + REQUEST + b'],"@a.b":"}',
    "not UTF-8": b'{"requests":[' + REQUEST + b'],"@a.b":"\xff"}',
    "requests twice": b'{"requests":[' + REQUEST + b'],"requests":[]}',
    "context": b'{"x":1,"requests":[' + REQUEST + b"]}",
    "NaN": request(body=b"NaN", method=b'"post"'),
    "member twice": b'{"requests":[' + REQUEST.replace(b'"id"', b'"id":"0","id"') + b"]}",
    "deep": request(body=b"[" * 200 + b"]" * 200, method=b'"post"'),
    "no id": request(id=b""),
    "id of a number": request(id=b"2"),
    "empty id": request(id=b'""'),
    "id with a space": request(id=b'"a b"'),
    "id with a slash": request(id=b'"a/b"'),
    "id that is there twice": request(id=b'"1"'),
    "no method": request(method=b""),
    "method of a number": request(method=b"1"),
    "no url": request(url=b""),
    "url of null": request(url=b"null"),
    "headers of a list": request(headers=b"[]"),
    "header of a number": request(headers=b'{"a":1}'),
    "header of two lines": request(headers=b'{"a":"b\\r\\nc"}'),
    "header of no name": request(headers=b'{"a b":"c"}'),
    "header in two cases": request(headers=b'{"a":"b","A":"b"}'),
    "unknown member": request(nosuch=b"1"),
    "group of a number": request(atomicityGroup=b"1"),
    "group with the name of a request": request(atomicityGroup=b'"1"'),
    "request with the name of a group": b'{"requests":['
    + REQUEST.replace(b'"1"', b'"1","atomicityGroup":"2"')
    + b","
    + SECOND
    + b"]}",
    "group in two places": b'{"requests":['
    + b",".join(
        REQUEST.replace(b'"1"', b'"%d"%s' % (number, group))
        for number, group in enumerate([b',"atomicityGroup":"g"', b"", b',"atomicityGroup":"g"'])
    )
    + b"]}",
    "dependsOn of text": request(dependsOn=b'"1"'),
    "dependsOn of a number": request(dependsOn=b"[1]"),
    "dependsOn itself": request(dependsOn=b'["2"]'),
    "dependsOn a later one": b'{"requests":['
    + REQUEST.replace(b'"1"', b'"1","dependsOn":["2"]')
    + b","
    + SECOND
    + b"]}",
    "dependsOn an unknown one": request(dependsOn=b'["x"]'),
    "dependsOn its own group": request(atomicityGroup=b'"g"', dependsOn=b'["g"]'),
    "if of a number": request(**{"if": b"1"}),
}


@pytest.mark.parametrize("kind", BROKEN_MULTIPART)
def test_a_broken_multipart_is_refused_whole(service: Service, kind: str) -> None:
    refuse(service, BROKEN_MULTIPART[kind], MULTIPART)


@pytest.mark.parametrize("kind", BROKEN_JSON)
def test_a_broken_json_batch_is_refused_whole(service: Service, kind: str) -> None:
    refuse(service, BROKEN_JSON[kind], JSON)


def refuse(service: Service, body: bytes, content_type: str) -> None:
    response = service.ask("POST", "$batch", body, content_type=content_type)

    assert response.status == 400
    assert code_of(response) in {"MALFORMED_BATCH", "BAD_REQUEST"}
    assert response.header("content-language") == "en"
    assert service.keys("categories") == {"tools", "toys"}


def test_the_base_of_these_bodies_is_no_broken_one() -> None:
    for body in (CREATE, IN_SET):
        with service_on() as service:
            service.ask("POST", "$batch", body, content_type=MULTIPART)
            assert "new" in service.keys("categories")
    with service_on() as service:
        service.ask("POST", "$batch", request(), content_type=JSON)
        assert "new" in service.keys("categories")


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        pytest.param(b"preamble\r\n" + CREATE + b"epilogue\r\n--b\r\n", MULTIPART, id="around"),
        pytest.param(b"\r\n" + CREATE, MULTIPART, id="empty line in front"),
        pytest.param(CREATE[:-2], MULTIPART, id="no line end behind"),
        pytest.param(changed(b"--b\r\n", b"--b \t\r\n"), MULTIPART, id="white space"),
        pytest.param(changed(HTTP, b"content-type:application/http"), MULTIPART, id="case"),
        pytest.param(changed(HTTP, HTTP + b";msgtype=request"), MULTIPART, id="parameter"),
        pytest.param(
            changed(HTTP, HTTP + b"\r\nContent-Transfer-Encoding: binary"), MULTIPART, id="binary"
        ),
        pytest.param(changed(LINE, b"POST categories"), MULTIPART, id="no protocol"),
        pytest.param(changed(b"Content-Length: 26\r\n", b""), MULTIPART, id="no length"),
        pytest.param(changed(b"\r\n--b--", b"\r\n\r\n--b--"), MULTIPART, id="empty line behind"),
        pytest.param(
            CREATE.replace(b"--b", b"--a:1=x y"),
            'multipart/mixed; boundary="a:1=x y"',
            id="quoted boundary",
        ),
        pytest.param(changed(b"--cs0", b"--b1", IN_SET).replace(b"cs0", b"b1"), MULTIPART, id="b1"),
        pytest.param(b"x\r\n" + IN_SET, MULTIPART.upper().replace("=B", "=b"), id="upper case"),
        pytest.param(b'{"@a.b":{"requests":[1]},"requests":[' + REQUEST + b"]}", JSON, id="note"),
        pytest.param(b' { "requests" : [ ' + REQUEST + b" ] } \r\n", JSON, id="spaces"),
        pytest.param(request(body=b"null"), "application/json;charset=utf-8", id="null body"),
        pytest.param(request(headers=b'{"Prefer":"x"}'), JSON, id="upper case header"),
        pytest.param(
            b'{"requests":[' + REQUEST.replace(b"new", b"n\\u0065w") + b"]}", JSON, id="u"
        ),
        pytest.param(
            b'{"requests":[' + REQUEST.replace(b'"n"', b'"}]{[\\"\\\\"') + b"]}",
            JSON,
            id="brackets",
        ),
    ],
)
def test_what_looks_odd_and_is_right_is_taken(
    service: Service, body: bytes, content_type: str
) -> None:
    response = service.ask("POST", "$batch", body, content_type=content_type)

    assert response.status == 200
    assert "new" in service.keys("categories")


@pytest.mark.parametrize(
    ("members", "status"),
    [
        pytest.param({"method": b'"get"', "body": b"{}"}, 400, id="body of a get"),
        pytest.param({"method": b'"delete"', "body": b'"x"'}, 400, id="body of a delete"),
        pytest.param(
            {"method": b'"put"', "headers": b'{"content-type":"image/png"}', "body": b'"?"'},
            400,
            id="no base64url",
        ),
        pytest.param(
            {"method": b'"put"', "headers": b'{"content-type":"text/plain"}', "body": b"{}"},
            400,
            id="no string",
        ),
        pytest.param(
            {"method": b'"put"', "headers": b'{"content-type":"x"}', "body": b"{}"},
            400,
            id="no media type",
        ),
    ],
)
def test_a_body_that_can_t_be_taken_spoils_its_request_only(
    service: Service, members: dict[str, bytes], status: int
) -> None:
    response = service.ask("POST", "$batch", request(**members), content_type=JSON)

    assert b'"status":201' in response.content
    assert b'"status":%d' % status in response.content


@given(
    st.lists(
        st.binary(max_size=200).filter(lambda each: b"--bo" not in each), min_size=1, max_size=5
    )
)
def test_what_is_written_is_read_again(contents: list[bytes]) -> None:
    written = b"".join(write_multipart([[b"A: b\r\n\r\n", each] for each in contents], b"bo"))

    parts = list(read_multipart(memoryview(written), b"bo", max_parts=10))

    assert [bytes(part.content) for part in parts] == contents
    assert all(part.headers == {"a": "b"} for part in parts)


@given(st.binary(max_size=300), st.integers(0, 400), st.integers(0, 400))
def test_whatever_comes_is_read_or_refused(noise: bytes, start: int, end: int) -> None:
    spliced = IN_SET[:start] + noise + IN_SET[end:]
    for body in (noise, spliced):
        try:
            list(read_multipart(memoryview(body), b"b", max_parts=10))
        except ODataError as error:
            assert error.refusal.status in {400, 413}  # noqa: PT017 - or nothing was raised
