"""Requests that are answered later, and their status monitors."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import pytest

from reference_server.odata.message import Response
from tests.reference_server.loopback import TIMEOUT_S
from tests.reference_server.odata.batching import Items, flat, get, post
from tests.reference_server.odata.service import EVERYTHING, ROOT, Service, code_of, service_on

SAW = "products('saw')"
CREATE = post("categories", {"_id": "new", "name": "new"})


@dataclass(slots=True)
class Background:
    """Work that is begun when the test says so."""

    waiting: list[Callable[[], None]] = field(default_factory=list)

    def carry_out(self) -> None:
        while self.waiting:
            self.waiting.pop(0)()


@pytest.fixture
def background() -> Background:
    return Background()


@pytest.fixture
def later(background: Background) -> Iterator[Service]:
    with service_on(start=background.waiting.append) as service:
        yield service


def monitor_of(response: Response) -> str:
    assert response.status == 202
    assert response.content == b""
    url = response.header("location")
    assert url is not None
    assert url.startswith(f"{ROOT}/monitors/")
    return url


def test_a_batch_is_answered_later(later: Service, background: Background, form: str) -> None:
    send = later.multipart if form == "multipart" else later.json

    accepted = send([get(SAW), CREATE], prefer="respond-async")

    monitor = monitor_of(accepted)
    assert accepted.header("preference-applied") == "respond-async"
    assert accepted.header("retry-after") == "1"
    waiting = later.ask("GET", monitor)
    assert (waiting.status, waiting.header("location")) == (202, monitor)
    assert "new" not in later.keys("categories")
    background.carry_out()
    result = later.ask("GET", monitor)
    assert (result.status, result.header("asyncresult")) == (200, "200")
    assert [each.status for each in flat(result)] == [200, 201]
    assert all("asyncresult" not in each.headers for each in flat(result))
    assert "new" in later.keys("categories")
    assert later.ask("GET", monitor).content == result.content


@pytest.mark.parametrize(
    ("fields", "wrapped"),
    [
        pytest.param({}, False, id="4.01"),
        pytest.param({"odata_maxversion": "4.0"}, True, id="4.0"),
        pytest.param({"odata_maxversion": "4.0", "accept": "*/*"}, False, id="4.0, any"),
        pytest.param({"accept": "application/http"}, True, id="http"),
        pytest.param({"accept": "text/html, application/http;q=0.1"}, True, id="also http"),
        pytest.param({"accept": "application/http;q=0, */*"}, False, id="no http"),
    ],
)
def test_the_result_is_wrapped_for_those_who_want_it(
    service: Service, fields: dict[str, str], *, wrapped: bool
) -> None:
    monitor = monitor_of(service.multipart([get(SAW)], prefer="respond-async"))

    result = service.ask("GET", monitor, **fields)

    kind = result.header("content-type") or ""
    assert result.header("asyncresult") == "200"
    assert kind.startswith("application/http" if wrapped else "multipart/mixed")
    assert result.content.startswith(b"HTTP/1.1 200 OK\r\n" if wrapped else b"--batch_")


def test_a_wrong_batch_is_refused_at_once(service: Service) -> None:
    response = service.ask(
        "POST", "$batch", b"x", content_type="multipart/mixed;boundary=b", prefer="respond-async"
    )

    assert response.status == 400


def test_what_is_cancelled_leaves_nothing(later: Service, background: Background) -> None:
    monitor = monitor_of(later.json([CREATE], prefer="respond-async"))

    cancelled = later.ask("DELETE", monitor)

    assert cancelled.status == 204
    background.carry_out()
    assert "new" not in later.keys("categories")
    for method in ("GET", "DELETE"):
        assert later.ask(method, monitor).status == 404


def test_what_is_cancelled_half_way_leaves_nothing() -> None:
    begun, go_on, threads = threading.Event(), threading.Event(), []

    def start(work: Callable[[], None]) -> None:
        threads.append(threading.Thread(target=work))
        threads[0].start()

    with service_on(settings=replace(EVERYTHING), start=start) as service:
        fresh_id = service.store._fresh_id

        def standing() -> str:
            begun.set()
            assert go_on.wait(TIMEOUT_S)
            return fresh_id()

        service.store._fresh_id = standing
        items = [CREATE, post("categories", {"name": "no key"})]
        monitor = monitor_of(service.multipart(items, prefer="respond-async"))
        assert begun.wait(TIMEOUT_S)
        assert service.ask("GET", monitor).status == 202
        assert service.ask("DELETE", monitor).status == 204
        go_on.set()
        threads[0].join(TIMEOUT_S)
        assert service.keys("categories") == {"tools", "toys"}


def test_what_is_done_can_t_be_cancelled(service: Service) -> None:
    monitor = monitor_of(service.json([CREATE], prefer="respond-async"))

    response = service.ask("DELETE", monitor)

    assert (response.status, response.header("allow")) == (405, "GET")
    assert service.ask("POST", monitor).status == 405
    assert "new" in service.keys("categories")


def test_a_request_inside_a_json_batch_is_answered_later(
    later: Service, background: Background
) -> None:
    items: Items = [
        get(SAW, "1", prefer="respond-async"),
        get(SAW, "2"),
        [post("categories", {"_id": "g", "name": "g"}, "3", prefer="respond-async")],
    ]

    found = flat(later.json(items))

    assert [each.status for each in found] == [202, 200, 201]
    monitor = found[0].headers["location"]
    assert later.ask("GET", monitor).status == 202
    background.carry_out()
    result = later.ask("GET", monitor)
    assert (result.status, result.header("asyncresult")) == (200, "200")
    assert b'"_id":"saw"' in result.content


def test_a_request_that_others_depend_on_is_answered_at_once(service: Service) -> None:
    first = get(SAW, "1", prefer="respond-async")
    second = get("$1", "2")
    items: Items = [first, replace(second, depends_on=["1"])]

    assert [each.status for each in service.batch("json", items)] == [200, 200]


def test_in_a_multipart_response_nothing_is_answered_later(service: Service) -> None:
    items: Items = [get(SAW, "1", prefer="respond-async"), [CREATE]]

    for response in (service.multipart(items), service.json(items, accept="multipart/mixed")):
        assert 202 not in [each.status for each in flat(response)]


def test_a_single_request_is_answered_later(later: Service, background: Background) -> None:
    monitor = monitor_of(later.ask("GET", "products('x')", prefer="respond-async"))

    background.carry_out()

    result = later.ask("GET", monitor)
    assert (result.status, result.header("asyncresult")) == (200, "404")
    assert code_of(result) == "NOT_FOUND"


def test_wait_gives_a_request_some_time() -> None:
    threads = []

    def start(work: Callable[[], None]) -> None:
        threads.append(threading.Thread(target=work))
        threads[-1].start()

    with service_on(start=start) as service:
        monitor = monitor_of(service.json([CREATE], prefer="respond-async, wait=10"))

        assert service.ask("GET", monitor).status == 200
        threads[0].join(TIMEOUT_S)


def test_only_so_many_jobs_are_kept(background: Background) -> None:
    settings = replace(EVERYTHING, max_jobs=2)
    with service_on(settings=settings, start=background.waiting.append) as service:
        monitors = [monitor_of(service.json([get(SAW)], prefer="respond-async")) for _ in range(2)]
        refused = service.json([get(SAW)], prefer="respond-async")
        assert (refused.status, code_of(refused)) == (503, "BUSY")
        background.carry_out()
        service.json([get(SAW)], prefer="respond-async")
        assert [service.ask("GET", each).status for each in monitors] == [404, 200]


def test_without_the_feature_respond_async_is_ignored() -> None:
    with service_on(settings=replace(EVERYTHING, enable_async=False)) as service:
        assert service.json([get(SAW)], prefer="respond-async").status == 200
        assert service.ask("GET", "monitors/x").status == 404
        assert b"Asynchronous" not in service.ask("GET", "$metadata").content
