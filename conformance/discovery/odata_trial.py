"""Batches tried: which formats a service takes, and which preferences it says to have applied.

All that these batches hold is one read.
"""

from typing import Final

from conformance.discovery.odata_probe import OK, SUCCESS, Findings, Prober, Reply
from conformance.drivers.odata_batch import JSON, MULTIPART
from conformance.drivers.odata_entities import request_target
from conformance.words.json_value import Json

# Not there, not by POST, not in this format, not at all: what a service without says.
REFUSALS: Final = frozenset({404, 405, 406, 415, 501})
# What a service says inside of a batch to a method that it does not know.
METHOD_REFUSALS: Final = frozenset({400, 405, 501})
_ACCEPTED: Final = 202
_CONTINUE: Final = "continue-on-error"
_ASYNC: Final = "respond-async"


async def try_batches(prober: Prober, found: Findings, *, url: str) -> None:
    """Send a batch with one read in each format, and note what the service shows to offer.

    What the metadata declares is in `found` before, and stays. Where a batch gets neither an
    answer nor a plain refusal, nothing is known, and a note says so.

    Args:
        prober: asks the service.
        found: what is known; more is added.
        url: what the batches read.
    """
    takes: dict[str, bool] = {}
    for batch_format in (MULTIPART, JSON):
        if found.offers.get(f"odata.{batch_format}-batch") is False:
            continue
        # Both spellings: 4.0 knows only the long one (Protocol 8.2.8).
        prefer = f"odata.{_CONTINUE}, {_CONTINUE}"
        reply = await prober.send(_batch(batch_format, url, prefer))
        if reply.status in SUCCESS:
            takes[batch_format] = True
            _note_continue(found, reply)
            if batch_format == JSON and reply.inner_status("a") in METHOD_REFUSALS:
                await _try_capitals(prober, found, url)
        elif reply.status in REFUSALS:
            takes[batch_format] = False
        else:
            told = f"{reply.observation['summary']} ({reply.observation['outcome']})"
            found.notes.append(f"a {batch_format} batch with one read got: {told}")
    for batch_format, has in takes.items():
        found.offer(f"odata.{batch_format}-batch", has=has)
    offered = [found.offers.get(f"odata.{one}-batch") for one in (MULTIPART, JSON)]
    if True in offered:
        found.offer("odata.batch", has=True)
    if offered == [False, False]:
        found.offer("odata.batch", has=False)
    found.offer("odata.no-batch", has=found.offers.get("odata.batch") is False)
    found.offer("odata.both-batches", has=offered == [True, True])
    if True in offered:
        await _try_async(prober, found, url, MULTIPART if offered[0] else JSON)


def _batch(batch_format: str, url: str, prefer: str) -> dict[str, Json]:
    return {
        "headers": {"Prefer": prefer},
        "batch": {"format": batch_format, "requests": [{"label": "a", "url": url}]},
    }


async def _try_capitals(prober: Prober, found: Findings, url: str) -> None:
    """Write methods in capitals from now on, where these are taken and small letters are not.

    Case makes no difference there (JSON Format 19.1), which is judged on its own; all else that a
    service does in JSON batches shall still be seen.
    """
    prober.driver.writes_capitals = True
    reply = await prober.send(_batch(JSON, url, _CONTINUE))
    if reply.inner_status("a") in SUCCESS:
        found.notes.append("JSON batches are sent with methods in capitals: get is not taken")
    else:
        prober.driver.writes_capitals = False


def _note_continue(found: Findings, reply: Reply) -> None:
    if _CONTINUE in reply.header("preference-applied"):
        found.offer("odata.continue-on-error", has=True)


async def _try_async(prober: Prober, found: Findings, url: str, batch_format: str) -> None:
    reply = await prober.send(_batch(batch_format, url, _ASYNC))
    if reply.status == _ACCEPTED:
        found.offer("odata.async", has=True)
        if monitor := request_target(reply.header("location"), prober.driver.endpoint):
            # Nobody will ask for this result: the service need not keep it (Protocol 11.6).
            await prober.send({"method": "DELETE", "target": monitor})
    elif reply.status == OK:
        # A service is free to answer at once what it could answer later (Protocol 8.2.8.8).
        applied = _ASYNC in reply.header("preference-applied")
        found.offer("odata.async", has=applied)
