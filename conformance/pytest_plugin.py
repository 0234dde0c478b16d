"""Face 1: `pytest conformance/scenarios --target URL`, one item a case.

The plugin is loaded wherever wirecheck is installed, so it imports next to nothing until a
scenario file is collected. Both faces run the same engine and write the same report.
"""

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

if TYPE_CHECKING:
    from conformance.pytest_run import PytestRun

_FIRST_LINE: Final = "scenario.schema.json"
_SCENARIOS: Final = Path(__file__).resolve().parent / "scenarios"
_RUN: Final = pytest.StashKey["PytestRun"]()
# Options of other plugins (`--timeout`, `--profile`) are left alone: two plugins with one option
# end every pytest run on the machine.
_OPTIONS: Final[tuple[tuple[str, dict[str, Any]], ...]] = (  # Any: what argparse takes
    ("--target", {"metavar": "URL", "help": "judge this server (default: the reference server)"}),
    ("--jsonrpc", {"metavar": "URL", "help": "JSON-RPC endpoint"}),
    ("--odata", {"metavar": "URL", "help": "OData service root"}),
    ("--sse", {"metavar": "URL", "help": "event stream"}),
    ("--target-profile", {"metavar": "FILE", "help": "describes the target"}),
    ("--class", {"metavar": "NAME", "action": "append", "help": "only this class"}),
    ("--only", {"metavar": "GLOB", "action": "append", "help": "only matching cases"}),
    ("--skip", {"metavar": "GLOB", "action": "append", "help": "no such cases"}),
    ("--allow-writes", {"action": "store_true", "help": "consent to changes of data"}),
    ("--header", {"metavar": "'K: V'", "action": "append", "help": "sent with every request"}),
    ("--target-timeout", {"metavar": "S", "type": float, "help": "seconds an exchange may take"}),
    ("--report-dir", {"metavar": "DIR", "help": "where report.json goes"}),
    ("--baseline", {"metavar": "FILE", "help": "known failures do not fail"}),
    ("--seed", {"metavar": "N", "type": int, "help": "repeat a run's fresh values"}),
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of `wirecheck run`."""
    group = parser.getgroup("wirecheck", "conformance of servers (wirecheck)")
    for name, settings in _OPTIONS:
        destination = "wirecheck_" + name.removeprefix("--").replace("-", "_")
        group.addoption(name, dest=destination, **settings)


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> "ScenarioFile | None":
    """Collect YAML files whose first line names the scenario schema."""
    if file_path.suffix != ".yaml":
        return None
    with file_path.open(encoding="utf-8", errors="replace") as file:
        if _FIRST_LINE not in file.readline():
            return None
    collected: ScenarioFile = ScenarioFile.from_parent(parent, path=file_path)
    return collected


class ScenarioFile(pytest.File):
    """One topic."""

    def collect(self) -> Iterator["CaseItem"]:
        """Yield an item for each case that the run's options select."""
        for planned in run_of(self.config).cases_in(self.path):
            yield CaseItem.from_parent(
                self,
                name=f"{planned.case.scenario.id}[{planned.case.name}]",
                case_id=planned.case.id,
            )


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """End pytest with one line where a target or a file of ours is not what it should be.

    Within `collect` it would become the error of each file, with all frames of ours.
    """
    if isinstance(collector, ScenarioFile):
        run = run_of(collector.config)
        with usage_errors():
            run.check_file(collector.path)
    return (yield)


class CaseItem(pytest.Item):
    """One case."""

    def __init__(self, *, case_id: str, **rest: Any) -> None:  # noqa: ANN401 - pytest's own
        super().__init__(**rest)
        self.case_id = case_id
        self.outcome = ""

    def runtest(self) -> None:
        """Judge the case; a broken check fails the item, a case that is not judged skips it."""
        __tracebackhide__ = True
        run_of(self.config).judge(self)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Return file, line and name."""
        return self.path, run_of(self.config).line_of(self.case_id), self.name

    def repr_failure(
        self,
        excinfo: pytest.ExceptionInfo[BaseException],
        style: Any = None,  # noqa: ANN401 - pytest's own
    ) -> Any:  # noqa: ANN401 - pytest's own
        """Return what broke in words; a crash of ours as pytest shows it."""
        from conformance.pytest_run import CaseFailedError  # noqa: PLC0415

        if isinstance(excinfo.value, CaseFailedError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)


@contextmanager
def usage_errors() -> Iterator[None]:
    """Turn what is wrong with the user's input or target into pytest's own usage error."""
    from conformance.errors import WirecheckError  # noqa: PLC0415

    try:
        yield
    except WirecheckError as error:
        raise pytest.UsageError(str(error)) from error


def run_of(config: pytest.Config) -> "PytestRun":
    """Return the run of a pytest session, opened on first use.

    Raises:
        pytest.UsageError: a bad file or option, or a target that can't be reached.
    """
    from conformance.pytest_run import PytestRun  # noqa: PLC0415

    if _RUN not in config.stash:
        with usage_errors():
            run = PytestRun(config)
        config.stash[_RUN] = run
        config.add_cleanup(run.close)
    return config.stash[_RUN]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Let what was judged travel with pytest's report, over process borders too."""
    report = yield
    if isinstance(item, CaseItem) and call.when == "call":
        report.wirecheck = item.outcome  # type: ignore[attr-defined]  # kept in its __dict__
    return report


class _Reporter:
    """Gathers what was judged and writes report.json; only in the process that the user started."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take what an item came to."""
        if outcome := getattr(report, "wirecheck", ""):
            run_of(self._config).take(outcome)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Write the report; a broken check that no item shows fails the session too."""
        if not self._has_run():
            return
        was_stopped = bool(session.shouldfail or session.shouldstop)
        ended = session.exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED)
        with usage_errors():
            broken = run_of(self._config).finish(interrupted=was_stopped or not ended)
        if broken:
            session.exitstatus = session.exitstatus or pytest.ExitCode.TESTS_FAILED

    def _has_run(self) -> bool:
        return _RUN in self._config.stash and not self._config.getoption("collectonly")

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:  # noqa: ANN401 - pytest's own
        """Print the summary of the run."""
        if self._has_run():
            for line in run_of(self._config).summary():
                terminalreporter.write_line(line)

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:  # noqa: ANN401 - xdist's own
        """Give every worker the same target and seed."""
        if self._is_about_scenarios():
            node.workerinput["wirecheck"] = run_of(self._config).shared()

    def _is_about_scenarios(self) -> bool:
        """Tell whether what pytest was asked for lies in the suite's scenarios, or above them."""
        places = [
            (self._config.invocation_params.dir / str(one).partition("::")[0]).resolve()
            for one in self._config.args
        ]
        return any(
            one.is_relative_to(_SCENARIOS) or _SCENARIOS.is_relative_to(one) for one in places
        )


def pytest_configure(config: pytest.Config) -> None:
    """Gather reports in the main process; workers send theirs."""
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(_Reporter(config), "wirecheck-reporter")
