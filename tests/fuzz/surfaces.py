"""The surfaces of a target, described for schemathesis: found out first, written as files."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import anyio

from conformance.discovery.odata import FoundService
from conformance.drivers.endpoint import Endpoint, read_url
from conformance.drivers.jsonrpc import JsonRpcDriver
from conformance.drivers.odata_entities import request_target
from conformance.drivers.sse import SseDriver
from conformance.drivers.sse_aside import Aside
from conformance.drivers.sse_fill import fill_text
from conformance.errors import InputError
from conformance.openapi.jsonrpc import describe_jsonrpc
from conformance.openapi.odata import describe_odata
from conformance.openapi.sse import describe_sse
from conformance.session import RunOptions, read_profile
from conformance.surfaces.access import Access, Opened, read_access
from conformance.surfaces.openers import ANY_SURFACE, OPENERS
from conformance.words.json_value import Json, is_object
from conformance.words.pointer import resolve, split_pointer
from conformance.words.profile import as_url_list, read_header
from conformance.words.template import to_json_text

TIMEOUT_S: Final = 5.0
_SESSION: Final = "{session}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """A surface, where its server is, and the file that describes it."""

    surface: str
    origin: str
    path: Path


def describe(options: RunOptions, folder: Path) -> list[Described]:
    """Find out what a target offers and write a document a surface.

    Raises:
        InputError: a bad option, or a URL where nothing that is judged was found.
        TargetUnreachableError: no connection could be made.
    """
    profile = read_profile(options)
    described = []
    for surface, origin, document in anyio.run(_documents, profile, options):
        path = folder / f"{surface}.json"
        path.write_text(to_json_text(document, indent=2) + "\n", encoding="utf-8")
        described.append(Described(surface=surface, origin=origin, path=path))
    return described


async def _documents(
    profile: Mapping[str, Json], options: RunOptions
) -> list[tuple[str, str, Json]]:
    headers = [read_header(text) for text in options.headers]
    access = read_access(profile, headers=headers, timeout_s=options.timeout_s or TIMEOUT_S)
    documents: list[tuple[str, str, Json]] = []
    for surface, url in as_url_list(profile).items():
        endpoint = read_url(url, where=surface)
        section = profile[surface]
        assert is_object(section)
        await access.reach(endpoint)
        opened = await OPENERS[surface](endpoint, section, access)
        if not opened.speaks and url == options.url:
            opened = await _detect(endpoint, access)
        documents.append((opened.surface, endpoint.origin, await _document(opened, access)))
    return documents


async def _detect(endpoint: Endpoint, access: Access) -> Opened:
    section: dict[str, Json] = {"url": endpoint.url}
    for surface in list(OPENERS)[1:]:
        opened = await OPENERS[surface](endpoint, section, access)
        if opened.speaks:
            return opened
    raise InputError(endpoint.url, ANY_SURFACE, opened.found.first_answer)


async def _document(opened: Opened, access: Access) -> Json:
    endpoint, driver = opened.endpoint, opened.drivers[opened.surface]
    if isinstance(driver, JsonRpcDriver):
        return describe_jsonrpc(
            endpoint.target,
            origin=endpoint.origin,
            bindings=opened.section,
            openrpc=await _openrpc(driver),
            allows_writes=access.allows_writes,
        )
    if isinstance(opened.found, FoundService):
        return describe_odata(
            endpoint.target,
            origin=endpoint.origin,
            metadata=opened.found.metadata,
            bindings=opened.section,
            allows_writes=access.allows_writes,
        )
    assert isinstance(driver, SseDriver)
    targets = [one async for one in _streams(driver, opened.section)]
    return describe_sse(targets, origin=endpoint.origin)


async def _openrpc(driver: JsonRpcDriver) -> Json:
    """Ask for the OpenRPC document; None where there is none."""
    call: Json = {"jsonrpc": "2.0", "method": "rpc.discover", "id": 1}
    async with driver.open_wire() as wire:
        answered = await driver.perform(wire, {"jsonrpc": call})
    found = resolve(answered.observation, split_pointer("/jsonrpc/response/result"))
    return found if is_object(found) else None


async def _streams(driver: SseDriver, section: Mapping[str, Json]) -> AsyncIterator[str]:
    """Yield request-targets of streams; a session that is asked for is made first."""
    target = driver.endpoint.target
    if _SESSION in target:
        aside = Aside(
            driver.endpoint,
            section=section,
            limits=driver.limits,
            tls=driver.tls,
            pace=driver.pace,
            unique="schemathesis",
        )
        failure = await aside.need_session({}, [target], [])
        if failure is not None:
            raise InputError("sse.session", "a session", failure.why)
        target = fill_text(target, aside.values({}))
    yield target
    if isinstance(scheduled := section.get("scheduled"), str):
        yield request_target(scheduled, driver.endpoint)
