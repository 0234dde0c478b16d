"""Which response of a batch answers which request, in either format and across them.

Knows the three ways to tell: the place in the batch, Content-ID and `id`. Refuses to know what a
response says, but for whether it is an error: one alone may answer a whole change set.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby
from typing import Protocol

from conformance.observe.odata_batch_multipart import Unit
from conformance.observe.odata_reply import Reply


class Asked(Protocol):
    """What has to be known of a request that was sent."""

    @property
    def label(self) -> str:
        """Its name in the scenario, unique in the batch."""

    @property
    def group(self) -> str | None:
        """Its change set or atomicity group; None outside of them."""

    @property
    def wire_id(self) -> str | None:
        """Its Content-ID or `id`; None when none was sent."""


class MappedBy(StrEnum):
    """What told which request a response answers."""

    CONTENT_ID = "content-id"
    ID = "id"
    POSITION = "position"
    CHANGESET_ERROR = "changeset-error"  # one error for all that have no answer of their own


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Requests that follow one another: the members of a group, or one outside of any."""

    group: str | None
    requests: tuple[Asked, ...]


def runs_of(requests: Sequence[Asked]) -> list[Run]:
    """Return the requests as the parts of a multipart batch hold them, in order."""
    runs: list[Run] = []
    for group, members in groupby(requests, key=lambda one: one.group):
        if group is None:
            runs += [Run(group=None, requests=(one,)) for one in members]
        else:
            runs.append(Run(group=group, requests=tuple(members)))
    return runs


