"""Wrong TLS: why no connection could be made is told in a sentence, and nothing is judged."""

import ssl
from pathlib import Path

import pytest

from tests.conformance.peers import Serve, answering, response, server_context, serving
from tests.hostile.judging import (
    LONG_S,
    SHORT_S,
    SURFACES,
    judged,
    no_lonely_pass,
    side_by_side,
    sound,
)
from tests.hostile.tls import NO_TLS, broken_off, cut_off, write_certificate


def refused(serve: Serve) -> str:
    with serving(serve) as peer:
        url = peer.url.replace("http:", "https:")
        result = judged({"jsonrpc": url}, timeout_s=SHORT_S)
    assert isinstance(result, str)
    return result.removeprefix(url.removesuffix("/"))


def test_what_is_no_tls_is_told_in_a_sentence() -> None:
    told = dict(zip(NO_TLS, side_by_side(refused, NO_TLS), strict=True))

    closed = ": the target can't be reached: the connection was closed while it was being made"
    late = ": the target can't be reached: no connection within 0.2 s"
    assert {name: told[name] for name in ("silence", "half a record")} == {
        "silence": late,
        "half a record": late,
    }
    assert {told["a closed connection"], told["a reset"]} <= {closed, late}
    for name in ("plain HTTP", "an alert", "binary garbage", "a record of nonsense"):
        assert told[name].startswith((": the target can't be reached: TLS: ", late, closed)), name


def context_of(
    folder: Path, *, is_expired: bool = False, host: str = "127.0.0.1"
) -> ssl.SSLContext:
    return server_context(*write_certificate(folder, is_expired=is_expired, host=host))


def profile_of(folder: Path, text: str) -> Path:
    path = folder / "profile.yaml"
    path.write_text(f"tls: {{{text}}}\n")
    return path


@pytest.mark.parametrize(
    ("host", "is_expired", "knows_it", "why"),
    [
        pytest.param("127.0.0.1", False, False, "self-signed certificate", id="of nobody"),
        pytest.param("127.0.0.1", True, True, "certificate has expired", id="expired"),
        pytest.param("127.0.0.2", False, True, "IP address mismatch", id="of another host"),
    ],
)
def test_a_certificate_that_proves_nothing_is_refused(
    tmp_path: Path,
    *,
    host: str,
    is_expired: bool,
    knows_it: bool,
    why: str,
) -> None:
    tls = context_of(tmp_path, is_expired=is_expired, host=host)
    file = tmp_path / "certificate.pem"
    profile = profile_of(tmp_path, f"ca_file: {file}" if knows_it else "verify: true")

    with serving(answering(response()), tls=tls) as peer:
        result = judged({"jsonrpc": peer.url}, timeout_s=LONG_S, profile=profile)

    assert isinstance(result, str)
    assert f"TLS: {why}" in result
    assert result.endswith("(tls: in the profile takes ca_file or verify)")


@pytest.mark.parametrize(
    "serve", [pytest.param(broken_off, id="broken off"), pytest.param(cut_off, id="cut off")]
)
def test_a_run_ends_where_tls_ends_in_the_middle(tmp_path: Path, serve: Serve) -> None:
    profile = profile_of(tmp_path, "verify: false")
    with serving(serve, tls=context_of(tmp_path)) as peer:
        urls = dict.fromkeys(SURFACES, peer.url)
        result = judged(urls, timeout_s=LONG_S, profile=profile)

    assert not isinstance(result, str), result
    sound(result, peer, timeout_s=LONG_S)
    no_lonely_pass(result)
