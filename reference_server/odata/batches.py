"""POST to $batch: both formats in, both formats out, now or later (Protocol 11.7).

Knows the fields of a batch and of its response. Refuses to know what single requests do.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from reference_server.odata.batch import Group, Item, ItemAnswered
from reference_server.odata.call import FORMAT, Call
from reference_server.odata.errors import Code, not_allowed, refused
from reference_server.odata.jobs import Job, Jobs
from reference_server.odata.media_type import MediaType, media_type
from reference_server.odata.message import READS, Parsed, Request, Response
from reference_server.odata.monitors import accepted
from reference_server.odata.multipart_batch import MIXED
from reference_server.odata.negotiation import JSON, choose
from reference_server.odata.parts import Parts
from reference_server.odata.query_options import refuse_options
from reference_server.odata.runner import Rules, Runner
from reference_server.odata.units import within
from reference_server.odata.versions import Version
from reference_server.settings import ODataSettings
from reference_server.store import Store

_OFFERS: Final[Mapping[str, Sequence[str]]] = {MIXED: (MIXED, JSON), JSON: (JSON, MIXED)}

# Conditions are those of single requests (Protocol 8.2.4, 8.2.5).
_NOT_ON_A_BATCH: Final = ("If-Match", "If-None-Match")


@dataclass(frozen=True, slots=True, kw_only=True)
class Understood:
    """A batch that was read.

    Attributes:
        request_format: media type that it came in.
        response_format: media type that it is answered in.
        snapshot: all of it sees one state.
    """

    call: Call
    items: Sequence[Item]
    request_format: str
    response_format: str
    snapshot: bool

    @property
    def writes(self) -> bool:
        """Something in it may write."""
        return any(
            isinstance(item, Group) or item.request.method not in READS for item in self.items
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Batches:
    """Answers batches.

    Attributes:
        fresh_boundary: makes text that no body holds.
        later: answers a single request later, with 202.
        safely: turns what work raises into an error response.
    """

    settings: ODataSettings
    parts: Parts
    store: Store
    runner: Runner
    jobs: Jobs
    fresh_boundary: Callable[[], str]
    later: Callable[[Request], Response | None]
    safely: Callable[[Request, Callable[[], Response]], Response]

    def answer(self, call: Call) -> Response:
        """Answer a batch.

        Raises:
            ODataError: its own fields, or its format, are wrong; nothing of it was done.

        Spec: ODATA-11.7-01, ODATA-11.7.1-06, ODATA-11.7.1-07
        """
        batch = self._understood(call)
        preferred = call.preferences
        if self.settings.enable_async and preferred.respond_async:
            job = self.jobs.submit(partial(self._as_job, batch), wait_s=preferred.wait_s)
            return accepted(call, job)
        if batch.snapshot:
            with self.store.transaction(writes=batch.writes, snapshot=True) as work:
                items = self.runner.run(batch.items, within(work), self._rules(batch))
        else:
            unit = self.parts.separate(self.store)
            items = self.runner.run(batch.items, unit, self._rules(batch))
        return self._written(batch, items)

    def _understood(self, call: Call) -> Understood:
        request = call.request
        if request.method != "POST":
            raise not_allowed(request.method, "POST")
        kind = _type_of(request)
        for name in _NOT_ON_A_BATCH:
            if name.lower() in request.headers:
                raise refused(400, Code.BAD_REQUEST, f"{name} has no place on a batch", name)
        if call.preferences.representation is not None:
            raise refused(400, Code.BAD_REQUEST, "return has no place on a batch", "Prefer")
        refuse_options(call.url.options)
        accept = request.headers.get("accept")
        response_format = choose(accept, call.url.options.get(FORMAT), tuple(_OFFERS[kind.name]))
        return Understood(
            call=call,
            items=self._items(request, kind),
            request_format=kind.name,
            response_format=response_format,
            snapshot=snapshot_wanted(request),
        )

    def _items(self, request: Request, kind: MediaType) -> Sequence[Item]:
        assert not isinstance(request.body, Parsed)
        inherited = self.parts.inherited(request.headers)
        most = self.settings.max_operations
        if kind.name == MIXED:
            return self.parts.read_multipart(
                memoryview(request.body),
                kind.parameters.get("boundary"),
                root=request.root,
                inherited=inherited,
                max_operations=most,
            )
        return self.parts.read_json(
            memoryview(request.body),
            root=request.root,
            inherited=inherited,
            max_operations=most,
            max_depth=self.settings.max_depth,
        )

    def _rules(self, batch: Understood, check: Callable[[], None] | None = None) -> Rules:
        """Say how a batch is carried out.

        Spec: ODATA-11.7.7.4-02, ODATA-11.7.7.4-03, ODATA-J19.4-03, ODATA-J19.4-04,
            ODATA-11.7.7.6-06
        """
        multipart = batch.request_format == MIXED
        # What is answered later is in a transaction of its own, so in no snapshot.
        apart = batch.response_format == JSON and not batch.snapshot and check is None
        carry_on = batch.call.preferences.continue_on_error
        return Rules(
            stop=carry_on is not True if multipart else carry_on is False,
            reads_in_groups=not multipart,
            version=batch.call.version.value,
            later=self.later if apart else None,
            check_cancelled=check or (lambda: None),
        )

    def _as_job(self, batch: Understood, job: Job) -> Response:
        return self.safely(batch.call.request, lambda: self._cancellable(batch, job))

    def _cancellable(self, batch: Understood, job: Job) -> Response:
        """Carry out a batch in one transaction, so that what is cancelled leaves nothing."""
        check = partial(self.jobs.check, job)
        with self.store.transaction(writes=batch.writes, snapshot=batch.snapshot) as work:
            items = self.runner.run(batch.items, within(work), self._rules(batch, check))
            self.jobs.end(job)
        return self._written(batch, items)

    def _written(self, batch: Understood, items: Sequence[ItemAnswered]) -> Response:
        if batch.response_format == MIXED:
            flat = batch.request_format == JSON
            content_type, body = self.parts.write_multipart(
                items, flat=flat, fresh_boundary=self.fresh_boundary
            )
        else:
            content_type, body = JSON, self.parts.write_json(items)
        headers = batch.call.headers(("Content-Type", content_type), *_applied(batch.call))
        return Response(status=200, headers=self.parts.batch_headers(headers), body=body)


def snapshot_wanted(request: Request) -> bool:
    """Tell whether a request asks for one state of all data.

    Raises:
        ODataError: 412, it asks for another kind of isolation.

    Spec: ODATA-8.2.6-01
    """
    isolation = request.header("isolation")
    if isolation is None:
        return False
    if isolation.lower() != "snapshot":
        raise refused(412, Code.PRECONDITION_FAILED, "only snapshot is possible", "Isolation")
    return True


def _type_of(request: Request) -> MediaType:
    """Return the media type of a batch.

    Spec: ODATA-11.7-05, ODATA-11.7.1-01, ODATA-11.7.1-02, ODATA-11.7.1-07
    """
    field = request.headers.get("content-type")
    if field is None:
        raise refused(415, Code.UNSUPPORTED_MEDIA_TYPE, "Content-Type is missing", "Content-Type")
    kind = media_type(field)
    if kind.name not in _OFFERS or kind.parameters.get("charset", "utf-8").lower() != "utf-8":
        expected = f"expected {MIXED} or {JSON}, saw {kind.name[:100]}"
        raise refused(415, Code.UNSUPPORTED_MEDIA_TYPE, expected, "Content-Type")
    return kind


def _applied(call: Call) -> tuple[tuple[str, str], ...]:
    """Tell that continue-on-error was followed.

    Spec: ODATA-8.3.6-01
    """
    carry_on = call.preferences.continue_on_error
    if carry_on is None:
        return ()
    name = "odata.continue-on-error" if call.version is Version.V4 else "continue-on-error"
    return (("Preference-Applied", name if carry_on else f"{name}=false"),)
