"""Where a command ends: a known error becomes one line and its exit status."""

import os
import sys
from collections.abc import Callable
from typing import NoReturn

from conformance.cli_status import Status


def guarded(action: Callable[[], int]) -> NoReturn:
    """Run an action and exit with its status; a known error becomes one line and its status.

    Raises:
        SystemExit: always.
    """
    from conformance.errors import InputError, RefusedError, TargetUnreachableError

    try:
        raise SystemExit(action())
    except InputError as error:
        print(f"wirecheck: {error}", file=sys.stderr)
        raise SystemExit(Status.WRONG_USAGE) from error
    except RefusedError as error:
        print(f"wirecheck: {error}", file=sys.stderr)
        raise SystemExit(Status.FAIL) from error
    except TargetUnreachableError as error:
        print(f"wirecheck: {error}", file=sys.stderr)
        raise SystemExit(Status.UNREACHABLE) from error
    except BrokenPipeError as error:
        # The reader of our output went away (`wirecheck list … | head`): not our failure.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(Status.NO_FAIL) from error
    except KeyboardInterrupt as error:
        print("wirecheck: interrupted", file=sys.stderr)
        raise SystemExit(Status.INTERRUPTED) from error
