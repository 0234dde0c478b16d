"""The reference of the command: its own help, command by command, as the Typer app gives it."""

import os
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import typer

from docs._make.markdown import page

_WIDTH: Final = "92"  # columns that a code block of the site shows without a scroll bar


def command_names(app: typer.Typer) -> list[str]:
    """Return the names of the app's commands, in the order of its help."""
    named = (one.name or getattr(one.callback, "__name__", "") for one in app.registered_commands)
    return [name.replace("_", "-") for name in named]


def help_texts(names: Iterable[str]) -> dict[str, str]:
    """Ask the command for its help, then each of its commands; keys are the arguments asked with.

    A process each, since `serve` passes the question on to another program.
    """
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        asked = ["", *names]
        return dict(zip(asked, pool.map(_help, asked), strict=True))


def _help(name: str) -> str:
    arguments = [*filter(None, [name]), "--help"]
    done = subprocess.run(
        [sys.executable, "-m", "conformance", *arguments],
        env={**os.environ, "COLUMNS": _WIDTH, "NO_COLOR": "1", "TERM": "dumb"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
    )
    return "\n".join(line.rstrip() for line in done.stdout.strip().splitlines())


def command_page(texts: Mapping[str, str]) -> str:
    """Return the page from help texts by the name of their command; the empty one is the whole."""
    return page(_lines(texts))


def _lines(texts: Mapping[str, str]) -> Iterator[str]:
    yield from ("# Command reference", "")
    yield "What `wirecheck --help` and `wirecheck COMMAND --help` say. Results go to standard"
    yield "output, all else to standard error; in a pipe, or with `NO_COLOR`, the text is plain."
    yield ""
    yield from ("| status | means |", "|---|---|")
    yield "| 0 | no fail |"
    yield "| 1 | at least one fail (`--baseline`: one that is not in it), or nothing was tested |"
    yield "| 2 | wrong usage, or a bad file |"
    yield "| 3 | the target could not be reached, or was lost on the way |"
    yield "| 130 | Ctrl-C; the report of what was done is still written |"
    yield ""
    for name, text in texts.items():
        yield from (f"## {f'wirecheck {name}'.strip()}", "", "```text", text, "```", "")
