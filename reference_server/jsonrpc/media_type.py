"""Whether a Content-Type header promises JSON text that we can read.

Knows the grammar of media types (RFC 9110, section 8.3). Refuses to look at the body.
"""

import re
from functools import lru_cache
from typing import Final

#: What a JSON-RPC request may call itself. Spec: JSONRPC-HTTP-05, JSONRPC-HTTP-06
ACCEPTED: Final = frozenset({"application/json", "application/json-rpc", "application/jsonrequest"})

# RFC 9110, 5.6.2 and 5.6.6: token; parameter = token "=" ( token / quoted-string ). Every
# quantifier is possessive: no text makes the engine try again, which would take exponential time.
_TOKEN: Final = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]++"
_QUOTED: Final = r'"(?:[^"\\]|\\.)*+"'
_PARAMETER: Final = rf"({_TOKEN})=({_TOKEN}|{_QUOTED})"
_PARAMETERS: Final = re.compile(rf";[ \t]*+{_PARAMETER}", re.DOTALL)
_MEDIA_TYPE: Final = re.compile(
    rf"({_TOKEN}/{_TOKEN})(?:[ \t]*+;[ \t]*+(?:{_PARAMETER})?+)*+[ \t]*+", re.DOTALL
)


# A peer that makes up a new parameter every time costs no more than this many entries.
@lru_cache(maxsize=256)
def refusal_of(header: bytes) -> str | None:
    """Return why a Content-Type is not accepted, None if it is.

    Case does not count; parameters that we don't know don't either; a charset has to be UTF-8.

    Spec: JSONRPC-HTTP-16, JSONRPC-HTTP-20, JSONRPC-HTTP-21
    """
    text = header.decode("latin-1")
    found = _MEDIA_TYPE.fullmatch(text)
    if found is None:
        return "Content-Type is no media type"
    if found[1].lower() not in ACCEPTED:
        return f"Content-Type has to be one of {', '.join(sorted(ACCEPTED))}"
    for name, value in _PARAMETERS.findall(text, found.end(1)):
        if name.lower() == "charset" and value.strip('"').lower() != "utf-8":
            return "the charset has to be UTF-8"
    return None
