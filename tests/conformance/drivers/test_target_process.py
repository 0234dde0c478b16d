"""Targets that die and are brought back: by a command, by themselves, or not at all."""

import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import anyio
import pytest

from conformance.drivers import target_process
from conformance.drivers.endpoint import read_url
from conformance.drivers.jsonrpc import JsonRpcDriver
from conformance.drivers.target_process import TargetProcess
from conformance.drivers.wire import Limits
from tests.conformance import mortal

LONG_S = 60.0


def answers(told: str) -> Callable[[], Awaitable[bool]]:
    """Return a probe that says `dead` or `alive` in turn, and the last word for ever."""
    left = told.split()

    async def probe() -> bool:
        await anyio.lowlevel.checkpoint()
        return (left.pop(0) if len(left) > 1 else left[0]) == "alive"

    return probe


def port_driver(port: int) -> JsonRpcDriver:
    endpoint = read_url(f"http://127.0.0.1:{port}/", where="test")
    return JsonRpcDriver(endpoint, limits=Limits(timeout_s=20.0))


async def ask(driver: JsonRpcDriver, body: str) -> None:
    async with driver.open_wire() as wire:
        await driver.perform(wire, {"raw": body})


@pytest.mark.parametrize("told", [pytest.param("alive", id="yes"), pytest.param("dead", id="no")])
def test_whether_it_is_alive_is_what_the_probe_says(told: str) -> None:
    assert anyio.run(TargetProcess(answers(told)).is_alive) is (told == "alive")


def test_without_a_command_a_supervisor_is_waited_for() -> None:
    process = TargetProcess(answers("dead dead alive"), grace_s=LONG_S)

    assert anyio.run(process.bring_back) is True


def test_without_a_command_the_wait_ends_with_the_grace() -> None:
    process = TargetProcess(answers("dead"), grace_s=0.2)

    assert anyio.run(process.bring_back) is False


def test_a_probe_that_hangs_ends_with_the_grace_too() -> None:
    process = TargetProcess(anyio.sleep_forever, grace_s=0.2)  # type: ignore[arg-type]  # no bool

    assert anyio.run(process.bring_back) is False


def test_a_command_brings_a_dead_target_back_as_often_as_it_dies() -> None:
    async def story(port: int) -> list[bool]:
        driver = port_driver(port)
        process = TargetProcess(driver.is_alive, restart=mortal.command(port))
        told = [await process.is_alive()]
        try:
            for _ in range(2):
                await ask(driver, "!exit")
                told += [await process.is_alive(), await process.bring_back()]
        finally:
            await process.stop()
        return [*told, await process.is_alive()]

    with mortal.started() as port:
        told = anyio.run(story, port)

    assert told == [True, False, True, False, True, False]


def test_what_hangs_is_ended_before_the_command_runs_again() -> None:
    async def story(port: int) -> list[bool]:
        driver = JsonRpcDriver(
            read_url(f"http://127.0.0.1:{port}/", where="test"), limits=Limits(timeout_s=1.0)
        )
        await ask(driver, "!exit")
        process = TargetProcess(driver.is_alive, restart=mortal.command(port))
        told = [await process.bring_back()]
        try:
            await ask(driver, "!hang")
            told += [await process.is_alive(), await process.bring_back()]
        finally:
            await process.stop()
        return told

    with mortal.started() as port:
        assert anyio.run(story, port) == [True, False, True]


def test_a_command_that_fails_is_not_waited_for() -> None:
    process = TargetProcess(answers("dead"), restart="exit 3")

    async def bring_back() -> bool:
        with anyio.fail_after(20):
            return await process.bring_back()

    assert anyio.run(bring_back) is False


def test_a_command_that_ends_well_leaves_the_target_to_start() -> None:
    process = TargetProcess(answers("dead dead dead alive"), restart="true")

    assert anyio.run(process.bring_back) is True


def test_a_target_that_is_back_is_waited_for_until_it_is_ready() -> None:
    asked: list[bool] = []
    later = answers("dead dead alive")

    async def ready() -> bool:
        asked.append(await later())
        return asked[-1]

    process = TargetProcess(answers("dead alive"), ready=ready, restart="true")

    assert anyio.run(process.bring_back) is True
    assert asked == [False, False, True]


def test_a_target_that_is_never_ready_is_not_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(target_process, "READY_WAIT_S", 0.2)
    process = TargetProcess(answers("alive"), ready=answers("dead"), restart="true")

    assert anyio.run(process.bring_back) is True


def test_nothing_is_stopped_where_nothing_was_started() -> None:
    anyio.run(TargetProcess(answers("alive"), restart="exit 3").stop)


def test_all_that_the_command_started_is_stopped(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    loop = f"echo $$ >> {pids}; while :; do sleep 60; done"
    script = f'sh -c "{loop.replace("$", chr(92) + "$")}" & {loop}'

    async def story() -> list[int]:
        async def probe() -> bool:
            await anyio.lowlevel.checkpoint()
            return pids.exists() and len(pids.read_text().split()) == 2

        process = TargetProcess(probe, restart=script)
        assert await process.bring_back()
        await process.stop()
        return [int(pid) for pid in pids.read_text().split()]

    for pid in anyio.run(story):
        until_gone(pid)


def test_what_does_not_heed_the_request_to_end_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(target_process, "_STOP_WAIT_S", 0.2)
    pid_file = tmp_path / "pid"
    code = (
        "import os, pathlib, signal; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        f"pathlib.Path({str(pid_file)!r}).write_text(str(os.getpid())); signal.pause()"
    )

    async def story() -> int:
        async def probe() -> bool:
            await anyio.lowlevel.checkpoint()
            return pid_file.exists() and pid_file.read_text() != ""

        process = TargetProcess(probe, restart=f'exec {sys.executable} -c "{code}"')
        assert await process.bring_back()
        await process.stop()
        return int(pid_file.read_text())

    until_gone(anyio.run(story))


def until_gone(pid: int) -> None:
    """Wait for the end of a process; a grave that its parent keeps does not count."""

    def is_there() -> bool:
        try:
            stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
        except OSError:
            return False
        return stat.rpartition(")")[2].split()[0] != "Z"

    async def wait() -> None:
        with anyio.fail_after(20):
            while is_there():
                await anyio.lowlevel.checkpoint()

    anyio.run(wait)
