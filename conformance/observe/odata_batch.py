"""What came back for a batch, set against what was sent; one shape for both formats.

Knows which parts and responses a batch has to bring (Protocol 11.7, JSON Format 19). Judges
nothing: a missing answer is a value here, and an expectation says what is wrong with it.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from conformance.observe.defect import Defect
from conformance.observe.http_message import joined_fields, read_message
from conformance.observe.odata_answers import Answers, MappedBy
from conformance.observe.odata_batch_json import JsonBatch, read_json_batch
from conformance.observe.odata_batch_multipart import MultipartBatch, Unit, read_multipart_batch
from conformance.observe.odata_content import essence_of
from conformance.observe.odata_reply import Reply, leaked_references, reference_segments
from conformance.words.json_value import Json

MULTIPART: Final = "multipart"
JSON: Final = "json"
NONE: Final = "none"
MAX_LEAKS: Final = 50
_JSON_TYPE: Final = "application/json"
_HTTP_TYPE: Final = "application/http"


@dataclass(frozen=True, slots=True, kw_only=True)
class SentRequest:
    """One individual request as it was sent.

    `label` is its name in the scenario, unique in the batch; `group` its change set or atomicity
    group; `wire_id` its Content-ID or `id`, None when none was sent.
    """

    label: str
    group: str | None = None
    wire_id: str | None = None
    method: str = "GET"
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SentBatch:
    """A batch as it was sent: `multipart` or `json`, and its requests in order."""

    format: str
    requests: Sequence[SentRequest]


def observe_batch(sent: SentBatch, content_type: str, body: bytes) -> dict[str, Json]:
    """Set the response to a batch against what was sent.

    Args:
        sent: the batch.
        content_type: the response's, empty when it has none.
        body: the response's, content codings taken off.

    Returns:
        The `/batch` part of an observation. A body that is no batch response is `format` none, and
        all that could not be seen of it is absent.

    Spec: ODATA-11.7.7.5, ODATA-J19.5
    """
    if essence_of(content_type) != _HTTP_TYPE:
        return _observe_body(sent, content_type, body, at=0)
    # The result of an asynchronous batch is a whole response in the response (Protocol 11.6).
    message = read_message(body)
    wrapped: dict[str, Json] = {"defect_codes": [defect.code for defect in message.defects]}
    inner_type = ""
    if message.head is not None:
        headers = joined_fields(message.head.fields)
        wrapped |= {"status": message.head.status, "headers": dict(headers)}
        inner_type = headers.get("content-type", "")
    return {
        **_observe_body(sent, inner_type, message.body, at=message.body_at),
        "wrapped": wrapped,
    }


def _observe_body(sent: SentBatch, content_type: str, body: bytes, *, at: int) -> dict[str, Json]:
    essence = essence_of(content_type)
    if essence.startswith("multipart/"):
        return _observe_multipart(sent, read_multipart_batch(content_type, body, at=at))
    if essence == _JSON_TYPE:
        batch = read_json_batch(body, at=at)
        return _observe_json(sent, batch) if batch.is_batch else _observe_none(sent, batch.defects)
    return _observe_none(sent, ())


def _observe_none(sent: SentBatch, defects: Sequence[Defect]) -> dict[str, Json]:
    answers = Answers(sent.requests)
    return {
        "format": NONE,
        "parts": 0,
        "structure": [],
        "responses": [],
        "answers": {},
        "groups": _groups(answers, is_json=False, replies=()),
        "unanswered": [one.label for one in sent.requests],
        "statuses": [],
        **_defects(defects),
    }


def _observe_multipart(sent: SentBatch, batch: MultipartBatch) -> dict[str, Json]:
    replies = [reply for unit in batch.units for reply in unit.replies]
    answers = Answers(sent.requests)
    if sent.format == JSON:
        answers.by_id(replies, MappedBy.CONTENT_ID, is_ordered=False)
    else:
        answers.by_place(batch.units)
    observation: dict[str, Json] = {
        "format": MULTIPART,
        "parts": len(batch.units),
        "structure": [_kind(unit) for unit in batch.units],
        "nested_depth": batch.nested_depth,
        "content_length_mismatches": batch.mismatches,
        "lf_only": batch.lf_ends > 0 and batch.crlf_ends == 0,
        **_common(sent, answers, replies, is_json=False),
        **_defects(batch.defects),
    }
    if sent.format == MULTIPART:
        observation["mirrored"] = _is_mirrored(answers, batch.units)
    if batch.boundary is not None and batch.body is not None:
        observation["boundary"] = batch.boundary
        observation["preamble_size"] = len(batch.body.preamble)
        observation["epilogue_size"] = len(batch.body.epilogue)
        observation["closed"] = batch.body.is_closed
    return observation


def _observe_json(sent: SentBatch, batch: JsonBatch) -> dict[str, Json]:
    answers = Answers(sent.requests)
    answers.by_id(batch.replies, MappedBy.ID, is_ordered=sent.format == MULTIPART)
    observation: dict[str, Json] = {
        "format": JSON,
        "parts": len(batch.replies),
        "structure": ["json-response"] * len(batch.replies),
        "header_name_case": list(batch.odd_case),
        **_common(sent, answers, batch.replies, is_json=True),
        **_defects(batch.defects),
    }
    if batch.next_link is not None:
        observation["next_link"] = batch.next_link
    return observation


def _common(
    sent: SentBatch, answers: Answers, replies: Sequence[Reply], *, is_json: bool
) -> dict[str, Json]:
    """Return what is said of a batch response in either format."""
    described = {
        id(reply): reply.describe(position=position) for position, reply in enumerate(replies)
    }
    by_label: dict[str, Json] = {}
    for label, (reply, how) in answers.by_label.items():
        response = described[id(reply)]
        if answers.labels[id(reply)] != label:
            response = dict(response)  # one error for several requests: each has its own label
        response |= {"label": label, "mapped_by": how.value}
        by_label[label] = response
    places = list(answers.places(replies))
    unanswered = [one.label for one in sent.requests if one.label not in answers.by_label]
    named = {id(reply): answers.labels.get(id(reply), str(p)) for p, reply in enumerate(replies)}

    def names_where(chosen: Iterator[Reply]) -> list[Json]:
        return [named[id(reply)] for reply in chosen]

    return {
        "responses": list(described.values()),
        "answers": by_label,
        "groups": _groups(answers, is_json=is_json, replies=replies),
        "unanswered": list(unanswered),
        "unknown": [_id_or_position(reply, described) for reply in answers.unknown],
        "doubled": list(answers.doubled),
        "in_order": all(first <= second for first, second in pairwise(places)),
        "order_evidence": len(places),
        "stopped_after": _stopped_after(replies, named, unanswered),
        "statuses": [reply.status for reply in replies if reply.status is not None],
        "without_status": names_where(one for one in replies if one.status is None),
        "untyped_bodies": names_where(one for one in replies if one.lacks_type),
        "broken_bodies": names_where(one for one in replies if one.content.is_valid is False),
        "invalid_errors": names_where(one for one in replies if _has_bad_error(described, one)),
        "versions": list(dict.fromkeys(_versions(replies))),
        **_ids(sent, answers),
        "reference_leaks": _leaks(sent, replies, named),
    }


def _id_or_position(reply: Reply, described: dict[int, dict[str, Json]]) -> Json:
    return described[id(reply)]["position"] if reply.any_id is None else reply.any_id


def _stopped_after(
    replies: Sequence[Reply], named: dict[int, str], unanswered: Sequence[str]
) -> str | None:
    """Return whose error ended the batch: the last response, when requests are left unanswered."""
    if unanswered and replies and replies[-1].is_error:
        return named[id(replies[-1])]
    return None


def _has_bad_error(described: dict[int, dict[str, Json]], reply: Reply) -> bool:
    error = described[id(reply)].get("error")
    return isinstance(error, dict) and error["valid"] is False


def _versions(replies: Sequence[Reply]) -> Iterator[str]:
    return (one.headers["odata-version"] for one in replies if "odata-version" in one.headers)


def _ids(sent: SentBatch, answers: Answers) -> dict[str, Json]:
    """Return labels whose response has no id, another one, or one in the wrong place."""
    missing: list[Json] = []
    wrong: list[Json] = []
    misplaced: list[Json] = []
    for asked in sent.requests:
        reply, how = answers.by_label.get(asked.label, (None, None))
        if asked.wire_id is None or reply is None or how is MappedBy.CHANGESET_ERROR:
            continue
        if reply.wire_id is None:
            missing.append(asked.label)
            if reply.inner_id is not None:
                misplaced.append(asked.label)
        elif reply.wire_id != asked.wire_id:
            wrong.append(asked.label)
    return {
        "missing_content_ids": missing,
        "wrong_content_ids": wrong,
        "misplaced_content_ids": misplaced,
    }


def _leaks(sent: SentBatch, replies: Sequence[Reply], named: dict[int, str]) -> list[Json]:
    segments = reference_segments(one.wire_id for one in sent.requests if one.wire_id is not None)
    leaks: list[Json] = []
    for reply in replies if segments else ():
        for leak in leaked_references(reply, segments):
            if len(leaks) == MAX_LEAKS:
                return leaks
            leaks.append(f"{named[id(reply)]} {leak}")
    return leaks


def _kind(unit: Unit) -> str:
    if unit.is_nested:
        return f"changeset:{len(unit.replies)}"
    return "single" if unit.replies[0].status is not None else "no-response"


def _is_mirrored(answers: Answers, units: Sequence[Unit]) -> bool:
    """Tell whether each part is of the kind that the request at its place asks for.

    A failed change set is one part; a batch that stopped at an error has fewer.
    """
    if len(units) > len(answers.runs):
        return False
    for run, unit in zip(answers.runs, units, strict=False):
        if run.group is None:
            fits = not unit.is_nested
        elif unit.is_nested:
            fits = len(unit.replies) == len(run.requests)
        else:
            fits = unit.replies[0].is_error
        if not fits:
            return False
    is_stopped = bool(units) and any(reply.is_error for reply in units[-1].replies)
    return len(units) == len(answers.runs) or is_stopped


def _groups(answers: Answers, *, is_json: bool, replies: Sequence[Reply]) -> dict[str, Json]:
    groups: dict[str, Json] = {}
    labels_of: dict[str, list[str]] = {group: [] for group in answers.of_group}
    for one in answers.requests:
        if one.group is not None:
            labels_of[one.group].append(one.label)
    uses = Counter(reply.group for reply in replies)
    for group, own in answers.of_group.items():
        labels = labels_of[group]
        hows = {answers.by_label[one][1] for one in labels if one in answers.by_label}
        kind = "members"
        if group in answers.nested_groups or any(reply.in_changeset for reply in own):
            kind = "changeset"
        elif not own:
            kind = "missing"
        elif hows == {MappedBy.CHANGESET_ERROR}:
            kind = "error"
        members: dict[str, Json] = {
            "kind": kind,
            "sent": len(labels),
            "answered": len(own),
            "statuses": [reply.status for reply in own if reply.status is not None],
            "order": [answers.labels[id(one)] for one in own if id(one) in answers.labels],
        }
        if own:
            members["failed"] = any(reply.is_error for reply in own)
        if is_json and own:
            members |= _group_names(group, own, uses)
        groups[group] = members
    return groups


def _group_names(group: str, own: Sequence[Reply], uses: Counter[str | None]) -> dict[str, Json]:
    """Say how the members of a JSON response name their group (ODATA-J19.5-03, -05).

    `uses` counts how many responses of the whole batch carry each name.
    """
    mine = Counter(reply.group for reply in own if reply.group is not None)
    names = list(mine)
    unnamed = len(own) - mine.total()
    is_shared = any(uses[name] > count for name, count in mine.items())
    return {
        "names": list(names),
        "unnamed": unnamed,
        "name_is_own": len(names) == 1 and not unnamed and not is_shared,
        "repeats_name": names == [group] and not unnamed,
    }


def _defects(defects: Sequence[Defect]) -> dict[str, Json]:
    return {
        "defects": [defect.as_json() for defect in defects],
        "defect_codes": [defect.code for defect in defects],
    }
