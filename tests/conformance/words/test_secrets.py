"""Credentials masked wherever they stand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.words.secrets import Secrets


@pytest.mark.parametrize(
    ("value", "data", "masked"),
    [
        pytest.param("Bearer abcd", b"x abcd y", b"x *** y", id="behind a scheme"),
        pytest.param("bearer  abcd", b"abcd", b"***", id="a scheme in lower case"),
        pytest.param("Bearer abcd", b"Bearer abcd", b"Bearer ***", id="the scheme stays"),
        pytest.param("Basic dXNlcjpwdw==", b'"dXNlcjpwdw=="', b'"***"', id="basic"),
        pytest.param("abcd", b"abcdabcd", b"******", id="twice"),
        pytest.param(" abcd ", b"abcd", b"***", id="white space around"),
        pytest.param("abc", b"abc", b"abc", id="too short to be masked"),
        pytest.param("", b"abc", b"abc", id="empty"),
        pytest.param("Bearer", b"Bearer x", b"*** x", id="a scheme alone is a value"),
        pytest.param("pässwörd", "pässwörd".encode(), b"***", id="as UTF-8"),
        pytest.param("pässwörd", "pässwörd".encode("latin-1"), b"***", id="as Latin-1"),
    ],
)
def test_a_value_is_masked_wherever_it_stands(value: str, data: bytes, masked: bytes) -> None:
    assert Secrets([value]).mask(data) == masked


def test_the_longer_of_two_values_is_masked_first() -> None:
    assert Secrets(["abcd", "abcdef"]).mask(b"abcdef abcd") == b"*** ***"


@pytest.mark.parametrize(
    ("head", "masked"),
    [
        pytest.param(b"Authorization: x y", b"Authorization: ***", id="Authorization"),
        pytest.param(b"PROXY-AUTHORIZATION:x", b"PROXY-AUTHORIZATION:***", id="another case"),
        pytest.param(b"Cookie: a=b; c=d", b"Cookie: ***", id="Cookie"),
        pytest.param(b"Set-Cookie:\ta=b", b"Set-Cookie:\t***", id="Set-Cookie"),
        pytest.param(b"X-API-Key: x", b"X-API-Key: ***", id="X-API-Key"),
        pytest.param(b"X-Auth-Token: x", b"X-Auth-Token: ***", id="X-Auth-Token"),
        pytest.param(b"X-Cookie: x", b"X-Cookie: x", id="another field"),
        pytest.param(b"X: Cookie: x", b"X: Cookie: x", id="inside a value"),
        pytest.param(b"Cookie: ", b"Cookie: ", id="nothing to mask"),
    ],
)
def test_fields_that_hold_credentials_are_masked_unasked(head: bytes, masked: bytes) -> None:
    data = b"POST / HTTP/1.1\r\n" + head + b"\r\nA: b\r\n\r\nbody"

    assert Secrets().mask(data) == b"POST / HTTP/1.1\r\n" + masked + b"\r\nA: b\r\n\r\nbody"


def test_text_is_masked_as_bytes_are() -> None:
    secrets = Secrets(["Bearer pässwörd"])

    assert secrets.mask_text("é pässwörd\nCookie: a") == "é ***\nCookie: ***"


def test_text_with_a_lone_surrogate_is_masked_all_the_same() -> None:
    assert Secrets(["abcd"]).mask_text("\ud800abcd") == "\ufffd\ufffd\ufffd***"


@given(
    value=st.text(
        st.characters(min_codepoint=0x21, max_codepoint=0x7E, exclude_characters="*"), min_size=4
    ),
    before=st.binary(),
    after=st.binary(),
)
def test_no_masked_bytes_hold_the_value(value: str, before: bytes, after: bytes) -> None:
    masked = Secrets([value]).mask(before + value.encode() + after)

    assert value.encode() not in masked
