"""Creates in one change set: the reference server beside bare SQLAlchemy, and beside SAP CAP.

CAP is measured where `python -m examples.targets --install-only npm-sap-cds` has installed it.
"""

import http.client
import itertools
import json
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import Column, MetaData, Numeric, String, Table, create_engine, insert

from benchmarks.ratio import Ratio, median
from conformance.drivers.embedded import embedded_server
from examples.targets.__main__ import free_port, start, stop

SIZES = (1, 10, 100, 1_000)
ROUNDS = 5
GROWTH_LIMIT = 1.2
HTTP_OK = 200
_numbers = itertools.count(1)


def batch(entity_set: str, rows: list[dict[str, object]]) -> bytes:
    """Write a multipart batch with one change set."""
    parts = []
    for number, row in enumerate(rows, 1):
        body = json.dumps(row)
        parts.append(
            "--c\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n"
            f"Content-ID: {number}\r\n\r\nPOST {entity_set} HTTP/1.1\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}\r\n"
        )
    head = "--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n"
    return f"{head}{''.join(parts)}--c--\r\n--b--\r\n".encode()


def seconds_a_batch(origin: str, path: str, entity_set: str, size: int, kind: str) -> float:
    """Return the median time of a batch of so many creates over one connection."""
    connection = http.client.HTTPConnection(urlsplit(origin).netloc)
    times = []
    headers = {"Content-Type": "multipart/mixed; boundary=b"}
    for _ in range(ROUNDS):
        body = batch(entity_set, [row(kind, next(_numbers)) for _ in range(size)])
        begun = time.perf_counter()
        connection.request("POST", f"{path}/$batch", body, headers)
        answer = connection.getresponse()
        text = answer.read()
        times.append(time.perf_counter() - begun)
        assert answer.status == HTTP_OK, text[:300]
        assert text.count(b"HTTP/1.1 20") == size, text[:500]
    connection.close()
    return median(times)


def row(kind: str, number: int) -> dict[str, object]:
    if kind == "cap":
        return {"ID": 10_000 + number, "name": f"bench {number}", "price": 1}
    return {"_id": f"bench-{number}", "name": f"bench {number}", "description": "x"}


def bare_seconds(size: int) -> float:
    """Return the time of the same inserts by SQLAlchemy alone, one statement each."""
    with tempfile.TemporaryDirectory() as folder:
        engine = create_engine(f"sqlite:///{Path(folder) / 'bare.db'}")
        metadata = MetaData()
        table = Table(
            "rows", metadata, Column("_id", String, primary_key=True), Column("name", String),
            Column("description", String), Column("price", Numeric),
        )  # fmt: skip
        metadata.create_all(engine)
        times = []
        for _ in range(ROUNDS):
            begun = time.perf_counter()
            with engine.begin() as connection:
                for _ in range(size):
                    connection.execute(insert(table), row("ours", next(_numbers)))
            times.append(time.perf_counter() - begun)
        engine.dispose()
        return median(times)


@contextmanager
def cap() -> Iterator[str | None]:
    """Start SAP CAP if it is installed; yield its origin, or None."""
    home = Path(os.environ.get("LAB", str(Path(tempfile.gettempdir()) / "wirecheck-targets")))
    if not (home / "npm-sap-cds/installed.json").exists():
        yield None
        return
    port = free_port()
    process = start("npm-sap-cds", port)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        stop(process)


def measure() -> Iterator[Ratio]:
    ours = {}
    with embedded_server() as origin:
        for size in SIZES:
            ours[size] = seconds_a_batch(origin, "/odata", "categories", size, "ours")
            bare = bare_seconds(size)
            yield Ratio(
                name=f"a change set of {size}",
                measured=ours[size],
                baseline=bare,
                baseline_name="its inserts by bare SQLAlchemy",
                unit="s",
                note=f"{size / ours[size]:.0f} operations/s",
            )
    yield Ratio(
        name="an operation of 1000",
        measured=ours[1_000] / 1_000 * 1_000_000,
        baseline=ours[100] / 100 * 1_000_000,
        baseline_name="one of 100",
        unit="µs",
        limit=GROWTH_LIMIT,
    )
    with cap() as origin:
        if origin is None:
            return
        for size in SIZES:
            theirs = seconds_a_batch(origin, "/odata/v4/catalog", "Products", size, "cap")
            yield Ratio(
                name=f"a change set of {size}",
                measured=ours[size],
                baseline=theirs,
                baseline_name="SAP CAP's",
                unit="s",
                limit=1.0,
                note=f"CAP: {size / theirs:.0f} operations/s",
            )
