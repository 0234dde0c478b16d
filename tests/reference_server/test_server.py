"""The listening socket."""

import socket

from reference_server.server import listen, url_of


def test_connections_queue_as_soon_as_the_socket_is_open() -> None:
    with listen("127.0.0.1", 0) as listener, socket.create_connection(listener.getsockname()):
        assert listener.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0
        assert url_of(listener) == f"http://127.0.0.1:{listener.getsockname()[1]}"


def test_an_ipv6_address_stands_in_brackets() -> None:
    with listen("::1", 0) as listener:
        assert url_of(listener) == f"http://[::1]:{listener.getsockname()[1]}"
