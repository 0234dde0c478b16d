"""Faults in what a service says of itself, and in single requests."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from reference_server.faults.odata_forms import (
    in_part,
    is_batch,
    is_json_format,
    on_core,
    on_metadata,
    on_operations,
    path_of,
    refusal,
    with_fields,
)
from reference_server.json_text import Json, read, write
from reference_server.odata.batch import Operation
from reference_server.odata.message import Fields, Request, Response
from reference_server.odata.service import ODataHandler
from reference_server.odata.versions import LATEST, Version

_MAX_DEPTH: Final = 50
_CONTAINER: Final = re.compile(rb"<EntityContainer .*</EntityContainer>", re.DOTALL)
_ANNOTATIONS: Final = re.compile(
    rb"<Annotation [^>]*/>|<Annotation [^>/]*>.*?</Annotation>|</?Annotations[^>]*>", re.DOTALL
)
_SET_TYPE: Final = re.compile(rb'(<EntitySet [^>]*EntityType="[^"]+)"')
_ETAGS: Final = re.compile(rb'"@(?:odata\.)?etag":"(?:[^"\\]|\\.)*",?')


def _in_json(text: bytes, change: Callable[[Json], Json]) -> bytes:
    return write(change(read(text, max_depth=_MAX_DEPTH)))


def _is_json(text: bytes) -> bool:
    return text.startswith(b"{")


@on_core("service-documents-are-lists", breaks=["DISC-01"])
def service_documents_are_lists(request: Request, answer: ODataHandler) -> Response:
    """The service document is a bare list of names."""
    response = answer(request)
    if path_of(request) or request.method != "GET" or response.failed:
        return response
    return replace(response, body=[b'["categories","products","orders"]'])


@on_core("responses-state-no-version", breaks=["C40-MIN-02", "11.7.1-08"])
def responses_state_no_version(request: Request, answer: ODataHandler) -> Response:
    """OData-Version is on no response but those inside of batches."""
    return with_fields(answer(request), odata_version=None)


@on_core("responses-are-of-a-later-version", breaks=["C40-MIN-02", "11.7.1-08", "8.1.5-01"])
def responses_are_of_a_later_version(request: Request, answer: ODataHandler) -> Response:
    """A response to a request that allows 4.01 says to be of 4.02."""
    response = answer(request)
    if response.header("odata-version") != Version.V401.value:
        return response
    later = with_fields(response, odata_version="4.02")
    body = later.content.replace(b"OData-Version: 4.01", b"OData-Version: 4.02")
    body = body.replace(b'"odata-version":"4.01"', b'"odata-version":"4.02"')
    return replace(later, body=[body] if body else [])


@in_part(
    "version_of",
    "max-version-is-not-read",
    breaks=["C40-MIN-02", "C401-MIN-01", "8.2.7-01", "11.7.1-08"],
)
def max_version_is_not_read(headers: Fields, inherited: Version = LATEST) -> Version:  # noqa: ARG001 - as the part
    """All responses are of version 4.01, whatever the request allows."""
    return Version.V401


@on_core("unknown-formats-are-answered-in-json", breaks=["C40-MIN-02"])
def unknown_formats_are_answered_in_json(request: Request, answer: ODataHandler) -> Response:
    """Accept is passed over where it names no format that is known."""
    response = answer(request)
    if response.status != 406 or is_batch(request):
        return response
    kept = {name: value for name, value in request.headers.items() if name != "accept"}
    return answer(replace(request, headers=kept))


@on_metadata("metadata-has-no-container", breaks=["DISC-02"])
def metadata_has_no_container(text: bytes) -> bytes:
    """$metadata declares types only."""

    def without(document: Json) -> Json:
        assert isinstance(document, dict)
        document.pop("$EntityContainer", None)
        for schema in document.values():
            if isinstance(schema, dict):
                schema.pop("Container", None)
        return document

    return _in_json(text, without) if _is_json(text) else _CONTAINER.sub(b"", text)


@on_core("metadata-is-json-only", breaks=["DISC-02", "C40-ADV-03"])
def metadata_is_json_only(request: Request, answer: ODataHandler) -> Response:
    """$metadata is CSDL JSON, whatever is asked for."""
    if path_of(request) != "$metadata":
        return answer(request)
    return answer(replace(request, headers={**request.headers, "accept": "application/json"}))


@on_metadata("types-of-sets-are-not-declared", breaks=["DISC-03"])
def types_of_sets_are_not_declared(text: bytes) -> bytes:
    """The sets in $metadata are of types that it does not have."""

    def lost(document: Json) -> Json:
        assert isinstance(document, dict)
        schema = document["Wirecheck"]
        assert isinstance(schema, dict)
        container = schema["Container"]
        assert isinstance(container, dict)
        for one in container.values():
            if isinstance(one, dict) and "$Collection" in one:
                one["$Type"] = f"{one['$Type']}Lost"
        return document

    return _in_json(text, lost) if _is_json(text) else _SET_TYPE.sub(rb'\1Lost"', text)


@on_metadata("annotations-lead-nowhere", breaks=["DISC-07"])
def annotations_lead_nowhere(text: bytes) -> bytes:
    """An annotation in $metadata is about a set that is not there."""
    stray = (
        b'<Annotations Target="Wirecheck.Container/nothing">'
        b'<Annotation Term="Core.Description" String="Nothing"/></Annotations>'
    )
    return text.replace(b"</Schema>", stray + b"</Schema>")


@on_core("entities-have-no-etags", breaks=["DISC-06"])
def entities_have_no_etags(request: Request, answer: ODataHandler) -> Response:
    """Sets are declared to have ETags, and single reads bring none."""
    response = answer(request)
    if request.method != "GET" or path_of(request).startswith(("$metadata", "monitors/")):
        return response
    return replace(with_fields(response, etag=None), body=[_ETAGS.sub(b"", response.content)])


@on_core("metadata-is-not-enough", breaks=["DISC-04", "DISC-05", "CAP-11"])
def metadata_is_not_enough(request: Request, answer: ODataHandler) -> Response:
    """A single create is refused, for reasons that the metadata does not tell."""
    if request.method != "POST" or is_batch(request):
        return answer(request)
    return refusal(400, "a rule of the business is broken")


@on_core("created-entities-are-nowhere", breaks=["C40-MIN-04"])
def created_entities_are_nowhere(request: Request, answer: ODataHandler) -> Response:
    """The response to a single create has no Location."""
    response = answer(request)
    return response if is_batch(request) else with_fields(response, location=None)


@on_core("deleted-entities-stay", breaks=["C40-MIN-04"])
def deleted_entities_stay(request: Request, answer: ODataHandler) -> Response:
    """A single DELETE is answered 204, and deletes nothing."""
    if request.method == "DELETE" and not path_of(request).startswith("monitors/"):
        return Response(status=204, headers=[("OData-Version", "4.01")])
    return answer(request)


@on_core("reads-of-one-are-refused", breaks=["CAP-11"])
def reads_of_one_are_refused(request: Request, answer: ODataHandler) -> Response:
    """A set that is declared readable can't be read one by one."""
    if request.url.partition("?")[2] == "$top=1":
        return refusal(501, "one is too little")
    return answer(request)


