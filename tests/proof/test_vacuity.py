"""Servers that serve nothing pass nothing by accident: each pass is on a list, with its reason."""

from pathlib import Path

import anyio
import pytest

from conformance.errors import TargetUnreachableError
from conformance.session import EMBEDDED_PROFILE, RunOptions, open_session
from conformance.words.template import to_json_text
from conformance.words.verdict import Check, Verdict
from conformance.words.yaml_file import load_yaml
from tests.proof.empty_servers import ANSWERS, answering
from tests.proof.lab import PATHS

SILENCE = "the right answer is nothing, and nothing came"
JSON = "the body is a JSON text, and that is all that the row speaks of"
LENGTH = "the length is right, and that is all that the row speaks of"
STATUS = "the row speaks of the status alone"
SHAPE = "the row speaks of the shape of a response, and this is one"
JUDGED = frozenset({Verdict.PASS, Verdict.FAIL, Verdict.WARN})

SILENT_ROWS = {
    **dict.fromkeys(
        [
            "JSONRPC-2-03",
            "JSONRPC-4-36",
            "JSONRPC-4.1-01",
            "JSONRPC-4.1-02",
            "JSONRPC-4.1-03",
            "JSONRPC-4.1-04",
            "JSONRPC-4.1-05",
            "JSONRPC-6-12",
            "JSONRPC-6-13",
            "JSONRPC-7-05",
            "JSONRPC-7-06",
            "JSONRPC-7-15",
            "JSONRPC-HTTP-32",
        ],
        SILENCE,
    ),
    "JSONRPC-HTTP-14": STATUS,
}
JSON_ROWS = {
    **dict.fromkeys(["JSONRPC-JSON-01", "JSONRPC-JSON-03", "JSONRPC-JSON-05"], JSON),
    "JSONRPC-JSON-06": JSON,
    "JSONRPC-JSON-23": "the media type has no charset, and that is all that the row speaks of",
    "JSONRPC-1-03": JSON,
    "JSONRPC-HTTP-12": STATUS.replace("status", "media type"),
    "JSONRPC-HTTP-14": STATUS,
    "JSONRPC-HTTP-29": LENGTH,
}
CONSTANT_ROWS = {
    **JSON_ROWS,
    **dict.fromkeys(
        [
            "JSONRPC-5-03",
            "JSONRPC-5-04",
            "JSONRPC-5-07",
            "JSONRPC-5-09",
            "JSONRPC-5-11",
            "JSONRPC-5-12",
            "JSONRPC-5-13",
            "JSONRPC-5-20",
            "JSONRPC-5.1-01",
            "JSONRPC-5.1-02",
            "JSONRPC-5.1-03",
            "JSONRPC-5.1-04",
            "JSONRPC-5.1-05",
            "JSONRPC-5.1-12",
            "JSONRPC-5.1-13",
            "JSONRPC-5.1-18",
            "JSONRPC-5-05",
            "JSONRPC-5-10",
        ],
        SHAPE,
    ),
    "JSONRPC-HTTP-05": "an answer came, and that is all that the row speaks of",
    "JSONRPC-HTTP-07": STATUS,
    "JSONRPC-HTTP-08": STATUS,
    "JSONRPC-HTTP-13": STATUS,
}
#: Requirements that each server may pass, and why.
REASONED = {
    "empty 200": {**SILENT_ROWS, "JSONRPC-HTTP-29": LENGTH},
    "204": {**SILENT_ROWS, "JSONRPC-HTTP-28": "the 204 has no body, and that is all it speaks of"},
    "empty object": JSON_ROWS,
    "empty array": JSON_ROWS,
    "HTML page": {"JSONRPC-HTTP-29": LENGTH, "JSONRPC-HTTP-14": STATUS},
    "404 page": {"JSONRPC-HTTP-29": LENGTH},
    "same result": CONSTANT_ROWS,
    "same error": CONSTANT_ROWS,
    "same Parse error": CONSTANT_ROWS,
    "same batch": CONSTANT_ROWS,
}
CONTENTLESS = ("empty 200", "204", "empty object", "empty array", "HTML page", "404 page")


async def judged(url: str, folder: Path, *, ignores_reliance: bool) -> list[Check]:
    profile = load_yaml(EMBEDDED_PROFILE)
    assert isinstance(profile, dict)
    path = folder / "profile.yaml"
    only_rpc = {name: part for name, part in profile.items() if name not in PATHS}
    path.write_text(to_json_text(only_rpc), encoding="utf-8")
    options = RunOptions(
        jsonrpc=url,
        profile=path,
        allow_writes=True,
        timeout_s=2.0,
        seed=1,
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
    with answering(ANSWERS[server]) as url:
        checks = anyio.run(lambda: judged(url, tmp_path, ignores_reliance=False))

    assert unreasoned(server, checks) == []
    assert any(one.verdict is Verdict.FAIL for one in checks)


@pytest.mark.parametrize("server", CONTENTLESS)
def test_no_pass_is_an_accident_even_where_the_basics_are_ignored(
    server: str, tmp_path: Path
) -> None:
    with answering(ANSWERS[server]) as url:
        checks = anyio.run(lambda: judged(url, tmp_path, ignores_reliance=True))

    assert unreasoned(server, checks) == []


def test_a_server_that_only_closes_is_no_target(tmp_path: Path) -> None:
    with answering(ANSWERS["closes"]) as url, pytest.raises(TargetUnreachableError, match="closed"):
        anyio.run(lambda: judged(url, tmp_path, ignores_reliance=False))
