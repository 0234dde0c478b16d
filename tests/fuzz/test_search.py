"""Servers with one fault each are found out by schemathesis; one without is not blamed."""

from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis.checks import not_a_server_error
from schemathesis.errors import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from conformance.cli_status import Status
from conformance.drivers.embedded import embedded_server
from conformance.session import RunOptions
from tests.fuzz import hooks
from tests.fuzz.search import search
from tests.fuzz.surfaces import Described, describe

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    hooks.jsonrpc_answer,
    hooks.odata_answer,
    hooks.event_stream,
]
FEW = settings(
    max_examples=25,
    database=None,
    deadline=None,
    derandomize=False,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def described(origin: str, surface: str, folder: Path) -> Described:
    """Describe one surface of a reference server, which may be written to."""
    options = {
        "jsonrpc": RunOptions(jsonrpc=f"{origin}/rpc", allow_writes=True),
        "odata": RunOptions(odata=f"{origin}/odata", allow_writes=True),
        "sse": RunOptions(sse=f"{origin}/rpc/events?count=2&interval_ms=1"),
    }
    (one,) = describe(options[surface], folder)
    return one


def found_in(one: Described, operation: str = "") -> set[str]:
    """Send a few valid cases to each operation whose path ends so; return titles of failures."""
    schema = schemathesis.openapi.from_path(one.path)
    titles: set[str] = set()
    looked_at = 0
    for path in schema:
        if not path.endswith(operation):
            continue
        for method in schema[path]:

            @seed(1)
            @FEW
            @given(
                case=schema[path][method].as_strategy(
                    generation_mode=schemathesis.GenerationMode.POSITIVE
                )
            )
            def send(case: "schemathesis.Case[Any]") -> None:
                nonlocal looked_at
                looked_at += 1
                kwargs: dict[str, Any] = {}
                hooks.before_call(schemathesis.HookContext(operation=case.operation), case, kwargs)
                response = case.call(base_url=one.origin, timeout=2, **kwargs)
                try:
                    case.validate_response(response, checks=CHECKS)
                except FailureGroup as group:
                    titles.update(failure.title for failure in group.exceptions)

            send()
    assert looked_at
    return titles


@pytest.mark.parametrize(
    ("surface", "operation", "faults"),
    [
        pytest.param(
            "jsonrpc",
            "",
            {
                "batches-get-a-page": "Server error",
                "errors-without-code": "Response violates schema",
                "results-without-version": "Broken requirement JSONRPC-5-04",
            },
            id="JSON-RPC",
        ),
        pytest.param(
            "odata",
            "$batch",
            {
                "errors-in-batches-are-texts": "Broken requirement ODATA-9.4-01",
                "multipart-ends-lines-with-lf": "Broken requirement ODATA-11.7.7.1-01",
                "json-bodies-are-texts": "Broken requirement ODATA-J19.5-09",
            },
            id="OData",
        ),
        pytest.param(
            "sse",
            "",
            {"streams-are-plain-text": "Broken requirement SSE-9.2.5-01"},
            id="event streams",
        ),
    ],
)
def test_each_fault_of_a_server_is_found(
    surface: str, operation: str, faults: dict[str, str], tmp_path: Path
) -> None:
    with embedded_server([f"--fault={fault}" for fault in faults]) as origin:
        found = found_in(described(origin, surface, tmp_path), operation)

    assert set(faults.values()) <= found


@pytest.mark.parametrize(
    ("surface", "operation"),
    [
        pytest.param("jsonrpc", "", id="JSON-RPC"),
        pytest.param("odata", "$batch", id="OData batches"),
        pytest.param("odata", "/products", id="an entity set"),
        pytest.param("sse", "", id="event streams"),
    ],
)
def test_nothing_is_found_on_a_server_without_faults(
    reference: str, surface: str, operation: str, tmp_path: Path
) -> None:
    assert found_in(described(reference, surface, tmp_path), operation) == set()


def test_the_command_ends_with_1_when_something_is_found(tmp_path: Path) -> None:
    with embedded_server(["--fault=errors-without-code"]) as origin:
        one = described(origin, "jsonrpc", tmp_path)

        status = search(one, max_examples=5, seed=1, options=["--phases=fuzzing"])

    assert status == Status.FAIL
