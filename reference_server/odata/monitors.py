"""Status monitors: what a request that is answered later answers now, and then (Protocol 11.6).

Refuses to know what the request does.
"""

from typing import Final

from reference_server.odata.call import Call
from reference_server.odata.errors import not_allowed
from reference_server.odata.http_message import write_http_response
from reference_server.odata.jobs import Job, Jobs
from reference_server.odata.media_type import accepted as accepted_types
from reference_server.odata.message import READS, Response
from reference_server.odata.multipart_batch import HTTP
from reference_server.odata.urls import MONITORS
from reference_server.odata.versions import Version

# Most jobs are done in milliseconds; the field counts in whole seconds.
RETRY_S: Final = "1"


def accepted(call: Call, job: Job) -> Response:
    """Answer that a request was taken, and where it can be asked after.

    Spec: ODATA-11.7.7.6-02, ODATA-11.7.7.6-03
    """
    url = f"{call.request.root}/{MONITORS}/{job.job_id}"
    headers = [("Location", url), ("Retry-After", RETRY_S)]
    if call.preferences.respond_async:
        headers.append(("Preference-Applied", "respond-async"))
    return Response(status=202, headers=call.headers(*headers))


def monitor(call: Call, jobs: Jobs) -> Response:
    """Answer a request to a status monitor.

    Raises:
        ODataError: 404, there is none; 405.

    Spec: ODATA-11.7.7.6-03 to ODATA-11.7.7.6-05, ODATA-11.7.7.6-09, ODATA-C401-MIN-01
    """
    job_id = call.url.path.name
    if call.request.method == "DELETE":
        if not jobs.cancel(job_id):
            raise not_allowed("DELETE", "GET")
        return call.empty()
    if call.request.method not in READS:
        raise not_allowed(call.request.method, "GET", "DELETE")
    job = jobs.find(job_id)
    if job.response is None:
        return accepted(call, job)
    result = ("AsyncResult", str(job.response.status))
    if _wraps(call):
        headers = call.headers(("Content-Type", HTTP), result)
        return Response(status=200, headers=headers, body=write_http_response(job.response))
    headers = [*job.response.headers, result]
    return Response(status=200, headers=headers, body=job.response.body)


def _wraps(call: Call) -> bool:
    """Tell whether the result comes as a whole HTTP message."""
    accept = call.request.headers.get("accept")
    if accept is None:
        return call.version is Version.V4
    return any(each.name == HTTP and each.quality > 0 for each in accepted_types(accept))
