"""Named, deliberate violations that the server can be started with (`serve --fault NAME`)."""

from reference_server.errors import InputError, nearest
from reference_server.faults import (
    batches,
    http,
    ids,
    messages,
    notifications,
    objectql,
    odata_batches,
    odata_change_sets,
    odata_conditions,
    odata_fields,
    odata_json,
    odata_later,
    odata_multipart,
    odata_references,
    odata_service,
    odata_variants,
    odata_writes,
    params,
    responses,
    sse_bytes,
    sse_clients,
    sse_http,
    sse_progress,
    sse_resumption,
    sse_times,
    texts,
    variants,
    wires,
)
from reference_server.faults.fault import FAULTS, Fault, Wire

#: The modules that put faults on the list, by being imported.
TOPICS = (
    ids, responses, notifications, params, messages, texts, batches, http, wires, objectql,
    variants, odata_batches, odata_conditions, odata_fields, odata_json,
    odata_later, odata_multipart, odata_service, odata_variants,
    odata_change_sets, odata_references, odata_writes,
    sse_bytes, sse_http, sse_resumption, sse_clients, sse_progress, sse_times,
)  # fmt: skip


def fault(name: str) -> Fault:
    """Find a fault.

    Raises:
        InputError: there is none.
    """
    if name not in FAULTS:
        hint = nearest(name, FAULTS) or "`faults` lists them"
        raise InputError("--fault", "the name of a fault", name, hint)
    return FAULTS[name]


__all__ = ["FAULTS", "TOPICS", "Fault", "Wire", "fault"]
