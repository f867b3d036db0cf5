"""Files are there whole or not at all, and one that cannot be read is one line."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from listok.generators.values import ListokError
from listok.templates.files import csv_rows, read_text, write_whole


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
