"""Servers that stream nothing pass nothing by accident, though their profile promises all."""

from pathlib import Path
from typing import Final

import anyio
import pytest

from conformance.errors import TargetUnreachableError
from conformance.session import RunOptions, open_session
from conformance.words.json_value import Json
from conformance.words.template import to_json_text
from conformance.words.verdict import Check, Verdict
from tests.proof.empty_servers import ANSWERS, STREAM_ANSWERS, answering

PROMISED: Final[dict[str, Json]] = {
    "resumes": True,
    "non_ascii_ids": True,
    "heartbeat_ms": 300,
    "interval_ms": 100,
    "refused": "/refused",
    "max_streams": 12,
    "cors_origin": "https://app.example",
    "cors_credentials": True,
}
STATUS = "the row speaks of the status and the media type"
FIELDS = "a header field is absent, and that is all that the row speaks of"
HEAD = "the head comes alone and at once"
SIDE_BY_SIDE = "heads come, however many are asked for"
BYTES = "the bytes are a stream, and that is all that the row speaks of"
STATIC = "what never changes is not late"

ANY_HEAD = {**dict.fromkeys(["SSE-HTTP-10", "SSE-HTTP-13", "SSE-HTTP-14", "SSE-IANA-03"], FIELDS)}
STREAM = {
    **ANY_HEAD,
    **dict.fromkeys(
        [
            "SSE-9.2.4-06",
            "SSE-9.2.4-07",
            "SSE-9.2.4-08",
            "SSE-9.2.5-01",
            "SSE-HTTP-01",
            "SSE-HTTP-02",
            "SSE-HTTP-03",
        ],
        STATUS,
    ),
    "SSE-HTTP-21": SIDE_BY_SIDE,
    # Its remarks: it has no comment, names no event, ends.
    **dict.fromkeys(["SSE-9.2.1-06", "SSE-9.2.5-06", "SSE-IANA-08"], "no more than a remark"),
}
OPEN_STREAM = {
    **STREAM,
    "SSE-HTTP-05": HEAD,
    "SSE-HTTP-07": HEAD,
    "SSE-HTTP-11": FIELDS,
    "SSE-HTTP-22": SIDE_BY_SIDE,
    "SSE-9.2.7-02": "nothing is dispatched while it is idle",
}
SAME_EVENT = {
    **OPEN_STREAM,
    **dict.fromkeys(
        [
            "SSE-9.2.1-02",
            "SSE-9.2.5-02",
            "SSE-9.2.5-03",
            "SSE-9.2.5-04",
            "SSE-9.2.5-05",
            "SSE-9.2.5-07",
            "SSE-9.2.5-08",
            "SSE-9.2.5-14",
            "SSE-9.2.5-18",
            "SSE-9.2.6-67",
            "SSE-9.2.6-68",
            "SSE-9.2.6-69",
        ],
        BYTES,
    ),
}
#: Requirements that each server may pass, and why.
REASONED: Final = {
    "HTML page": {**ANY_HEAD, "SSE-HTTP-03": STATUS},
    "JSON": {**ANY_HEAD, "SSE-HTTP-03": STATUS},
    "404 page": {**ANY_HEAD, "SSE-9.2.4-08": STATUS, "SSE-HTTP-16": STATUS},
    "204": {**ANY_HEAD, "SSE-9.2.4-08": STATUS, "SSE-HTTP-05": HEAD},
    "empty stream": OPEN_STREAM,
    "ended stream": STREAM,
    "same event": SAME_EVENT,
    "same events": {**SAME_EVENT, "SSE-9.2.7-04": STATIC},
}
CONTENTLESS = ("HTML page", "JSON", "404 page", "204")


async def judged(url: str, folder: Path, *, ignores_reliance: bool) -> list[Check]:
    path = folder / "profile.yaml"
    # What triggers events is answered well, and none comes.
    with answering(ANSWERS["empty object"]) as beside:
        sse = {
            "url": url,
            "trigger": {"url": beside, "json": "{payload}{name}{id}"},
            "end": {"url": beside, "json": "end"},
            **PROMISED,
        }
        path.write_text(to_json_text({"sse": sse}), encoding="utf-8")
        return await _judged(path, ignores_reliance=ignores_reliance)


async def _judged(path: Path, *, ignores_reliance: bool) -> list[Check]:
    options = RunOptions(
        profile=path,
        allow_writes=True,
        timeout_s=0.5,
        seed=1,
        jobs=8,
        ignores_reliance=ignores_reliance,
    )
    session = await open_session(options)
    await session.run(lambda event: None)  # noqa: ARG005 - nothing is shown
    return session.report.checks


def unreasoned(server: str, checks: list[Check]) -> list[tuple[str, str, str]]:
    return [
        one.key
        for one in checks
        if one.verdict is Verdict.PASS and one.requirement not in REASONED[server]
    ]


@pytest.mark.parametrize("server", sorted(REASONED))
def test_no_pass_is_an_accident(server: str, tmp_path: Path) -> None:
    with answering(STREAM_ANSWERS[server]) as url:
        checks = anyio.run(lambda: judged(url, tmp_path, ignores_reliance=False))

    assert unreasoned(server, checks) == []
    assert any(one.verdict is Verdict.FAIL for one in checks)


@pytest.mark.parametrize("server", CONTENTLESS)
def test_no_pass_is_an_accident_even_where_the_basics_are_ignored(
    server: str, tmp_path: Path
) -> None:
    with answering(STREAM_ANSWERS[server]) as url:
        checks = anyio.run(lambda: judged(url, tmp_path, ignores_reliance=True))

    assert unreasoned(server, checks) == []


@pytest.mark.parametrize("server", ["closes", "silence"])
def test_a_server_without_any_answer_is_no_target(server: str, tmp_path: Path) -> None:
    with (
        answering(STREAM_ANSWERS[server]) as url,
        pytest.raises(TargetUnreachableError, match="no HTTP response"),
    ):
        anyio.run(lambda: judged(url, tmp_path, ignores_reliance=False))
