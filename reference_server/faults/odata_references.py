"""Faults with references to earlier requests, and with what is advertised of them."""

from collections.abc import Callable

from reference_server.errors import ServerError
from reference_server.faults.odata_forms import (
    in_part,
    on_metadata,
    on_responses,
    with_fields,
)
from reference_server.odata.batch import Group, GroupAnswered, Operation
from reference_server.odata.changesets import ChangeSets
from reference_server.odata.message import Fields, Parsed, Request, Response
from reference_server.odata.references import Resolver
from reference_server.odata.runner import Rules, Runner
from reference_server.odata.units import OpenUnit
from reference_server.store import Transaction


@in_part(
    "resolver",
    "references-in-urls-are-literal",
    breaks=["11.7.4-01", "11.7.4-02", "11.7.7.2-01", "J19.1-07", "11.7.7.2-02", "CAP-07"],
    museum=["OD-12"],
)
class LiteralInUrls(Resolver):
    """A reference at the beginning of a URL is taken for the name of a set."""

    def _url(self, request: Request) -> str:
        return request.url


@in_part(
    "resolver",
    "references-in-bodies-are-literal",
    breaks=["11.7.4-04", "CAP-06"],
    museum=["OD-13"],
)
class LiteralInBodies(Resolver):
    """References in bodies are left as they are."""

    def _body(self, request: Request) -> bytes | memoryview | Parsed:
        return request.body


@in_part("resolver", "references-to-etags-are-literal", breaks=["11.7.5-01", "CAP-08"])
class LiteralInConditions(Resolver):
    """References in conditions are left as they are."""

    def _headers(self, headers: Fields) -> Fields:
        return headers


@in_part("change_sets", "references-end-with-their-change-set", breaks=["11.7.7.2-02", "CAP-07"])
class EndingWithTheirSet(ChangeSets):
    """What a change set created can't be referred to in the next, which is advertised."""

    def run(self, group: Group, unit: OpenUnit, resolver: Resolver, version: str) -> GroupAnswered:
        """Carry a change set out, remembering nothing but its own requests."""
        alone = resolver if group.name is not None else Resolver()
        return super().run(group, unit, alone, version)


@in_part("change_sets", "references-to-nothing-are-passed-over", breaks=["11.7.4-06"])
class PassedOver(ChangeSets):
    """A request of a change set with a reference that leads nowhere is answered 204."""

    def _one(self, operation: Operation, work: Transaction, resolver: Resolver) -> Response:
        try:
            resolver.resolve(operation.request)
        except ServerError:
            return Response(status=204)
        return super()._one(operation, work, resolver)


@in_part("runner", "references-to-what-failed-are-passed-over", breaks=["11.7.4-06"])
class FailuresPassedOver(Runner):
    """A request with a reference to one that failed is answered 204."""

    def _single(
        self,
        operation: Operation,
        unit: OpenUnit,
        rules: Rules,
        resolver: Resolver,
        later: Callable[[Request], Response | None] | None,
    ) -> Response:
        if operation.refusal is None and not operation.depends_on:
            try:
                resolver.resolve(operation.request)
            except ServerError:
                return Response(status=204)
        return super()._single(operation, unit, rules, resolver, later)


@on_responses("responses-hold-references", breaks=["11.7.7.5-08", "J19.5-11"])
def responses_hold_references(operation: Operation, response: Response) -> Response:
    """Location repeats the URL of the request, references and all."""
    request = operation.request
    if not request.url.startswith("$") or response.failed:
        return response
    return with_fields(response, location=f"{request.root}/{request.url}")


@on_responses("locations-lead-nowhere", breaks=["11.7.7.5-09", "J19.5-11", "8.3.3-01"])
def locations_lead_nowhere(_operation: Operation, response: Response) -> Response:
    """Location is relative to a place that is not said."""
    place = response.header("location")
    if place is None or response.failed:
        return response
    return with_fields(response, location=f"data/{place.rpartition('/')[2]}")


def _unadvertised(name: str, term: str, row: str) -> None:
    def denied(text: bytes) -> bytes:
        wanted = term.encode()
        text = text.replace(wanted + b'" Bool="true"', wanted + b'" Bool="false"')
        return text.replace(wanted + b'":true', wanted + b'":false')

    denied.__doc__ = f"{term} is denied, and works."
    on_metadata(name, breaks=[row])(denied)


_unadvertised(
    "references-in-bodies-are-not-advertised", "ReferencesInRequestBodiesSupported", "11.7.4-05"
)
_unadvertised(
    "references-across-are-not-advertised", "ReferencesAcrossChangeSetsSupported", "11.7.7.2-03"
)
_unadvertised("references-to-etags-are-not-advertised", "EtagReferencesSupported", "11.7.5-02")
