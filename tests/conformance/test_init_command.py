"""Profiles written by `wirecheck init`: whatever was found, the file can be read and judged by."""

import re
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from conformance.errors import InputError, TargetUnreachableError
from conformance.init_command import profile_text, write_profile
from conformance.words.json_value import Json
from conformance.words.profile import load_profile
from tests.conformance.peers import (
    Serve,
    Talk,
    answering,
    closing,
    response,
    serving,
    silent,
    speaking,
)


def write(url: str, path: Path, *headers: str, force: bool = False) -> str:
    return write_profile(url, output=path, headers=headers, force=force)


def test_what_was_found_is_written_and_told_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "new" / "profile.yaml"

    with serving(speaking({"get_data": lambda _: ["hello", 5]})) as peer:
        told = write(peer.url, path)

        assert told == f"{path}: JSON-RPC at {peer.url}; found no_params"
    assert load_profile(path, environment={}) == {
        "name": peer.url,
        "jsonrpc": {"url": peer.url, "no_params": {"method": "get_data", "result": ["hello", 5]}},
    }


def test_where_nothing_was_found_the_file_says_what_may_be_added(tmp_path: Path) -> None:
    path = tmp_path / "profile.yaml"

    with serving(speaking({})) as peer:
        told = write(peer.url, path)

        assert told == f"{path}: JSON-RPC at {peer.url}; found no bindings"
    text = path.read_text(encoding="utf-8")
    assert "  # echo: {method: NAME}   # returns its one value\n" in text
    assert "# allow_writes: true" in text
    assert '# restart: "' in text


def test_what_may_be_added_can_be_taken_as_it_stands(tmp_path: Path) -> None:
    path = tmp_path / "profile.yaml"
    text = profile_text("http://127.0.0.1/", {})
    text = re.sub(r"^(  )# ([a-z_]+: \{)", r"\1\2", text, flags=re.MULTILINE)
    text = re.sub(r"^# ([a-z_]+:)", r"\1", text, flags=re.MULTILINE)
    text = text.replace("[...]", "[1]")

    path.write_text(text, encoding="utf-8")

    profile = load_profile(path, environment={})
    assert profile["allow_writes"] is True
    assert isinstance(profile["jsonrpc"], dict)
    assert len(profile["jsonrpc"]) == 11


def test_the_header_fields_are_sent_and_not_written(tmp_path: Path) -> None:
    path = tmp_path / "profile.yaml"

    with serving(speaking({})) as peer:
        told = write(peer.url, path, "Authorization: Bearer s3cret-token")

    assert all(b"\r\nAuthorization: Bearer s3cret-token\r\n" in one for one in peer.requests)
    assert "s3cret" not in told + path.read_text(encoding="utf-8")


def test_a_file_is_replaced_only_when_the_user_says_so(tmp_path: Path) -> None:
    path = tmp_path / "profile.yaml"
    path.write_text("mine", encoding="utf-8")

    with serving(speaking({})) as peer:
        whole = f"{path}: expected no file yet, saw 'one' (--force replaces it)"
        with pytest.raises(InputError, match=f"^{re.escape(whole)}$"):
            write(peer.url, path)
        assert peer.requests == []
        assert path.read_text(encoding="utf-8") == "mine"

        write(peer.url, path, force=True)

    assert path.read_text(encoding="utf-8").startswith("# A profile for wirecheck")


def test_another_thing_than_json_rpc_is_told_and_nothing_is_written(tmp_path: Path) -> None:
    path = tmp_path / "profile.yaml"

    with serving(answering(response(b"<p>", media_type="text/html"))) as peer:
        whole = (
            f"{peer.url}: expected a JSON-RPC endpoint,"
            " saw \"status 200, text/html, 3 bytes: '<p>'\""
        )
        with pytest.raises(InputError, match=f"^{re.escape(whole)}$"):
            write(peer.url, path)

    assert not path.exists()


