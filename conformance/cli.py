"""Face 2: the command `wirecheck`. It parses, calls, prints; everything else is elsewhere.

Nothing heavy is imported here: `--help` has to be quick.
"""

import io
import os
import sys
from pathlib import Path
from typing import Annotated, Final

import typer

import conformance
from conformance.cli_guard import guarded
from conformance.cli_results import certify, diff, gate, keygen, report, verify
from conformance.cli_status import Status

app = typer.Typer(
    name="wirecheck",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Tells from the wire alone whether a server keeps JSON-RPC 2.0, OData $batch and SSE.",
)
DEFAULT_REPORT_DIR: Final = Path("reports/run")


def _show_version(value: bool) -> None:
    if value:
        print(f"wirecheck {conformance.__version__}")
        raise typer.Exit


@app.callback()
def top(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show version.")
    ] = False,
) -> None:
    """Judge servers, statement by statement of the specs."""


@app.command()
def run(
    url: Annotated[
        str | None,
        typer.Argument(help="The target; what is there is found out. Default: reference server."),
    ] = None,
    target: Annotated[str | None, typer.Option(help="The same as URL.", metavar="URL")] = None,
    jsonrpc: Annotated[str | None, typer.Option(help="JSON-RPC endpoint.", metavar="URL")] = None,
    odata: Annotated[str | None, typer.Option(help="OData service root.", metavar="URL")] = None,
    sse: Annotated[str | None, typer.Option(help="Event stream.", metavar="URL")] = None,
    profile: Annotated[Path | None, typer.Option(help="Describes the target.")] = None,
    preset: Annotated[
        str | None,
        typer.Option(help="Fills the profile's gaps for a kind of target: mcp.", metavar="NAME"),
    ] = None,
    class_: Annotated[
        list[str] | None, typer.Option("--class", help="Only this class.", metavar="NAME")
    ] = None,
    only: Annotated[
        list[str] | None, typer.Option(help="Only matching cases.", metavar="GLOB")
    ] = None,
    skip: Annotated[list[str] | None, typer.Option(help="No such cases.", metavar="GLOB")] = None,
    allow_writes: Annotated[
        bool, typer.Option("--allow-writes", help="Consent: data of the target may be changed.")
    ] = False,
    header: Annotated[
        list[str] | None,
        typer.Option(help="Sent with every request, masked in reports.", metavar="'K: V'"),
    ] = None,
    jobs: Annotated[int | None, typer.Option(help="Cases at once [4].", min=1, max=64)] = None,
    timeout: Annotated[
        float | None, typer.Option(help="Seconds an exchange may take [5].", min=0.01)
    ] = None,
    report_dir: Annotated[Path, typer.Option(help="Where reports go.")] = DEFAULT_REPORT_DIR,
    formats: Annotated[
        str,
        typer.Option("--format", help="json,junit,html,ctrf,earl,sarif,markdown,badge,shields."),
    ] = "json,junit",
    baseline: Annotated[
        Path | None, typer.Option(help="Known failures: only others give status 1.")
    ] = None,
    repeat: Annotated[
        int, typer.Option(help="Run each case so often; what differs is flaky.", min=1, max=100)
    ] = 1,
    seed: Annotated[int | None, typer.Option(help="Repeat a run's fresh values.")] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress, no warnings.")] = False,
) -> None:
    """Judge a server and write a report.

    Status 0: no fail. 1: at least one fail (with --baseline: one that is not in it), or nothing
    was tested. 2: wrong usage or a bad file. 3: the target could not be reached. 130: Ctrl-C.
    """

    def action() -> int:
        from conformance.errors import InputError
        from conformance.run_command import run_and_report
        from conformance.session import RunOptions

        if url is not None and target is not None and url != target:
            raise InputError("--target", "one URL", target, f"the argument says {url}")
        options = RunOptions(
            url=url or target,
            jsonrpc=jsonrpc,
            odata=odata,
            sse=sse,
            profile=profile,
            preset=preset,
            classes=tuple(class_ or ()),
            only=tuple(only or ()),
            skip=tuple(skip or ()),
            allow_writes=allow_writes,
            headers=tuple(header or ()),
            jobs=jobs,
            timeout_s=timeout,
            seed=seed,
            repeat=repeat,
        )
        return run_and_report(
            options, report_dir=report_dir, formats=formats, baseline=baseline, quiet=quiet
        )

    guarded(action)


