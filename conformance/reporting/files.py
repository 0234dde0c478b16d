"""Files written whole or not at all."""

import os
import tempfile
from pathlib import Path

from conformance.errors import InputError


def write_file(path: Path, text: str) -> None:
    """Write a text file beside its place and move it there; makes missing folders.

    Raises:
        InputError: the place can't be written to.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
                file.write(text)
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        where = str(error.filename or path)
        raise InputError(where, "a place to write to", error.strerror or str(error)) from error