@on_metadata("nothing-is-declared", breaks=["C401-MIN-02"])
def nothing_is_declared(text: bytes) -> bytes:
    """$metadata has no annotations, neither versions nor capabilities."""

    def plain(value: Json) -> Json:
        if isinstance(value, dict):
            return {name: plain(one) for name, one in value.items() if "@" not in name}
        return value

    return _in_json(text, plain) if _is_json(text) else _ANNOTATIONS.sub(b"", text)


@on_metadata("old-terms-contradict-the-new", breaks=["CAP-02", "CAP-05"])
def old_terms_contradict_the_new(text: bytes) -> bytes:
    """The older tags deny what BatchSupport declares."""
    for term in (b"BatchSupported", b"BatchContinueOnErrorSupported"):
        text = text.replace(term + b'" Bool="true"', term + b'" Bool="false"')
        text = text.replace(term + b'":true', term + b'":false')
    return text


@on_core(
    "multipart-batches-are-refused",
    breaks=["11.7-01", "11.7-05", "CAP-01", "CAP-03", "C40-ADV-01", "C401-ADV-01"],
)
def multipart_batches_are_refused(request: Request, answer: ODataHandler) -> Response:
    """Batches are declared in both formats, and multipart gets 415."""
    if is_batch(request) and not is_json_format(request):
        return refusal(415, "only JSON is taken")
    return answer(request)


@on_core(
    "json-batches-are-refused",
    breaks=["11.7-01", "11.7-05", "CAP-01", "CAP-03", "C401-ADV-01"],
)
def json_batches_are_refused(request: Request, answer: ODataHandler) -> Response:
    """Batches are declared in both formats, and JSON gets 415."""
    if is_batch(request) and is_json_format(request):
        return refusal(415, "only multipart is taken")
    return answer(request)


@on_core("lacking-batches-are-404", breaks=["9.3.1-01"])
def lacking_batches_are_404(request: Request, answer: ODataHandler) -> Response:
    """A service without batches answers 404 instead of 501."""
    response = answer(request)
    if is_batch(request) and response.status == 501:
        return replace(response, status=404)
    return response


@on_operations("conditions-are-turned-around", breaks=["CAP-09"])
def conditions_are_turned_around(operation: Operation) -> Operation:
    """A request with a condition is carried out where it does not hold."""
    if operation.condition is None:
        return operation
    return replace(operation, condition=f"not ({operation.condition})")


@on_core("gzip-is-refused", breaks=["CAP-10", "8.1.x-01"])
def gzip_is_refused(request: Request, answer: ODataHandler) -> Response:
    """A body in gzip gets 415, although it is declared."""
    if "content-encoding" in request.headers:
        return refusal(415, "no coding is known")
    return answer(request)


@on_core("isolation-is-a-bad-request", breaks=["CAP-10", "8.2.6-01", "C40-MIN-03"])
def isolation_is_a_bad_request(request: Request, answer: ODataHandler) -> Response:
    """A request for snapshot isolation gets 400, although it is declared."""
    if request.header("isolation") is not None:
        return refusal(400, "isolation is not known")
    return answer(request)
