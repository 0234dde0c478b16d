"""The embedded server: started, reached and stopped; a failed start says why."""

import re
import socket

import pytest

from conformance.drivers.embedded import embedded_server
from conformance.errors import TargetUnreachableError

CALL = b'{"jsonrpc":"2.0","method":"subtract","params":[42,23],"id":1}'


def port_of(origin: str) -> int:
    found = re.fullmatch(r"http://127\.0\.0\.1:([0-9]+)", origin)
    assert found is not None, origin
    return int(found[1])


def test_it_serves_within_the_block_and_no_longer() -> None:
    with embedded_server(["--without", "chaining"]) as origin:
        port = port_of(origin)
        with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
            connection.sendall(
                b"POST /rpc HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
                b"Connection: close\r\nContent-Length: %d\r\n\r\n%b" % (len(CALL), CALL)
            )
            with connection.makefile("rb") as reader:
                answer = reader.read()

    assert answer.endswith(b'{"jsonrpc":"2.0","result":19,"id":1}')
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=20)


def test_a_start_that_failed_is_told_with_its_last_words() -> None:
    whole = (
        "the embedded reference server: the target can't be reached: it ended with status 2 before"
        " it listened; it said: reference_server: --fault: expected the name of a fault, saw"
        " 'nosuch' (`faults` lists them)"
    )

    with (
        pytest.raises(TargetUnreachableError, match=f"^{re.escape(whole)}$"),
        embedded_server(["--fault", "nosuch"]),
    ):
        pytest.fail("it started")
