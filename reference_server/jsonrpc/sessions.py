"""Sessions: small key-value spaces that end when nobody uses them.

Sans-IO: the instant comes in as `now_s` (monotonic seconds), fresh ids from a passed function.
Each use slides the timeout. Knows design section 6; refuses to know the wire.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock

from reference_server.json_text import Json, write
from reference_server.jsonrpc.errors import AppCode, RpcError


@dataclass(slots=True)
class _Session:
    used_at_s: float
    values: dict[str, Json] = field(default_factory=dict)
    sizes_bytes: dict[str, int] = field(default_factory=dict)


class Sessions:
    """All sessions of one server; threads may share it.

    `max_sessions` bounds how many live at once, one more is refused; `max_session_bytes` bounds
    the JSON text of one session's keys and values.
    """

    def __init__(
        self,
        *,
        fresh_id: Callable[[], str],
        timeout_s: float,
        max_sessions: int,
        max_session_bytes: int,
    ) -> None:
        self._fresh_id = fresh_id
        self._timeout_s = timeout_s
        self._max_sessions = max_sessions
        self._max_session_bytes = max_session_bytes
        # Least recently used first, which is the order in which they expire.
        self._sessions: OrderedDict[str, _Session] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._sessions)

    def create(self, now_s: float) -> str:
        """Open a session and return its id.

        Raises:
            RpcError: 1002, as many as allowed are alive.
        """
        with self._lock:
            self._drop_expired(now_s)
            if len(self._sessions) >= self._max_sessions:
                raise RpcError(
                    AppCode.SESSIONS_EXHAUSTED,
                    "Too many sessions",
                    {"max_sessions": self._max_sessions},
                )
            session_id = self._fresh_id()
            self._sessions[session_id] = _Session(used_at_s=now_s)
            return session_id

    def get(self, session_id: str, key: str, now_s: float) -> Json:
        """Return what is kept under `key`, null when nothing is.

        Raises:
            RpcError: 1001, no such session, or not any more.
        """
        with self._lock:
            return self._used(session_id, now_s).values.get(key)

    def set(self, session_id: str, key: str, value: Json, now_s: float) -> None:
        """Keep a value under `key`.

        Raises:
            RpcError: 1001, no such session; 1003, the session would grow too large.
        """
        size = len(write({key: value}))
        with self._lock:
            session = self._used(session_id, now_s)
            others = sum(session.sizes_bytes.values()) - session.sizes_bytes.get(key, 0)
            if others + size > self._max_session_bytes:
                raise RpcError(
                    AppCode.SESSION_FULL,
                    "Session full",
                    {"max_session_bytes": self._max_session_bytes},
                )
            session.values[key] = value
            session.sizes_bytes[key] = size

    def destroy(self, session_id: str, now_s: float) -> None:
        """End a session.

        Raises:
            RpcError: 1001, no such session, or not any more.
        """
        with self._lock:
            self._used(session_id, now_s)
            del self._sessions[session_id]

    def _used(self, session_id: str, now_s: float) -> _Session:
        self._drop_expired(now_s)
        session = self._sessions.get(session_id)
        if session is None:
            raise RpcError(AppCode.NO_SESSION, "No such session", {"sessionId": session_id})
        session.used_at_s = now_s
        self._sessions.move_to_end(session_id)
        return session

    def _drop_expired(self, now_s: float) -> None:
        while self._sessions:
            session_id, oldest = next(iter(self._sessions.items()))
            if now_s - oldest.used_at_s < self._timeout_s:
                return
            del self._sessions[session_id]
