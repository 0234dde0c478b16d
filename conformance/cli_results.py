"""The commands that read results: reports, gates, differences, certificates.

As in `cli`, nothing heavy is imported before a command runs.
"""

from pathlib import Path
from typing import Annotated

import typer

from conformance.cli_guard import guarded
from conformance.cli_status import Status


def report(
    results: Annotated[list[Path], typer.Argument(help="report.json, or a folder of them.")],
    formats: Annotated[
        str, typer.Option("--format", help="To write; several results: html.")
    ] = "html",
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="The file to write [beside a single result]."),
    ] = None,
    each: Annotated[
        bool, typer.Option("--each", help="Of several, also each one's own page, beside it.")
    ] = False,
    attestation: Annotated[
        Path | None, typer.Option(help="Of a single result: shown on its page, once checked.")
    ] = None,
    public_key: Annotated[
        Path | None, typer.Option(help="With --attestation: the signer's public key.")
    ] = None,
) -> None:
    """Write a result in other formats, or several as one page: who keeps what.

    Status 0: written. 1: refused: the attestation does not hold. 2: a bad file.
    """

    def action() -> int:
        from conformance.report_command import Signed, report_files

        signed = Signed.read(attestation=attestation, public_key=public_key)
        written = report_files(results, formats=formats, output=output, each=each, signed=signed)
        print(f"report: {', '.join(map(str, written))}")
        return Status.NO_FAIL

    guarded(action)


def gate(
    result: Annotated[Path, typer.Argument(help="A report.json.")],
    baseline: Annotated[Path | None, typer.Option(help="What is known.")] = None,
    previous: Annotated[
        Path | None, typer.Option(help="An earlier report: what it tested has to be tested still.")
    ] = None,
    write_baseline: Annotated[
        Path | None, typer.Option(help="Write or bring up to date this baseline.", metavar="FILE")
    ] = None,
    form: Annotated[str, typer.Option("--format", help="text or markdown.")] = "text",
) -> None:
    """Hold a report against a baseline. Status 0: nothing new. 1: red. 2: a bad file."""

    def action() -> int:
        from conformance.gate_command import gate as gate_result

        lines, status = gate_result(
            result, baseline=baseline, previous=previous, writes=write_baseline, form=form
        )
        print("\n".join(lines))
        return status

    guarded(action)


def diff(
    old: Annotated[Path, typer.Argument(help="The earlier report.json.")],
    new: Annotated[Path, typer.Argument(help="The later one.")],
    form: Annotated[str, typer.Option("--format", help="text, json or markdown.")] = "text",
) -> None:
    """Compare two reports: new fails, fixed, lost, flaky. Status 0 whatever has changed."""

    def action() -> int:
        from conformance.diff_command import diff as diff_reports

        print(diff_reports(old, new, form=form), end="")
        return Status.NO_FAIL

    guarded(action)


def keygen(
    file: Annotated[Path, typer.Argument(help="The private key; the public one gets .pub.")],
) -> None:
    """Make an Ed25519 key pair to sign certificates with; nothing is overwritten."""

    def action() -> int:
        from conformance.certify_command import keygen as make_keys

        print(make_keys(file))
        return Status.NO_FAIL

    guarded(action)


def certify(
    result: Annotated[Path, typer.Argument(help="A report.json of a whole run.")],
    key: Annotated[Path, typer.Option(help="The private key, as made by keygen.")],
    classes: Annotated[
        list[str] | None,
        typer.Option("--class", help="To certify [all that the report shows].", metavar="NAME"),
    ] = None,
    valid_days: Annotated[int, typer.Option(help="Until it expires.", min=1, max=3650)] = 365,
    by: Annotated[str, typer.Option(help="Who ran it.")] = "",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="[attestation.json beside the report].")
    ] = None,
) -> None:
    """Certify classes that a report shows to be kept: a signed attestation, and a page to print.

    The report's own page is written again, with what was certified.

    Status 0: certified. 1: refused, since the report does not show it. 2: a bad file.
    """

    def action() -> int:
        from conformance.certify_command import certify as certify_result

        made = certify_result(
            result, classes=classes or (), key=key, valid_days=valid_days, by=by, output=output
        )
        print("\n".join(made))
        return Status.NO_FAIL

    guarded(action)


def verify(
    file: Annotated[Path, typer.Argument(help="An attestation.")],
    public_key: Annotated[Path, typer.Option(help="The signer's public key.")],
    report_file: Annotated[
        Path | None, typer.Option("--report", help="The report that was certified.", metavar="FILE")
    ] = None,
) -> None:
    """Check an attestation offline, and say what was certified.

    Status 0: it holds. 1: refused: changed, expired, or signed by another. 2: a bad file.
    """

    def action() -> int:
        from conformance.certify_command import verify as verify_file

        print("\n".join(verify_file(file, public_key=public_key, report_file=report_file)))
        return Status.NO_FAIL

    guarded(action)
