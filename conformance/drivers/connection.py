"""One TCP or TLS connection: the only place of the suite that opens sockets to a target."""

import errno
import ipaddress
import os
import socket
import ssl
from dataclasses import dataclass
from types import TracebackType
from typing import Final, Self

import anyio
from anyio.abc import ByteStream, SocketAttribute, SocketStream
from anyio.streams.tls import TLSStream

from conformance.drivers.endpoint import Endpoint
from conformance.errors import InputError, TargetUnreachableError
from conformance.observe.http import Ended

RECEIVE_BYTES: Final = 65_536


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsOptions:
    """Whether the certificate is verified, and by which file of authorities if not the system's."""

    verify: bool = True
    ca_file: str | None = None


def make_tls_context(options: TlsOptions) -> ssl.SSLContext:
    """Return a context that offers HTTP/1.1 only.

    Raises:
        InputError: the file of authorities can't be read, or holds none.
    """
    try:
        context = ssl.create_default_context(cafile=options.ca_file)
    except OSError as error:  # SSLError among them
        why = getattr(error, "reason", None) or error.strerror
        expected = "a file of certificates (tls: ca_file)"
        raise InputError(str(options.ca_file), expected, why) from error
    if not options.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    context.set_alpn_protocols(["http/1.1"])
    return context


class Connection:
    """An open connection. Use `open_connection` to make one; close it by `async with`."""

    def __init__(self, stream: ByteStream) -> None:
        self._stream = stream
        self.ended: Ended | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def send(self, data: bytes) -> bool:
        """Send all bytes; false when the peer takes no more of them."""
        try:
            await self._stream.send(data)
        except (anyio.BrokenResourceError, anyio.ClosedResourceError, OSError):
            return False
        return True

    async def receive(self) -> bytes:
        """Return the next bytes; none when the peer closed or reset, and `ended` says which."""
        try:
            return await self._stream.receive(RECEIVE_BYTES)
        except anyio.EndOfStream:
            self.ended = Ended.CLOSED
        except (anyio.BrokenResourceError, anyio.ClosedResourceError, OSError):
            self.ended = Ended.RESET
        return b""

    async def close(self) -> None:
        """Close without waiting for the peer."""
        await anyio.aclose_forcefully(self._stream)


async def open_connection(
    endpoint: Endpoint,
    *,
    tls: ssl.SSLContext | None,
    timeout_s: float,
    buffer_bytes: int | None = None,
) -> Connection:
    """Connect to a target; `buffer_bytes` bounds what it can send ahead of what is read.

    Raises:
        TargetUnreachableError: refused, unknown name, no route, TLS refused, or too slow.
    """
    try:
        with anyio.fail_after(timeout_s):
            stream: ByteStream = await _connect(endpoint.host, endpoint.port)
            if buffer_bytes is not None:
                raw = stream.extra(SocketAttribute.raw_socket)  # noqa: S610 - not Django's
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer_bytes)
            if endpoint.is_tls:
                stream = await _wrap(stream, endpoint, tls)
    except TimeoutError as error:
        why = f"no connection within {timeout_s:g} s"
        raise TargetUnreachableError(endpoint.origin, why) from error
    except ssl.SSLCertVerificationError as error:
        why = f"TLS: {error.verify_message} (tls: in the profile takes ca_file or verify)"
        raise TargetUnreachableError(endpoint.origin, why) from error
    except ssl.SSLError as error:
        why = f"TLS: {error.reason or error}"
        raise TargetUnreachableError(endpoint.origin, why) from error
    except (OSError, anyio.BrokenResourceError, anyio.EndOfStream) as error:
        raise TargetUnreachableError(endpoint.origin, _why(error)) from error
    return Connection(stream)


async def _wrap(
    stream: ByteStream, endpoint: Endpoint, context: ssl.SSLContext | None
) -> TLSStream:
    """Shake hands; a handshake that fails, or is given up, leaves no open socket behind."""
    try:
        return await TLSStream.wrap(
            stream, hostname=endpoint.host, ssl_context=context, standard_compatible=False
        )
    except BaseException:
        with anyio.CancelScope(shield=True):
            await anyio.aclose_forcefully(stream)
        raise


async def _connect(host: str, port: int) -> ByteStream:
    """Connect by name as anyio does; by address without its race of several, which costs twice."""
    try:
        is_v4 = isinstance(ipaddress.ip_address(host), ipaddress.IPv4Address)
    except ValueError:
        return await anyio.connect_tcp(host, port)
    raw = socket.socket(socket.AF_INET if is_v4 else socket.AF_INET6, socket.SOCK_STREAM)
    try:
        await _connect_raw(raw, host, port)
        # The peer has done its part: if the deadline passes now, it is we who were held up.
        with anyio.CancelScope(shield=True):
            stream = await SocketStream.from_socket(raw)
    except BaseException:
        raw.close()
        raise
    return stream


async def _connect_raw(raw: socket.socket, host: str, port: int) -> None:
    raw.settimeout(0)
    raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    status = raw.connect_ex((host, port))
    if status == errno.EINPROGRESS:
        await anyio.wait_writable(raw)
        status = raw.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    if status:
        raise OSError(status, os.strerror(status))


def _why(error: Exception) -> str:
    cause: BaseException = error
    while cause.__cause__ is not None:
        cause = cause.__cause__
    if isinstance(cause, BaseExceptionGroup):
        cause = cause.exceptions[0]
    if isinstance(cause, socket.gaierror):
        return f"the name is unknown ({cause.strerror})"
    if isinstance(cause, ConnectionRefusedError):
        return "the connection was refused"
    if isinstance(cause, ConnectionResetError | anyio.BrokenResourceError | anyio.EndOfStream):
        return "the connection was closed while it was being made"
    return str(cause) or type(cause).__name__
