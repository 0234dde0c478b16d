"""Faults with header fields, preferences and errors of batches."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from reference_server.faults.fault import Marks
from reference_server.faults.odata_forms import (
    in_part,
    is_batch,
    is_json_format,
    on_core,
    on_operations,
    on_responses,
    refusal,
    register,
    with_fields,
)
from reference_server.json_text import read, write
from reference_server.odata import preferences as own
from reference_server.odata.batch import Group, Item, ItemAnswered, Operation
from reference_server.odata.errors import Code, refused
from reference_server.odata.message import FIRST_ERROR, Fields, Parsed, Request, Response
from reference_server.odata.parts import inherited_fields
from reference_server.odata.preferences import Preferences
from reference_server.odata.runner import Rules, Runner
from reference_server.odata.service import ODataHandler
from reference_server.odata.units import OpenUnit

_MAX_DEPTH: Final = 100
_VERSIONS: Final = re.compile(rb'OData-Version: [^\r]*\r\n|"odata-version":"[^"]*",?')
_INNER_TYPE: Final = re.compile(rb"Content-Type: application/json[^\r]*\r\n")
_KNOWN: Final = frozenset(
    {"continue-on-error", "maxpagesize", "return", "respond-async", "wait", "handling"}
)
_NAME: Final = re.compile(r"(?:^|,)\s*(?:odata\.)?([A-Za-z-]+)")
_SHORT_NAME: Final = re.compile(r"(?<!odata\.)\bcontinue-on-error(?:=[a-z]+)?")
_CONTINUE: Final = "continue-on-error"


@on_core("formats-turn-around-without-accept", breaks=["11.7.1-05"], museum=["OD-24"])
def formats_turn_around_without_accept(request: Request, answer: ODataHandler) -> Response:
    """A batch without Accept is answered in the other format: a JSON one in multipart."""
    if not is_batch(request) or "accept" in request.headers:
        return answer(request)
    other = "multipart/mixed" if is_json_format(request) else "application/json"
    return answer(replace(request, headers={**request.headers, "accept": other}))


@on_core("batches-need-no-type", breaks=["11.7.1-07"])
def batches_need_no_type(request: Request, answer: ODataHandler) -> Response:
    """A batch whose Content-Type says nothing of use is carried out after a look at its body."""
    media_type = request.headers.get("content-type", "")
    is_told = "boundary" in media_type or media_type.startswith("application/json")
    if not is_batch(request) or is_told:
        return answer(request)
    assert not isinstance(request.body, Parsed)
    first = bytes(request.body).partition(b"\r\n")[0].removeprefix(b"--").decode("latin-1")
    guessed = f'multipart/mixed; boundary="{first}"'
    return answer(replace(request, headers={**request.headers, "content-type": guessed}))


@on_core("what-stands-behind-a-type-is-passed-over", breaks=["11.7.1-07"])
def what_stands_behind_a_type_is_passed_over(request: Request, answer: ODataHandler) -> Response:
    """A JSON batch is taken whose Content-Type goes on in a way that no media type does."""
    if not is_batch(request) or not is_json_format(request):
        return answer(request)
    return answer(replace(request, headers={**request.headers, "content-type": "application/json"}))


@on_core("batches-of-nothing-crash", breaks=["11.7.1-07"])
def batches_of_nothing_crash(request: Request, answer: ODataHandler) -> Response:
    """A batch with neither Content-Type nor body gets a 500; SAP CAP 9.9.3 ends by it."""
    if is_batch(request) and "content-type" not in request.headers and not request.body:
        raise RuntimeError("nothing to read")
    return answer(request)


@on_core("batches-state-no-version-at-all", breaks=["11.7.1-08", "8.1.5-01"])
def batches_state_no_version_at_all(request: Request, answer: ODataHandler) -> Response:
    """The response to a batch states no version, outside or inside."""
    response = answer(request)
    if not is_batch(request):
        return response
    body = [_VERSIONS.sub(b"", response.content)] if response.length else []
    return replace(with_fields(response, odata_version=None), body=body)


@on_core("bodies-in-parts-have-no-type", breaks=["8.1.1-01"])
def bodies_in_parts_have_no_type(request: Request, answer: ODataHandler) -> Response:
    """A response in a part has no Content-Type."""
    response = answer(request)
    if not is_batch(request) or not response.length:
        return response
    return replace(response, body=[_INNER_TYPE.sub(b"", response.content)])


@on_core("unknown-versions-are-taken", breaks=["8.1.5-02"])
def unknown_versions_are_taken(request: Request, answer: ODataHandler) -> Response:
    """A batch of any version is carried out as one of 4.01."""
    if not request.headers.get("odata-version", "4").startswith("4"):
        return answer(replace(request, headers={**request.headers, "odata-version": "4.01"}))
    return answer(request)


@in_part("inherited", "max-version-is-not-inherited", breaks=["8.2.7-01"])
def max_version_is_not_inherited(headers: Fields) -> Mapping[str, str]:
    """What is in a batch is of version 4.01, although the batch allows less."""
    fields = inherited_fields(headers)
    return {name: value for name, value in fields.items() if not name.startswith("odata-")}


@on_operations("fields-in-batches-are-not-read", breaks=["8.2.1-01", "8.2.7-01"])
def fields_in_batches_are_not_read(operation: Operation) -> Operation:
    """Accept and OData-MaxVersion of a request in a batch are passed over."""
    own_fields = operation.request.headers
    kept = {name: one for name, one in own_fields.items() if name != "accept"}
    headers = {**kept, "odata-maxversion": "4.01"}
    return replace(operation, request=replace(operation.request, headers=headers))


@on_core("vary-is-left-out", breaks=["8.3.8-01"])
def vary_is_left_out(request: Request, answer: ODataHandler) -> Response:
    """No response has Vary."""
    return with_fields(answer(request), vary=None)


@in_part("preferences", "unknown-preferences-are-refused", breaks=["8.2.8-01"])
def unknown_preferences_are_refused(text: str | None) -> Preferences:
    """A request with a preference that is not known gets 400."""
    unknown = {found[1].lower() for found in _NAME.finditer(text or "")} - _KNOWN
    if unknown:
        raise refused(400, Code.BAD_REQUEST, "an unknown preference", "Prefer")
    return own.preferences(text)


@in_part(
    "preferences", "errors-do-not-stop-a-batch", breaks=["11.7.7.4-02", "11.7.7.5-05"],
    museum=["OD-31"],
)  # fmt: skip
def errors_do_not_stop_a_batch(text: str | None) -> Preferences:
    """A multipart batch goes on behind an error without being asked to."""
    preferred = own.preferences(text)
    if preferred.continue_on_error is None:
        return replace(preferred, continue_on_error=True)
    return preferred


@in_part(
    "preferences", "false-switches-it-on", breaks=["8.2.8.3-01", "11.7.7.4-02"], museum=["OD-30"]
)
def false_switches_it_on(text: str | None) -> Preferences:
    """Only the name of continue-on-error is looked at, so that =false means to go on."""
    preferred = own.preferences(text)
    if preferred.continue_on_error is False:
        return replace(preferred, continue_on_error=True)
    return preferred


@in_part(
    "preferences",
    "continue-on-error-is-ignored",
    breaks=["11.7.7.4-03", "CAP-04", "8.2.8.3-01", "J19.4-04"],
)
def continue_on_error_is_ignored(text: str | None) -> Preferences:
    """A multipart batch stops at the first error, although continue-on-error is declared."""
    return replace(own.preferences(text), continue_on_error=None)


@in_part("preferences", "long-names-are-unknown", breaks=["8.2.8.3-01", "C40-MIN-03"])
def long_names_are_unknown(text: str | None) -> Preferences:
    """Preferences are not known under the names that they have in 4.0."""
    return own.preferences(text and text.replace("odata.", "unknown."))


@in_part("preferences", "short-names-are-unknown", breaks=["8.2.8.3-01", "C401-MIN-01"])
def short_names_are_unknown(text: str | None) -> Preferences:
    """continue-on-error is not known under the name that it has in 4.01."""
    return own.preferences(text and _SHORT_NAME.sub("unknown", text))


class _AnyPreference(Runner):
    """continue-on-error on a request in a batch is obeyed for the whole of it."""

    def run(self, items: Sequence[Item], unit: OpenUnit, rules: Rules) -> list[ItemAnswered]:
        asked = any(
            _CONTINUE in item.request.headers.get("prefer", "")
            for item in items
            if not isinstance(item, Group)
        )
        return super().run(items, unit, replace(rules, stop=rules.stop and not asked))


in_part("runner", "continue-on-error-works-inside", breaks=["8.2.8.3-02"])(_AnyPreference)


def _say_that_it_was_applied(answer: ODataHandler) -> ODataHandler:
    def handle(request: Request) -> Response:
        response = answer(request)
        if is_batch(request) and _CONTINUE in request.headers.get("prefer", ""):
            return with_fields(response, preference_applied=_CONTINUE)
        return response

    return handle


register(
    Marks(name="ignored-preferences-are-said-to-be-applied", breaks=["8.3.6-01", "8.2.8.3-01"]),
    "Preference-Applied names continue-on-error, which is ignored.",
    wrap_odata=_say_that_it_was_applied,
    odata_parts={"preferences": continue_on_error_is_ignored},
)


@on_core("preferences-are-said-to-be-applied-unasked", breaks=["8.3.6-01"])
def preferences_are_said_to_be_applied_unasked(request: Request, answer: ODataHandler) -> Response:
    """Preference-Applied names continue-on-error where nobody asked for it."""
    response = answer(request)
    if is_batch(request) and "prefer" not in request.headers:
        return with_fields(response, preference_applied=_CONTINUE)
    return response


@on_core("batches-that-accept-nothing-crash", breaks=["C40-MIN-02", "11.7.1-06"])
def batches_that_accept_nothing_crash(request: Request, answer: ODataHandler) -> Response:
    """A batch that accepts no format that there is gets 500."""
    response = answer(request)
    if is_batch(request) and response.status == 406:
        return refusal(500, "no format is left")
    return response


@on_core("refusals-to-go-on-are-told-as-consent", breaks=["8.3.6-01"])
def refusals_to_go_on_are_told_as_consent(request: Request, answer: ODataHandler) -> Response:
    """Preference-Applied names continue-on-error where it was asked to be false."""
    response = answer(request)
    if is_batch(request) and "=false" in request.headers.get("prefer", ""):
        return with_fields(response, preference_applied=_CONTINUE)
    return response


@on_core("return-on-a-batch-is-ignored", breaks=["8.2.8.7-01"])
def return_on_a_batch_is_ignored(request: Request, answer: ODataHandler) -> Response:
    """A batch with the preference return is carried out."""
    if not is_batch(request) or "return" not in request.headers.get("prefer", ""):
        return answer(request)
    kept = {name: value for name, value in request.headers.items() if name != "prefer"}
    return answer(replace(request, headers=kept))


@on_operations("return-is-turned-around", breaks=["8.2.8.7-02", "8.3.6-01"])
def return_is_turned_around(operation: Operation) -> Operation:
    """The preference return is followed the wrong way round, so it is not made use of."""
    headers = dict(operation.request.headers)
    turned = {
        "return=minimal": "return=representation",
        "return=representation": "return=minimal",
    }
    if (prefer := headers.get("prefer")) in turned:
        headers["prefer"] = turned[prefer]
    return replace(operation, request=replace(operation.request, headers=headers))


@on_responses("errors-in-batches-are-texts", breaks=["9.4-01"])
def errors_in_batches_are_texts(operation: Operation, response: Response) -> Response:  # noqa: ARG001 - as the form
    """The member error of a failed request in a batch is a string."""
    return replace(response, body=[b'{"error":"failed"}']) if response.failed else response


@on_responses("errors-in-batches-have-no-details", breaks=["9.4-02"])
def errors_in_batches_have_no_details(operation: Operation, response: Response) -> Response:  # noqa: ARG001 - as the form
    """An error in a batch has code and message alone, as a service is free to do."""
    if not response.failed:
        return response
    body = read(response.content, max_depth=_MAX_DEPTH)
    error = body["error"] if isinstance(body, dict) else None
    assert isinstance(error, dict)
    plain = {name: error[name] for name in ("code", "message")}
    return replace(response, body=[write({"error": plain})])


@on_responses("errors-have-no-language", breaks=["9.4-03"])
def errors_have_no_language(operation: Operation, response: Response) -> Response:  # noqa: ARG001 - as the form
    """An error in a batch does not state the language of its message."""
    return with_fields(response, content_language=None)


@on_core("malformed-batches-crash", breaks=["11.7.1-09"])
def malformed_batches_crash(request: Request, answer: ODataHandler) -> Response:
    """A batch that breaks its format gets 500."""
    response = answer(request)
    return refusal(500, "the reader crashed") if _is_malformed(request, response) else response


@on_core(
    "malformed-batches-are-empty",
    breaks=[
        "11.7.1-09", "J19.1-01", "J19.1-03", "J19.1-04", "J19.1-10", "11.7.7.1-03", "11.7.3-03",
        "11.7.3-04", "11.7.3(4.0)-03",
    ],
)  # fmt: skip
def malformed_batches_are_empty(request: Request, answer: ODataHandler) -> Response:
    """A batch that breaks its format is answered as one without requests."""
    response = answer(request)
    if not _is_malformed(request, response):
        return response
    return Response(
        status=200,
        headers=[("OData-Version", "4.01"), ("Content-Type", "application/json")],
        body=[b'{"responses":[]}'],
    )


_LENIENT: Final = re.compile(rb'\r\nGET [^ \r]+\r\n|"requests":\[\]|"headers":\{"Accept"')


def _is_malformed(request: Request, response: Response) -> bool:
    """Tell whether a batch is, or might be said to be, malformed."""
    if not is_batch(request):
        return False
    assert not isinstance(request.body, Parsed)
    is_refused = response.failed and b"MALFORMED_BATCH" in response.content
    return is_refused or _LENIENT.search(bytes(request.body)) is not None


def _crashing_at_codings(app: ASGIApp) -> ASGIApp:
    async def handle(scope: Scope, receive: Receive, send: Send) -> None:
        async def failing(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] >= FIRST_ERROR:
                message = {**message, "status": 500}
            await send(message)

        is_coded = any(name == b"content-encoding" for name, _ in scope["headers"])
        await app(scope, receive, failing if is_coded else send)

    return handle


register(
    Marks(name="batches-that-are-no-gzip-crash", breaks=["11.7.1-07", "11.7.1-06"]),
    "A batch that is not what its Content-Encoding says gets 500.",
    wrap_app=_crashing_at_codings,
)
