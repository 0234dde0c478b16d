"""URLs taken apart; credentials in them are refused unseen."""

import re

import pytest

from conformance.drivers.endpoint import Endpoint, read_url
from conformance.errors import InputError


@pytest.mark.parametrize(
    ("url", "endpoint", "whole", "host_header"),
    [
        pytest.param(
            "http://h/rpc",
            Endpoint(scheme="http", host="h", port=80, target="/rpc"),
            "http://h/rpc",
            "h",
            id="the default port",
        ),
        pytest.param(
            "https://h:443/",
            Endpoint(scheme="https", host="h", port=443, target="/"),
            "https://h/",
            "h",
            id="the default port of https",
        ),
        pytest.param(
            "http://h:8000",
            Endpoint(scheme="http", host="h", port=8000, target="/"),
            "http://h:8000/",
            "h:8000",
            id="no path",
        ),
        pytest.param(
            "HTTP://Host:8/A?b=%20c#d",
            Endpoint(scheme="http", host="host", port=8, target="/A?b=%20c"),
            "http://host:8/A?b=%20c",
            "host:8",
            id="case, query and fragment",
        ),
        pytest.param(
            "http://h?x",
            Endpoint(scheme="http", host="h", port=80, target="/?x"),
            "http://h/?x",
            "h",
            id="a query without a path",
        ),
        pytest.param(
            "https://[::1]:8/x",
            Endpoint(scheme="https", host="::1", port=8, target="/x"),
            "https://[::1]:8/x",
            "[::1]:8",
            id="IPv6",
        ),
        pytest.param(
            "http://münchen.example/",
            Endpoint(scheme="http", host="xn--mnchen-3ya.example", port=80, target="/"),
            "http://xn--mnchen-3ya.example/",
            "xn--mnchen-3ya.example",
            id="a name of other letters than ASCII",
        ),
        pytest.param(
            "http://h/a@b",
            Endpoint(scheme="http", host="h", port=80, target="/a@b"),
            "http://h/a@b",
            "h",
            id="an at sign in the path",
        ),
    ],
)
def test_a_url_is_taken_apart(url: str, endpoint: Endpoint, whole: str, host_header: str) -> None:
    found = read_url(url, where="--jsonrpc")

    assert found == endpoint
    assert found.url == whole
    assert found.host_header == host_header
    assert found.is_tls is url.startswith("https")


URL = "an http:// or https:// URL"


@pytest.mark.parametrize(
    ("url", "message"),
    [
        pytest.param(
            "localhost:8000/rpc",
            f"{URL}, saw 'localhost:8000/rpc' (try http://localhost:8000/rpc)",
            id="no scheme",
        ),
        pytest.param("/rpc", f"{URL}, saw '/rpc'", id="a path"),
        pytest.param("", f"{URL}, saw ''", id="nothing"),
        pytest.param("ftp://h/", f"{URL}, saw 'ftp://h/'", id="another scheme"),
        pytest.param("http:///x", f"{URL}, saw 'http:///x'", id="no host"),
        pytest.param("http://[::1", "a URL, saw 'http://[::1' (Invalid IPv6 URL)", id="IPv6"),
        pytest.param(
            "http://h:99999/",
            "a URL, saw 'http://h:99999/' (Port out of range 0-65535)",
            id="a port beyond the last",
        ),
        pytest.param("http://h/a b", "a percent-encoded path, saw '/a b'", id="a space"),
        pytest.param("http://h/é", "a percent-encoded path, saw '/é'", id="another letter"),
        pytest.param(
            "http://user:pw@h/",
            "a URL without credentials, saw 'http://…@…' (give --header 'Authorization: Basic …',"
            " which is masked in reports)",
            id="credentials",
        ),
        pytest.param("ftp://u:pw@h/", f"{URL}, saw 'ftp://…@h/'", id="credentials, other scheme"),
        pytest.param(
            "u:pw@h/x",
            f"{URL}, saw '…@h/x'",
            id="credentials without a scheme",
        ),
        pytest.param(
            "http://u:pw@h:x/",
            "a URL, saw 'http://…@h:x/' (Port could not be cast to integer value as 'x')",
            id="credentials and a broken port",
        ),
    ],
)
def test_what_is_no_url_of_ours_is_told_in_one_line(url: str, message: str) -> None:
    whole = f"--jsonrpc: expected {message}"
    with pytest.raises(InputError, match=f"^{re.escape(whole)}$"):
        read_url(url, where="--jsonrpc")


def test_a_name_that_dns_can_t_hold_is_told_in_one_line() -> None:
    with pytest.raises(InputError, match=r"^URL: expected a URL, saw 'http://é{64}/' \(.+\)$"):
        read_url(f"http://{'é' * 64}/", where="URL")
