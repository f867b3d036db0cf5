"""Files are there whole or not at all, and one that cannot be read is one line."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from listok.generators.values import ListokError
from listok.templates.files import csv_rows, is_private, part_of, private_folder, read_text, write_whole


def test_a_file_that_could_not_be_finished_leaves_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "keys.html"
    write_whole(path, ["старый"])

    def pieces() -> Iterator[str]:
        yield "new"
        assert path.read_text(encoding="utf-8") == "старый", "nothing is seen of the new one before it is whole"
        raise ListokError("no more")

    with pytest.raises(ListokError, match="no more"):
        write_whole(path, pieces())
    assert {each.name: each.read_text(encoding="utf-8") for each in tmp_path.iterdir()} == {"keys.html": "старый"}
    write_whole(path, ["и ", "новый".encode()])
    assert path.read_text(encoding="utf-8") == "и новый"


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o027, 0o077, 0o277, 0o777])
def test_a_private_file_is_its_owners_whatever_the_umask_and_from_the_beginning(tmp_path: Path, umask: int) -> None:
    path, old = tmp_path / "keys.html", tmp_path / "keys.html.part"
    modes = []

    def pieces() -> Iterator[str]:
        modes.append(old.stat().st_mode & 0o777)
        yield "secret"

    path.write_text("of before")
    path.chmod(0o666)
    old.write_text("torn")
    old.chmod(0o666)
    before = os.umask(umask)
    try:
        write_whole(path, pieces(), private=True)
        private_folder(tmp_path / "keys")
    finally:
        os.umask(before)
    assert modes == [0o600]
    assert path.stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "keys").stat().st_mode & 0o777 == 0o700


def test_a_private_file_goes_through_no_link_and_to_nobody_who_has_the_old_one_open(tmp_path: Path) -> None:
    path, elsewhere = tmp_path / "keys.html", tmp_path / "elsewhere"
    elsewhere.write_text("theirs")
    part = tmp_path / "keys.html.part"
    part.symlink_to(elsewhere)
    write_whole(path, ["secret"], private=True)
    assert elsewhere.read_text() == "theirs"
    part.write_text("")
    with part.open() as spy:
        write_whole(path, ["secret"], private=True)
        assert spy.read() == ""


def test_a_folder_that_was_open_to_all_becomes_private(tmp_path: Path) -> None:
    folder = tmp_path / "feedback"
    folder.mkdir()
    folder.chmod(0o777)
    (tmp_path / "link").symlink_to(folder)
    with pytest.raises(OSError, match="link"):
        private_folder(tmp_path / "link")
    assert folder.stat().st_mode & 0o777 == 0o777
    private_folder(folder)
    assert folder.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    ("name", "private"),
    [("keys.pdf", True), ("keys.ru.html", True), ("keys", True), ("keys/s1.pdf", True), ("answers.csv", True),
     ("answers.json", True), ("exam.json", True), ("marks.csv", True), ("marks-parts.csv", True), ("report.html", True),
     ("feedback.html", True), ("feedback/s1.html", True), ("questions", True), ("sheets.pdf", False),
     ("sheets.en.html", False), ("sheets/keys.pdf", False), ("sheets", False), ("keyserver.txt", False),
     ("layout.json", False)],
)  # fmt: skip
def test_names_tell_what_is_private(name: str, private: bool) -> None:
    assert is_private(name) == private


def test_a_file_that_cannot_be_read_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    for content, message in ((None, "cannot be read (No such file or directory)"), (b"\xff", "not UTF-8 (byte 0): so")):
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(ListokError) as caught:
            read_text(path, ListokError, "so")
        assert str(caught.value) == f"{path}: {message}"
    path.write_bytes("\ufeffы".encode())
    assert read_text(path, ListokError, "so") == "ы"


@pytest.mark.parametrize(
    ("text", "delimiter", "rows"),
    [
        ("a;b,c\n1;2\n", ";", [["a", "b,c"], ["1", "2"]]),
        ("\r\na\tb\r\n", "\t", [[], ["a", "b"]]),
        ('a,"b\nc"\n', ",", [["a", "b\nc"]]),
        ("a," + "b" * 200_000, ",", [["a", "b" * 200_000]]),
    ],
)
def test_csv_is_read_with_the_delimiter_of_its_first_line(text: str, delimiter: str, rows: list[list[str]]) -> None:
    assert csv_rows(text, "x.csv", ListokError) == (delimiter, rows)


def test_a_quote_that_ends_within_a_cell_is_refused_where_that_is_asked() -> None:
    text = 'id,name\n1,"Ann" B\n'
    assert csv_rows(text, "x.csv", ListokError)[1] == [["id", "name"], ["1", "Ann B"]]
    with pytest.raises(ListokError, match=r"^x\.csv: line 2: .*; save the table as CSV once more$"):
        csv_rows(text, "x.csv", ListokError, strict=True)


@pytest.mark.parametrize("private", [False, True])
def test_a_link_in_the_place_of_an_unfinished_file_is_not_followed(private: bool, tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("precious")
    part_of(tmp_path / "new").symlink_to(tmp_path / "precious")
    write_whole(tmp_path / "new", ["text"], private=private)
    assert (tmp_path / "new").read_text() == "text"
    assert (tmp_path / "precious").read_text() == "precious"
