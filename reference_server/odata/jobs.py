"""Requests that are answered later, and their status monitors (Protocol 11.6).

Knows which jobs there are and how they ended. Refuses to know what they do, and threads: whoever
makes it says how work is started.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum, auto
from threading import Condition
from typing import Final

from reference_server.errors import ServerError
from reference_server.odata.errors import Code, refused
from reference_server.odata.message import Response

# A peer that waits holds one of the threads that answer.
MAX_WAIT_S: Final = 10.0


class CancelledError(ServerError):
    """The job was cancelled; nothing of it may stay."""


class State(Enum):
    """Where a job stands."""

    RUNNING = auto()
    ENDING = auto()
    DONE = auto()


@dataclass(slots=True)
class Job:
    """One request under way; `response` is there when it is done."""

    job_id: str
    state: State = State.RUNNING
    cancelled: bool = False
    response: Response | None = None


@dataclass(slots=True)
class Jobs:
    """All jobs of a service.

    Attributes:
        fresh_id: makes ids that nobody can guess.
        start: starts work in the background.
        most: jobs that are kept; a finished one goes for a new one, the oldest first.
    """

    fresh_id: Callable[[], str]
    start: Callable[[Callable[[], None]], None]
    most: int
    _jobs: dict[str, Job] = field(default_factory=dict)
    _changed: Condition = field(default_factory=Condition)

    def submit(self, work: Callable[[Job], Response], *, wait_s: float = 0) -> Job:
        """Start a job and return it, or wait for its end, `MAX_WAIT_S` seconds at the very most.

        `work` asks `check` now and then, and `end` before anything of it lasts.

        Raises:
            ODataError: 503, too many jobs are under way.
        """
        job = Job(self.fresh_id())
        with self._changed:
            done = [key for key, each in self._jobs.items() if each.state is State.DONE]
            if len(self._jobs) >= self.most:
                if not done:
                    raise refused(503, Code.BUSY, "too many requests are under way")
                del self._jobs[done[0]]
            self._jobs[job.job_id] = job

        def carry_out() -> None:
            try:
                response = work(job)
            except CancelledError:
                return
            with self._changed:
                job.response, job.state = response, State.DONE
                self._changed.notify_all()

        self.start(carry_out)
        if wait_s:
            with self._changed:
                self._changed.wait_for(lambda: job.state is State.DONE, min(wait_s, MAX_WAIT_S))
        return job

    def check(self, job: Job) -> None:
        """Raise if a job was cancelled.

        Raises:
            CancelledError: it was.
        """
        if job.cancelled:
            raise CancelledError

    def end(self, job: Job) -> None:
        """Say that what a job did is about to last; from here on nobody can cancel it.

        Raises:
            CancelledError: somebody did.
        """
        with self._changed:
            self.check(job)
            job.state = State.ENDING

    def find(self, job_id: str) -> Job:
        """Find a job.

        Raises:
            ODataError: 404, there is none.
        """
        with self._changed:
            job = self._jobs.get(job_id)
        if job is None:
            raise refused(404, Code.NOT_FOUND, "there is no such status monitor")
        return job

    def cancel(self, job_id: str) -> bool:
        """Cancel a job, which is forgotten; False says that it is too late.

        Raises:
            ODataError: 404, there is none.

        Spec: ODATA-11.7.7.6-09
        """
        with self._changed:
            job = self._jobs.get(job_id)
            if job is None:
                raise refused(404, Code.NOT_FOUND, "there is no such status monitor")
            if job.state is not State.RUNNING:
                return False
            job.cancelled = True
            del self._jobs[job_id]
            return True
