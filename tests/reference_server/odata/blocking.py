"""A server that stands still in the middle of a change set, to be killed there.

Run as a program: `python -m tests.reference_server.odata.blocking DATABASE_URL N`. It prints the
port, then "standing" when N operations of a change set are done and not committed.
"""

import sys
import threading

from reference_server.app import create_app
from reference_server.faults import Fault
from reference_server.odata.batch import Operation
from reference_server.odata.changesets import ChangeSets
from reference_server.odata.message import Response
from reference_server.odata.references import Resolver
from reference_server.server import listen, server_for
from reference_server.settings import Settings, everything_on
from reference_server.store import Transaction


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def standing_after(count: int) -> type[ChangeSets]:
    """Make change sets that stop for good after so many operations."""
    done = []

    class Standing(ChangeSets):
        def _one(self, operation: Operation, work: Transaction, resolver: Resolver) -> Response:
            response = super()._one(operation, work, resolver)
            done.append(response.status)
            if len(done) == count:
                say("standing")
                threading.Event().wait()
            return response

    return Standing


def main(database_url: str, count: int) -> None:
    fault = Fault(
        name="stands",
        summary="Stands still.",
        breaks=(),
        odata_parts={"change_sets": standing_after(count)},
    )
    with listen("127.0.0.1", 0) as listener:
        app = create_app(everything_on(Settings(database_url=database_url)), faults=[fault])
        say(str(listener.getsockname()[1]))
        server_for(app).run(sockets=[listener])


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
