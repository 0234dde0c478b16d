"""Files written whole or not at all."""

import os
import re
from pathlib import Path

import pytest

from conformance.errors import InputError
from conformance.reporting.files import write_file


def test_a_file_is_written_as_utf_8_with_its_line_ends(tmp_path: Path) -> None:
    path = tmp_path / "report.json"

    write_file(path, "é\r\n\n")

    assert path.read_bytes() == b"\xc3\xa9\r\n\n"
    assert list(tmp_path.iterdir()) == [path]


def test_missing_folders_are_made(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "report.json"

    write_file(path, "x")

    assert path.read_text(encoding="utf-8") == "x"


def test_a_file_that_was_there_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.write_text("a much longer text", encoding="utf-8")

    write_file(path, "x")

    assert path.read_text(encoding="utf-8") == "x"


def test_a_file_can_be_read_by_whom_the_mask_allows(tmp_path: Path) -> None:
    path = tmp_path / "report.json"

    before = os.umask(0o027)
    try:
        write_file(path, "x")
    finally:
        os.umask(before)

    assert path.stat().st_mode & 0o777 == 0o640


def test_what_can_t_be_written_leaves_the_old_file_and_nothing_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.write_text("old", encoding="utf-8")

    with pytest.raises(UnicodeEncodeError):
        write_file(path, "a" * 100_000 + "\ud800")

    assert path.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_in_its_place_is_told_and_nothing_is_left_behind(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.mkdir()

    whole = f"{path}: expected a place to write to, saw 'Is a directory'"
    with pytest.raises(InputError, match=f"^{re.escape(whole)}$"):
        write_file(path, "x")

    assert list(tmp_path.iterdir()) == [path]


def test_a_file_in_the_place_of_a_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("x", encoding="utf-8")

    whole = f"{tmp_path / 'a'}: expected a place to write to, saw 'File exists'"
    with pytest.raises(InputError, match=f"^{re.escape(whole)}$"):
        write_file(tmp_path / "a" / "report.json", "y")
