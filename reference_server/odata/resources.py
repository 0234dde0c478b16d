"""One request, wherever it came from: which resource it is for, and who answers it.

Knows every resource but $batch and the status monitors. Refuses to know batches.
"""

from functools import cached_property

from reference_server.odata.call import FORMAT, Call
from reference_server.odata.errors import Code, not_allowed, refused
from reference_server.odata.message import METHODS, READS, Request, Response
from reference_server.odata.metadata_json import metadata_json, service_document
from reference_server.odata.metadata_xml import metadata_xml
from reference_server.odata.negotiation import JSON, XML, choose
from reference_server.odata.operations import carry_out
from reference_server.odata.parts import Parts
from reference_server.odata.query_options import refuse_options
from reference_server.odata.reading import Reading
from reference_server.odata.urls import Place, read_url, relative_to
from reference_server.odata.versions import LATEST
from reference_server.odata.writing import Writing
from reference_server.settings import ODataSettings
from reference_server.store import Transaction


class Resources:
    """Answers single requests."""

    def __init__(self, settings: ODataSettings, parts: Parts) -> None:
        self._settings = settings
        self._parts = parts
        self._reading = Reading(
            namespace=settings.namespace,
            etags=settings.enable_etags,
            check_conditions=parts.check_conditions,
        )
        self._writing = Writing(
            reading=self._reading,
            etags=settings.enable_etags,
            if_match_required=settings.require_if_match,
            check_conditions=parts.check_conditions,
        )

    @cached_property
    def _xml(self) -> bytes:
        return metadata_xml(self._settings)

    @cached_property
    def _json(self) -> bytes:
        return metadata_json(self._settings)

    def understand(self, request: Request) -> Call:
        """Read what every request has: versions, URL, preferences.

        Raises:
            ODataError: one of them is wrong.
        """
        version = self._parts.version_of(request.headers, LATEST)
        host = request.headers.get("host") if request.inside else None
        return Call(
            request=request,
            url=read_url(relative_to(request.root, request.url, host)),
            version=version,
            preferences=self._parts.preferences(request.headers.get("prefer")),
        )

    def answer(self, request: Request, work: Transaction) -> Response:
        """Answer a request inside a unit of work.

        Raises:
            ODataError: it is refused.
            StoreError: likewise, by the store.

        Spec: ODATA-11.7-03, ODATA-11.7-04
        """
        return self.answer_call(self.understand(request), work)

    def answer_call(self, call: Call, work: Transaction) -> Response:
        """Answer a request that is understood.

        Raises:
            ODataError: it is refused.
            StoreError: likewise, by the store.
        """
        place, method = call.url.path.place, call.request.method
        if method not in METHODS and (method != "HEAD" or call.request.inside):
            raise refused(501, Code.NOT_IMPLEMENTED, f"there is no method {method[:20]!r} here")
        match place:
            case Place.ROOT | Place.METADATA:
                return self._description(call)
            case Place.OPERATION:
                return carry_out(call, work, self._reading)
            case Place.BATCH | Place.MONITOR:
                message = f"{place.value} has no place inside of a batch"
                raise refused(400, Code.BAD_REQUEST, message)
            case Place.DATA:
                pass
        if method in READS:
            return self._reading.answer(call, work)
        return self._writing.answer(call, work)

    def _description(self, call: Call) -> Response:
        """Answer with the service document or the metadata.

        Spec: ODATA-DISC-01, ODATA-DISC-02
        """
        if call.request.method not in READS:
            raise not_allowed(call.request.method, "GET")
        refuse_options(call.url.options)
        if call.url.path.place is Place.ROOT:
            form = call.form
            return call.whole(form.content_type, service_document(call.request.root, form))
        accept, form_option = call.request.headers.get("accept"), call.url.options.get(FORMAT)
        chosen = choose(accept, form_option, (XML, JSON))
        return call.whole(chosen, self._xml if chosen == XML else self._json)
