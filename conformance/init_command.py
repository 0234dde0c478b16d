"""`wirecheck init`: a target probed, and what was found written as a profile to edit."""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Final

import anyio

from conformance.discovery.found import Found
from conformance.discovery.jsonrpc import discover_jsonrpc
from conformance.drivers.connection import TlsOptions, make_tls_context, open_connection
from conformance.drivers.endpoint import Endpoint, read_url
from conformance.drivers.jsonrpc import JsonRpcDriver
from conformance.errors import InputError, TargetUnreachableError
from conformance.reporting.files import write_file
from conformance.words.json_value import Json, is_array, is_object
from conformance.words.profile import read_header
from conformance.words.secrets import Secrets
from conformance.words.template import to_json_text

_TIMEOUT_S: Final = 5.0
# YAML reads these in quotes as line ends or not at all (1.2.2 section 5.1); escaped, as themselves.
_ESCAPED: Final = re.compile("[\x7f-\xa0\u2028\u2029\ufeff\ufffe\uffff]")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")  # what YAML has no way to write
# What a user may add, with the words of the profile schema; commented out where nothing was found.
_MORE: Final = (
    ("ok", "{method: NAME, params: [...]}", "a harmless call that succeeds"),
    ("no_params", "{method: NAME}", "a harmless method that works without params"),
    ("positional", "{method: NAME, params: [ONE, TWO], result: VALUE}", "called by position"),
    ("named", "{method: NAME, params: {A: ONE, B: TWO}, result: VALUE}", "called by name"),
    ("invalid_params", "{method: NAME, params: [...]}", "params that have to be refused"),
    ("failing", "{method: NAME}", "ends in an error after dispatch"),
    ("echo", "{method: NAME}", "returns its one value"),
    ("void", "{method: NAME}", "returns nothing"),
    ("slow", "{method: NAME}", "takes a second or more"),
    (
        "effect",
        "{change: {method: NAME}, read: {method: NAME}}",
        "something changes; needs allow_writes: true",
    ),
)


def write_profile(url: str, *, output: Path, headers: Sequence[str], force: bool) -> str:
    """Probe a target and write its profile; return one line on what was found.

    Raises:
        InputError: no JSON-RPC there, a bad URL or header, or a file that is in the way.
        TargetUnreachableError: no connection could be made.
    """
    if output.exists() and not force:
        raise InputError(str(output), "no file yet", "one", "--force replaces it")
    endpoint = read_url(url, where="URL")
    fields = [read_header(text) for text in headers]
    found = anyio.run(_probe, endpoint, fields)
    told = Secrets(value for _, value in fields).mask_text(found.first_answer)
    if not found.answers:
        raise TargetUnreachableError(endpoint.url, told)
    if not found.speaks:
        raise InputError(url, "a JSON-RPC endpoint", told)
    write_file(output, profile_text(url, found.bindings))
    names = ", ".join(sorted(found.bindings)) or "no bindings"
    return f"{output}: JSON-RPC at {url}; found {names}"


async def _probe(endpoint: Endpoint, headers: Sequence[tuple[str, str]]) -> Found:
    tls = make_tls_context(TlsOptions()) if endpoint.is_tls else None
    async with await open_connection(endpoint, tls=tls, timeout_s=_TIMEOUT_S):
        pass
    return await discover_jsonrpc(JsonRpcDriver(endpoint, headers=headers, tls=tls))


def profile_text(url: str, bindings: Mapping[str, Json]) -> str:
    """Return a profile as YAML: what was found, and what may be added as comments."""
    lines = [
        "# A profile for wirecheck: what it says of the target is believed, the rest is found out.",
        '# Credentials: headers: {Authorization: "Bearer ${env/TOKEN}"}',
        f"name: {to_json_text(url)}",
        '# version: "1.0"',
        '# vendor: ""',
        "# allow_writes: true   # consent: data of the target may be changed",
        '# restart: "systemctl restart my-server"   # for targets that die on bad input',
        "jsonrpc:",
        f"  url: {to_json_text(url)}",
    ]
    for name, value in bindings.items():
        if _fits_yaml(value):
            lines.append(f"  {name}: {_as_yaml(to_json_text(value))}")
        else:
            lines.append(f"  # {name}: found, but it holds text or numbers that YAML can't")
    for name, form, title in _MORE:
        if name not in bindings:
            lines.append(f"  # {name}: {form}   # {title}")
    return "\n".join([*lines, ""])


def _fits_yaml(value: Json) -> bool:
    if is_object(value):
        return all(_fits_yaml(name) and _fits_yaml(member) for name, member in value.items())
    if is_array(value):
        return all(map(_fits_yaml, value))
    if isinstance(value, str):
        return _SURROGATE.search(value) is None
    return not isinstance(value, Decimal)


def _as_yaml(text: str) -> str:
    """Return JSON text as YAML reads it, and a profile after that: nothing in it is a template."""
    escaped = _ESCAPED.sub(lambda found: f"\\u{ord(found.group()):04x}", text)
    return escaped.replace("${", "$${")
