"""References to earlier requests of a batch: `$<id>` in URLs, fields and bodies.

Knows what each of them stands for (Protocol 11.7.4 to 11.7.6, JSON Format 19.1 to 19.3). Refuses
to know how requests are carried out.
"""

import re
from dataclasses import replace
from typing import Final
from urllib.parse import quote, unquote

from reference_server.errors import JsonTextError
from reference_server.json_text import Json, read
from reference_server.odata.errors import Code, ODataError, refused
from reference_server.odata.message import Fields, Parsed, Request, Response
from reference_server.odata.urls import SYSTEM_RESOURCES, relative_to

MAX_DEPTH: Final = 100

_ID: Final = r"\$([A-Za-z0-9\-._~]+)"
# In a URL any character may be escaped, those of an id without need (RFC 3986, 2.3).
_SEGMENT: Final = re.compile(r"\$((?:[A-Za-z0-9\-._~]|%[0-9A-Fa-f]{2})+)(?=[/?]|\Z)")
_ALONE: Final = re.compile(_ID)
# A quoted string, which is skipped; or a reference that is no name of an option.
_IN_QUERY: Final = re.compile(
    rf"('(?:[^']|'')*'|%27(?:[^'%]|%(?!27)|%27%27)*%27)|{_ID}((?:/[A-Za-z_][A-Za-z0-9_]*)*)(?!=)"
)
_VALUE: Final = re.compile(rf"{_ID}((?:/[A-Za-z_][A-Za-z0-9_]*)*)")
_CONDITIONS: Final = ("if-match", "if-none-match")

# Literals of expressions that win over a reference of the same name (Protocol 11.7.6).
_LITERALS: Final = frozenset({"it", "root", "this", "count", "value", "ref", "all"})
_LINKS: Final = ("@odata.bind", "@bind", "@odata.id", "@id")


class Resolver:
    """Remembers the responses of one batch, and puts them in the place of references."""

    def __init__(self) -> None:
        self._responses: dict[str, Response] = {}

    def remember(self, request_id: str | None, response: Response) -> None:
        """Take the response of a request; one of a group replaces it when the group fails."""
        if request_id is not None:
            self._responses[request_id] = response

    def succeeded(self, name: str) -> bool:
        """Tell whether a request, or a group under its name, ended well."""
        response = self._responses.get(name)
        return response is not None and not response.failed

    def resolve(self, request: Request) -> Request:
        """Put values in the place of all references.

        Raises:
            ODataError: 424, what is referred to failed; 400, there is none, or no such value.

        Spec: ODATA-11.7.4-01 to ODATA-11.7.6-02, ODATA-J19.1-07, ODATA-J19.1-09
        """
        url = request.url
        if "$" in url:
            url = self._url(request)
        headers = self._headers(request.headers)
        body = self._body(request)
        if url is request.url and headers is request.headers and body is request.body:
            return request
        return replace(request, url=url, headers=headers, body=body)

    def value(self, request_id: str, path: str) -> Json:
        """Return a value of a response body; `path` is "" or begins with "/".

        Raises:
            ODataError: 424, 400.
        """
        response = self._response(request_id)
        kind = response.header("content-type") or ""
        value = read(response.content, max_depth=MAX_DEPTH) if "json" in kind else None
        for name in path.split("/")[1:]:
            if not isinstance(value, dict) or name not in value:
                raise _unresolved(f"{request_id}{path}")
            value = value[name]
        return value

    def _response(self, request_id: str) -> Response:
        response = self._responses.get(request_id)
        if response is None:
            raise _unresolved(request_id)
        if response.failed:
            raise refused(
                424,
                Code.FAILED_DEPENDENCY,
                f"the request {request_id!r} that this refers to failed",
            )
        return response

    def _url(self, request: Request) -> str:
        path, mark, query = request.url.partition("?")
        relative = relative_to(request.root, path, request.headers.get("host"))
        path = self._entity_url(relative, request.root) or path
        if "$" in query:
            query = _IN_QUERY.sub(self._in_query, query)
        return f"{path}{mark}{query}"

    def _entity_url(self, relative: str, root: str) -> str | None:
        """Put an entity in the place of a reference at the start of a URL; None for none."""
        found = _SEGMENT.match(relative)
        if found is None or f"${unquote(found[1])}" in SYSTEM_RESOURCES:
            return None
        return f"{root}/{self._entity(unquote(found[1]))}{relative[found.end() :]}"

    def _entity(self, request_id: str) -> str:
        entity = self._response(request_id).entity
        if entity is None:
            raise _unresolved(request_id)
        return entity

    def _in_query(self, found: re.Match[str]) -> str:
        if found[1] is not None or found[2] in _LITERALS or found[2] not in self._responses:
            return found[0]
        return quote(_literal(self.value(found[2], found[3])), safe="'")

    def _headers(self, headers: Fields) -> Fields:
        for name in _CONDITIONS:
            found = _ALONE.fullmatch(headers.get(name, ""))
            if found is not None:
                etag = self._response(found[1]).header("etag")
                if etag is None:
                    raise _unresolved(found[1])
                headers = {**headers, name: etag}
        return headers

    def _body(self, request: Request) -> bytes | memoryview | Parsed:
        body = request.body
        if isinstance(body, Parsed):
            value = self._in_value(body.value, "", request.root)
            return body if value is body.value else Parsed(value)
        if not body or b'"$' not in bytes(body):
            return body
        if "json" not in request.headers.get("content-type", "json"):
            return body
        try:
            given = read(bytes(body), max_depth=MAX_DEPTH)
        except JsonTextError:
            return body  # whoever reads it will refuse it
        value = self._in_value(given, "", request.root)
        return body if value is given else Parsed(value)

    def _in_value(self, value: Json, name: str, root: str) -> Json:
        """Resolve what is in a value; the same object comes back if there is nothing."""
        if isinstance(value, str):
            return self._in_text(value, name, root) if value.startswith("$") else value
        if isinstance(value, list):
            entries = [self._in_value(each, name, root) for each in value]
            same = all(new is old for new, old in zip(entries, value, strict=True))
            return value if same else entries
        if isinstance(value, dict):
            members = {key: self._in_value(each, key, root) for key, each in value.items()}
            return value if all(members[key] is value[key] for key in value) else members
        return value

    def _in_text(self, text: str, name: str, root: str) -> Json:
        if name.endswith(_LINKS):
            return self._entity_url(text, root) or text
        found = _VALUE.fullmatch(text)
        if found is None or found[1] not in self._responses:
            return text
        return self.value(found[1], found[2])


def _literal(value: Json) -> str:
    """Write a value as a literal of a URL."""
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, (list, dict)):
        raise refused(400, Code.UNRESOLVED_REFERENCE, "only single values can stand in a URL")
    return str(value)


def _unresolved(name: str) -> ODataError:
    return refused(400, Code.UNRESOLVED_REFERENCE, f"${name[:100]} refers to nothing")
