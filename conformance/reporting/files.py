"""Files written whole or not at all."""

import os
import tempfile
from pathlib import Path
from typing import Final

from conformance.errors import InputError

_FILE_MODE: Final = 0o666


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


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
            # mkstemp's files are private; a report is as open as the user's other files.
            Path(name).chmod(_FILE_MODE & ~_umask())
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        where = str(error.filename or path)
        raise InputError(where, "a place to write to", error.strerror or str(error)) from error
