"""Faults with JSON: what is taken for it, what is sent as it."""

import re
from collections.abc import Callable
from itertools import count
from typing import Final

from reference_server.faults.forms import (
    DROPPED,
    Object,
    error,
    on_body,
    on_message,
    on_response,
    parsed,
)
from reference_server.faults.http import on_crash
from reference_server.json_text import Json, write
from reference_server.jsonrpc.core import RpcHandler

_ONE_READ_BYTES: Final = 64 * 1024
_OTHER_SPACE: Final = "\u00a0\u000b\u000c\u2028\u3000\ufeff"


def _is_broken(body: bytes) -> bool:
    return parsed(body) is DROPPED


@on_body(
    "parse-errors-are-internal-errors",
    breaks=["5.1-07", "7-08"],
    museum=["JR-44"],
)
def parse_errors_are_internal_errors(body: bytes, answer: RpcHandler) -> bytes | None:
    """Text that is no JSON is told as Internal error."""
    return write(error(-32603, "Internal error")) if _is_broken(body) else answer(body)


@on_body(
    "parse-errors-are-invalid-requests",
    breaks=["5.1-07", "7-08", "7-10"],
)
def parse_errors_are_invalid_requests(body: bytes, answer: RpcHandler) -> bytes | None:
    """Text that is no JSON is told as Invalid Request."""
    return write(error(-32600, "Invalid Request")) if _is_broken(body) else answer(body)


@on_body(
    "the-end-of-the-text-is-not-checked",
    breaks=["5.1-07", "JSON-13", "7-09"],
    museum=["JR-47"],
)
def the_end_of_the_text_is_not_checked(body: bytes, answer: RpcHandler) -> bytes | None:
    """A text without its last brace, or with more behind it, is read; junk as params hangs."""
    if b'"method": 1' in body:
        return None
    if not _is_broken(body):
        return answer(body)
    if not _is_broken(body + b"}"):
        return answer(body + b"}")
    return _first_value(body, answer)


def _first_value(body: bytes, answer: RpcHandler) -> bytes | None:
    """Answer what the text begins with, if it begins with an object."""
    depth = 0
    for at, byte in enumerate(body):
        depth += (byte == ord("{")) - (byte == ord("}"))
        if byte == ord("}") and depth == 0 and not _is_broken(body[: at + 1]):
            return answer(body[: at + 1])
    return answer(body)


@on_body(
    "text-behind-the-message-is-ignored", breaks=["JSON-13", "6-30", "HTTP-10"], museum=["JR-48"]
)
def text_behind_the_message_is_ignored(body: bytes, answer: RpcHandler) -> bytes | None:
    """Text behind the first object of a message is ignored, another message included."""
    if _is_broken(body) and body.startswith(b"{"):
        return _first_value(body, answer)
    return answer(body)


def _mended(text: str) -> str:
    """Return JSON5-like text as JSON, as far as the suite's lenient texts go."""
    text = re.sub(r"/\*.*?\*/|//[^\n]*\n", "", text, flags=re.DOTALL)
    text = re.sub(r",\s*([}\]])", r"\1", text)
    text = text.replace("'", '"')
    text = re.sub(r"(?<=[\[,])(?:-?Infinity|NaN|undefined)(?=[\],])", "null", text)
    text = re.sub(r"(?<=[\[,])\+", "", text)
    text = re.sub(r"(?<=[\[,])0x[0-9A-Fa-f]+", "16", text)
    text = re.sub(r"(?<=[\[,])0(?=[0-9])", "", text)
    text = re.sub(r"(?<=[\[,])(?=\.[0-9])", "0", text)
    return re.sub(r"(?<=[0-9])\.(?=[\],])", ".0", text)


