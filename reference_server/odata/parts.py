"""The pieces that the OData half is put together from, each replaceable by name.

A fault of the suite swaps one piece for a broken one (`Fault.odata_parts`); the server itself
never does.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from reference_server.odata import (
    errors,
    etags,
    json_batch,
    multipart_batch,
    preferences,
    units,
    versions,
)
from reference_server.odata.batch import Item, ItemAnswered
from reference_server.odata.changesets import ChangeSets, ErrorResponse
from reference_server.odata.jobs import Jobs
from reference_server.odata.message import Fields, Request
from reference_server.odata.preferences import Preferences
from reference_server.odata.references import Resolver
from reference_server.odata.runner import DependencyRefusal, Runner, dependency_refusal
from reference_server.odata.units import OpenUnit
from reference_server.odata.versions import Version
from reference_server.store import Store

# What a batch says for requests that do not say it themselves (Protocol 8.1.5, 8.2.2, 8.2.7).
_INHERITED = ("accept-charset", "accept-language", "odata-version", "odata-maxversion")


def inherited_fields(headers: Fields) -> dict[str, str]:
    """Return the fields of a batch that its requests inherit.

    Accept is not among them: on a batch it chooses between the two formats.

    Spec: ODATA-8.1.5-01, ODATA-8.2.7-01, ODATA-8.2.x-01
    """
    return {name: headers[name] for name in _INHERITED if name in headers}


class ReadMultipart(Protocol):
    """A multipart body to the requests of a batch."""

    def __call__(
        self,
        body: memoryview,
        boundary: str | None,
        *,
        root: str,
        inherited: Fields,
        max_operations: int,
    ) -> list[Item]:
        """See `multipart_batch.read_multipart_batch`."""


class WriteMultipart(Protocol):
    """Responses to a multipart body."""

    def __call__(
        self, items: Iterable[ItemAnswered], *, flat: bool, fresh_boundary: Callable[[], str]
    ) -> tuple[str, list[bytes]]:
        """See `multipart_batch.write_multipart_batch`."""


class ReadJson(Protocol):
    """A JSON body to the requests of a batch."""

    def __call__(
        self,
        body: memoryview,
        *,
        root: str,
        inherited: Fields,
        max_operations: int,
        max_depth: int,
    ) -> list[Item]:
        """See `json_batch.read_json_batch`."""


class CheckConditions(Protocol):
    """If-Match and If-None-Match."""

    def __call__(self, request: Request, etag: str | None, *, required: bool) -> bool:
        """See `etags.check_conditions`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """Every field is what the server uses when nothing is replaced."""

    version_of: Callable[[Fields, Version], Version] = versions.version_of
    preferences: Callable[[str | None], Preferences] = preferences.preferences
    check_conditions: CheckConditions = etags.check_conditions
    error_response: ErrorResponse = errors.error_response
    dependency_refusal: DependencyRefusal = dependency_refusal
    read_multipart: ReadMultipart = multipart_batch.read_multipart_batch
    write_multipart: WriteMultipart = multipart_batch.write_multipart_batch
    read_json: ReadJson = json_batch.read_json_batch
    write_json: Callable[[Iterable[ItemAnswered]], list[bytes]] = json_batch.write_json_batch
    resolver: type[Resolver] = Resolver
    change_sets: type[ChangeSets] = ChangeSets
    runner: type[Runner] = Runner
    jobs: type[Jobs] = Jobs
    separate: Callable[[Store], OpenUnit] = units.separate
    batch_headers: Callable[[Sequence[tuple[str, str]]], Sequence[tuple[str, str]]] = list
    inherited: Callable[[Fields], Mapping[str, str]] = inherited_fields
