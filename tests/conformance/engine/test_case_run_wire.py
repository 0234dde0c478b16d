"""One case against a mirror: what its templates become, and what is kept of its exchanges."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance.engine.case_run import fresh_values
from conformance.words.json_value import Json
from conformance.words.secrets import Secrets
from conformance.words.verdict import Verdict
from tests.conformance.corpus import MAY, MUST, SHOULD, Run, judge, load, scenario
from tests.conformance.peers import Peer, answering, body_of, mirroring, response, serving

GOOD = "/http/status: {const: 200}"


@pytest.fixture(name="peer")
def make_peer() -> Iterator[Peer]:
    with serving(mirroring) as peer:
        yield peer


def run(folder: Path, peer: Peer, *steps: str, more: str = "", **options: object) -> Run:
    return judge(load(folder, scenario("one", *steps, more=more)), peer.url, **options)  # type: ignore[arg-type]  # as given


def test_templates_lead_to_case_target_run_and_earlier_steps(tmp_path: Path, peer: Peer) -> None:
    profile: dict[str, Json] = {"jsonrpc": {"url": peer.url, "ok": {"method": "m", "params": [1]}}}
    found = run(
        tmp_path,
        peer,
        "{name: first, send: {jsonrpc: {id: '${case/id}', of: '${target/jsonrpc/ok/params}'}}}",
        "{send: {raw: '${steps/first/jsonrpc/response/id}/${run/seed}/$${x}'},"
        f" expect: {{{MUST}: {{/body/text: {{const: '${{case/id}}/7/${{case/text}}'}}}}}}}}",
        more="cases: [{name: '-', id: 5, text: '$${x}'}],",
        profile=profile,
    )

    assert [body_of(one) for one in peer.requests] == [b'{"id":5,"of":[1]}', b"5/7/${x}"]
    assert found.check("one").verdict is Verdict.PASS


@pytest.mark.parametrize(
    ("first", "second", "more", "where", "sent"),
    [
        pytest.param(
            "{raw: 'x'}", "{raw: '${steps/a/json/x}'}", "", "steps/a/json/x",
            1, id="an observation without it",
        ),
        pytest.param(
            "{raw: '${target/jsonrpc/nope}'}", "{raw: 'x'}", "", "target/jsonrpc/nope",
            0, id="no such binding",
        ),
        pytest.param(
            "{raw: 'x'}", "{raw: 'x'}", "cases: [{name: '-', a: '${run/nope}'}],", "run/nope",
            0, id="a case",
        ),
    ],
)  # fmt: skip
def test_a_template_that_leads_nowhere_leaves_its_step_and_the_later_ones_untested(
    tmp_path: Path, peer: Peer, first: str, second: str, more: str, where: str, sent: int
) -> None:
    steps = [
        f"{{name: {name}, send: {send}, expect: {{{row}: {{{GOOD}}}}}}}"
        for name, send, row in (("a", first, MAY), ("b", second, MUST), ("c", "{raw: 'y'}", SHOULD))
    ]

    found = run(tmp_path, peer, *steps, more=more)

    told = {one.requirement: (one.verdict.value, one.message) for one in found.checks}
    nothing = ("untested", f"nothing stands at ${{{where}}}")
    assert told == {MAY: ("pass", "") if sent else nothing, MUST: nothing, SHOULD: nothing}
    assert len(peer.requests) == sent


def test_a_case_s_fresh_values_are_its_own_and_repeatable() -> None:
    values = fresh_values(7, "jsonrpc/one/-")

    assert values == fresh_values(7, "jsonrpc/one/-")
    assert values["unique"] != fresh_values(7, "jsonrpc/one/other")["unique"]
    assert values["unique"] != fresh_values(8, "jsonrpc/one/-")["unique"]
    assert re.fullmatch(r"wc[0-9a-f]{12}", str(values["unique"]))
    assert re.fullmatch(r"wirecheck\.nosuch\.[0-9a-f]{12}", str(values["method"]))
    assert isinstance(values["integer"], int)
    assert values["seed"] == 7


def test_steps_of_a_case_share_a_connection_and_cases_do_not(tmp_path: Path, peer: Peer) -> None:
    step = f"{{send: {{raw: 'x'}}, expect: {{{MUST}: {{{GOOD}}}}}}}"

    run(tmp_path, peer, step, step, more="cases: [{name: a}, {name: b}],")

    assert (len(peer.requests), peer.connections) == (4, 2)


def test_every_exchange_is_recorded(tmp_path: Path, peer: Peer) -> None:
    found = run(
        tmp_path,
        peer,
        f"{{send: {{raw: '1'}}, expect: {{{MUST}: {{{GOOD}}}}}}}",
        "{send: {times: 2, raw: 'n${item/index}'}}",
        "{send: {raw: '!close'}}",
    )

    exchanges = found.finished[0].exchanges
    assert [one.id[-2:] for one in exchanges] == ["#1", "#2", "#3", "#4"]
    assert [body_of(one.request) for one in exchanges] == [b"1", b"n1", b"n2", b"!close"]
    assert [one.response for one in exchanges] == [
        response(b"1"), response(b"n1"), response(b"n2"), b"",
    ]  # fmt: skip
    assert [one.outcome for one in exchanges] == ["answered"] * 3 + ["closed"]
    assert {(one.url, one.method, one.note) for one in exchanges} == {(peer.url, "POST", "")}
    assert found.finished[0].duration_s > 0


def test_who_can_t_be_reached_is_an_error_and_why_is_recorded(tmp_path: Path, peer: Peer) -> None:
    peer.die()

    found = run(tmp_path, peer, f"{{send: {{raw: 'x'}}, expect: {{{SHOULD}: {{{GOOD}}}}}}}")

    [exchange] = found.finished[0].exchanges
    assert (exchange.outcome, exchange.note) == ("unreachable", "the connection was refused")
    assert exchange.request == b""


def test_secrets_are_masked_in_messages_and_exchanges(tmp_path: Path) -> None:
    secret = "s3cret-token"
    step = (
        "{send: {raw: 'x', headers: {X-Any: s3cret-token}}, report: {text: /body/text},"
        f" expect: {{{MUST}: {{/body/text: {{const: '1'}}}}, {SHOULD}: {{{GOOD}}}}}}}"
    )

    with serving(answering(response(secret.encode()))) as peer:
        found = run(tmp_path, peer, step, secrets=Secrets([secret]))

    [exchange] = found.finished[0].exchanges
    assert b"X-Any: ***\r\n" in exchange.request
    assert exchange.response == response(secret.encode()).replace(secret.encode(), b"***")
    assert found.check("one").message == "expected '1' at /body/text, saw \"***\""
    assert found.check("one", SHOULD).message == 'text: "***"'
