"""The JSON-RPC core: the bytes of a message in, the bytes of the answer out, or None for silence.

Knows what is answered, with which error, and in which order of precedence: JSON, Request, method,
params. Refuses to know HTTP, methods, clocks and logs; what it needs of them is passed in.

Entries of a batch run one after another, in order, and so are the Responses (the specification
allows any order); call chaining relies on it.
"""

from collections.abc import Callable
from typing import TypeAlias

from reference_server.errors import JsonTextError
from reference_server.json_text import Json
from reference_server.jsonrpc.chaining import Resolver
from reference_server.jsonrpc.errors import MESSAGES, Code, RpcError
from reference_server.jsonrpc.message import ABSENT, Absent, Call, InvalidRequest, Params
from reference_server.jsonrpc.parts import Parts
from reference_server.settings import JsonRpcSettings

RpcHandler: TypeAlias = Callable[[bytes], bytes | None]

#: What carries a call out, once its method is known.
Run: TypeAlias = Callable[[Params | Absent], Json]


class Core:
    """One endpoint; has no state of its own, so threads may share it.

    Args:
        lookup: finds what runs a method; raises `MethodNotFoundError`. Running raises `RpcError`
            for an error that the caller shall see; anything else becomes Internal error.
        on_crash: is told of anything else.
    """

    def __init__(
        self,
        *,
        lookup: Callable[[str], Run],
        on_crash: Callable[[Call, Exception], None],
        settings: JsonRpcSettings,
        parts: Parts,
    ) -> None:
        self._lookup = lookup
        self._on_crash = on_crash
        self._settings = settings
        self._parts = parts

    def answer(self, body: bytes) -> bytes | None:
        """Answer one message.

        Spec: JSONRPC-5-02, JSONRPC-5-16, JSONRPC-5.1-07, JSONRPC-5.1-17, JSONRPC-6-10
        """
        try:
            value = self._parts.read_json(body, max_depth=self._settings.max_depth)
        except JsonTextError as error:
            data: dict[str, Json] = {"reason": error.reason}
            if error.at is not None:
                data["at"] = error.at
            return self._refused(Code.PARSE_ERROR, data)
        if isinstance(value, list):
            return self._batch(value)
        return self._entry(self._parts.classify(value), None)

    def _batch(self, values: list[Json]) -> bytes | None:
        """Answer a batch.

        Spec: JSONRPC-6-02 to JSONRPC-6-30
        """
        if not values:
            return self._refused(Code.INVALID_REQUEST, {"reason": "an empty batch"})
        most = self._settings.max_batch
        if len(values) > most:
            data: Json = {"reason": f"a batch of more than {most} entries", "max_batch": most}
            return self._refused(Code.INVALID_REQUEST, data)
        entries = [self._parts.classify(value) for value in values]
        resolver = self._resolver(entries) if self._settings.enable_chaining else None
        answers = [self._entry(entry, resolver) for entry in entries]
        return self._parts.join([answer for answer in answers if answer is not None])

    def _resolver(self, entries: list[Call | InvalidRequest]) -> Resolver:
        return self._parts.resolver(
            (entry.id for entry in entries),
            max_bytes=self._settings.max_body_bytes,
            max_depth=self._settings.max_depth,
        )

    def _entry(self, entry: Call | InvalidRequest, resolver: Resolver | None) -> bytes | None:
        if isinstance(entry, InvalidRequest):
            data: Json = {"pointer": entry.pointer, "expected": entry.expected, "seen": entry.seen}
            code = Code.INVALID_REQUEST
            failure = RpcError(code, MESSAGES[code], data)
        else:
            try:
                return self._carried_out(entry, resolver)
            except RpcError as error:
                failure = error
            except Exception as error:  # noqa: BLE001 - whatever a method does, the peer is answered
                self._on_crash(entry, error)
                failure = RpcError(Code.INTERNAL_ERROR, MESSAGES[Code.INTERNAL_ERROR])
        if resolver is not None:
            resolver.failed(entry.id)
        if entry.id is ABSENT:
            return None
        parts = self._parts
        return parts.write_json(
            parts.error_reply(entry.id, failure.code, failure.message, failure.data)
        )

    def _carried_out(self, call: Call, resolver: Resolver | None) -> bytes | None:
        run = self._lookup(call.method)
        params = call.params
        if resolver is not None and params is not ABSENT:
            params = resolver.resolve(params)
        result = run(params)
        answer = None
        if call.id is not ABSENT:
            answer = self._parts.write_json(self._parts.result_reply(call.id, result))
        if resolver is not None:
            resolver.succeeded(call.id, result)
        return answer

    def _refused(self, code: Code, data: Json) -> bytes:
        return self._parts.write_json(self._parts.error_reply(None, code, MESSAGES[code], data))
