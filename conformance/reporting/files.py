"""Files written whole or not at all."""

import os
from pathlib import Path
from uuid import uuid4

from conformance.errors import InputError


def write_file(path: Path, text: str) -> None:
    """Write a text file beside its place and move it there; makes missing folders.

    Raises:
        InputError: the place can't be written to.
    """
    # Not by tempfile: its files are their owner's alone, and a report is read by others.
    beside = path.parent / f".{path.name}.{uuid4().hex}.tmp"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with beside.open("x", encoding="utf-8", newline="\n") as file:
                file.write(text)
            beside.replace(path)
        except BaseException:
            beside.unlink(missing_ok=True)
            raise
    except OSError as error:
        where = path if error.filename in (None, str(beside)) else error.filename
        raise InputError(str(where), "a place to write to", error.strerror or str(error)) from error


def check_folder(folder: Path) -> None:
    """Make sure, before a run and not after it, that files can be written to a folder.

    Nothing is made: a folder that is not there has to have one above it that can be written to.

    Raises:
        InputError: it can't be written to, or can't be made.
    """
    expected = "a place to write to"
    try:
        there = next(one for one in (folder, *folder.absolute().parents) if one.exists())
        if not there.is_dir():
            raise InputError(str(folder), expected, f"the file {there}")
        if not os.access(there, os.W_OK | os.X_OK):
            raise InputError(str(folder), expected, f"no right to write to {there}")
    except OSError as error:
        raise InputError(str(folder), expected, error.strerror or str(error)) from error
