"""Certificates from end to end: what they say, and that no byte of them can be changed."""

import base64
import datetime as dt
import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

# in-toto's own messages come without types.
from in_toto_attestation.predicates.test_result.v0.test_result_pb2 import (  # type: ignore[import-untyped]
    TestResult as Predicate,
)
from in_toto_attestation.v1.statement import Statement  # type: ignore[import-untyped]

from conformance.certify_command import certify, keygen, verify
from conformance.errors import InputError, RefusedError, WirecheckError
from conformance.reporting.attestation import EXTENSION
from conformance.reporting.certificate_file import MAX_ATTESTATION_BYTES
from conformance.reporting.report import ReportBuilder, suite_files
from conformance.reporting.signing import load_signer, seal
from conformance.words.catalogue import load_catalogues
from conformance.words.events import RunFinished
from conformance.words.verdict import Level, Verdict
from tests.conformance.corpus import target_of
from tests.conformance.reporting.told import STARTED, URL, check, finished

NOW = STARTED + dt.timedelta(hours=1)
CLASS = "jsonrpc.json"
HOSTILE = "<script>alert(1)</script> & Söhne \u202e"


def report_text() -> str:
    """Return a report in which every row of a class passed, but for a warning."""
    rows = [one for one in load_catalogues().requirements.values() if one.class_name == CLASS]
    checks = [check(one.id, level=one.level) for one in rows if one.is_for_servers]
    should = next(at for at, one in enumerate(checks) if one.level is Level.SHOULD)
    checks[should] = check(checks[should].requirement, Verdict.WARN, level=Level.SHOULD)
    report = ReportBuilder(
        catalogue=load_catalogues(),
        target=target_of(URL, {"name": HOSTILE, "version": "1.0"}),
        order=["jsonrpc/one/-"],
        options={"jobs": 4, "profile": "/home/me/secret/profile.yaml", "only": []},
        started_at=STARTED,
    )
    report.take(finished("jsonrpc/one/-", *checks))
    report.take(RunFinished(duration_s=1))
    return report.text()


