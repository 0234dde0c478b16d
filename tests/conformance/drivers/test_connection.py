"""Connections made and refused, over TCP and TLS; why is one sentence."""

import re
import threading
from collections.abc import Callable
from pathlib import Path

import anyio
import pytest

from conformance.drivers.connection import (
    Connection,
    TlsOptions,
    make_tls_context,
    open_connection,
)
from conformance.drivers.endpoint import Endpoint, read_url
from conformance.errors import InputError, TargetUnreachableError
from conformance.observe.http import Ended
from tests.conformance.peers import Talk, response, server_context, serving

REQUEST = b"POST / HTTP/1.1\r\nContent-Length: 1\r\n\r\n1"


def connect(url: str, tls: TlsOptions | None = None, *, timeout_s: float = 20.0) -> bytes:
    """Connect, send one request, and return all that comes until the end."""
    endpoint = read_url(url, where="test")
    context = make_tls_context(tls or TlsOptions()) if endpoint.is_tls else None

    async def talk() -> bytes:
        received = b""
        async with await open_connection(endpoint, tls=context, timeout_s=timeout_s) as connection:
            await connection.send(REQUEST)
            while piece := await connection.receive():
                received += piece
        return received

    return anyio.run(talk)


def once(talk: Talk) -> None:
    talk.request()
    talk.send(response())


def slammed(talk: Talk) -> None:
    talk.reset()


def unreachable(origin: str, why: str) -> str:
    return f"^{re.escape(f'{origin}: the target can')}.t be reached: {why}$"


def test_what_is_sent_arrives_and_what_comes_back_too() -> None:
    with serving(once) as peer:
        assert connect(peer.url) == response()

    assert peer.requests == [REQUEST]


@pytest.mark.parametrize(
    "host",
    [pytest.param("127.0.0.1", id="an address"), pytest.param("localhost", id="a name")],
)
def test_who_does_not_listen_refuses(host: str) -> None:
    with serving(once) as peer:
        peer.die()
        url = peer.url.replace("127.0.0.1", host)

        whole = unreachable(url[:-1], "the connection was refused")
        with pytest.raises(TargetUnreachableError, match=whole):
            connect(url)


def test_an_unknown_name_is_told() -> None:
    # A label of 64 letters is known without asking any server.
    url = f"http://{'a' * 64}.example"

    with pytest.raises(
        TargetUnreachableError, match=unreachable(url, r"the name is unknown \(.+\)")
    ):
        connect(url)


def test_who_speaks_no_tls_but_answers_is_told() -> None:
    def plain(talk: Talk) -> None:
        talk.send(response())
        talk.until_closed()

    with serving(plain) as peer:
        url = peer.url.replace("http:", "https:")

        why = "TLS: WRONG_VERSION_NUMBER"
        with pytest.raises(TargetUnreachableError, match=unreachable(url[:-1], why)):
            connect(url)


@pytest.mark.parametrize(
    "end",
    [
        pytest.param(slammed, id="reset"),
        pytest.param(lambda _: None, id="closed"),
    ],
)
def test_who_ends_the_connection_within_the_handshake_is_told(
    end: Callable[[Talk], None],
) -> None:
    with serving(end) as peer:
        url = peer.url.replace("http:", "https:")

        why = "the connection was closed while it was being made"
        with pytest.raises(TargetUnreachableError, match=unreachable(url[:-1], why)):
            connect(url)


def test_a_handshake_without_answer_ends_at_the_deadline() -> None:
    with serving(Talk.until_closed) as peer:
        url = peer.url.replace("http:", "https:")

        why = r"no connection within 0\.3 s"
        with pytest.raises(TargetUnreachableError, match=unreachable(url[:-1], why)):
            connect(url, timeout_s=0.3)


def test_a_self_signed_certificate_is_refused_with_a_way_out(
    certificate: tuple[Path, Path],
) -> None:
    with serving(once, tls=server_context(*certificate)) as peer:
        why = r"TLS: self-signed certificate \(tls: in the profile takes ca_file or verify\)"
        with pytest.raises(TargetUnreachableError, match=unreachable(peer.url[:-1], why)):
            connect(peer.url)


@pytest.mark.parametrize(
    "options",
    [
        pytest.param(lambda _: TlsOptions(verify=False), id="not verified"),
        pytest.param(lambda path: TlsOptions(ca_file=str(path)), id="verified by its own file"),
    ],
)
def test_a_self_signed_certificate_is_taken_when_the_user_says_so(
    certificate: tuple[Path, Path], options: Callable[[Path], TlsOptions]
) -> None:
    with serving(once, tls=server_context(*certificate)) as peer:
        assert connect(peer.url, options(certificate[0])) == response()


def test_a_certificate_of_another_name_is_refused(certificate: tuple[Path, Path]) -> None:
    with serving(once, tls=server_context(*certificate)) as peer:
        url = peer.url.replace("127.0.0.1", "localhost")

        with pytest.raises(TargetUnreachableError, match=r": TLS: Hostname mismatch, .+ \(tls: "):
            connect(url, TlsOptions(ca_file=str(certificate[0])))


@pytest.mark.parametrize(
    ("content", "seen"),
    [
        pytest.param(None, "No such file or directory", id="missing"),
        pytest.param(b"no certificate", "NO_CERTIFICATE_OR_CRL_FOUND", id="no certificate"),
    ],
)
def test_a_file_of_authorities_that_is_none_is_told(
    tmp_path: Path, content: bytes | None, seen: str
) -> None:
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_bytes(content)

    whole = f"{path}: expected a file of certificates (tls: ca_file), saw {seen!r}"
    with pytest.raises(InputError, match=f"^{re.escape(whole)}$"):
        make_tls_context(TlsOptions(ca_file=str(path)))


def opened(url: str) -> Endpoint:
    return read_url(url, where="test")


@pytest.mark.parametrize(
    ("end", "ended"),
    [
        pytest.param(lambda _: None, Ended.CLOSED, id="closed"),
        pytest.param(Talk.reset, Ended.RESET, id="reset"),
    ],
)
def test_how_the_peer_ended_is_told_and_stays(end: Callable[[Talk], None], ended: Ended) -> None:
    def after_the_request(talk: Talk) -> None:
        talk.request()
        end(talk)

    async def talk(url: str) -> tuple[list[bytes], Connection]:
        async with await open_connection(opened(url), tls=None, timeout_s=20) as connection:
            assert await connection.send(REQUEST)
            assert connection.ended is None
            return [await connection.receive(), await connection.receive()], connection

    with serving(after_the_request) as peer:
        received, connection = anyio.run(talk, peer.url)

    assert received == [b"", b""]
    assert connection.ended is ended


def test_who_takes_no_more_bytes_is_told_by_send() -> None:
    async def talk(url: str) -> bool:
        connection = await open_connection(opened(url), tls=None, timeout_s=20)
        await connection.close()
        return await connection.send(b"more")

    with serving(Talk.until_closed) as peer:
        assert anyio.run(talk, peer.url) is False


def test_a_deadline_that_passes_while_we_are_held_up_is_not_the_peer_s() -> None:
    async def hold_up() -> None:
        threading.Event().wait(3 * deadline_s)  # the whole loop, as a costly look at a body does

    async def talk(url: str) -> bytes:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(hold_up)
            connection = await open_connection(opened(url), tls=None, timeout_s=deadline_s)
        async with connection:
            await connection.send(REQUEST)
            return await connection.receive()

    deadline_s = 0.1
    with serving(once) as peer:
        assert anyio.run(talk, peer.url) == response()
