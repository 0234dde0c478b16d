"""`$metadata` as CSDL JSON 4.01: bytes in, `Metadata` out; it never raises."""

from conformance.discovery.csdl import Metadata, Problem
from conformance.discovery.csdl_document import read_document
from conformance.discovery.csdl_elements import MAX_BYTES
from conformance.observe.json_text import observe_json
from conformance.words.json_value import ABSENT


def read_csdl_json(data: bytes) -> Metadata:
    """Read a document.

    Args:
        data: the whole response body, decoded from any content coding.

    Returns:
        All that could be read, and the problems: those of the JSON text first.
    """
    if len(data) > MAX_BYTES:
        detail = f"expected at most {MAX_BYTES} bytes, saw {len(data)}"
        return Metadata(problems=(Problem(code="too-large", where="", detail=detail),))
    text = observe_json(data)
    problems = [
        Problem(code="not-json", where=f"byte {one.at}", detail=one.detail) for one in text.defects
    ]
    if text.value is ABSENT:
        return Metadata(problems=tuple(problems))
    return read_document(text.value, problems)
