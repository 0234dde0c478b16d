"""`wirecheck client`: a client of event streams judged by the lab, its reports, its status."""

import contextlib
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

from conformance.clients.attachment import Attachment
from conformance.clients.browser import opened_page
from conformance.clients.lab import Lab, open_lab
from conformance.clients.service import find_service
from conformance.clients.service_process import started_service
from conformance.clients.session import DEFAULT_TIMEOUT_S, ClientOptions, open_client_session
from conformance.drivers.wire import Limits
from conformance.errors import InputError
from conformance.run_command import Wanted, judge_and_report
from conformance.session import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class Attached:
    """How the client is reached; exactly one of them.

    `service` is the URL of a test service, `command` starts one on `{port}`, `browser` is a
    program that opens the page, or `url` for one that the user opens. `module` is run in that page
    in place of EventSource.
    """

    service: str | None = None
    command: str | None = None
    browser: str | None = None
    module: Path | None = None

    def check(self) -> None:
        """Refuse none of them, and several.

        Raises:
            InputError: not exactly one, or a module that is not there or that nothing runs.
        """
        given = [one for one in (self.service, self.command, self.browser) if one]
        if len(given) != 1:
            expected = "exactly one of --service, --command and --browser"
            raise InputError("client", expected, " ".join(given) or "none")
        if self.module is not None and self.browser is None:
            raise InputError("--module", "a --browser that runs it", str(self.module))
        if self.module is not None and not self.module.is_file():
            raise InputError("--module", "a JavaScript module", str(self.module))


def client_and_report(
    attached: Attached,
    options: ClientOptions,
    *,
    report_dir: Path,
    formats: str,
    baseline: Path | None,
    quiet: bool = False,
    clock: Callable[[], float] = time.monotonic,
) -> int:
    """Judge a client, write the reports, print the summary; return the exit status.

    Raises:
        InputError: a bad file or option.
        TargetUnreachableError: the client's test service or browser gave no answer.
    """
    attached.check()

    @contextlib.asynccontextmanager
    async def opening() -> AsyncIterator[Session]:
        async with open_lab() as lab, _attached(lab, attached, options) as attachment:
            yield await open_client_session(lab, attachment, options)

    wanted = Wanted.read(report_dir=report_dir, formats=formats, baseline=baseline)
    return judge_and_report(opening, wanted, quiet=quiet, clock=clock)


@contextlib.asynccontextmanager
async def _attached(
    lab: Lab, attached: Attached, options: ClientOptions
) -> AsyncIterator[Attachment]:
    limits = Limits(timeout_s=options.timeout_s or DEFAULT_TIMEOUT_S)
    if attached.service is not None:
        yield await find_service(attached.service, where="--service", limits=limits)
    elif attached.command is not None:
        async with started_service(attached.command, limits=limits) as service:
            yield service
    else:
        assert attached.browser is not None
        async with opened_page(lab, attached.browser, module=attached.module) as page:
            yield page
