"""Services that serve nothing pass nothing by accident: each pass has its reason."""

from typing import Final

import anyio
import pytest

from conformance.session import RunOptions, open_session
from conformance.words.verdict import Check, Verdict
from tests.proof.empty_servers import answering

VERSION: Final = "OData-Version: 4.01"
SHAPE: Final = "the row speaks of the shape of a response, and this is one"
DOCUMENT: Final = "a document came, in a version; of what is in it another row speaks"
LACKING: Final = "what gets 404 is not there, and that is all that the row speaks of"
RESPONSES: Final = dict.fromkeys(["ODATA-11.7.1-08", "ODATA-8.1.5-01"], SHAPE)


def answer(body: bytes, media_type: str = "application/json", status: str = "200 OK") -> bytes:
    lines = [
        f"HTTP/1.1 {status}",
        VERSION,
        f"Content-Type: {media_type}",
        f"Content-Length: {len(body)}",
        "",
        "",
    ]
    return "\r\n".join(lines).encode() + body


#: What each service answers to everything.
ANSWERS: Final = {
    "empty 200": answer(b""),
    "204": f"HTTP/1.1 204 No Content\r\n{VERSION}\r\n\r\n".encode(),
    "empty object": answer(b"{}"),
    "HTML page": answer(b"<!doctype html><p>Welcome</p>", "text/html"),
    "404 page": answer(b"<!doctype html><p>No</p>", "text/html", "404 Not Found"),
    "empty list": answer(b'{"@odata.context":"$metadata","value":[]}'),
    "empty JSON batch": answer(b'{"responses":[]}'),
    "empty multipart": answer(b"--b--\r\n", "multipart/mixed; boundary=b"),
    "same JSON batch": answer(b'{"responses":[{"id":"a","status":200}]}'),
    "same multipart": answer(
        b"--b\r\nContent-Type: application/http\r\n\r\nHTTP/1.1 200 OK\r\n\r\n\r\n--b--\r\n",
        "multipart/mixed; boundary=b",
    ),
}
#: Requirements that each may pass, and why.
REASONED: Final = {
    "empty 200": {},
    "204": {},
    "empty object": {"ODATA-C40-MIN-02": DOCUMENT},
    "HTML page": {},
    "404 page": {"ODATA-C40-MIN-01": LACKING},
    "empty list": {"ODATA-C40-MIN-02": DOCUMENT, "ODATA-DISC-01": "it lists nothing, rightly"},
    "empty JSON batch": {"ODATA-C40-MIN-02": DOCUMENT},
    "empty multipart": {},
    "same JSON batch": {
        "ODATA-C40-MIN-02": DOCUMENT,
        **RESPONSES,
        **dict.fromkeys(["ODATA-J19.4-05", "ODATA-J19.5-01", "ODATA-J19.5-07"], SHAPE),
    },
    "same multipart": {
        **RESPONSES,
        **dict.fromkeys(
            ["ODATA-11.7.7.1-01", "ODATA-11.7.7.5-01", "ODATA-11.7.7.5-07", "ODATA-8.3.1-01"],
            SHAPE,
        ),
    },
}
CONTENTLESS: Final = ("empty 200", "204", "HTML page")


async def judged(url: str, *, ignores_reliance: bool) -> list[Check]:
    options = RunOptions(
        odata=url,
        allow_writes=True,
        timeout_s=2.0,
        seed=1,
        only=("odata/*",),
        ignores_reliance=ignores_reliance,
    )
    session = await open_session(options)
    await session.run(lambda event: None)  # noqa: ARG005 - nothing is shown
    return session.report.checks


def unreasoned(server: str, checks: list[Check]) -> list[tuple[str, str, str]]:
    return [
        one.key
        for one in checks
        if one.verdict is Verdict.PASS
        and not one.message.startswith("remark:")
        and one.requirement not in REASONED[server]
    ]


@pytest.mark.parametrize("server", sorted(REASONED))
def test_no_pass_is_an_accident(server: str) -> None:
    with answering(ANSWERS[server]) as url:
        checks = anyio.run(lambda: judged(url, ignores_reliance=False))

    assert unreasoned(server, checks) == []
    assert any(one.verdict is Verdict.FAIL for one in checks)


@pytest.mark.parametrize("server", CONTENTLESS)
def test_no_pass_is_an_accident_even_where_the_basics_are_ignored(server: str) -> None:
    with answering(ANSWERS[server]) as url:
        checks = anyio.run(lambda: judged(url, ignores_reliance=True))

    assert unreasoned(server, checks) == []
