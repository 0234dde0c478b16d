"""application/http: requests out of the parts of a batch, responses into them (RFC 9112).

Refuses to know multipart and what a request asks for.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from http import HTTPStatus
from typing import Final

from reference_server.odata.message import Fields, Response
from reference_server.odata.multipart import malformed, read_fields, split_head

# RFC 9112, 3: one space between the three; the version is missing in the spec's own example.
_REQUEST_LINE: Final = re.compile(
    rb"([!#$%&'*+\-.^_`|~0-9A-Za-z]{1,32}) ([\x21-\x7e\x80-\xff]+)(?: HTTP/1\.[01])?"
)
_DIGITS: Final = re.compile(r"[0-9]{1,15}")
_BLANK: Final = b"\r\n"


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """A request as it stood in its part; names of fields are in lower case."""

    method: str
    url: str
    headers: Fields
    body: memoryview


def read_http_request(content: memoryview) -> HttpRequest:
    """Read a request.

    Raises:
        ODataError: 400, it is none.

    Spec: ODATA-11.7.7.1-16
    """
    head, body = split_head(content, "a request")
    line, _, block = head.partition(b"\r\n")
    method, url = _request_line(line)
    fields = read_fields(block)
    if "transfer-encoding" in fields:
        raise malformed("a request in a part has no Transfer-Encoding")
    return HttpRequest(method, url, fields, _body(body, fields.get("content-length")))


@lru_cache(maxsize=1024)
def _request_line(line: bytes) -> tuple[str, str]:
    found = _REQUEST_LINE.fullmatch(line)
    if found is None:
        raise malformed(f"{line[:80].decode('latin-1')!r} is no request line")
    return found[1].decode("ascii"), found[2].decode("latin-1")


def _body(rest: memoryview, length: str | None) -> memoryview:
    if length is None:
        # Without a length, empty lines before the delimiter are no body.
        return rest[:0] if len(rest) <= 2 * len(_BLANK) and not bytes(rest).strip(_BLANK) else rest
    if _DIGITS.fullmatch(length) is None:
        raise malformed(f"{length[:40]!r} is no Content-Length")
    if int(length) > len(rest):
        raise malformed(f"Content-Length says {int(length)}, and {len(rest)} bytes are there")
    if bytes(rest[int(length) : int(length) + 3]) not in {b"", _BLANK}:
        raise malformed(f"Content-Length says {int(length)}, and {len(rest)} bytes are there")
    return rest[: int(length)]


def write_http_response(response: Response) -> list[bytes]:
    """Write a response as pieces: status line, fields, empty line, body.

    Spec: ODATA-11.7.7.5-07, ODATA-11.7.7.5-10
    """
    lines = [status_line(response.status)]
    lines += [f"{name}: {value}\r\n" for name, value in response.headers]
    if response.body:
        lines.append(f"Content-Length: {response.length}\r\n")
    lines.append("\r\n")
    return ["".join(lines).encode("latin-1"), *response.body]


@lru_cache(maxsize=64)
def status_line(status: int) -> str:
    """Write a status line with its CRLF."""
    return f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\n"
