"""A way in which the peer's bytes broke their format."""

from dataclasses import dataclass

from conformance.words.json_value import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Defect:
    """One broken rule of a format, with its place.

    `code` is kebab-case and stable; `at` counts bytes from the start of what the observer was
    given (a body, a response); `layer` names the format: `http`, `json` or `jsonrpc`.
    """

    layer: str
    code: str
    at: int
    detail: str

    def as_json(self) -> dict[str, Json]:
        """Return the defect as it stands in an observation."""
        return {"layer": self.layer, "code": self.code, "at": self.at, "detail": self.detail}
