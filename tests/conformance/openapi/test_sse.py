"""The description of event streams."""

from typing import Any

from conformance.openapi.sse import describe_sse


def test_each_stream_is_an_operation_and_its_query_its_parameters() -> None:
    document: Any = describe_sse(["/a", "/b?count=4&x="], origin="http://a")

    assert list(document["paths"]) == ["/a", "/b"]
    parameters = document["paths"]["/b"]["get"]["parameters"]
    assert [(one["name"], one["in"], one["schema"].get("enum")) for one in parameters] == [
        ("Last-Event-ID", "header", None),
        ("count", "query", ["4"]),
        ("x", "query", [""]),
    ]
    assert list(document["paths"]["/a"]["get"]["responses"]["200"]["content"]) == [
        "text/event-stream"
    ]
