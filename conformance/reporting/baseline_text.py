"""The text of a baseline file: where its entries stand, and how it is changed around them.

A baseline is kept by people: what they wrote of an entry that stays, comments too, stays as it is.
So the text is edited by the lines of the entries, and never written anew from its values.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import yaml

from conformance.errors import InputError
from conformance.words.template import to_json_text
from conformance.words.yaml_file import read_text

HEAD: Final = """\
# What of one target is known to break. Each entry says why, and expires.
# `wirecheck gate REPORT --baseline FILE` turns red on everything else.
format: wirecheck-baseline
version: 1
"""
_SECTIONS: Final = ("known", "flaky")  # the lists of entries
_WIDTH: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryText:
    """One entry in the text: `first` is its first line, comments above it included.

    Lines count from 0 and `end` is the first one behind it. `reason` are the offsets of the reason
    code's value in the text, if it has one.
    """

    first: int
    end: int
    reason: tuple[int, int] | None = None


def lines_of_entries(path: Path) -> dict[str, list[int]]:
    """Return the lines, from 1, on which the entries of each list begin.

    Raises:
        InputError: unreadable.
    """
    root = yaml.compose(read_text(path), Loader=yaml.CSafeLoader)
    return {
        name: [item.start_mark.line + 1 for item in node.value]
        for name, node in _members(root).items()
        if isinstance(node, yaml.SequenceNode)
    }


def _members(root: yaml.Node | None) -> dict[str, yaml.Node]:
    if not isinstance(root, yaml.MappingNode):
        return {}
    return {str(key.value): value for key, value in root.value}


def entries_in(text: str, where: str) -> dict[str, list[EntryText]]:
    """Return where the entries of `known` and `flaky` stand in a baseline's text.

    Raises:
        InputError: a list of entries that does not stand one below the other.
    """
    lines = text.split("\n")
    found: dict[str, list[EntryText]] = {}
    for name, node in _members(yaml.compose(text, Loader=yaml.CSafeLoader)).items():
        if name not in _SECTIONS or not isinstance(node, yaml.SequenceNode):
            continue
        if node.flow_style and node.value:
            place = f"{where}:{node.start_mark.line + 1}"
            raise InputError(place, "entries one below the other, each with a -", "[…]")
        found[name] = [_entry(item, lines) for item in node.value]
    return found


def _entry(item: yaml.Node, lines: Sequence[str]) -> EntryText:
    line = item.start_mark.line
    first = line
    while first > 0 and lines[first - 1].lstrip(" ").startswith("#"):
        first -= 1
    members = _members(item)
    reason = members.get("reason")
    places = (reason.start_mark.index, reason.end_mark.index) if reason else None
    return EntryText(first=first, end=_end_line(item, lines), reason=places)


def _end_line(node: yaml.Node, lines: Sequence[str]) -> int:
    """Return the first line behind a node.

    What is written in block style ends where the next thing begins: blank lines and comments
    before that belong to it no more.
    """
    first, mark = node.start_mark.line, node.end_mark
    is_block = isinstance(node, yaml.CollectionNode) and not node.flow_style
    at_end = mark.line >= len(lines) - 1 and mark.column
    end: int = mark.line + (0 if is_block and not at_end else 1)
    while end > first + 1 and _is_blank(lines[end - 1]):
        end -= 1
    return end


def _is_blank(line: str) -> bool:
    text = line.strip(" \r")
    return not text or text.startswith("#")


def entry_lines(members: Mapping[str, str]) -> list[str]:
    """Return a new entry as lines; all its values are quoted where YAML could misread them."""
    return [
        f"{'  - ' if index == 0 else '    '}{name}: {_scalar(name, value)}"
        for index, (name, value) in enumerate(members.items())
    ]


def _scalar(name: str, value: str) -> str:
    # Ids, days and verdicts are plain words; all else may hold any character.
    return value if name in ("requirement", "expires", "verdict") else to_json_text(value)


def tested_lines(names: Iterable[str]) -> list[str]:
    """Return the list of tested requirements as lines."""
    lines: list[str] = []
    line = "tested: ["
    for name in names:
        piece = f"{name}, "
        if len(line) + len(piece) > _WIDTH:
            lines.append(line.rstrip(" "))
            line = "  "
        line += piece
    return [*lines, f"{line.removesuffix(', ')}]"]


def changed_text(
    text: str,
    where: str,
    *,
    stays: Sequence[bool],
    reasons: Mapping[int, str],
    added: Sequence[Mapping[str, str]],
    tested: Sequence[str],
) -> str:
    """Return a baseline's text with entries taken out, changed and added.

    Args:
        text: what stands in the file.
        where: its name, for errors.
        stays: which entries of `known` stay, in their order.
        reasons: new reason codes by the place of the entry in `known`.
        added: new entries of `known`.
        tested: ids of the requirements that were tested.

    Raises:
        InputError: a list of entries that does not stand one below the other.
    """
    # Reasons are changed from the end on, so that the offsets before them stay.
    entries = entries_in(text, where).get("known", [])
    for at in sorted(reasons, reverse=True):
        place = entries[at].reason
        assert place is not None
        text = text[: place[0]] + to_json_text(reasons[at]) + text[place[1] :]
    entries = entries_in(text, where).get("known", [])
    lines = text.rstrip("\n").split("\n")
    spans = _member_spans(text)
    head = spans["known"].start
    gone = set(spans.get("tested", ()))
    for entry, keeps in zip(entries, stays, strict=True):
        if not keeps:
            gone.update(range(entry.first, entry.end))
    last = max((entry.end for entry in entries), default=head + 1) - 1
    made: list[str] = []
    for number, line in enumerate(lines):
        if number == head:
            made.append(_known_line(line, holds=bool(added) or any(stays)))
        elif number not in gone:
            made.append(line)
        if number == last:
            made += [line for members in added for line in entry_lines(members)]
    return "\n".join([*made, *tested_lines(tested), ""])


def _known_line(line: str, *, holds: bool) -> str:
    """Return the line `known:`, with an empty list where no entry is left."""
    comment = line[line.index("#") :] if "#" in line else ""
    return f"known:{'' if holds else ' []'}{' ' + comment if comment else ''}"


def _member_spans(text: str) -> dict[str, range]:
    """Return the lines of each member of the file, from its name to where its value ends."""
    root = yaml.compose(text, Loader=yaml.CSafeLoader)
    assert isinstance(root, yaml.MappingNode)
    lines = text.split("\n")
    return {
        str(key.value): range(key.start_mark.line, _end_line(value, lines))
        for key, value in root.value
    }
