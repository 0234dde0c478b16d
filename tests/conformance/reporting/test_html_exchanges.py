"""What the script unfolds: each text stored once, and every text whole again."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.reporting.html_exchanges import (
    SHOWN_BYTES,
    Pieces,
    message_text,
    script_data,
    shown_bytes,
)
from conformance.reporting.wire_text import KEPT_BYTES, as_json
from tests.conformance.reporting.pages import small_report


@given(texts=st.lists(st.text("ab\n'", max_size=20)), separator=st.sampled_from(["\n", "'"]))
def test_a_text_is_whole_again_when_its_pieces_are_joined(texts: list[str], separator: str) -> None:
    pieces = Pieces()

    numbers = [pieces.take(text, separator) for text in texts]

    stored = pieces.texts()
    assert [separator.join(stored[one] for one in mine) for mine in numbers] == texts
    assert len(set(stored)) == len(stored)


def data_of(report: dict[str, Any]) -> Any:  # noqa: ANN401 - JSON
    return script_data(report["checks"], report["exchanges"])


def test_checks_name_their_exchange_and_the_others_of_their_case_by_number() -> None:
    report = small_report()

    data = data_of(report)

    rows = zip(report["checks"], data["checks"], strict=True)
    told = {
        (check["scenario"], check["case"], check["verdict"]): (
            row.get("exchange"),
            row.get("others"),
        )
        for check, row in rows
    }
    assert told["jsonrpc/one", "-", "fail"] == (0, None)
    assert told["jsonrpc/one", "-", "warn"] == (None, [0])
    assert told["jsonrpc/two", "a", "pass"] == (2, [1])
    assert told["jsonrpc/two", "b", "untested"] == (None, None)


def test_a_check_that_names_an_exchange_of_another_report_has_none() -> None:
    report = small_report()
    report["checks"][0]["exchange"] = "jsonrpc/gone/-#1"

    assert "exchange" not in data_of(report)["checks"][0]


def test_a_note_on_an_exchange_is_kept() -> None:
    report = small_report()
    report["exchanges"][0]["note"] = "sent in two pieces"

    assert data_of(report)["exchanges"][0]["note"] == "sent in two pieces"


@pytest.mark.parametrize(
    ("data", "text"),
    [
        pytest.param(b"", "", id="empty"),
        pytest.param(b"a\r\nb\n", "a\nb\n", id="line ends"),
        pytest.param(b"\xff\x00", "\\xff\\x00", id="no text"),
    ],
)
def test_a_message_is_shown_as_text(data: bytes, text: str) -> None:
    assert message_text(as_json(data)) == text


@pytest.mark.parametrize(
    ("size", "elided"),
    [
        pytest.param(SHOWN_BYTES, None, id="all of it"),
        pytest.param(SHOWN_BYTES + 1, "1 bytes", id="one byte more"),
        pytest.param(
            KEPT_BYTES + 1, f"{KEPT_BYTES + 1 - 5 * 1024:,} bytes", id="cut in the report"
        ),
    ],
)
def test_of_a_long_message_the_middle_is_left_out(size: int, elided: str | None) -> None:
    text = message_text(as_json(b"a" + b"x" * (size - 2) + b"z"))

    assert (text[0], text[-1]) == ("a", "z")
    assert (elided is None) == (len(text) == size)
    if elided is not None:
        assert f"\n[… {elided} are left out here …]\n" in text


def test_a_report_edited_by_hand_is_shown_as_far_as_it_goes() -> None:
    assert message_text({"size": 3, "base64": "YQ="}) == "[no bytes could be read from the report]"


def test_a_url_edited_by_hand_has_no_command() -> None:
    report = small_report()
    report["exchanges"][0] |= {"url": "http://[", "method": "POST"}

    data = data_of(report)

    command = "'".join(data["pieces"][number] for number in data["exchanges"][0]["curl"])
    assert command == "# http://[ is no URL"


def exchanges_of(size: int, number: int) -> list[dict[str, Any]]:
    """Return exchanges with bodies of a size, none like another."""
    [first, *_] = small_report()["exchanges"]
    return [
        {
            **first,
            "id": f"jsonrpc/one/{index}#1",
            "response": as_json(f"{index:06}".encode() + b"x" * (size - 6)),
        }
        for index in range(number)
    ]


@pytest.mark.parametrize(
    ("size", "number", "shown"),
    [
        pytest.param(399, 10_000, SHOWN_BYTES, id="many short ones"),
        pytest.param(SHOWN_BYTES, 50, SHOWN_BYTES, id="a few long ones"),
        pytest.param(SHOWN_BYTES, 100, 4_000, id="more long ones"),
        pytest.param(SHOWN_BYTES, 1_000, 700, id="long ones only"),
    ],
)
def test_the_more_long_messages_the_less_is_shown_of_each(
    size: int, number: int, shown: int
) -> None:
    assert shown_bytes(1_000, exchanges_of(size, number)) == shown


@pytest.mark.parametrize("size", [SHOWN_BYTES, 60_000])
def test_a_command_that_is_too_long_says_where_the_request_stands(size: int) -> None:
    report = small_report()
    body = b"x" * size
    head = f"POST / HTTP/1.1\r\nHost: 127.0.0.1:8\r\nContent-Length: {len(body)}\r\n\r\n"
    report["exchanges"][0]["request"] = as_json(head.encode() + body)

    data = data_of(report)

    command = "'".join(data["pieces"][number] for number in data["exchanges"][0]["curl"])
    assert command.startswith("# 6")
    assert command.endswith("; see the exchange jsonrpc/one/-#1 in report.json")


def test_of_a_message_cut_in_the_report_less_is_shown_too() -> None:
    part = as_json(b"a" + b"x" * (KEPT_BYTES - 1) + b"z")

    text = message_text(part, most=1_000)

    head, said, tail = text.split("\n")
    assert (len(head), len(tail)) == (1_000, 500)
    assert said == f"[… {KEPT_BYTES + 1 - 1_500:,} bytes are left out here …]"
