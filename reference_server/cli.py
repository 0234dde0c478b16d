"""The command line: `serve` and `faults`.

Parses and calls; what takes time to import is imported when it is needed. Statuses: 0 well, 2
wrong usage.
"""

import json
import os
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from enum import StrEnum
from typing import Annotated, Final, cast

import typer

from reference_server.errors import InputError
from reference_server.settings import (
    FEATURES,
    JsonRpcSettings,
    ODataSettings,
    ProgressSettings,
    Settings,
    everything_on,
)

_DEFAULTS: Final = JsonRpcSettings()
_ODATA: Final = ODataSettings()
_PROGRESS: Final = ProgressSettings()
_STDIN: Final = 0

app = typer.Typer(
    add_completion=False,
    pretty_exceptions_enable=False,
    help="A server that keeps JSON-RPC 2.0, OData $batch and Server-Sent Events.",
)


class Format(StrEnum):
    """How a list is printed."""

    TEXT = "text"
    JSON = "json"


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65_535, help="Port; 0: the kernel chooses.")
    ] = 8000,
    database: Annotated[
        str, typer.Option(help="sqlite:// (memory), sqlite:///FILE or postgresql+psycopg://…")
    ] = "sqlite://",
    without: Annotated[
        list[str] | None, typer.Option(help=f"Switch a feature off: {', '.join(FEATURES)}.")
    ] = None,
    session_timeout_ms: Annotated[
        int, typer.Option(help="Unused sessions end after so many milliseconds.")
    ] = _DEFAULTS.session_timeout_ms,
    max_body_bytes: Annotated[
        int, typer.Option(help="Largest request body, in bytes.")
    ] = _DEFAULTS.max_body_bytes,
    max_batch: Annotated[int, typer.Option(help="Most entries of a batch.")] = _DEFAULTS.max_batch,
    max_depth: Annotated[
        int, typer.Option(help="Deepest nesting of a request.")
    ] = _DEFAULTS.max_depth,
    cors_origin: Annotated[
        str | None, typer.Option(help="Pages of this origin may call; * for any.")
    ] = None,
    namespace: Annotated[
        str, typer.Option(help="Namespace of the schema in OData's $metadata.")
    ] = _ODATA.namespace,
    heartbeat_ms: Annotated[
        int, typer.Option(help="A stream gets a comment every so many milliseconds.")
    ] = _PROGRESS.heartbeat_ms,
    max_streams_per_session: Annotated[
        int, typer.Option(help="Most streams of one session.")
    ] = _PROGRESS.max_streams_per_session,
    redis: Annotated[
        str | None, typer.Option(help="redis://…: share the streams with other processes.")
    ] = None,
    fault: Annotated[
        list[str] | None, typer.Option(help="Commit a violation; see `faults`.")
    ] = None,
    exit_with_parent: Annotated[
        bool, typer.Option("--exit-with-parent", help="End when standard input does.")
    ] = False,
) -> None:
    """Serve until a signal; the first line on standard output tells the URL."""
    jsonrpc = JsonRpcSettings(
        session_timeout_ms=session_timeout_ms,
        max_body_bytes=max_body_bytes,
        max_batch=max_batch,
        max_depth=max_depth,
        cors_origin=cors_origin,
    )
    settings = everything_on(
        Settings(
            jsonrpc=jsonrpc,
            odata=ODataSettings(cors_origin=cors_origin, namespace=namespace),
            progress=ProgressSettings(
                heartbeat_ms=heartbeat_ms, max_streams_per_session=max_streams_per_session
            ),
            redis_url=redis,
            database_url=database,
        ),
        without=without or (),
    )
    _serve(settings, host, port, fault or (), exit_with_parent=exit_with_parent)


@app.command()
def faults(
    output: Annotated[Format, typer.Option("--format", help="How to print them.")] = Format.TEXT,
) -> None:
    """List the violations that `serve --fault` takes."""
    from reference_server.faults import FAULTS

    if output is Format.JSON:
        rows = [
            {
                "name": each.name,
                "summary": each.summary,
                "breaks": list(each.breaks),
                "museum": list(each.museum),
            }
            for each in FAULTS.values()
        ]
        print(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    for each in FAULTS.values():
        museum = f" [{', '.join(each.museum)}]" if each.museum else ""
        breaks = ", ".join(each.breaks) or "nothing: a legal choice"
        print(f"{each.name}: {each.summary} (breaks {breaks}){museum}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit status; every error is one line on stderr."""
    try:
        app(args=arguments, prog_name="reference_server", standalone_mode=False)
    except InputError as error:
        print(f"reference_server: {error}", file=sys.stderr)
        return 2
    except _USAGE_ERRORS as error:
        # format_message() is what Typer itself prints; it adds a frame of several lines.
        print(f"reference_server: {error.format_message()}", file=sys.stderr)
        return 2
    return 0


# Typer 0.2x carries Click's classes inside, earlier ones import Click's own: this is whichever, the
# class of all errors that tell how to use the command.
_USAGE_ERRORS: Final = cast("type[typer.BadParameter]", typer.BadParameter.__mro__[2])


def _serve(
    settings: Settings, host: str, port: int, names: Sequence[str], *, exit_with_parent: bool
) -> None:
    from reference_server.app import create_app
    from reference_server.faults import fault
    from reference_server.server import listen, server_for, url_of

    chosen = [fault(name) for name in names]
    with listen(host, port) as listener:
        application = create_app(settings, faults=chosen)
        with closing(application.store):
            server = server_for(application, faults=chosen)
            print(f"listening on {url_of(listener)}", flush=True)
            if exit_with_parent:
                threading.Thread(target=_stop_at_eof, args=(server.stop,), daemon=True).start()
            with suppress(KeyboardInterrupt):
                server.run(sockets=[listener])


def _stop_at_eof(stop: Callable[[], None]) -> None:
    # Not sys.stdin: at exit Python would wait for the lock that a blocked read of it holds.
    with suppress(OSError):
        while os.read(_STDIN, 4096):
            pass
    stop()
