"""Work done in processes forked off this one, so that each begins with all that is loaded here.

Knows processes, pipes and deadlines. Refuses to know what the work is.
"""

import os
import pickle
import resource
import signal
import time
import traceback
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection, Pipe, wait
from typing import Final, NoReturn

# Beyond what the parent holds: a mutant that collects for ever is stopped before the machine is.
_MEMORY_BYTES: Final = 3_000_000_000
#: How an end begins that the work itself brought about, by raising.
CRASHES: Final = "crashes"


@dataclass(frozen=True, slots=True)
class Task:
    """Something to do: `work` gets the number of its slot, and what it tells is pickled.

    `deadline_s` is when it counts as hanging.
    """

    name: str
    work: Callable[[int], object]
    deadline_s: float


@dataclass(frozen=True, slots=True)
class Done:
    """What came of a task: what the work returned, or how it ended without that."""

    task: Task
    told: object = None
    end: str = ""
    took_s: float = 0.0


@dataclass(frozen=True, slots=True)
class _Crash:
    """What the work raised."""

    text: str


@dataclass(frozen=True, slots=True)
class _Child:
    task: Task
    slot: int
    process: int
    pipe: Connection
    began_s: float

    @property
    def ends_s(self) -> float:
        return self.began_s + self.task.deadline_s


class Teller:
    """Tells the parent early what the work came to, and ends the process."""

    pipe: Connection | None = None

    @classmethod
    def tell(cls, told: object) -> NoReturn:
        """Send it; nothing of this process is cleaned up, since nobody needs it any more."""
        if cls.pipe is not None:
            cls.pipe.send_bytes(pickle.dumps(told))
            cls.pipe.close()
        os._exit(0)


def run_forked(tasks: Iterable[Task], *, jobs: int) -> Iterator[Done]:
    """Do all tasks, at most `jobs` at a time; yield what came of each as it ends."""
    queue = iter(tasks)
    slots = [*range(jobs)]
    running: list[_Child] = []
    try:
        while True:
            while slots and (task := next(queue, None)) is not None:
                running.append(_fork(task, slots.pop()))
            if not running:
                return
            for child, done in _ended(running):
                running.remove(child)
                slots.append(child.slot)
                yield done
    finally:
        for child in running:
            _end(child)


def _ended(running: list[_Child]) -> list[tuple[_Child, Done]]:
    """Wait until a child tells something, dies or is late."""
    first_s = min(child.ends_s for child in running)
    ready = wait([child.pipe for child in running], max(0.0, first_s - time.monotonic()))
    now_s = time.monotonic()
    ended: list[tuple[_Child, Done]] = []
    for child in running:
        if child.pipe in ready:
            ended.append((child, _heard(child)))
        elif now_s >= child.ends_s:
            ended.append((child, Done(child.task, end="hangs", took_s=now_s - child.began_s)))
            _end(child)
    return ended


def _heard(child: _Child) -> Done:
    took_s = time.monotonic() - child.began_s
    try:
        told = pickle.loads(child.pipe.recv_bytes())
    except (EOFError, ConnectionResetError):
        return Done(child.task, end="dies", took_s=took_s)
    finally:
        _end(child)
    if isinstance(told, _Crash):
        return Done(child.task, end=f"{CRASHES}: {told.text}", took_s=took_s)
    return Done(child.task, told=told, took_s=took_s)


def _end(child: _Child) -> None:
    child.pipe.close()
    os.kill(child.process, signal.SIGKILL)
    os.waitpid(child.process, 0)


def _fork(task: Task, slot: int) -> _Child:
    mine, its = Pipe(duplex=False)
    process = os.fork()
    if process == 0:
        mine.close()
        _work(task, slot, its)
    its.close()
    return _Child(task, slot, process, mine, time.monotonic())


def _work(task: Task, slot: int, pipe: Connection) -> NoReturn:
    Teller.pipe = pipe
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    try:
        told = task.work(slot)
    except BaseException as error:  # noqa: BLE001 - whatever a mutant does, this process ends here
        Teller.tell(_Crash("".join(traceback.format_exception_only(error)).strip()))
    Teller.tell(told)
