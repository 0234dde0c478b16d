"""An exchange over HTTP turned into the part of an observation that all drivers share."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

import anyio

from conformance.drivers.wire import Exchange
from conformance.observe.defect import Defect
from conformance.observe.exchange import Outcome, body_of, observe_exchange
from conformance.words.json_value import Json

Observed = TypeVar("Observed")
# Read as JSON at its slowest, so many bytes take some 30 ms.
_LOOKED_AT_ONCE_BYTES: Final = 16 * 1024


@dataclass(frozen=True, slots=True)
class Answer:
    """A response's body with its content codings taken off; `defects` are those of HTTP."""

    body: bytes
    defects: Sequence[Defect]


def answer_of(exchange: Exchange, *, max_body_bytes: int) -> Answer:
    """Read the body of an exchange, as far as it came."""
    body, coding_defects = body_of(exchange.reader, max_bytes=max_body_bytes)
    return Answer(body, [*exchange.reader.defects, *coding_defects])


async def look_at(exchanges: Sequence[Exchange], look: Callable[[], Observed]) -> Observed:
    """Return what `look` sees in exchanges; if they brought much, it looks in a thread.

    A body made to be slow to read takes seconds. Meanwhile other exchanges have deadlines, and a
    peer is not to be called silent because we were not listening.
    """
    if all(_is_small(one) for one in exchanges):
        return look()
    return await anyio.to_thread.run_sync(look)


def _is_small(exchange: Exchange) -> bool:
    head = exchange.reader.head
    is_packed = head is not None and bool(head.values("content-encoding"))
    return len(exchange.received) <= _LOOKED_AT_ONCE_BYTES and not is_packed


def describe_exchange(
    exchange: Exchange, answer: Answer, *, more_defects: Sequence[Defect] = ()
) -> dict[str, Json]:
    """Return an observation without what a protocol adds; `more_defects` are those of the body."""
    observation = observe_exchange(
        exchange.reader,
        body=answer.body,
        timing=exchange.timing,
        connection=exchange.connection,
        defects=[*answer.defects, *more_defects],
    )
    if exchange.continued:
        observation["continued"] = exchange.continued
    if exchange.unreachable:
        observation["outcome"] = Outcome.UNREACHABLE.value
        observation["unreachable"] = exchange.unreachable
    return observation
