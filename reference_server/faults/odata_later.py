"""Faults with batches that are answered later, and their status monitors."""

from dataclasses import replace
from typing import Final

from reference_server.faults.odata_forms import (
    MULTIPART,
    in_part,
    is_batch,
    on_core,
    on_responses,
    path_of,
    refusal,
    with_fields,
)
from reference_server.odata import preferences as own
from reference_server.odata.batch import Operation
from reference_server.odata.errors import Code, refused
from reference_server.odata.message import Request, Response
from reference_server.odata.preferences import Preferences
from reference_server.odata.service import ODataHandler
from reference_server.odata.urls import MONITORS

_ACCEPTED: Final = 202
_PLAIN: Final = "multipart/mixed, application/json"


def _is_monitor(request: Request) -> bool:
    return path_of(request).startswith(f"{MONITORS}/")


@in_part("preferences", "respond-async-is-ignored", breaks=["11.7.7.6-01", "J19.6-01"])
def respond_async_is_ignored(text: str | None) -> Preferences:
    """Everything is answered at once, as a service is free to do."""
    return replace(own.preferences(text), respond_async=False)


@on_core("accepted-batches-have-no-monitor", breaks=["11.7.7.6-02"])
def accepted_batches_have_no_monitor(request: Request, answer: ODataHandler) -> Response:
    """The 202 to a batch has no Location."""
    response = answer(request)
    is_accepted = is_batch(request) and response.status == _ACCEPTED
    return with_fields(response, location=None) if is_accepted else response


@on_core("respond-async-is-not-said-to-be-applied", breaks=["11.7.7.6-02"])
def respond_async_is_not_said_to_be_applied(request: Request, answer: ODataHandler) -> Response:
    """The 202 to a batch has no Preference-Applied."""
    response = answer(request)
    is_accepted = is_batch(request) and response.status == _ACCEPTED
    return with_fields(response, preference_applied=None) if is_accepted else response


@on_core("monitors-lose-the-result", breaks=["11.7.7.6-03"])
def monitors_lose_the_result(request: Request, answer: ODataHandler) -> Response:
    """A status monitor answers 404 when its batch is done."""
    if _is_monitor(request) and request.method == "GET":
        return refusal(404, "there is no such resource here")
    return answer(request)


@on_core("results-have-no-async-result", breaks=["11.7.7.6-04", "C401-MIN-01"])
def results_have_no_async_result(request: Request, answer: ODataHandler) -> Response:
    """The response that brings a result has no AsyncResult."""
    return with_fields(answer(request), asyncresult=None)


@on_core("results-are-never-messages", breaks=["11.7.7.6-05", "C40-MIN-05"])
def results_are_never_messages(request: Request, answer: ODataHandler) -> Response:
    """A result comes as it is, although a whole HTTP message is asked for."""
    if not _is_monitor(request):
        return answer(request)
    headers = {**request.headers, "accept": _PLAIN, "odata-maxversion": "4.01"}
    return answer(replace(request, headers=headers))


@on_responses(
    "parts-are-answered-later", breaks=["11.7.7.6-06", "11.7.7.6-08"], formats=[MULTIPART]
)
def parts_are_answered_later(operation: Operation, response: Response) -> Response:
    """A request in a multipart batch that prefers so is answered 202, in change sets too."""
    if "respond-async" not in operation.request.headers.get("prefer", ""):
        return response
    return Response(status=_ACCEPTED, headers=[("Location", f"{MONITORS}/1")])


@on_core("deleting-a-monitor-crashes", breaks=["11.7.7.6-09"])
def deleting_a_monitor_crashes(request: Request, answer: ODataHandler) -> Response:
    """DELETE on a status monitor gets 500."""
    if _is_monitor(request) and request.method == "DELETE":
        return refusal(500, "the job could not be found")
    return answer(request)


@on_core("cancelled-batches-stay", breaks=["11.7.7.6-09"])
def cancelled_batches_stay(request: Request, answer: ODataHandler) -> Response:
    """DELETE on a status monitor is answered 204, and nothing becomes of it."""
    if _is_monitor(request) and request.method == "DELETE":
        return Response(status=204, headers=[("OData-Version", "4.01")])
    return answer(request)


@in_part("preferences", "respond-async-is-refused", breaks=["8.2.8-01"])
def respond_async_is_refused(text: str | None) -> Preferences:
    """A request that prefers to be answered later gets 501."""
    if own.preferences(text).respond_async:
        raise refused(501, Code.NOT_IMPLEMENTED, "nothing is answered later", "Prefer")
    return own.preferences(text)
