"""The error object of JSON-RPC, its codes, and the exceptions that become one.

    RpcError (a ServerError)     ends a call with an error object
    ├── MethodNotFoundError      -32601
    └── InvalidParamsError       -32602, with a pointer to the bad param
    ParamError (a ServerError)   a handler refuses a param that it knows by name

Codes of our own lie outside -32768 to -32000, which the specification keeps for itself.
"""

from enum import IntEnum

from reference_server.errors import ServerError
from reference_server.json_text import Json


class Code(IntEnum):
    """The codes of section 5.1.

    Spec: JSONRPC-5.1-07 to JSONRPC-5.1-11
    """

    PARSE_ERROR = -32700
    INVALID_REQUEST = -32600
    METHOD_NOT_FOUND = -32601
    INVALID_PARAMS = -32602
    INTERNAL_ERROR = -32603


class AppCode(IntEnum):
    """The codes of our methods.

    Spec: JSONRPC-5.1-13 to JSONRPC-5.1-15
    """

    REFUSED = 1000
    NO_SESSION = 1001
    SESSIONS_EXHAUSTED = 1002
    SESSION_FULL = 1003
    NO_RECORD = 1004
    DUPLICATE_KEY = 1005
    STILL_REFERENCED = 1006
    OUT_OF_RANGE = 1007


#: The texts of the table in section 5.1. Spec: JSONRPC-5.1-16
MESSAGES = {
    Code.PARSE_ERROR: "Parse error",
    Code.INVALID_REQUEST: "Invalid Request",
    Code.METHOD_NOT_FOUND: "Method not found",
    Code.INVALID_PARAMS: "Invalid params",
    Code.INTERNAL_ERROR: "Internal error",
}


class RpcError(ServerError):
    """Ends a call with an error object; `data` is None when there is none to give."""

    def __init__(self, code: int, message: str, data: Json = None) -> None:
        super().__init__(code, message, data)
        self.code, self.message, self.data = code, message, data

    def __str__(self) -> str:
        return f"{self.message} ({self.code})"


class MethodNotFoundError(RpcError):
    """No method has this name."""

    def __init__(self) -> None:
        super().__init__(Code.METHOD_NOT_FOUND, MESSAGES[Code.METHOD_NOT_FOUND])


class InvalidParamsError(RpcError):
    """A param is missing, unknown or of the wrong kind; `pointer` starts at `params`."""

    def __init__(self, pointer: str, expected: str, seen: str) -> None:
        data: Json = {"pointer": pointer, "expected": expected, "seen": seen}
        super().__init__(Code.INVALID_PARAMS, MESSAGES[Code.INVALID_PARAMS], data)
        self.pointer, self.expected, self.seen = pointer, expected, seen


class ParamError(ServerError):
    """A handler refuses the param `name`; `path` is a JSON Pointer from its value on."""

    def __init__(self, name: str, path: str, expected: str, seen: str) -> None:
        super().__init__(name, path, expected, seen)
        self.name, self.path, self.expected, self.seen = name, path, expected, seen
