"""A client's test service as a process of ours: started with a free port, stopped with the run."""

import contextlib
import os
import shlex
import socket
import subprocess
import tempfile
from collections.abc import AsyncIterator
from typing import IO, Final

import anyio

from conformance.clients.service import ClientService, find_service, stop_service
from conformance.drivers.target_process import stop_process
from conformance.drivers.wire import Limits
from conformance.errors import InputError, TargetUnreachableError

PORT: Final = "{port}"
_START_WAIT_S: Final = 60.0  # a first start may have to compile
_POLL_S: Final = 0.05


def read_command(command: str, *, port: int) -> list[str]:
    """Take a command apart, the port filled in.

    Raises:
        InputError: no `{port}`, or quotes that do not match.
    """
    if PORT not in command:
        raise InputError("--command", "a command with {port} in it", command)
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise InputError("--command", "a command", command, str(error)) from error
    return [word.replace(PORT, str(port)) for word in words]


@contextlib.asynccontextmanager
async def started_service(command: str, *, limits: Limits) -> AsyncIterator[ClientService]:
    """Start a test service and wait until it answers; it is stopped with the block.

    Raises:
        InputError: no such command.
        TargetUnreachableError: it ended, or did not answer within a minute.
    """
    port = _free_port()
    words = read_command(command, port=port)
    # What it says of streams that are broken on purpose is kept for a failed start only.
    with tempfile.TemporaryFile() as log:
        process = _start(words, log)
        service: ClientService | None = None
        try:
            service = await _wait_for(f"http://127.0.0.1:{port}/", process, limits, log)
            yield service
        finally:
            with anyio.CancelScope(shield=True):
                if service is not None and process.poll() is None:
                    await stop_service(service)
                await stop_process(process)


def _start(words: list[str], log: IO[bytes]) -> "subprocess.Popen[bytes]":
    try:
        return subprocess.Popen(
            words,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=log,
            start_new_session=True,
        )
    except OSError as error:
        why = os.strerror(error.errno or 0)
        raise InputError("--command", "a program", words[0], why) from error


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


async def _wait_for(
    url: str, process: "subprocess.Popen[bytes]", limits: Limits, log: IO[bytes]
) -> ClientService:
    why = "no answer"
    with anyio.move_on_after(_START_WAIT_S):
        while process.poll() is None:
            try:
                return await find_service(url, where="--command", limits=limits)
            except TargetUnreachableError as error:
                why = error.why
                await anyio.sleep(_POLL_S)  # noqa: TID251 - between two probes of one wait
        why = f"it ended with status {process.returncode}; it said: {_last_line(log)}"
    raise TargetUnreachableError("the client's test service", why)


def _last_line(log: IO[bytes]) -> str:
    log.seek(0)
    lines = log.read().decode("utf-8", "replace").strip().splitlines()
    return lines[-1] if lines else "nothing"
