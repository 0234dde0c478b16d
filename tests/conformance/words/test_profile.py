"""Profiles from files and options; a credential never stands in an error."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.errors import InputError
from conformance.words.json_value import Json
from conformance.words.profile import (
    as_url_list,
    headers_of,
    load_profile,
    merge_bindings,
    read_header,
    secret_values,
)

SECRET = "s3cr3t-t0k3n"


def write(folder: Path, text: str) -> Path:
    path = folder / "profile.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def with_headers(folder: Path, headers: str) -> Path:
    return write(folder, f"jsonrpc:\n  url: http://a/\n  headers:\n    {headers}\n")


def test_variables_are_replaced_from_the_environment(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "name: the ${env/NAME}\njsonrpc:\n  url: ${env/URL}\n"
        "  headers: {Authorization: 'Bearer ${env/TOKEN}'}\n",
    )

    profile = load_profile(
        path, environment={"NAME": "one", "URL": "http://a/", "TOKEN": SECRET, "OTHER": "x"}
    )

    assert profile == {
        "name": "the one",
        "jsonrpc": {"url": "http://a/", "headers": {"Authorization": f"Bearer {SECRET}"}},
    }


def test_the_environment_is_the_process_s_own_by_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WIRECHECK_TEST_NAME", "mine")

    assert load_profile(write(tmp_path, "name: ${env/WIRECHECK_TEST_NAME}")) == {"name": "mine"}


def test_a_variable_that_is_not_set_is_named(tmp_path: Path) -> None:
    path = with_headers(tmp_path, f"Authorization: 'Bearer {SECRET} ${{env/TOKEN}}'")

    whole = (
        f"{path}: expected a variable that is set, saw '${{env/TOKEN}}' "
        "(set the environment variable, or write the value here)"
    )
    with pytest.raises(InputError, match=f"^{re.escape(whole)}$"):
        load_profile(path, environment={})


def test_another_template_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, "name: ${case/x}")

    whole = f"{path}: expected ${{env/NAME}} as the only template, saw '${{case'"
    with pytest.raises(InputError, match=f"^{re.escape(whole)}$"):
        load_profile(path, environment={})


def test_what_breaks_the_schema_is_told_with_its_line(tmp_path: Path) -> None:
    path = write(tmp_path, "jsonrpc:\n  url: 7\n")

    with pytest.raises(InputError, match=f"^{re.escape(f'{path}:2: expected string, saw 7')}$"):
        load_profile(path, environment={})


@pytest.mark.parametrize(
    ("headers", "told"),
    [
        pytest.param(
            f'X-Key: "{SECRET}\\n"',
            "X-Key with other characters than a field value has",
            id="a line end",
        ),
        pytest.param(
            f'X-Key: "{SECRET}\\x01"',
            "X-Key with other characters than a field value has",
            id="a control character",
        ),
        pytest.param(
            f"X-Key: {SECRET}€",
            "X-Key with other characters than a field value has",
            id="beyond Latin-1",
        ),
        pytest.param(
            "X-Key: ${env/TOKEN}",
            "X-Key with other characters than a field value has",
            id="a variable with a line end",
        ),
        pytest.param(
            f"'X {SECRET}': y",
            "a name with other characters than a field name has",
            id="a space in a name",
        ),
    ],
)
def test_a_header_that_can_t_be_sent_is_refused_unseen(
    tmp_path: Path, headers: str, told: str
) -> None:
    path = with_headers(tmp_path, headers)

    whole = f"{path}:4: expected a header field that can be sent, saw {told!r}"
    with pytest.raises(InputError, match=f"^{re.escape(whole)}$"):
        load_profile(path, environment={"TOKEN": f"{SECRET}\n"})


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        pytest.param("A: b", "A", "b", id="usual"),
        pytest.param("A:b", "A", "b", id="no space"),
        pytest.param("A: \t b \t", "A", "b", id="white space around"),
        pytest.param("A: b: c", "A", "b: c", id="a second colon"),
        pytest.param("A:", "A", "", id="empty"),
        pytest.param("X-1_a: é\tx", "X-1_a", "é\tx", id="Latin-1 and a tab"),
    ],
)
def test_an_option_is_a_name_and_a_value(text: str, name: str, value: str) -> None:
    assert read_header(text) == (name, value)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param(f"Authorization Bearer {SECRET}", "no colon", id="no colon"),
        pytest.param(SECRET, "no colon", id="a value alone"),
        pytest.param(
            f"Bearer {SECRET}:x",
            "a name with other characters than a field name has",
            id="a value with a colon",
        ),
        pytest.param(
            f": {SECRET}", "a name with other characters than a field name has", id="no name"
        ),
        pytest.param(
            f"Authorization : {SECRET}",
            "a name with other characters than a field name has",
            id="a space before the colon",
        ),
        pytest.param(
            f"Authorization: {SECRET}\r\nX: y",
            "Authorization with other characters than a field value has",
            id="a line end in the value",
        ),
    ],
)
def test_an_option_that_is_no_header_is_refused_unseen(text: str, told: str) -> None:
    whole = f"--header: expected 'Name: value', saw {told!r}"

    with pytest.raises(InputError, match=f"^{re.escape(whole)}$"):
        read_header(text)


@given(text=st.text("ab:\r\n\x00 é€"), at=st.integers(0, 20))
def test_no_mistake_in_an_option_shows_a_credential(text: str, at: int) -> None:
    option = f"{text[:at]}{SECRET} {text[at:]}"

    try:
        name, value = read_header(option)
    except InputError as error:
        told = str(error)
    else:
        told = ""
        assert option.startswith(f"{name}:")
        assert value.isprintable()

    assert SECRET not in told


def test_headers_of_a_section_are_pairs() -> None:
    assert headers_of({"url": "x", "headers": {"A": "b", "C": "d"}}) == [("A", "b"), ("C", "d")]
    assert headers_of({"url": "x"}) == []


def test_every_value_of_a_header_is_a_secret() -> None:
    profile: dict[str, Json] = {
        "name": "x",
        "jsonrpc": {"url": "u", "headers": {"A": "one", "B": "two"}},
        "sse": {"url": "u", "trigger": {"url": "t", "headers": {"D": "four"}}},
    }

    found = list(secret_values(profile, [("C", "three")]))

    assert found == ["three", "one", "two", "four"]


def test_what_was_found_fills_gaps_only() -> None:
    assert merge_bindings({"a": 1}, {"a": 2, "b": 3}) == {"a": 1, "b": 3}


def test_urls_of_a_profile_are_listed_by_surface() -> None:
    profile: dict[str, Json] = {"name": "x", "sse": {"url": "s"}, "jsonrpc": {"url": "j"}}

    assert as_url_list(profile) == {"jsonrpc": "j", "sse": "s"}