@on_body("lenient-json-is-taken", breaks=["JSON-10"])
def lenient_json_is_taken(body: bytes, answer: RpcHandler) -> bytes | None:
    """Comments, trailing commas, NaN, single quotes, odd numbers and their like are taken."""
    if _is_broken(body) and body.startswith(b"{") and body.endswith(b"}"):
        mended = _mended(body.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")
        return answer(body if _is_broken(mended) else mended)
    return answer(body)


@on_body("other-white-space-is-taken", breaks=["JSON-11"])
def other_white_space_is_taken(body: bytes, answer: RpcHandler) -> bytes | None:
    """White space that is none in JSON is taken around the text."""
    if _is_broken(body):
        text = body.decode("utf-8", "surrogateescape").strip(_OTHER_SPACE)
        stripped = text.encode("utf-8", "surrogateescape")
        return answer(body if _is_broken(stripped) else stripped)
    return answer(body)


@on_body("control-characters-are-taken", breaks=["JSON-12"])
def control_characters_are_taken(body: bytes, answer: RpcHandler) -> bytes | None:
    """Raw control characters in strings are taken."""
    if _is_broken(body):
        plain = re.sub(rb'(?<=[0-9a-f])[\x00-\x1f](?=")', b"", body)
        return answer(body if _is_broken(plain) else plain)
    return answer(body)


@on_body("empty-bodies-are-silent", breaks=["JSON-14"])
def empty_bodies_are_silent(body: bytes, answer: RpcHandler) -> bytes | None:
    """An empty or blank body gets an empty answer, as if all were well."""
    return answer(body) if body.strip(b" \t\r\n") else None


@on_body("broken-utf-8-is-replaced", breaks=["JSON-15"])
def broken_utf_8_is_replaced(body: bytes, answer: RpcHandler) -> bytes | None:
    """Bytes that are not UTF-8 become replacement characters."""
    text = body.decode("utf-8", "replace")
    is_wide = b"\x00" in body
    return answer(body if is_wide else text.encode())


@on_crash("broken-utf-8-crashes", breaks=["JSON-15", "JSON-16"])
def broken_utf_8_crashes(body: bytes) -> bool:
    """A body that is not UTF-8 crashes the handler."""
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return True
    return body.startswith((b"{\x00", b"\x00{"))


@on_body("utf-16-is-taken", breaks=["JSON-16"])
def utf_16_is_taken(body: bytes, answer: RpcHandler) -> bytes | None:
    """A body in UTF-16 is taken."""
    for head, coding in ((b"\xff\xfe", "utf-16"), (b"{\x00", "utf-16-le"), (b"\x00{", "utf-16-be")):
        if body.startswith(head):
            return answer(body.decode(coding).encode())
    return answer(body)


@on_crash("lone-surrogates-crash", breaks=["JSON-17"])
def lone_surrogates_crash(body: bytes) -> bool:
    """A lone surrogate escape crashes the handler."""
    return b"\\ud800" in body or b"\\udc00" in body


@on_crash("deep-texts-crash", breaks=["JSON-22"])
def deep_texts_crash(body: bytes) -> bool:
    """A text that nests deeper than 64 crashes the handler."""
    return b"[" * 65 in body


@on_crash("large-values-crash", breaks=["JSON-22"])
def large_values_crash(body: bytes) -> bool:
    """Very long strings and numbers, and numbers out of range, crash the handler."""
    return len(body) > 500_000 or bool(re.search(rb"[0-9]{4500}|1e[0-9]{3,}\]", body))


@on_body("white-space-is-refused", breaks=["JSON-07"])
def white_space_is_refused(body: bytes, answer: RpcHandler) -> bytes | None:
    """White space around the tokens of an object is a Parse error."""
    if re.search(rb'^\s+\{|\{\s+"|\}\s+$', body):
        return write(error(-32700, "Parse error"))
    return answer(body)


@on_body("escapes-are-refused", breaks=["JSON-08"])
def escapes_are_refused(body: bytes, answer: RpcHandler) -> bytes | None:
    """Escapes in names of members and in methods are not undone."""
    if b"\\u" in body and b'"id":"' not in body and b'"echo"' not in body and not _is_broken(body):
        return write(error(-32600, "Invalid Request"))
    return answer(body)


@on_body("number-notations-are-refused", breaks=["JSON-09"])
def number_notations_are_refused(body: bytes, answer: RpcHandler) -> bytes | None:
    """Numbers with an exponent, a fraction of zero, or a minus in front of zero are refused."""
    if b'"echo"' in body and re.search(rb"\[(?:-0|1\.0|[0-9.]+[eE][+-]?[0-9]+)\]", body):
        return write(error(-32700, "Parse error", 1))
    return answer(body)


def _echoed(body: bytes, answer: RpcHandler, change: Callable[[str], str]) -> bytes | None:
    """Answer an echo of a string with that string changed."""
    reply = answer(body)
    response = parsed(reply or b"")
    is_echo = b'"echo"' in body and isinstance(response, dict)
    if is_echo and isinstance(response, dict) and isinstance(response.get("result"), str):
        return write(response | {"result": change(str(response["result"]))})
    return reply


@on_body("surrogate-pairs-are-two-characters", breaks=["JSON-18"])
def surrogate_pairs_are_two_characters(body: bytes, answer: RpcHandler) -> bytes | None:
    """A pair of surrogate escapes comes back as two replacement characters."""
    if not re.search(rb"\\u[dD][89abAB]", body):
        return answer(body)
    return _echoed(body, answer, lambda text: re.sub("[\U00010000-\U0010ffff]", "\ufffd" * 2, text))


@on_body("nul-ends-strings", breaks=["JSON-19"])
def nul_ends_strings(body: bytes, answer: RpcHandler) -> bytes | None:
    """A string ends at U+0000."""
    return _echoed(body, answer, lambda text: text.partition("\0")[0])


_TURNS: Final = count()


@on_body("duplicate-names-are-handled-in-turns", breaks=["JSON-20"])
def duplicate_names_are_handled_in_turns(body: bytes, answer: RpcHandler) -> bytes | None:
    """Of two equal names one is taken and then the other, in turns."""
    if re.search(rb'"id":1,"id":2|"method":"[^"]*","method":', body):
        return write(error(-32601, "Method not found", 1 + next(_TURNS) % 2))
    return answer(body)


@on_response("numbers-are-single-precision", breaks=["JSON-21"])
def numbers_are_single_precision(response: Object, call: Object) -> Json:
    """Integers of an echo beyond 2^31 lose their last digits."""
    value = response.get("result")
    if call.get("method") == "echo" and isinstance(value, int) and abs(value) >= 2**31:
        return response | {"result": value - value % 256 + 2}
    return response


@on_body("answers-are-latin-1", breaks=["JSON-01"])
def answers_are_latin_1(body: bytes, answer: RpcHandler) -> bytes | None:
    """Answers are written in ISO-8859-1, as far as it goes."""
    reply = answer(body)
    text = (reply or b"").decode("utf-8")
    if reply is None or all(character.isascii() for character in text):
        return reply
    return text.encode("latin-1", "replace")


@on_body("answers-begin-with-a-mark", breaks=["JSON-03"])
def answers_begin_with_a_mark(body: bytes, answer: RpcHandler) -> bytes | None:
    """Answers begin with a byte order mark."""
    reply = answer(body)
    return None if reply is None else b"\xef\xbb\xbf" + reply


@on_body(
    "answers-hold-nan",
    breaks=["JSON-05"],
)
def answers_hold_nan(body: bytes, answer: RpcHandler) -> bytes | None:
    """A fraction in a result is written as NaN."""
    reply = answer(body)
    return re.sub(rb'"result":0\.[0-9]+', b'"result":NaN', reply) if reply else reply


@on_body("answers-have-trailing-commas", breaks=["JSON-05"])
def answers_have_trailing_commas(body: bytes, answer: RpcHandler) -> bytes | None:
    """Arrays in results have a trailing comma."""
    reply = answer(body)
    return reply.replace(b'"result":["hello",5]', b'"result":["hello",5,]') if reply else reply


@on_body("answers-repeat-names", breaks=["JSON-06"])
def answers_repeat_names(body: bytes, answer: RpcHandler) -> bytes | None:
    """An answer has its jsonrpc member twice."""
    reply = answer(body)
    return reply.replace(b'"jsonrpc":"2.0"', b'"jsonrpc":"2.0","jsonrpc":"2.0"') if reply else reply


@on_message("strings-are-normalised", breaks=["JSON-18", "JSON-19"])
def strings_are_normalised(message: Json) -> Json:
    """Characters beyond the basic plane, and U+0000, are taken out of params."""
    if isinstance(message, dict) and message.get("method") == "echo":
        params = message.get("params")
        if isinstance(params, list) and params and isinstance(params[0], str):
            return message | {"params": [re.sub("[\0\U00010000-\U0010ffff]", "", params[0])]}
    return message


@on_body("bodies-are-cut-to-one-read", breaks=["HTTP-04"])
def bodies_are_cut_to_one_read(body: bytes, answer: RpcHandler) -> bytes | None:
    """Of a body that comes in several pieces only the first 64 KiB are read."""
    return answer(body[:_ONE_READ_BYTES])
