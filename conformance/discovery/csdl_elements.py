"""Bytes read as XML elements: no DTDs, no entities of its own, bounded depth; it never raises.

Knows XML 1.0 with namespaces. Refuses to know CSDL. Of attributes only those without a namespace
are kept, which are the ones that CSDL defines.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final
from xml.parsers import expat

from conformance.discovery.csdl import Problem

# The largest metadata known (Microsoft Graph) is 3 MiB, ten deep.
MAX_BYTES: Final = 32 * 1024 * 1024
MAX_DEPTH: Final = 100
MAX_ELEMENTS: Final = 500_000
_SEPARATOR: Final = " "  # can't stand in a namespace name


@dataclass(frozen=True, slots=True, kw_only=True)
class Element:
    """One element, with the text that stands directly in it. `line` counts from 1."""

    name: str
    namespace: str
    attributes: Mapping[str, str]
    line: int
    children: list["Element"] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The text directly in it, surrounding white space as it stands."""
        return "".join(self.texts)

    @property
    def where(self) -> str:
        """Its place, as problems name it."""
        return f"line {self.line}"

    def named(self, *names: str) -> Iterator["Element"]:
        """Yield the children of some names, in order."""
        return (one for one in self.children if one.name in names)


class _RefusedError(Exception):
    """The document holds what is not read any further."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(code, detail)
        self.code = code
        self.detail = detail


class _Reader:
    """Collects the elements of one document."""

    def __init__(self) -> None:
        self.root: Element | None = None
        self._open: list[Element] = []
        self._count = 0
        self._parser = expat.ParserCreate(namespace_separator=_SEPARATOR)
        self._parser.buffer_text = True
        # Without a DTD there are no entities but the five of XML: nothing to expand or to fetch.
        self._parser.StartDoctypeDeclHandler = self._doctype
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._characters

    @property
    def where(self) -> str:
        return f"line {self._parser.CurrentLineNumber}"

    def read(self, data: bytes) -> None:
        self._parser.Parse(data, True)  # noqa: FBT003 - its own signature

    @staticmethod
    def _doctype(*_: object) -> None:
        raise _RefusedError("doctype", "expected no document type declaration, saw one")

    def _start(self, name: str, attributes: Mapping[str, str]) -> None:
        self._count += 1
        if len(self._open) >= MAX_DEPTH:
            raise _RefusedError("too-deep", f"expected at most {MAX_DEPTH} nested elements")
        if self._count > MAX_ELEMENTS:
            raise _RefusedError("too-large", f"expected at most {MAX_ELEMENTS} elements")
        namespace, _, local = name.rpartition(_SEPARATOR)
        element = Element(
            name=local,
            namespace=namespace,
            attributes={key: one for key, one in attributes.items() if _SEPARATOR not in key},
            line=self._parser.CurrentLineNumber,
        )
        if self._open:
            self._open[-1].children.append(element)
        else:
            self.root = element
        self._open.append(element)

    def _end(self, _: str) -> None:
        self._open.pop()

    def _characters(self, text: str) -> None:
        self._open[-1].texts.append(text)


def read_elements(data: bytes) -> tuple[Element | None, list[Problem]]:
    """Read a document.

    Args:
        data: the whole document, in any encoding that it declares.

    Returns:
        Its root; None if it is no document. What was read before a fault is given as well.
    """
    if len(data) > MAX_BYTES:
        detail = f"expected at most {MAX_BYTES} bytes, saw {len(data)}"
        return None, [Problem(code="too-large", where="", detail=detail)]
    reader = _Reader()
    try:
        reader.read(data)
    except _RefusedError as error:
        problem = Problem(code=error.code, where=reader.where, detail=error.detail)
        return None, [problem]
    except expat.ExpatError as error:
        why = expat.ErrorString(error.code)
        detail = f"expected well-formed XML, saw: {why} (column {error.offset})"
        return reader.root, [Problem(code="not-xml", where=f"line {error.lineno}", detail=detail)]
    except (LookupError, ValueError) as error:
        # An encoding that Python does not know, or knows as no text encoding.
        detail = f"expected a known encoding, saw: {error}"
        return None, [Problem(code="encoding", where=reader.where, detail=detail)]
    return reader.root, []
