"""The target's life: is it there, and can it be brought back by the profile's `restart` command."""

import subprocess
from collections.abc import Awaitable, Callable
from typing import Final, Protocol

import anyio

_POLL_FIRST_S: Final = 0.05
_POLL_MOST_S: Final = 1.0
RESTART_WAIT_S: Final = 60.0  # a Java server may need most of it
#: How long a target that was brought back may take until it serves what it served before.
READY_WAIT_S: Final = 15.0
_STOP_WAIT_S: Final = 5.0


class Lifeline(Protocol):
    """What the engine asks when a case ended without an answer."""

    async def is_alive(self) -> bool:
        """Tell whether the target answers anything at all."""

    async def bring_back(self) -> bool:
        """Wait for a target that has died, restarting it if we may; tell whether it is back."""


class TargetProcess:
    """Watches a target by a probe, and restarts it by a shell command if there is one.

    Args:
        probe: answers whether the target gives any HTTP response.
        ready: answers whether the target serves what it served when the run began; a server may
            listen before its data is there.
        restart: the profile's command; None where the target can only be waited for.
        grace_s: how long a target without command is waited for: its own supervisor may act.
    """

    def __init__(
        self,
        probe: Callable[[], Awaitable[bool]],
        *,
        ready: Callable[[], Awaitable[bool]] | None = None,
        restart: str | None = None,
        grace_s: float = 5.0,
    ) -> None:
        self._probe = probe
        self._ready = ready
        self._restart = restart
        self._grace_s = grace_s
        self._process: subprocess.Popen[bytes] | None = None

    async def is_alive(self) -> bool:
        """Tell whether the target answers anything at all."""
        return await self._probe()

    async def bring_back(self) -> bool:
        """Restart the target, or wait for its supervisor to; tell whether it answers again.

        One that answers is waited for until it is ready, but not given up when it never is.
        """
        is_back = await self._restarted()
        if is_back and self._ready is not None:
            await self._wait(READY_WAIT_S, self._ready)
        return is_back

    async def _restarted(self) -> bool:
        if self._restart is None:
            return await self._wait(self._grace_s, self._probe)
        await self.stop()
        # The command is the user's own, from a profile: a shell command by contract.
        self._process = subprocess.Popen(  # noqa: S602, ASYNC220 - not waited for
            self._restart,
            shell=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        return await self._wait(RESTART_WAIT_S, self._probe)

    async def _wait(self, seconds: float, probe: Callable[[], Awaitable[bool]]) -> bool:
        pause_s = _POLL_FIRST_S
        with anyio.move_on_after(seconds):
            while True:
                failed = self._process is not None and self._process.poll()
                if await probe():
                    return True
                if failed:
                    return False  # the command itself says that it did not bring the target back
                await anyio.sleep(pause_s)  # noqa: TID251 - between two probes of one wait
                pause_s = min(pause_s * 2, _POLL_MOST_S)
        return False

    async def stop(self) -> None:
        """Stop the process that the restart command started, if it is still there."""
        if self._process is None:
            return
        process, self._process = self._process, None
        with anyio.CancelScope(shield=True):
            await stop_process(process)


async def stop_process(process: "subprocess.Popen[bytes]") -> None:
    """Stop a process and all that it started; those that stay for 5 s are ended."""
    stop_group(process)
    try:
        await anyio.to_thread.run_sync(lambda: process.wait(_STOP_WAIT_S))
    except subprocess.TimeoutExpired:
        stop_group(process, kill=True)
        process.wait()


def stop_group(process: "subprocess.Popen[bytes]", *, kill: bool = False) -> None:
    """Ask a process and all that it started to end, or end them."""
    import os  # noqa: PLC0415 - only when something is stopped
    import signal  # noqa: PLC0415

    try:
        os.killpg(process.pid, signal.SIGKILL if kill else signal.SIGTERM)
    except (ProcessLookupError, PermissionError):
        return
