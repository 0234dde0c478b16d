"""A recorded request as a command line that sends it again."""

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from conformance.reporting.wire_text import from_json
from conformance.words.json_value import Json, is_object

# curl writes these itself, from the URL and the body.
_OWN_FIELDS: Final = frozenset({"host", "content-length", "transfer-encoding", "user-agent"})
# Fields that curl adds and the suite did not send are taken away by naming them empty.
_ADDED_FIELDS: Final = ("Accept", "Content-Type")
_MOST_BYTES: Final = 4_000
_LINE_PARTS: Final = 3
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
    head, separator, body = data.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    first = lines[0].split(" ")
    if not separator or len(first) != _LINE_PARTS or first[2] != "HTTP/1.1":
        return _by_hand(data, url)
    fields = [line.partition(":")[::2] for line in lines[1:]]
    names = [name.lower() for name, _ in fields]
    chunked = any(name == "transfer-encoding" for name in names)
    lengths = [value.strip() for name, value in fields if name.lower() == "content-length"]
    if (lengths and lengths != [str(len(body))]) or (chunked and lengths):
        return _by_hand(data, url)
    parts = ["curl", "-sS", "-i", "--http1.1"]
    parts += ["-I"] if first[0] == "HEAD" else ["-X", first[0]]
    parts += [_quoted(f"{_origin(url)}{first[1]}")]
    for name, value in fields:
        if name.lower() not in _OWN_FIELDS:
            parts += ["-H", _quoted(f"{name}: {value.strip()}")]
    if chunked:
        plain = _unchunked(body)
        if plain is None:
            return _by_hand(data, url)
        parts += ["-H", "'Transfer-Encoding: chunked'"]
        body = plain
    parts += [f"-H '{name}:'" for name in _ADDED_FIELDS if name.lower() not in names]
    if body or lengths:
        parts += ["--data-binary", _quoted_bytes(body)]
    return " ".join(parts)


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _by_hand(data: bytes, url: str) -> str:
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    host = parts.hostname or ""
    sent = f"printf %b {_printf_bytes(data)}"
    if parts.scheme == "https":
        return f"{sent} | openssl s_client -quiet -connect {host}:{port}"
    return f"{sent} | nc -q 2 {host} {port}"


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


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


def _quoted_bytes(data: bytes) -> str:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = ""
    if text and text.isprintable() and not text.startswith("@"):
        return _quoted(text)
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