def test_what_a_target_echoes_of_a_credential_is_not_told(tmp_path: Path) -> None:
    def echoing(talk: Talk) -> None:
        while request := talk.request():
            talk.send(response(request[-400:], media_type="text/html"))

    def telling(talk: Talk) -> None:
        while talk.request():
            talk.send(response(b"no, s3cret-token", media_type="text/html"))

    for serve in (echoing, telling):
        with serving(serve) as peer, pytest.raises(InputError) as caught:
            write(peer.url, tmp_path / "profile.yaml", "X-Key: s3cret-token")

        assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    ("serve", "why"),
    [
        pytest.param(closing, "no HTTP response (closed)", id="it closes"),
        pytest.param(None, "the connection was refused", id="it is not there"),
    ],
)
def test_who_gives_no_answer_can_t_be_reached(
    tmp_path: Path, serve: Serve | None, why: str
) -> None:
    with serving(serve or silent) as peer:
        if serve is None:
            peer.die()

        with pytest.raises(TargetUnreachableError, match=f": {re.escape(why)}$"):
            write(peer.url, tmp_path / "profile.yaml")


@pytest.mark.parametrize(
    ("url", "header", "message"),
    [
        pytest.param("localhost:1", "A: b", "URL: expected an http:// or https:// URL", id="URL"),
        pytest.param("http://127.0.0.1:1/", "A", "--header: expected 'Name: value'", id="header"),
    ],
)
def test_a_wrong_option_is_told(tmp_path: Path, url: str, header: str, message: str) -> None:
    with pytest.raises(InputError, match=f"^{re.escape(message)}"):
        write(url, tmp_path / "profile.yaml", header)


def test_a_place_that_can_t_be_written_to_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")

    with serving(speaking({})) as peer, pytest.raises(InputError, match="a place to write to"):
        write(peer.url, tmp_path / "file" / "profile.yaml")


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("\ud800", id="a lone surrogate"),
        pytest.param([{"a\udfff": 1}], id="in a name"),
        pytest.param(Decimal("1E+400"), id="a number beyond all floats"),
        pytest.param({"a": [Decimal("0.1000000000000000055")]}, id="a number between two floats"),
    ],
)
def test_what_yaml_can_t_hold_is_left_out_and_said(tmp_path: Path, value: Json) -> None:
    path = tmp_path / "profile.yaml"
    bindings: dict[str, Json] = {"methods": ["a"], "no_params": {"method": "m", "result": value}}

    text = profile_text("http://127.0.0.1/", bindings)

    assert "  # no_params: found, but it holds text or numbers that YAML can't\n" in text
    path.write_text(text, encoding="utf-8")
    assert load_profile(path, environment={})["jsonrpc"] == {
        "url": "http://127.0.0.1/",
        "methods": ["a"],
    }


TEXTS = st.one_of(
    st.text(max_size=5),
    st.sampled_from(
        [
            "${env/HOME}",
            "${x}",
            "$${",
            "no",
            "2026-01-01",
            "\x7f",
            "\x85",
            "\u2028",
            "\ufeff",
            "# x",
        ]
    ),
)
VALUES: st.SearchStrategy[Json] = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(allow_nan=False, allow_infinity=False),
        TEXTS,
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXTS, inner, max_size=3)),
    max_leaves=5,
)


@given(
    methods=st.lists(TEXTS, max_size=3),
    values=st.lists(VALUES, min_size=1, max_size=3),
    result=VALUES,
)
@example(methods=["${HOME}"], values=["${env/HOME}"], result={"${x}": 1})
@example(methods=["\x7f\x80\u2028\ufeff\U0001f600"], values=["\x85"], result=None)
@example(methods=[], values=[1e300, 1e-7, -0.0], result=10**400)
def test_whatever_was_found_comes_back_from_the_file(
    tmp_path_factory: pytest.TempPathFactory, methods: list[Json], values: list[Json], result: Json
) -> None:
    bindings: dict[str, Json] = {
        "methods": methods,
        "positional": {"method": "m", "params": values, "result": result},
    }
    path = tmp_path_factory.mktemp("init") / "profile.yaml"

    path.write_text(profile_text("http://127.0.0.1/", bindings), encoding="utf-8")

    profile = load_profile(path, environment={})
    section = profile["jsonrpc"]
    assert isinstance(section, dict)
    assert section == {"url": "http://127.0.0.1/", **bindings}
