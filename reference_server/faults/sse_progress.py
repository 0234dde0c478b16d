"""Faults in what a progress stream tells: the ObjectQL extension."""

from collections.abc import Callable
from typing import cast

from reference_server.faults.forms import Object, parsed
from reference_server.faults.sse_forms import in_part
from reference_server.json_text import write
from reference_server.sse.documents import update_document
from reference_server.sse.errors import EventError


def _changed(text: str, change: Callable[[Object], None]) -> str:
    value = cast("Object", parsed(text.encode()))
    change(value)
    return write(value).decode()


@in_part("connected_document", "streams-begin-with-hello", breaks=["OBJQL-PROGRESS-01"])
def streams_begin_with_hello(session: str) -> str:
    """A stream begins with another document."""
    return write({"hello": session}).decode()


@in_part("update_document", "updates-are-calls", breaks=["OBJQL-PROGRESS-02"])
def updates_are_calls(operation: str, progress: int, total: int, message: str) -> str:
    """Updates have an id, as if they asked for an answer."""
    text = update_document(operation, progress, total, message)
    return _changed(text, lambda update: update.update(id=1))


@in_part("update_document", "progress-is-text", breaks=["OBJQL-PROGRESS-03"])
def progress_is_text(operation: str, progress: int, total: int, message: str) -> str:
    """Progress is told as text, in percent."""
    text = update_document(operation, progress, total, message)
    percent = f"{100 * progress // (total or 1)} %"
    return _changed(text, lambda update: cast("Object", update["params"]).update(progress=percent))


@in_part("update_document", "progress-is-always-whole", breaks=["OBJQL-PROGRESS-11"])
def progress_is_always_whole(operation: str, _progress: int, total: int, message: str) -> str:
    """Every update says that all is done."""
    return update_document(operation, total, total, message)


@in_part("update_document", "progress-breaks-imports", breaks=["OBJQL-PROGRESS-11"])
def progress_breaks_imports(_operation: str, _progress: int, total: int, _message: str) -> str:
    """An import that is to tell of its progress is refused for it."""
    raise EventError("message", "nothing to tell", f"{total} records")
