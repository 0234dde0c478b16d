"""The OData half put together: settings and pieces in, one request-to-response function out.

Knows which feature brings which resource. Refuses to know HTTP connections.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeAlias

from reference_server.errors import ServerError
from reference_server.odata.batches import Batches, snapshot_wanted
from reference_server.odata.call import Call
from reference_server.odata.errors import INTERNAL, Code, Refusal, refusal_of, refused
from reference_server.odata.jobs import CancelledError, Job, Jobs
from reference_server.odata.message import READS, Request, Response
from reference_server.odata.monitors import accepted, monitor
from reference_server.odata.parts import Parts
from reference_server.odata.resources import Resources
from reference_server.odata.urls import Place
from reference_server.odata.versions import LATEST
from reference_server.settings import ODataSettings
from reference_server.store import Store

#: A request to its response; never raises.
ODataHandler: TypeAlias = Callable[[Request], Response]


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What the half needs from outside.

    Attributes:
        fresh_id: text that never came before, and that nobody can guess.
        start: starts work in the background.
        on_crash: is told when something raises what it should not.
    """

    store: Store
    fresh_id: Callable[[], str]
    start: Callable[[Callable[[], None]], None]
    on_crash: Callable[[Request, Exception], None]


def odata_service(settings: ODataSettings, around: Surroundings, parts: Parts) -> ODataHandler:
    """Put the half together."""
    return _Service(settings, around, parts).answer


class _Service:
    def __init__(self, settings: ODataSettings, around: Surroundings, parts: Parts) -> None:
        self._settings = settings
        self._around = around
        self._parts = parts
        self._resources = Resources(settings, parts)
        self._jobs: Jobs = parts.jobs(
            fresh_id=around.fresh_id, start=around.start, most=settings.max_jobs
        )
        answer = self._resources.answer
        change_sets = parts.change_sets(
            answer=answer, on_crash=self._crashed, error_response=parts.error_response
        )
        self._batches = Batches(
            settings=settings,
            parts=parts,
            store=around.store,
            runner=parts.runner(
                answer=answer,
                change_sets=change_sets,
                make_resolver=parts.resolver,
                on_crash=self._crashed,
                error_response=parts.error_response,
                dependency_refusal=parts.dependency_refusal,
            ),
            jobs=self._jobs,
            fresh_boundary=lambda: f"batch_{around.fresh_id()}",
            later=self._later,
            safely=self._safely,
        )

    def answer(self, request: Request) -> Response:
        """Answer a request; what is wrong with it, or with us, is an error response."""
        return self._safely(request, lambda: self._route(request))

    def _safely(self, request: Request, work: Callable[[], Response]) -> Response:
        try:
            return work()
        except CancelledError:
            raise
        except ServerError as error:
            refusal = refusal_of(error)
        except Exception as error:  # noqa: BLE001 - our bug, yet the peer is answered
            refusal = self._crashed(request, error)
        return self._parts.error_response(refusal, self._version(request))

    def _version(self, request: Request) -> str:
        try:
            return self._parts.version_of(request.headers, LATEST).value
        except ServerError:
            return LATEST.value

    def _crashed(self, request: Request, error: Exception) -> Refusal:
        self._around.on_crash(request, error)
        return INTERNAL

    def _route(self, request: Request) -> Response:
        call = self._resources.understand(request)
        place = call.url.path.place
        if place is Place.BATCH:
            if not self._settings.enable_batch:
                raise refused(501, Code.NOT_IMPLEMENTED, "there is no $batch here")
            return self._batches.answer(call)
        if place is Place.MONITOR:
            if not self._settings.enable_async:
                raise refused(404, Code.NOT_FOUND, "there is no such resource here")
            return monitor(call, self._jobs)
        if self._settings.enable_async and call.preferences.respond_async:
            return self._as_job(call)
        return self._now(call)

    def _now(self, call: Call) -> Response:
        writes = call.request.method not in READS
        snapshot = snapshot_wanted(call.request)
        with self._around.store.transaction(writes=writes, snapshot=snapshot) as work:
            return self._resources.answer_call(call, work)

    def _later(self, request: Request) -> Response | None:
        """Answer a request of a batch later if it prefers so; None if it does not.

        Spec: ODATA-J19.6-03
        """
        if not self._settings.enable_async or "prefer" not in request.headers:
            return None
        call = self._resources.understand(request)
        return self._as_job(call) if call.preferences.respond_async else None

    def _as_job(self, call: Call) -> Response:
        def work(job: Job) -> Response:
            return self._safely(call.request, lambda: self._work_on(call, job))

        return accepted(call, self._jobs.submit(work, wait_s=call.preferences.wait_s))

    def _work_on(self, call: Call, job: Job) -> Response:
        writes = call.request.method not in READS
        snapshot = snapshot_wanted(call.request)
        with self._around.store.transaction(writes=writes, snapshot=snapshot) as work:
            response = self._resources.answer_call(replace(call), work)
            self._jobs.end(job)
        return response
