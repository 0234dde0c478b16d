"""A headless Chromium, for tests of pages and for pages that test."""

import shutil
from collections.abc import Iterator
from typing import Any, Final

import pytest

_PROGRAMS: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


# Not for the session: Playwright keeps an event loop running, and no other can be started then.
@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """Yield a browser of this machine."""
    program = next(filter(None, map(shutil.which, _PROGRAMS)), None)
    if program is None:
        pytest.skip("needs Chromium: apt-get install chromium")
    sync_api = pytest.importorskip("playwright.sync_api", reason="needs playwright")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program)
        yield browser
        browser.close()
