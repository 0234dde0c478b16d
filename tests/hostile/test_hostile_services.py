"""OData services whose batches or metadata no one can read: a run ends, and it is seen."""

from collections.abc import Iterator

import pytest

from conformance.drivers.embedded import embedded_server
from conformance.words.verdict import RED, Verdict
from tests.conformance.peers import response, serving
from tests.hostile.judging import LONG_S, checks_of, judged, sound
from tests.hostile.services import (
    BATCHES,
    BATCHES_OF_DISCOVERY,
    DOCUMENTS,
    METADATA,
    Spoil,
    sending,
    spoiling,
)

#: Something comes at once from most of them; one hangs.
WAIT_S = 2.0
ON_BATCHES = ("odata/batch-is-answered*", "odata/every-*")
ON_METADATA = ("odata/service-document*", "odata/metadata*")


@pytest.fixture(scope="module")
def origin() -> Iterator[str]:
    """Where the real service is."""
    with embedded_server() as url:
        yield url


@pytest.mark.parametrize("spoil", BATCHES.values(), ids=BATCHES)
def test_a_batch_that_can_not_be_read_fails(origin: str, spoil: Spoil) -> None:
    serve = spoiling(origin, "$batch", spoil, rightly=BATCHES_OF_DISCOVERY)
    with serving(serve) as peer:
        session = judged({"odata": f"{peer.url}odata"}, timeout_s=WAIT_S, only=ON_BATCHES)

    assert not isinstance(session, str), session
    sound(session, peer, timeout_s=WAIT_S)
    answered = {
        one.verdict for one in checks_of(session, "odata") if "batch-is-answered" in one.scenario
    }
    assert answered & RED


@pytest.mark.parametrize("document", DOCUMENTS.values(), ids=DOCUMENTS)
def test_metadata_that_can_not_be_read_leave_the_rest_to_be_judged(
    origin: str, document: bytes
) -> None:
    answer = response(document, "OData-Version: 4.01", media_type="application/xml")
    with serving(spoiling(origin, METADATA, sending(lambda _: answer))) as peer:
        session = judged({"odata": f"{peer.url}odata"}, timeout_s=LONG_S, only=ON_METADATA)

    assert not isinstance(session, str), session
    sound(session, peer, timeout_s=LONG_S)
    passed = {one.scenario for one in session.report.checks if one.verdict is Verdict.PASS}
    assert "odata/service-document-lists-resources" in passed
    assert "odata/metadata-can-be-read" not in passed
