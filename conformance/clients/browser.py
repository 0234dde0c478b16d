"""A browser as the client under test: a page of the lab that runs EventSource as it is told."""

import contextlib
import shutil
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import anyio

from conformance.clients.attachment import Order
from conformance.clients.incoming import Incoming
from conformance.clients.lab import CORS, Lab
from conformance.drivers.target_process import stop_process
from conformance.errors import InputError, TargetUnreachableError
from conformance.words.json_value import Json
from conformance.words.template import to_json_text

#: Instead of a program: the address is shown, and the user opens it.
BY_HAND: Final = "url"
#: A browser opens six connections to a host; two are left for slow farewells.
DEFAULT_JOBS: Final = 4
_PAGE: Final = Path(__file__).resolve().parent / "browser_page.html"
_PAGE_PATH: Final = "/browser"
_NEXT_PATH: Final = "/browser/next"
_POLL_S: Final = 10.0  # how long the page's question is held back when there is nothing to do
_START_WAIT_S: Final = 60.0
_BY_HAND_WAIT_S: Final = 600.0
_OPTIONS: Final = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-extensions",
    "--disable-background-networking", "--disable-dev-shm-usage", "--js-flags=--expose-gc",
)  # fmt: skip
_SETTINGS_PATH: Final = "/browser/settings"
_MODULE_PATH: Final = "/browser/module.mjs"
_CAPABILITIES: Final = frozenset({"states", "reconnects", "close-in-handler"})


class BrowserPage:
    """The page as an attachment: what it is to do is handed out when it asks.

    Args:
        lab: what serves it.
        module: a JavaScript module whose default export makes a source of a URL, in place of
            EventSource; None for EventSource itself.
    """

    def __init__(self, lab: Lab, *, module: Path | None = None) -> None:
        self.name = "EventSource" if module is None else module.stem
        self.url = f"{lab.origin}{_PAGE_PATH}"
        self.capabilities = _CAPABILITIES | (frozenset() if module else {"browser"})
        self.default_jobs = DEFAULT_JOBS
        self._module = module
        self._control = lab.other_origin
        self._orders: list[dict[str, Json]] = []
        self._count = 0
        self._changed = anyio.Event()
        self.asked = anyio.Event()
        lab.ask = self._answer

    async def start(self, order: Order) -> "RunningSource":
        """Have the page start a client; it does so when it asks next, which is at once."""
        self._count += 1
        number = self._count
        self._give(
            {
                **order.as_json(),
                "number": number,
                "listen": list(order.listen),
                "script": order.script,
                "values": dict(order.values),
                "closes": False,
            }
        )
        return RunningSource(self, number)

    async def is_alive(self) -> bool:
        """Tell whether the page still asks."""
        self.asked = anyio.Event()
        with anyio.move_on_after(2 * _POLL_S):
            await self.asked.wait()
            return True
        return False

    def _give(self, order: dict[str, Json]) -> None:
        self._orders.append(order)
        changed, self._changed = self._changed, anyio.Event()
        changed.set()

    def close(self, number: int) -> None:
        """Have the page close a client."""
        self._give({"number": number, "closes": True})

    async def _answer(self, incoming: Incoming) -> bytes | None:
        if incoming.path == _PAGE_PATH:
            return _response(_PAGE.read_bytes(), "text/html; charset=utf-8")
        if incoming.path == _SETTINGS_PATH:
            settings: Json = {"module": self._module is not None, "control": self._control}
            return _response(to_json_text(settings).encode(), "application/json")
        if incoming.path == _MODULE_PATH and self._module is not None:
            return _response(self._module.read_bytes(), "text/javascript; charset=utf-8")
        if incoming.path != _NEXT_PATH:
            return None
        self.asked.set()
        with anyio.move_on_after(_POLL_S):
            while not self._orders:
                await self._changed.wait()
        orders, self._orders = self._orders, []
        return _response(to_json_text(orders).encode(), "application/json")


class RunningSource:
    """One client in the page."""

    def __init__(self, page: BrowserPage, number: int) -> None:
        self._page = page
        self._number = number

    async def close(self) -> None:
        """Close it."""
        self._page.close(self._number)


def _response(body: bytes, media_type: str) -> bytes:
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {media_type}\r\nContent-Length: {len(body)}\r\n"
    return head.encode() + CORS + b"\r\n" + body


@contextlib.asynccontextmanager
async def opened_page(
    lab: Lab, browser: str, *, module: Path | None = None
) -> AsyncIterator[BrowserPage]:
    """Open the page in a browser, headless; it is closed with the block.

    Args:
        lab: what serves it.
        browser: a Chromium, by name or path, or `url` to have the address shown.
        module: see `BrowserPage`.

    Raises:
        InputError: no such program.
        TargetUnreachableError: the page did not ask for anything.
    """
    page = BrowserPage(lab, module=module)
    if browser == BY_HAND:
        print(f"wirecheck: open {page.url} in the browser", file=sys.stderr)  # noqa: T201 - to the user
        await _until_asked(page, _BY_HAND_WAIT_S)
        yield page
        return
    program = shutil.which(browser)
    if program is None:
        hint = f"--browser {BY_HAND} shows the address to open"
        raise InputError("--browser", "a program that is installed", browser, hint)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        process = subprocess.Popen(  # noqa: ASYNC220 - not waited for
            [program, *_OPTIONS, f"--user-data-dir={folder}", page.url],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            await _until_asked(page, _START_WAIT_S)
            yield page
        finally:
            with anyio.CancelScope(shield=True):
                await stop_process(process)


async def _until_asked(page: BrowserPage, seconds: float) -> None:
    with anyio.move_on_after(seconds) as deadline:
        await page.asked.wait()
    if deadline.cancelled_caught:
        raise TargetUnreachableError(page.url, "no browser has opened the page")
