"""A headless Chromium for the tests of pages."""

from collections.abc import Callable, Generator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import pytest

from tests.browser import chromium

__all__ = ["chromium"]


@dataclass(kw_only=True)
class Opened:
    """A page, what its console said and what it asked the network for."""

    page: Any
    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)


class Open(Protocol):
    """Opens a file, or the text of a page, in a context of its own; options are Playwright's."""

    def __call__(self, page: str | Path, *, fragment: str = "", **options: Any) -> Any: ...  # noqa: ANN401 - Playwright is optional


@pytest.fixture
def open_page(chromium: Any, tmp_path: Path) -> Generator[Open]:  # noqa: ANN401 - Playwright is optional
    """Yield a way to open pages; in the end, none has complained, and none has asked for more."""
    opened: list[Opened] = []
    with ExitStack() as contexts:

        def open_one(page: str | Path, *, fragment: str = "", **options: Any) -> Any:  # noqa: ANN401 - see above
            path = page if isinstance(page, Path) else tmp_path / f"page-{len(opened)}.html"
            if isinstance(page, str):
                path.write_text(page, encoding="utf-8")
            context = chromium.new_context(
                **{"viewport": {"width": 1280, "height": 900}, **options}
            )
            context.set_default_timeout(10_000)
            contexts.callback(context.close)
            one = Opened(page=context.new_page())
            one.page.on("console", lambda message: one.said.append(message.text))
            one.page.on("pageerror", lambda error: one.said.append(str(error)))
            one.page.on("dialog", lambda dialog: one.said.append(dialog.message))
            one.page.on("request", lambda request: one.asked.append(request.url))
            one.page.goto(path.as_uri() + fragment)
            opened.append(one)
            return one.page

        yield open_one
        for one in opened:
            assert one.said == []
            assert [url for url in one.asked if not url.startswith("file:")] == []


@pytest.fixture
def no_barriers() -> Callable[[Any], None]:
    """Yield a check that axe-core finds nothing serious on a page as it stands."""
    axe_api = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs axe")
    axe = axe_api.Axe()

    def look(page: Any) -> None:  # noqa: ANN401 - see above
        found = axe.run(page).response["violations"]
        assert {
            one["id"]: [(node["html"], node["failureSummary"]) for node in one["nodes"][:3]]
            for one in found
        } == {}

    return look