class Desk:
    """A folder with a key, a report and its certificate."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.report = folder / "report.json"
        self.report.write_text(report_text(), encoding="utf-8", newline="\n")
        self.key = folder / "key"
        self.public = folder / "key.pub"
        self.attestation = folder / "attestation.json"
        keygen(self.key)

    def certify(self, **more: Any) -> list[str]:  # noqa: ANN401 - any option
        options = {
            "classes": [CLASS],
            "key": self.key,
            "valid_days": 30,
            "by": "A. Tester",
            "output": None,
            "clock": lambda: NOW,
            **more,
        }
        return certify(self.report, **options)

    def verify(self, **more: Any) -> list[str]:  # noqa: ANN401 - any option
        options = {
            "public_key": self.public,
            "report_file": self.report,
            "clock": lambda: NOW,
            **more,
        }
        return verify(self.attestation, **options)

    def statement(self) -> dict[str, Any]:
        envelope = json.JSONDecoder().decode(self.attestation.read_text(encoding="utf-8"))
        payload: dict[str, Any] = json.JSONDecoder().decode(
            base64.b64decode(envelope["payload"]).decode()
        )
        return payload


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    made = Desk(tmp_path_factory.mktemp("desk"))
    made.certify()
    return made


def test_what_was_certified_is_verified_and_told(desk: Desk) -> None:
    lines = desk.verify()

    assert lines[0].startswith(f"verified: {desk.attestation} was signed with the key ")
    assert lines[1] == "target: <script>alert(1)</script> & Söhne \\u202e 1.0 (http://127.0.0.1:8/)"
    assert lines[2].startswith("certified: jsonrpc.json (The JSON texts below JSON-RPC")
    assert re.fullmatch("  passed: all [0-9]+ applicable MUST rows, [0-9]+ checks", lines[3])
    assert re.fullmatch(r"  with a warning: JSONRPC-\S+ \(1 of [0-9]+\)", lines[4])
    assert lines[-2] == (
        "run at 2026-01-31T09:30:00Z by A. Tester;"
        " issued 2026-01-31T10:30:00Z, expires 2026-03-02T10:30:00Z"
    )
    assert lines[-1].endswith(f"; {desk.report} is the one that was certified")


def test_without_the_report_it_is_said_not_to_have_been_compared(desk: Desk) -> None:
    assert desk.verify(report_file=None)[-1].endswith("; not compared: --report FILE does")


def test_the_statement_is_one_of_in_toto(desk: Desk) -> None:
    document = desk.statement()

    # An unrelated reader: in-toto's own messages, which take no member that they do not know.
    extension = document["predicate"].pop(EXTENSION)
    statement = Statement(
        [], predicate_type=document["predicateType"], predicate=document["predicate"]
    )
    one = statement.pb.subject.add()
    one.name = document["subject"][0]["name"]
    one.digest.update(document["subject"][0]["digest"])
    statement.validate()
    predicate = Predicate()
    predicate.passed_tests.extend(document["predicate"]["passedTests"])
    assert document["predicate"]["result"] == "WARNED"
    assert len(document["predicate"]["warnedTests"]) == 1
    assert document["predicate"]["failedTests"] == []
    assert extension["edition"] == "2026.1"


def test_every_file_that_judged_is_in_the_statement(desk: Desk) -> None:
    configuration = desk.statement()["predicate"]["configuration"]

    assert {one["name"]: one["digest"]["sha256"] for one in configuration} == {
        name: digest.hex() for name, digest in suite_files().items()
    }
    assert "requirements/jsonrpc.yaml" in suite_files()
    assert "schemas/report.schema.json" in suite_files()


def test_no_path_of_a_disk_is_in_the_statement(desk: Desk) -> None:
    options = desk.statement()["predicate"][EXTENSION]["run"]["options"]

    assert options == {"jobs": 4, "profile": "profile.yaml", "only": []}


def test_the_certificate_shows_what_was_sent_and_does_nothing(desk: Desk) -> None:
    page = (desk.folder / "certificate.html").read_text(encoding="utf-8")

    assert "<script" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "\u202e" not in page
    assert "default-src &#39;none&#39;" in page or "default-src 'none'" in page
    assert "http-equiv" in page
    for text in ("jsonrpc.json", "31 January 2026", "2 March 2026", "A. Tester", "Edition 2026.1"):
        assert text in page


FLIPS = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


@FLIPS
@given(data=st.data())
def test_a_changed_byte_of_an_attestation_is_refused(desk: Desk, data: st.DataObject) -> None:
    whole = desk.attestation.read_bytes()
    at = data.draw(st.integers(0, len(whole) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda one: one != whole[at]))
    other = desk.folder / "changed.json"
    other.write_bytes(whole[:at] + bytes([byte]) + whole[at + 1 :])

    with pytest.raises(WirecheckError) as caught:
        verify(other, public_key=desk.public, report_file=desk.report, clock=lambda: NOW)

    assert "\n" not in str(caught.value)


@FLIPS
@given(data=st.data())
def test_a_changed_byte_of_the_report_is_refused(desk: Desk, data: st.DataObject) -> None:
    whole = desk.report.read_bytes()
    at = data.draw(st.integers(0, len(whole) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda one: one != whole[at]))
    other = desk.folder / "changed.json"
    other.write_bytes(whole[:at] + bytes([byte]) + whole[at + 1 :])

    with pytest.raises(RefusedError, match="not the report that was certified: its SHA-256 is "):
        desk.verify(report_file=other)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        pytest.param(lambda t: t.replace("{\n", "{ \n", 1), "it is not as it was when", id="space"),
        pytest.param(lambda t: t + "\n", "it is not as it was when it was signed", id="a line end"),
        pytest.param(
            lambda t: re.sub(r'"keyid": ?"..', '"keyid": "zz', t),
            "signed with the key zz",
            id="the key's id",
        ),
        pytest.param(
            lambda t: re.sub(r'"sig": ?"....', '"sig": "AAAA', t),
            "the signature does not fit: it was changed",
            id="the signature",
        ),
        pytest.param(
            lambda t: t.replace("in-toto+json", "in-toto+jsoN"),
            "it holds 'application/vnd.in-toto+jsoN', not",
            id="the type",
        ),
    ],
)
def test_what_was_changed_in_an_attestation_is_told(
    desk: Desk, change: Callable[[str], str], why: str
) -> None:
    text = desk.attestation.read_text(encoding="utf-8")
    other = desk.folder / "changed.json"
    other.write_text(change(text), encoding="utf-8", newline="\n")

    with pytest.raises(RefusedError, match=f"^{re.escape(f'{other}: refused: {why}')}"):
        verify(other, public_key=desk.public, report_file=None, clock=lambda: NOW)


def test_another_key_is_refused(desk: Desk, tmp_path: Path) -> None:
    keygen(tmp_path / "other")

    with pytest.raises(RefusedError, match=r"refused: signed with the key .*…, not .*…$"):
        desk.verify(public_key=tmp_path / "other.pub")


@pytest.mark.parametrize(
    ("now", "why"),
    [
        pytest.param(NOW + dt.timedelta(days=30), "it expired at 2026-03-02T10:30:00Z", id="late"),
        pytest.param(
            NOW - dt.timedelta(minutes=6),
            "it was issued at 2026-01-31T10:30:00Z, which is yet to come: check the clocks",
            id="early",
        ),
    ],
)
def test_a_certificate_is_good_in_its_time_only(desk: Desk, now: dt.datetime, why: str) -> None:
    with pytest.raises(RefusedError, match=f"refused: {re.escape(why)}$"):
        desk.verify(clock=lambda: now)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param("", "expected a signed envelope", id="empty"),
        pytest.param("[]", "expected a signed envelope .*, saw 'no object'", id="no object"),
        pytest.param('{"a": 1}', r"expected a signed envelope .*, saw \['a'\]", id="another file"),
        pytest.param(
            '{"payload": "%", "payloadType": "x", "signatures": [{"keyid": "a", "sig": "AA=="}]}',
            "expected a signed envelope .*, saw 'what is no base64'",
            id="no base64",
        ),
        pytest.param(
            '{"payload": 1, "payloadType": "x", "signatures": []}',
            "expected a signed envelope .*, saw 'a payload that is no text'",
            id="a payload that is no text",
        ),
        pytest.param(
            '{"payload": "", "payloadType": "x", "signatures": []}',
            "expected a signed envelope .*, saw 'other signatures'",
            id="no signature",
        ),
    ],
)
def test_a_file_that_is_no_attestation_is_told(
    desk: Desk, tmp_path: Path, text: str, told: str
) -> None:
    path = tmp_path / "file.json"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(InputError, match=f"^{re.escape(str(path))}.*: {told}"):
        verify(path, public_key=desk.public, report_file=None, clock=lambda: NOW)


@pytest.mark.parametrize(
    ("payload", "told"),
    [
        pytest.param({"a": 1}, "expected a statement of wirecheck, saw 'another payload'", id="x"),
        pytest.param(
            {"predicate": {"urn:wirecheck:certification:2": {}}},
            "expected a certification (urn:wirecheck:certification:1), saw"
            " ['urn:wirecheck:certification:2'] (another Wirecheck wrote it: verify it with that"
            " one)",
            id="another version",
        ),
    ],
)
def test_a_signed_statement_of_another_kind_is_told(
    desk: Desk, tmp_path: Path, payload: object, told: str
) -> None:
    path = tmp_path / "file.json"
    text = seal(json.dumps(payload).encode(), load_signer(desk.key))
    path.write_text(text, encoding="utf-8", newline="\n")

    with pytest.raises(InputError, match=f"^{re.escape(f'{path}: {told}')}$"):
        verify(path, public_key=desk.public, report_file=None, clock=lambda: NOW)


def test_a_signed_statement_that_breaks_its_schema_is_told(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "file.json"
    statement = desk.statement()
    statement["predicate"][EXTENSION]["classes"] = []
    text = seal(json.dumps(statement).encode(), load_signer(desk.key))
    path.write_text(text, encoding="utf-8", newline="\n")

    with pytest.raises(InputError, match=r"#/predicate/urn:wirecheck:certification:1/classes: "):
        verify(path, public_key=desk.public, report_file=None, clock=lambda: NOW)


def test_a_huge_file_is_no_attestation(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "file.json"
    with path.open("wb") as file:
        file.truncate(MAX_ATTESTATION_BYTES + 1)

    with pytest.raises(InputError, match=f"expected at most {MAX_ATTESTATION_BYTES} bytes, saw"):
        verify(path, public_key=desk.public, report_file=None, clock=lambda: NOW)


@pytest.mark.skipif(os.name != "posix", reason="modes of files are POSIX's")
def test_a_private_key_is_its_owner_s_alone(desk: Desk, tmp_path: Path) -> None:
    assert desk.key.stat().st_mode & 0o777 == 0o600
    loose = tmp_path / "loose"
    loose.write_bytes(desk.key.read_bytes())
    loose.chmod(0o644)

    whole = f"{loose}: expected a key that nobody else can read, saw 'mode 644' (chmod 600 {loose})"
    with pytest.raises(InputError, match=f"^{re.escape(whole)}$"):
        load_signer(loose)


@pytest.mark.parametrize("name", ["key", "key.pub"])
def test_a_key_is_never_overwritten(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("mine", encoding="utf-8")

    whole = f"{tmp_path / name}: expected a new file: a key is never overwritten, saw"
    with pytest.raises(InputError, match=f"^{re.escape(whole)}"):
        keygen(tmp_path / "key")

    assert [(one.name, one.read_text()) for one in tmp_path.iterdir()] == [(name, "mine")]


def curve_key() -> Any:  # noqa: ANN401 - whatever the library has
    return generate_private_key(SECP256R1())


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"nothing", id="no key"),
        pytest.param(b"-----BEGIN PUBLIC KEY-----\n", id="the public key"),
        pytest.param(
            curve_key().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
            id="another kind",
        ),
    ],
)
def test_what_is_no_private_key_of_ours_is_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "key"
    path.write_bytes(data)
    path.chmod(0o600)

    with pytest.raises(InputError, match="expected an Ed25519 private key in PEM"):
        load_signer(path)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"nothing", id="no key"),
        pytest.param(
            curve_key().public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
            id="another kind",
        ),
    ],
)
def test_what_is_no_public_key_of_ours_is_refused(desk: Desk, tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "key.pub"
    path.write_bytes(data)

    with pytest.raises(InputError, match="expected an Ed25519 public key in PEM"):
        desk.verify(public_key=path)


@pytest.mark.parametrize("name", ["report.json", "key", "report.html", "certificate.html"])
def test_what_is_written_takes_the_place_of_nothing_else(desk: Desk, name: str) -> None:
    with pytest.raises(InputError, match="--output: expected a file of its own, saw "):
        desk.certify(output=desk.folder / name)
