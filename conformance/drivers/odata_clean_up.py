"""Entities that a case made, deleted at its end.

Knows what a service may answer to a DELETE. Refuses to delete what is not known to be ours: many
services ignore a `$filter`, and then each row would be found.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Final, TypeAlias

from conformance.drivers.odata_entities import Made, Workshop, entities_in, holds
from conformance.words.json_value import Json

#: Sends a request; returns its status, 0 for none, and its body, null for none.
Ask: TypeAlias = Callable[[Mapping[str, Json]], Awaitable[tuple[int, Json]]]

#: What a service answers where nothing is.
MISSING: Final = frozenset({404, 410})
_SUCCESS: Final = range(200, 300)
_UNMATCHED: Final = 412
_WANTS_A_CONDITION: Final = frozenset({412, 428})


async def delete_made(made: Iterable[tuple[Made, Workshop]], *, ask: Ask) -> None:
    """Delete entities, each with what made it up, in this order; mark those that are gone."""
    for one, shop in made:
        urls = [one.url] if one.url else await _urls_of(one, shop, ask)
        gone = [await _is_deleted(url, ask) for url in urls]
        one.is_gone = all(gone) and bool(urls or one.was_made is False or one.find)


def left_over(made: Iterable[Made]) -> list[str]:
    """Return where entities are that may still be there."""
    return [one.url or one.find or one.name for one in made if not one.is_gone]


async def _is_deleted(url: str, ask: Ask) -> bool:
    """Delete one entity; tell whether it is gone.

    The condition comes second: services without ETags refuse one, and with `*` a service may
    answer 412 where nothing is.
    """
    status, _ = await ask({"method": "DELETE", "url": url})
    if status in _WANTS_A_CONDITION:
        again: dict[str, Json] = {"method": "DELETE", "url": url, "headers": {"If-Match": "*"}}
        status, _ = await ask(again)
        if status == _UNMATCHED:
            return True
    if status in _SUCCESS or status in MISSING:
        return True
    status, _ = await ask({"url": url})
    return status in MISSING


async def _urls_of(made: Made, shop: Workshop, ask: Ask) -> list[str]:
    """Look for an entity whose key was never told, and hold what is found against what was sent."""
    if not made.find:
        return []
    _, body = await ask({"url": made.find})
    changed = {*shop.change(made), *shop.change_again(made)}
    sent = {name: value for name, value in made.body.items() if name not in changed}
    ours = [one for one in entities_in(body) if sent and holds(one, sent)]
    return [url for one in ours if (url := shop.url_of(one))]
