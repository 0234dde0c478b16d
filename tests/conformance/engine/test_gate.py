"""Who may be inside together, and who is alone there."""

from collections.abc import Awaitable, Callable

import anyio
import pytest
from anyio.abc import TaskStatus
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.engine.gate import Gate

LONG_S = 20.0


class Room:
    """Looks after a gate: who is inside, and whether someone met another one who was alone."""

    def __init__(self) -> None:
        self.gate = Gate()
        self.inside: list[str] = []
        self.log: list[str] = []

    async def visit(
        self,
        name: str,
        leave: anyio.Event,
        *,
        task_status: TaskStatus[None] = anyio.TASK_STATUS_IGNORED,
    ) -> None:
        entrance = self.gate.alone if name.startswith("alone") else self.gate.together
        async with entrance():
            self.inside.append(name)
            self.log.append(name)
            alone = [one for one in self.inside if one.startswith("alone")]
            assert not alone or len(self.inside) == 1
            task_status.started()
            try:
                await leave.wait()
            finally:
                self.inside.remove(name)


def run(story: Callable[[Room], Awaitable[None]]) -> Room:
    room = Room()

    async def bounded() -> None:
        with anyio.fail_after(LONG_S):
            await story(room)

    anyio.run(bounded)
    return room


async def settle() -> None:
    """Let every task run as far as it can."""
    for _ in range(20):
        await anyio.lowlevel.checkpoint()


def test_many_are_inside_together() -> None:
    async def story(room: Room) -> None:
        leave = anyio.Event()
        async with anyio.create_task_group() as tasks:
            for name in ("a", "b", "c"):
                await tasks.start(room.visit, name, leave)
            assert room.inside == ["a", "b", "c"]
            leave.set()

    assert run(story).inside == []


def test_who_wants_to_be_alone_waits_and_lets_nobody_overtake() -> None:
    async def story(room: Room) -> None:
        first, second = anyio.Event(), anyio.Event()
        async with anyio.create_task_group() as tasks:
            await tasks.start(room.visit, "a", first)
            tasks.start_soon(room.visit, "alone", second)
            await settle()
            tasks.start_soon(room.visit, "b", second)
            await settle()
            assert room.inside == ["a"]
            first.set()
            await settle()
            assert room.inside == ["alone"]
            second.set()

    assert run(story).log == ["a", "alone", "b"]


def test_two_that_want_to_be_alone_are_so_one_after_the_other() -> None:
    async def story(room: Room) -> None:
        leave = anyio.Event()
        leave.set()
        async with anyio.create_task_group() as tasks:
            for name in ("alone1", "alone2", "a", "alone3"):
                tasks.start_soon(room.visit, name, leave)

    log = run(story).log
    assert sorted(log) == ["a", "alone1", "alone2", "alone3"]


@pytest.mark.parametrize(
    "name", [pytest.param("a", id="together"), pytest.param("alone", id="alone")]
)
def test_who_is_cancelled_inside_leaves_the_gate_open(name: str) -> None:
    async def story(room: Room) -> None:
        never, leave = anyio.Event(), anyio.Event()
        leave.set()
        async with anyio.create_task_group() as tasks:
            await tasks.start(room.visit, name, never)
            tasks.cancel_scope.cancel()
        await room.visit("alone after", leave)
        await room.visit("b", leave)

    assert run(story).log == [name, "alone after", "b"]


def test_who_gives_up_waiting_to_be_alone_lets_the_others_in() -> None:
    async def story(room: Room) -> None:
        first, leave = anyio.Event(), anyio.Event()
        leave.set()
        async with anyio.create_task_group() as tasks:
            await tasks.start(room.visit, "a", first)
            with anyio.move_on_after(0.02):
                await room.visit("alone", leave)
            await room.visit("b", leave)
            first.set()

    assert run(story).log == ["a", "b"]


def test_a_waiting_crowd_is_let_in_when_the_only_waiter_gave_up() -> None:
    async def story(room: Room) -> None:
        first, leave = anyio.Event(), anyio.Event()
        leave.set()
        async with anyio.create_task_group() as tasks:
            await tasks.start(room.visit, "a", first)
            async with anyio.create_task_group() as waiting:
                waiting.start_soon(room.visit, "alone", leave)
                await settle()
                tasks.start_soon(room.visit, "b", leave)
                await settle()
                waiting.cancel_scope.cancel()
            await settle()
            assert room.log == ["a", "b"]
            first.set()

    assert run(story).log == ["a", "b"]


@given(visits=st.lists(st.tuples(st.booleans(), st.integers(0, 3)), min_size=1, max_size=12))
@settings(deadline=None)
def test_nobody_ever_meets_one_who_is_alone(visits: list[tuple[bool, int]]) -> None:
    async def one(room: Room, name: str, turns: int) -> None:
        leave = anyio.Event()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(room.visit, name, leave)
            for _ in range(turns):
                await anyio.lowlevel.checkpoint()
            leave.set()

    async def story(room: Room) -> None:
        async with anyio.create_task_group() as tasks:
            for number, (alone, turns) in enumerate(visits):
                name = f"alone{number}" if alone else f"{number}"
                tasks.start_soon(one, room, name, turns)

    assert len(run(story).log) == len(visits)
