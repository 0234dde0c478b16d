"""The fields of a batch: which format it has, which is wanted, and what is refused."""

import pytest

from tests.reference_server.odata.batching import MULTIPART, get, multipart, post
from tests.reference_server.odata.service import Service, code_of

SAW = "products('saw')"


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        pytest.param(None, "multipart/mixed", id="none"),
        pytest.param("*/*", "multipart/mixed", id="any"),
        pytest.param("multipart/mixed", "multipart/mixed", id="multipart"),
        pytest.param("multipart/*;q=0.5, application/json", "application/json", id="quality"),
        pytest.param("text/html, application/json;odata.metadata=full", "application/json", id="2"),
    ],
)
def test_accept_chooses_the_format_of_the_response(
    service: Service, accept: str | None, content_type: str
) -> None:
    fields = {} if accept is None else {"accept": accept}

    found = service.multipart([get(SAW)], **fields).header("content-type")

    assert found is not None
    assert found.startswith(content_type)


def test_another_format_of_the_response_can_t_be_had(service: Service, form: str) -> None:
    send = service.multipart if form == "multipart" else service.json

    response = send([post("categories", {"_id": "new", "name": "new"})], accept="text/html")

    assert (response.status, code_of(response)) == (406, "NOT_ACCEPTABLE")
    assert "new" not in service.keys("categories")


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        pytest.param({}, 415, id="no content type"),
        pytest.param({"content_type": "text/plain"}, 415, id="text"),
        pytest.param({"content_type": "multipart/form-data; boundary=b"}, 415, id="form"),
        pytest.param({"content_type": "multipart/mixed"}, 400, id="no boundary"),
        pytest.param({"content_type": "multipart/mixed; boundary="}, 400, id="empty boundary"),
        pytest.param({"content_type": "multipart/mixed; boundary=c"}, 400, id="other boundary"),
        pytest.param({"content_type": "multipart/mixed; boundary=b; boundary=b"}, 400, id="twice"),
        pytest.param({"content_type": "multipart/mixed; boundary=b{"}, 400, id="no bchars"),
        pytest.param({"content_type": 'multipart/mixed; boundary="b '}, 400, id="open quote"),
        pytest.param({"content_type": f"multipart/mixed; boundary={'b' * 71}"}, 400, id="71"),
        pytest.param({"content_type": "application/json; charset=latin-1"}, 415, id="charset"),
        pytest.param({"content_type": "x"}, 400, id="no media type"),
        pytest.param({"content_type": MULTIPART, "odata_version": "9.9"}, 400, id="version"),
        pytest.param({"content_type": MULTIPART, "odata_version": "4.00"}, 400, id="4.00"),
        pytest.param({"content_type": MULTIPART, "odata_maxversion": "3.0"}, 400, id="maximum"),
        pytest.param({"content_type": MULTIPART, "odata_maxversion": "x"}, 400, id="no number"),
        pytest.param({"content_type": MULTIPART, "if_match": "*"}, 400, id="if-match"),
        pytest.param({"content_type": MULTIPART, "if_none_match": "*"}, 400, id="if-none-match"),
        pytest.param({"content_type": MULTIPART, "prefer": "return=minimal"}, 400, id="return"),
        pytest.param({"content_type": MULTIPART, "isolation": "serial"}, 412, id="isolation"),
        pytest.param({"content_type": MULTIPART, "accept": "/"}, 400, id="accept"),
    ],
)
def test_wrong_fields_of_a_batch_are_refused_before_anything_is_done(
    service: Service, fields: dict[str, str], status: int
) -> None:
    body = multipart([post("categories", {"_id": "new", "name": "new"})])

    response = service.ask("POST", "$batch", body, **fields)

    assert response.status == status
    assert isinstance(code_of(response), str)
    assert response.header("content-language") == "en"
    assert "new" not in service.keys("categories")
