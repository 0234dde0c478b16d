"""One request on its way: what was asked, and how it will be answered.

Knows headers that every answer has. Refuses to know resources.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from reference_server.odata.message import READS, Request, Response
from reference_server.odata.negotiation import JsonForm, json_form
from reference_server.odata.preferences import Preferences
from reference_server.odata.urls import Url
from reference_server.odata.versions import Version

FORMAT: Final = "$format"

#: What the answer to a read depends on beside its URL (Protocol 8.3.8).
VARY: Final = ("Vary", "Accept, OData-MaxVersion, Prefer")


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request that was understood so far.

    Attributes:
        version: of the response.
    """

    request: Request
    url: Url
    version: Version
    preferences: Preferences

    @property
    def form(self) -> JsonForm:
        """How JSON is to be written.

        Raises:
            ODataError: 406.
        """
        accept = self.request.headers.get("accept")
        return json_form(accept, self.url.options.get(FORMAT), self.version)

    def headers(self, *more: tuple[str, str]) -> list[tuple[str, str]]:
        """Make the fields of a response.

        Spec: ODATA-11.7.1-08, ODATA-8.1.5-01, ODATA-8.3.8-01
        """
        always = ("OData-Version", self.version.value)
        return [always, *more, VARY] if self.request.method in READS else [always, *more]

    def empty(self, *more: tuple[str, str], entity: str | None = None) -> Response:
        """Answer 204."""
        return Response(status=204, headers=self.headers(*more), entity=entity)

    def whole(
        self,
        media_type: str,
        body: bytes,
        *more: tuple[str, str],
        status: int = 200,
        entity: str | None = None,
    ) -> Response:
        """Answer with a body.

        Spec: ODATA-8.1.1-01
        """
        headers: Sequence[tuple[str, str]] = self.headers(("Content-Type", media_type), *more)
        return Response(status=status, headers=headers, body=(body,), entity=entity)