@app.command()
def client(
    service: Annotated[
        str | None, typer.Option(help="A test service that runs the client.", metavar="URL")
    ] = None,
    command: Annotated[
        str | None, typer.Option(help="Starts one; {port} is filled in.", metavar="COMMAND")
    ] = None,
    browser: Annotated[
        str | None, typer.Option(help="A Chromium to drive, or 'url' to open one by hand.")
    ] = None,
    module: Annotated[
        Path | None,
        typer.Option(help="With --browser: a module to run in place of EventSource."),
    ] = None,
    name: Annotated[str, typer.Option(help="The client's name in the report.")] = "",
    version: Annotated[str, typer.Option(help="Its version in the report.")] = "",
    class_: Annotated[
        list[str] | None, typer.Option("--class", help="Only this class.", metavar="NAME")
    ] = None,
    only: Annotated[
        list[str] | None, typer.Option(help="Only matching cases.", metavar="GLOB")
    ] = None,
    skip: Annotated[list[str] | None, typer.Option(help="No such cases.", metavar="GLOB")] = None,
    jobs: Annotated[int | None, typer.Option(help="Cases at once [8].", min=1, max=64)] = None,
    timeout: Annotated[
        float | None, typer.Option(help="Seconds that a step may take [5].", min=0.01)
    ] = None,
    report_dir: Annotated[Path, typer.Option(help="Where reports go.")] = DEFAULT_REPORT_DIR,
    formats: Annotated[
        str,
        typer.Option("--format", help="json,junit,html,ctrf,earl,sarif,markdown,badge,shields."),
    ] = "json,junit",
    baseline: Annotated[
        Path | None, typer.Option(help="Known failures: only others give status 1.")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Repeat a run's fresh values.")] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress, no warnings.")] = False,
) -> None:
    """Judge a client of event streams: a lab serves it streams, and it reports what it read.

    Status as for run; 3: its test service or browser gave no answer.
    """

    def action() -> int:
        from conformance.client_command import Attached, client_and_report
        from conformance.clients.session import ClientOptions

        attached = Attached(service=service, command=command, browser=browser, module=module)
        options = ClientOptions(
            name=name,
            version=version,
            classes=tuple(class_ or ()),
            only=tuple(only or ()),
            skip=tuple(skip or ()),
            jobs=jobs,
            timeout_s=timeout,
            seed=seed,
        )
        return client_and_report(
            attached,
            options,
            report_dir=report_dir,
            formats=formats,
            baseline=baseline,
            quiet=quiet,
        )

    guarded(action)


@app.command()
def init(
    url: Annotated[str, typer.Argument(help="The target to probe.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The profile to write.")] = Path(
        "wirecheck.yaml"
    ),
    header: Annotated[
        list[str] | None, typer.Option(help="Sent with every request.", metavar="'K: V'")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace an existing file.")] = False,
) -> None:
    """Probe a target and write a profile to edit."""

    def action() -> int:
        from conformance.init_command import write_profile

        print(write_profile(url, output=output, headers=tuple(header or ()), force=force))
        return Status.NO_FAIL

    guarded(action)


@app.command(
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
    add_help_option=False,
)
def serve(context: typer.Context) -> None:
    """Run the reference server (--port, --database, --fault NAME, --without FEATURE, --help)."""
    # Another program: the suite does not import the server, not even to start it.
    command = [sys.executable, "-m", "reference_server", "serve", *context.args]
    os.execv(sys.executable, command)  # noqa: S606 - our own interpreter


@app.command("list")
def list_(
    what: Annotated[str, typer.Argument(help="requirements, scenarios, faults or classes.")],
    coverage: Annotated[
        bool, typer.Option("--coverage", help="Of requirements: testable, tested, proven.")
    ] = False,
) -> None:
    """List requirements, scenarios, faults or classes, one a line."""

    def action() -> int:
        from conformance.errors import InputError
        from conformance.listing import list_lines, requirement_coverage_lines

        if coverage and what != "requirements":
            raise InputError("--coverage", "the list of requirements", what)
        for line in requirement_coverage_lines() if coverage else list_lines(what):
            print(line)
        return Status.NO_FAIL

    guarded(action)


@app.command()
def explain(
    id_: Annotated[str, typer.Argument(metavar="ID", help="A requirement, scenario or class.")],
) -> None:
    """Tell all about one requirement, scenario, ambiguity or class."""

    def action() -> int:
        from conformance.listing import explain_lines

        for line in explain_lines(id_):
            print(line)
        return Status.NO_FAIL

    guarded(action)


for _command in (report, gate, diff, keygen, certify, verify):
    app.command()(_command)


@app.command()
def fuzz(
    url: Annotated[str | None, typer.Argument(help="The target, as for run.")] = None,
    target: Annotated[str | None, typer.Option(help="The same as URL.", metavar="URL")] = None,
    jsonrpc: Annotated[str | None, typer.Option(help="JSON-RPC endpoint.", metavar="URL")] = None,
    odata: Annotated[str | None, typer.Option(help="OData service root.", metavar="URL")] = None,
    sse: Annotated[str | None, typer.Option(help="Event stream.", metavar="URL")] = None,
    profile: Annotated[Path | None, typer.Option(help="Describes the target.")] = None,
    allow_writes: Annotated[
        bool, typer.Option("--allow-writes", help="Consent: data of the target may be changed.")
    ] = False,
    header: Annotated[
        list[str] | None, typer.Option(help="Sent with every request.", metavar="'K: V'")
    ] = None,
    entity_set: Annotated[
        list[str] | None,
        typer.Option(help="With --allow-writes: of OData only these.", metavar="NAME"),
    ] = None,
    timeout: Annotated[float | None, typer.Option(help="Seconds an exchange may take.")] = None,
    rate: Annotated[
        float | None, typer.Option(help="Requests a second, at most.", min=0.01)
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Of the messages that are made up.")] = None,
    kind: Annotated[
        list[str] | None, typer.Option(help="Only such messages.", metavar="GLOB")
    ] = None,
    max_examples: Annotated[int, typer.Option(help="Messages of each kind.")] = 200,
    budget_s: Annotated[float, typer.Option(help="Seconds for all of it.")] = 60.0,
    save: Annotated[
        Path | None, typer.Option(help="A folder for finds, as scenario files.", metavar="DIR")
    ] = None,
    replay: Annotated[
        Path | None, typer.Option(help="Send a saved find again.", metavar="FILE")
    ] = None,
) -> None:
    """Make up messages, send them to a target, and make small what it breaks."""

    def action() -> int:
        from conformance.fuzz_command import FuzzOptions
        from conformance.fuzz_command import fuzz as fuzz_target
        from conformance.fuzz_command import replay as replay_find
        from conformance.session import RunOptions

        options = RunOptions(
            url=url or target,
            jsonrpc=jsonrpc,
            odata=odata,
            sse=sse,
            profile=profile,
            allow_writes=allow_writes,
            headers=tuple(header or ()),
            timeout_s=timeout,
            rate_per_s=rate,
            entity_sets=tuple(entity_set or ()),
            seed=seed,
        )
        if replay is not None:
            return replay_find(options, replay)
        fuzzing = FuzzOptions(
            max_examples=max_examples, budget_s=budget_s, kinds=tuple(kind or ()), save=save
        )
        return fuzz_target(options, fuzzing)

    guarded(action)


def main() -> None:
    """Run the command line."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # What a terminal has no letter for is no reason to lose the rest of a summary.
            stream.reconfigure(errors="backslashreplace")
    app()
