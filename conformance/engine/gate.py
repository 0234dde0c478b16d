"""Who may run when: many at once, or one alone."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio


class Gate:
    """Lets cases in together, and one alone when all others are out."""

    def __init__(self) -> None:
        self._condition = anyio.Condition()
        self._inside = 0
        self._alone = False
        self._waiting_alone = 0

    @asynccontextmanager
    async def together(self) -> AsyncIterator[None]:
        """Be inside with others; waits while someone is alone inside or waits to be."""
        async with self._condition:
            while self._alone or self._waiting_alone:
                await self._condition.wait()
            self._inside += 1
        try:
            yield
        finally:
            with anyio.CancelScope(shield=True):
                async with self._condition:
                    self._inside -= 1
                    self._condition.notify_all()

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[None]:
        """Be inside alone; waits until all others are out."""
        async with self._condition:
            self._waiting_alone += 1
            try:
                while self._alone or self._inside:
                    await self._condition.wait()
            finally:
                self._waiting_alone -= 1
                self._condition.notify_all()  # who gives up holds nobody back
            self._alone = True
        try:
            yield
        finally:
            with anyio.CancelScope(shield=True):
                async with self._condition:
                    self._alone = False
                    self._condition.notify_all()
