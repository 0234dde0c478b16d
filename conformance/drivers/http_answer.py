"""An exchange over HTTP turned into the part of an observation that all drivers share."""

from collections.abc import Sequence
from dataclasses import dataclass

from conformance.drivers.wire import Exchange
from conformance.observe.defect import Defect
from conformance.observe.exchange import Outcome, body_of, observe_exchange
from conformance.words.json_value import Json


@dataclass(frozen=True, slots=True)
class Answer:
    """A response's body with its content codings taken off; `defects` are those of HTTP."""

    body: bytes
    defects: Sequence[Defect]


def answer_of(exchange: Exchange, *, max_body_bytes: int) -> Answer:
    """Read the body of an exchange, as far as it came."""
    body, coding_defects = body_of(exchange.reader, max_bytes=max_body_bytes)
    return Answer(body, [*exchange.reader.defects, *coding_defects])


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
