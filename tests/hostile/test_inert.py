"""What a hostile server says is inert wherever a person reads it: in a terminal, and in a page."""

import os
import pty
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from subprocess import DEVNULL, Popen
from typing import Any

import pytest

from tests.conformance.command import environment
from tests.conformance.peers import Serve, response, serving
from tests.hostile.servers import LIARS
from tests.hostile.streams import USELESS

#: What a target may not bring into a terminal: it would clear it, or name its window.
ORDERS = (b"\x1b]0;owned", b"\x1b[2J", b"\x07", b"\xc2\x9b2J")
_ALL_AT_ONCE = response(
    b"\x1b]0;owned\x07\x1b[2J\xc2\x9b2J<script>alert(1)</script><img src=x onerror=alert(1)>",
    "Location: \x1b[2J<img src=x onerror=alert(1)>",
    "OData-Version: \x1b]0;owned\x07<script>alert(1)</script>",
    status="307 \x1b[2J<script>alert(1)</script>",
    media_type="</script><script>alert(1)</script>",
)


def says_it_all(talk: Any) -> None:  # noqa: ANN401 - a Talk
    while talk.request():
        talk.send(_ALL_AT_ONCE)


def typed(folder: Path, *arguments: str) -> bytes:
    """Run the command in a terminal, in colour; return all that it printed."""
    ours, its = pty.openpty()
    command = [sys.executable, "-m", "conformance", *arguments]
    shown = b""
    with os.fdopen(its, "wb") as end, os.fdopen(ours, "rb", buffering=0) as screen:
        variables = environment(TERM="xterm-256color")
        process = Popen(command, cwd=folder, env=variables, stdin=DEVNULL, stdout=end, stderr=end)
        end.close()
        try:
            while piece := screen.read(65_536):
                shown += piece
        except OSError:
            pass  # Linux tells the end of a terminal so
        assert process.wait() == 1, shown
    return shown


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[bytes, Path]]:
    """What a terminal showed of a run against such servers, and the page that it left."""
    folder = tmp_path_factory.mktemp("inert")
    servers: dict[str, Serve] = {
        "--jsonrpc": LIARS["terminal escapes"],
        "--odata": says_it_all,
        "--sse": USELESS["script and escapes"],
    }
    with ExitStack() as stack:
        urls = [
            argument
            for option, serve in servers.items()
            for argument in (option, stack.enter_context(serving(serve)).url)
        ]
        options = ["--timeout", "0.3", "--report-dir", str(folder), "--format", "json,html"]
        yield typed(folder, "run", *urls, *options), folder / "report.html"


def test_no_order_of_a_target_reaches_the_terminal(judged: tuple[bytes, Path]) -> None:
    shown, _ = judged

    assert b"\x1b[" in shown, "the command itself shows colours here"
    assert [order for order in ORDERS if order in shown] == []


def test_no_order_of_a_target_stands_in_the_page(judged: tuple[bytes, Path]) -> None:
    page = judged[1].read_text(encoding="utf-8")

    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert not {"\x1b", "\x07", "\x9b"} & set(page)


@pytest.mark.needs_chromium
def test_a_page_about_script_runs_none_of_it(
    judged: tuple[bytes, Path],
    chromium: Any,  # noqa: ANN401 - Playwright is optional
) -> None:
    said: list[str] = []
    asked: list[str] = []

    def dismiss(dialog: Any) -> None:  # noqa: ANN401 - see above
        said.append(dialog.message)
        dialog.dismiss()

    page = chromium.new_page()
    page.on("dialog", dismiss)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("console", lambda message: said.append(message.text))
    page.on("request", lambda request: asked.append(request.url))

    page.goto(judged[1].as_uri())
    page.locator("#unfold").click()
    for button in page.locator(".checks > li > button").all()[:20]:
        button.click()

    assert said == []
    assert asked == [judged[1].as_uri()]
    assert page.locator("img, iframe, object, embed").count() == 0
    page.close()
