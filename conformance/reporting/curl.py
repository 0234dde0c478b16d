"""A recorded request as a command line that sends it again.

Where curl would send other bytes than the suite did (broken framing, a broken head, a NUL), the
line pipes the very bytes into the connection instead.
"""

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from conformance.reporting.wire_text import from_json
from conformance.words.json_value import Json, is_object

_TOKEN: Final = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
_REQUEST_LINE: Final = re.compile(rb"(%b) ([\x21-\x7e]+) HTTP/1\.1" % _TOKEN)
_FIELD: Final = re.compile(rb"(%b):([\t\x20-\x7e\x80-\xff]*)" % _TOKEN)
# curl writes these itself, from the URL and the body.
_OWN_FIELDS: Final = frozenset({b"host", b"content-length", b"transfer-encoding", b"user-agent"})
# What curl takes over from a URL as it stands: no globs, no fragment, no dots to resolve.
_PLAIN: Final = rb"0-9A-Za-z_~.%@:$!*(),;=+&'-"
_PLAIN_TARGET: Final = re.compile(rb"(?:/(?!\.)[%b]*)+(?:\?[/?%b]*)?" % (_PLAIN, _PLAIN))
_MOST_BYTES: Final = 4_000
_CHUNK_SIZE: Final = re.compile(rb"[0-9A-Fa-f]{1,8}")


def command_for(exchange: Mapping[str, Json]) -> str:
    """Return a curl line for an exchange of a report; where curl can't send it, one with printf.

    Masked credentials stay masked: the line has to be completed by who has them.
    """
    request = exchange["request"]
    assert is_object(request)
    data, url = from_json(request), str(exchange["url"])
    size = request["size"]
    if not isinstance(size, int) or size > _MOST_BYTES or "elided" in request:
        return f"# {size} bytes; see the exchange {exchange['id']} in report.json"
    return _by_curl(data, url) or _by_hand(data, url)


def _by_curl(data: bytes, url: str) -> str | None:
    """Return a curl line; None where curl would send something else."""
    head, separator, body = data.partition(b"\r\n\r\n")
    first, *lines = head.split(b"\r\n")
    request_line = _REQUEST_LINE.fullmatch(first)
    fields = _fields(lines)
    if not separator or request_line is None or fields is None:
        return None
    method, target = request_line.groups()
    content = _content(fields, body)
    host = _host_options(fields, url)
    if content is None or host is None or (method == b"HEAD" and content):
        return None
    parts = ["curl", "-sS", "-i", "--http1.1"]
    parts += ["-I"] if method == b"HEAD" else ["-X", _quoted(method)]
    origin = "{0.scheme}://{0.netloc}".format(urlsplit(url)).encode()
    if _PLAIN_TARGET.fullmatch(target):
        parts.append(_quoted(origin + target))
    else:
        parts += ["--request-target", _quoted(target), _quoted(origin + b"/")]
    parts += host
    others = [field for field in fields if field[0].lower() not in _OWN_FIELDS]
    parts += [_field_option(name, value) for name, value in others]
    names = {name.lower() for name, _ in fields}
    if b"accept" not in names:
        parts.append("-H 'Accept:'")
    if content:
        if b"content-type" not in names:
            parts.append("-H 'Content-Type:'")
        parts += content
    return " ".join(parts)


def _fields(lines: list[bytes]) -> list[tuple[bytes, bytes]] | None:
    """Return names and values; None when a line is no field."""
    fields: list[tuple[bytes, bytes]] = []
    for line in lines:
        field = _FIELD.fullmatch(line)
        if field is None:
            return None
        fields.append((field.group(1), field.group(2).strip(b" \t")))
    return fields


def _values(fields: list[tuple[bytes, bytes]], name: bytes) -> list[bytes]:
    return [value for its, value in fields if its.lower() == name]


def _content(fields: list[tuple[bytes, bytes]], body: bytes) -> list[str] | None:
    """Return the options for a body; None where curl would frame it otherwise, or can't send it."""
    lengths = _values(fields, b"content-length")
    codings = _values(fields, b"transfer-encoding")
    if b"\0" in body:
        return None  # no argument of a command holds one
    if not lengths and not codings:
        return None if body else []
    if not codings:
        whole = lengths == [b"%d" % len(body)]
        return ["--data-raw", _quoted(body)] if whole else None
    plain = _unchunked(body) if codings == [b"chunked"] and not lengths else None
    if plain is None:
        return None
    return ["-H", "'Transfer-Encoding: chunked'", "--data-raw", _quoted(plain)]


def _host_options(fields: list[tuple[bytes, bytes]], url: str) -> list[str] | None:
    """Return the options for another Host than the URL's, or none; None for several."""
    match _values(fields, b"host"):
        case []:
            return ["-H", "'Host:'"]
        case [host]:
            same = host.decode("latin-1") == urlsplit(url).netloc
            return [] if same else [_field_option(b"Host", host)]
        case _:
            return None


def _field_option(name: bytes, value: bytes) -> str:
    # To curl, "Name:" means to leave the field out, and "Name;" to send it empty.
    return f"-H {_quoted(name + b': ' + value if value else name + b';')}"


def _unchunked(body: bytes) -> bytes | None:
    """Return a chunked body in the clear; None where curl would frame it otherwise."""
    plain = bytearray()
    while body != b"0\r\n\r\n":
        size, _, rest = body.partition(b"\r\n")
        if not _CHUNK_SIZE.fullmatch(size):
            return None
        count = int(size, 16)
        if rest[count : count + 2] != b"\r\n":
            return None
        plain += rest[:count]
        body = rest[count + 2 :]
    return bytes(plain)


def _by_hand(data: bytes, url: str) -> str:
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    host = parts.hostname or ""
    sent = f"printf %b {_printf_bytes(data)}"
    if parts.scheme == "https":
        name = f"[{host}]" if ":" in host else host
        return f"{sent} | openssl s_client -quiet -connect {name}:{port}"
    return f"{sent} | nc -q 2 {host} {port}"


def _quoted(data: bytes) -> str:
    """Return bytes as one word for bash."""
    if data.isalnum():
        return data.decode("ascii")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = "\n"
    if text.isprintable():
        return "'" + text.replace("'", "'\\''") + "'"
    return "$'" + "".join(_bash_byte(byte) for byte in data) + "'"


def _bash_byte(byte: int) -> str:
    character = chr(byte)
    if character in "'\\" or not (character.isascii() and character.isprintable()):
        return f"\\x{byte:02x}"
    return character


def _printf_bytes(data: bytes) -> str:
    return "'" + "".join(_octal_byte(byte) for byte in data) + "'"


def _octal_byte(byte: int) -> str:
    character = chr(byte)
    if character in "'\\%" or not (character.isascii() and character.isprintable()):
        return {"\r": "\\r", "\n": "\\n"}.get(character, f"\\0{byte:03o}")
    return character