class Answers:
    """Responses by the label of the request that each answers.

    `doubled` are labels that are answered more than once, each once; `unknown` the responses that
    answer nothing.

    Args:
        requests: as they were sent.
    """

    def __init__(self, requests: Sequence[Asked]) -> None:
        self.requests = requests
        self.runs = runs_of(requests)
        self.by_label: dict[str, tuple[Reply, MappedBy]] = {}
        self.doubled: dict[str, None] = {}
        self.unknown: list[Reply] = []
        #: Responses that came as, or instead of, a group, in wire order.
        self.of_group: dict[str, list[Reply]] = {}
        self.nested_groups: set[str] = set()
        #: The first label of each response, by its identity.
        self.labels: dict[int, str] = {}
        self._groups: dict[str | None, Run] = {}
        for run in self.runs:
            if run.group is not None:
                self.of_group[run.group] = []
                self._groups[run.group] = run
        self._ids: dict[str, Asked] = {}
        for one in requests:
            if one.wire_id is not None:
                self._ids.setdefault(one.wire_id, one)

    def by_place(self, units: Sequence[Unit]) -> None:
        """Map a multipart response to a multipart batch (ODATA-11.7.7.5-02, -03)."""
        for run, unit in zip(self.runs, units, strict=False):
            if run.group is None:
                self._give(run.requests[0], unit.replies[:1], MappedBy.POSITION)
                self.unknown += unit.replies[1:]
                continue
            self.of_group[run.group] += unit.replies
            if unit.is_nested:
                self.nested_groups.add(run.group)
            elif unit.replies[0].is_error:
                self._share(run, unit.replies[0])
                continue
            self._in_changeset(run, unit.replies)
        for unit in units[len(self.runs) :]:
            self.unknown += unit.replies

    def by_id(self, replies: Sequence[Reply], how: MappedBy, *, is_ordered: bool) -> None:
        """Map responses that carry ids.

        Args:
            replies: in wire order.
            how: which of the two ids it is.
            is_ordered: what has no known id follows the order of the requests, as in the JSON
                response to a multipart batch (ODATA-J19.5-03); else it does so only if there are
                as many responses as requests.
        """
        left: list[Reply] = []
        for reply in replies:
            asked = self._ids.get(reply.any_id) if reply.any_id is not None else None
            if asked is None:
                left.append(reply)
            else:
                self._give(asked, (reply,), how)
        left = [reply for reply in left if not self._is_for_a_group(reply)]
        if is_ordered:
            left = self._in_order(left)
        elif len(replies) == len(self.requests):
            left = self._beside(replies, left)
        if how is MappedBy.CONTENT_ID:
            left = self._of_lone_groups(left)
            for run in self.runs:
                self._share_known_error(run)
        self.unknown += left
        groups = {one.label: one.group for one in self.requests}
        for reply in replies:
            group = groups.get(self.labels.get(id(reply), ""))
            if group is not None:
                self.of_group[group].append(reply)

    def _is_free(self, asked: Asked) -> bool:
        return asked.label not in self.by_label

    def _give(self, asked: Asked, replies: Sequence[Reply], how: MappedBy) -> None:
        for reply in replies:
            self.labels.setdefault(id(reply), asked.label)
            if self._is_free(asked):
                self.by_label[asked.label] = (reply, how)
            else:
                self.doubled[asked.label] = None

    def _share(self, run: Run, reply: Reply) -> None:
        """Let one error answer all requests of a group that have no answer."""
        # It is told apart by the request that it names, where it names one.
        for asked in sorted(run.requests, key=lambda one: one.wire_id != reply.any_id):
            if self._is_free(asked):
                self._give(asked, (reply,), MappedBy.CHANGESET_ERROR)

    def _in_changeset(self, run: Run, replies: Sequence[Reply]) -> None:
        own = {one.wire_id: one for one in run.requests if one.wire_id is not None}
        is_short = len(replies) < len(run.requests)
        left: list[tuple[int, Reply]] = []
        for index, reply in enumerate(replies):
            asked = own.get(reply.any_id) if reply.any_id is not None else None
            if asked is None:
                left.append((index, reply))
            else:
                self._give(asked, (reply,), MappedBy.CONTENT_ID)
        for index, reply in left:
            if is_short and reply.is_error and reply.any_id is None:
                self._share(run, reply)
            elif index < len(run.requests) and self._is_free(run.requests[index]):
                self._give(run.requests[index], (reply,), MappedBy.POSITION)
            else:
                self.unknown.append(reply)
        failed = next((reply for reply in replies if reply.is_error), None)
        if failed is not None:
            self._share(run, failed)

    def _is_for_a_group(self, reply: Reply) -> bool:
        """Map an error that names a group none of whose members is answered."""
        names = [reply.group, reply.any_id]
        run = next((self._groups[name] for name in names if name in self._groups), None)
        if run is None or not reply.is_error or not all(map(self._is_free, run.requests)):
            return False
        self._share(run, reply)
        return True

    def _in_order(self, left: list[Reply]) -> list[Reply]:
        """Map what is left to the requests that are, in order; return what is too much."""
        waiting = iter(left)
        for run in self.runs:
            free = [one for one in run.requests if self._is_free(one)]
            if len(free) < len(run.requests):
                self._share_known_error(run)
                continue
            for asked in free:
                reply = next(waiting, None)
                if reply is None:
                    break
                if run.group is not None and reply.is_error and asked is free[0]:
                    self._share(run, reply)
                    break
                self._give(asked, (reply,), MappedBy.POSITION)
        return list(waiting)

    def _of_lone_groups(self, left: list[Reply]) -> list[Reply]:
        """Map errors without an id to groups without an answer, if there are as many."""
        errors = [reply for reply in left if reply.is_error and reply.any_id is None]
        runs = [
            run
            for run in self.runs
            if run.group is not None and all(map(self._is_free, run.requests))
        ]
        if len(errors) != len(runs):
            return left
        for run, reply in zip(runs, errors, strict=True):
            self._share(run, reply)
        return [reply for reply in left if id(reply) not in self.labels]

    def _share_known_error(self, run: Run) -> None:
        """Let the error of one member answer those of its group that have no answer."""
        answers = [self.by_label[one.label][0] for one in run.requests if not self._is_free(one)]
        failed = next((reply for reply in answers if reply.is_error), None)
        if failed is not None:
            self._share(run, failed)

    def _beside(self, replies: Sequence[Reply], left: list[Reply]) -> list[Reply]:
        """Map what has no id at all to the request at its place; return the others."""
        waiting = {id(reply) for reply in left}
        for asked, reply in zip(self.requests, replies, strict=True):
            if id(reply) in waiting and reply.any_id is None and self._is_free(asked):
                self._give(asked, (reply,), MappedBy.POSITION)
                waiting.discard(id(reply))
        return [reply for reply in left if id(reply) in waiting]

    def places(self, replies: Sequence[Reply]) -> Iterator[int]:
        """Yield, for each response that carries a known id, the index of the run it answers."""
        runs: Mapping[str, int] = {
            one.label: index for index, run in enumerate(self.runs) for one in run.requests
        }
        for reply in replies:
            if reply.any_id is not None and (asked := self._ids.get(reply.any_id)):
                yield runs[asked.label]
