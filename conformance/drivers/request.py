"""Requests as bytes, right or wrong on purpose; nothing here touches a socket."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from conformance.errors import InputError
from conformance.words.json_value import Json, is_array, is_object
from conformance.words.template import expand, to_json_text

ITEM_INDEX: Final = "${item/index}"
MAX_REQUEST_BYTES: Final = 80 * 1024 * 1024  # one over the 64 MiB that a row asks for
_CHUNK_BYTES: Final = 7  # small and odd, so that a chunk ends inside a token


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request, ready for the wire.

    `head` ends with the empty line; `framed` is the body as it is sent, `body` the same without
    chunk framing. A request given as wire bytes has them all in `head`.
    """

    method: str
    head: bytes
    framed: bytes
    body: bytes
    expects_continue: bool = False
    reads_to_end: bool = False
    is_fresh: bool = False

    @property
    def data(self) -> bytes:
        """All bytes of the request."""
        return self.head + self.framed


def pieces_to_bytes(pieces: Json) -> bytes:
    """Turn the raw form of a body into bytes.

    A string is sent as UTF-8. A list is joined; its items are strings, lists, `{base64}` and
    `{text, times, join}` with `${item/index}` counting from 1. A lone surrogate in a string is sent
    as the three bytes that UTF-8 would need for it, which no UTF-8 reader may take.

    Raises:
        InputError: another item, or more bytes than any request may have.
    """
    items: Sequence[Json] = pieces if is_array(pieces) else [pieces]
    data = bytearray()
    for item in items:
        if isinstance(item, str):
            data += item.encode("utf-8", "surrogatepass")
        elif is_array(item):
            data += pieces_to_bytes(item)
        elif is_object(item) and "base64" in item:
            data += decode_base64(item["base64"])
        elif is_object(item) and "text" in item:
            data += _repeated(item)
        else:
            raise InputError("raw", "a string, {text, times, join} or {base64}", item)
        if len(data) > MAX_REQUEST_BYTES:
            raise InputError("raw", f"at most {MAX_REQUEST_BYTES} bytes", len(data))
    return bytes(data)


def decode_base64(text: Json) -> bytes:
    """Decode base64 as it stands in scenario files, white space allowed.

    Raises:
        InputError: not base64.
    """
    try:
        return base64.b64decode("".join(str(text).split()), validate=True)
    except ValueError as error:  # binascii.Error, or characters other than ASCII
        raise InputError("base64", "base64", text) from error


def _repeated(item: Mapping[str, Json]) -> bytes:
    text, times, join = str(item["text"]), item.get("times", 1), str(item.get("join", ""))
    at_most = MAX_REQUEST_BYTES // (len(text) + len(join) + 1)
    if not isinstance(times, int) or not 0 <= times <= at_most:
        raise InputError("raw", "times within the bound of a request", times)
    if ITEM_INDEX not in text:
        return join.join([text] * times).encode("utf-8", "surrogatepass")
    parts = (text.replace(ITEM_INDEX, str(index)) for index in range(1, times + 1))
    return join.join(parts).encode("utf-8", "surrogatepass")


def for_item(send: Mapping[str, Json], index: int) -> Mapping[str, Json]:
    """Return a repeated `send` as it is for one repetition."""
    expanded = expand(send, {"item": {"index": index}})
    assert is_object(expanded)
    return expanded


def body_of_send(send: Mapping[str, Json]) -> bytes | None:
    """Return the body that a `send` asks for; None when it asks for none."""
    if "jsonrpc" in send:
        return to_json_text(send["jsonrpc"]).encode("utf-8", "surrogatepass")
    if "raw" in send:
        return pieces_to_bytes(send["raw"])
    if "base64" in send:
        return decode_base64(send["base64"])
    return None


def build_request(
    send: Mapping[str, Json],
    *,
    target: str,
    default_headers: Sequence[tuple[str, str]],
    body: bytes | None = None,
) -> Request:
    """Turn a `send` of an HTTP driver into a request.

    Args:
        send: `jsonrpc`, `raw` or `base64` for the body, or `wire` for everything; `method`
            (POST), `target`, `headers` (null takes one away, a list sends several lines),
            `framing` (`length`, `chunked`, `none`), `expect_continue`, `read_to_end`, `fresh`.
        target: the request-target, if `send` has none.
        default_headers: sent first, unless `send` names them.
        body: the body, if `send` has none.
    """
    common = Request(
        method=str(send.get("method", "POST")),
        head=b"",
        framed=b"",
        body=b"",
        expects_continue=send.get("expect_continue") is True,
        reads_to_end=send.get("read_to_end") is True,
        is_fresh=send.get("fresh") is True,
    )
    if "wire" in send:
        wire = pieces_to_bytes(send["wire"])
        _, _, content = wire.partition(b"\r\n\r\n")
        return replace(common, head=wire, body=content)
    given = body_of_send(send)
    content_or_none = body if given is None else given
    has_body = content_or_none is not None
    content = content_or_none or b""
    framing = send.get("framing", "length" if has_body else "none")
    fields = _merged(default_headers, send.get("headers"), has_body=has_body)
    names = {name.lower() for name, _ in fields}
    framed = content
    if framing == "chunked":
        framed = _chunked(content)
        fields.append(("Transfer-Encoding", "chunked"))
    elif framing == "length" and "content-length" not in names:
        fields.append(("Content-Length", str(len(content))))
    if common.expects_continue:
        fields.append(("Expect", "100-continue"))
    if common.reads_to_end and "connection" not in names:
        fields.append(("Connection", "close"))
    lines = [f"{common.method} {send.get('target', target)} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in fields]
    head = "\r\n".join([*lines, "", ""]).encode("latin-1", "replace")
    return replace(common, head=head, framed=framed, body=content)


def with_defaults(
    headers: Sequence[tuple[str, str]], defaults: Sequence[tuple[str, str]]
) -> list[tuple[str, str]]:
    """Return the defaults that no field of `headers` replaces, then `headers`."""
    own = {name.lower() for name, _ in headers}
    return [*((name, value) for name, value in defaults if name.lower() not in own), *headers]


def _merged(
    defaults: Sequence[tuple[str, str]], wanted: Json, *, has_body: bool
) -> list[tuple[str, str]]:
    changes = wanted if is_object(wanted) else {}
    changed = {name.lower() for name in changes}
    fields = [
        (name, value)
        for name, value in defaults
        if name.lower() not in changed and (has_body or name.lower() != "content-type")
    ]
    for name, value in changes.items():
        values: Sequence[Json] = value if is_array(value) else [value]
        fields += [(name, str(one)) for one in values if one is not None]
    return fields


def _chunked(body: bytes) -> bytes:
    chunks = [body[at : at + _CHUNK_BYTES] for at in range(0, len(body), _CHUNK_BYTES)]
    framed = b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks)
    return framed + b"0\r\n\r\n"
