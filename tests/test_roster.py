"""Rosters as spreadsheets write them, and as an adversary would: printed as they stand, or refused in one line."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import ROOT
from hypothesis import given
from hypothesis import strategies as st

from listok.answerkeys.forms import Student
from listok.exams.roster import (
    LONGEST_NAME,
    LONGEST_WORD,
    MOST_COPIES,
    RosterError,
    note_on_sections,
    numbered,
    read_roster,
)


def write(folder: Path, text: str | bytes) -> Path:
    path = folder / "roster.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_the_example_is_read() -> None:
    students = read_roster(ROOT / "examples" / "roster.csv")
    assert len(students) == 30
    assert students[0] == Student("2026-01", "Маркова Виктория", "НС-1")


@pytest.mark.parametrize(
    "text",
    [
        "id,name,group\n1,Анна,НС\n2,Ян,\n",
        "\ufeffid;name;group\r\n1;Анна;НС\r\n2;Ян;\r\n",
        "ID\tИмя\tГруппа\n1\tАнна\tНС\n2\tЯн\n",
        "Номер,ФИО,Группа\n1, Анна ,НС\n\n,,\n2,Ян,\n",
        'group,"name",email,id\nНС,"Анна",x@y,1\n,Ян,,2\n',
        "id,name,group\r1,Анна,НС\r2,Ян,\r",
    ],
    ids=["plain", "excel", "tabs", "russian", "other order", "old mac"],
)
def test_ways_to_write_a_roster(tmp_path: Path, text: str) -> None:
    assert read_roster(write(tmp_path, text)) == (Student("1", "Анна", "НС"), Student("2", "Ян", ""))


def test_names_stay_as_they_are(tmp_path: Path) -> None:
    names = [
        "Иванов & Co_{}%$#~^\\input{/etc/passwd}",
        "</td><script>alert(1)</script>",
        "=cmd|' /C calc'!A0",
        'O\'Neill, "Бо"',
        "Nguyễn Văn Ánh",
        "王小明",
        "Ёлкин-Палкин, мл.",
        "x" * LONGEST_WORD + " " + "y" * (LONGEST_NAME - LONGEST_WORD - 1),
    ]
    rows = "".join(f'{n},"{name.replace(chr(34), chr(34) * 2)}"\n' for n, name in enumerate(names))
    assert [student.name for student in read_roster(write(tmp_path, "id,name\n" + rows))] == names


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Фамилия;Имя;Отчество;Номер\nИванов;Иван;Иванович;1\n", "Иванов Иван Иванович"),
        ("Номер;Отчество;Имя;Фамилия\n1; ;Иван;Иванов\n", "Иванов Иван"),
        ("Имя,Номер\nИванов Иван,1\n", "Иванов Иван"),
        ("Last name,First name,ID\nDoe,Jane,1\n", "Jane Doe"),
        ("ФИО,Имя,id\nИванов И. И.,Иван,1\n", "Иванов И. И."),
        ("Surname,First name,ID\nDoe,Jane,1\n", "Jane Doe"),
        ("Surname,Name,ID\nDoe,Jane,1\n", "Jane Doe"),
        ("Last Name,Given Name,Student ID\nDoe,Jane,1\n", "Jane Doe"),
        ("First Name,Family Name,ID number\nJane,Doe,1\n", "Jane Doe"),
        ("First Name,Middle Name,Last Name,SID\nJane,Ann,Doe,1\n", "Jane Ann Doe"),
        ("Фамилия;Имя Отчество;Номер зачётной книжки\nИванов;Иван Ильич;1\n", "Иванов Иван Ильич"),
        ("И.О.;Фамилия;№;Зачетка\nИ. И.;Иванов;7;1\n", "Иванов И. И."),
        ('Student,ID,SIS User ID,Section\n    Points Possible,,,\n"Doe, Jane",4711,1,\n', "Doe, Jane"),
        ("Surname;Forenames;ID\nDoe;Jane Ann;1\n", "Jane Ann Doe"),
        ("Given name,Middle initial,Surname,ID\nJane,A.,Doe,1\n", "Jane A. Doe"),
        ("first_name,last_name,student_id\nJane,Doe,1\n", "Jane Doe"),
        ("№;Фамилия И.О.;№ зачётки\n7;Иванов И. И.;1\n", "Иванов И. И."),
        ("Student,ID,SIS User ID,SIS Login ID,Section,Quiz\n,,,,,Manual Posting\n    Points Possible,,,,,5\n"
         '"Doe, Jane",4711,1,jane,,\n', "Doe, Jane"),
        ("Student,ID,SIS Login ID,Section\n    Points Possible,,,\nJane Doe,4711,1,\n", "Jane Doe"),
        ('Student,ID,SIS User ID,SIS Login ID,Section\n    Points Possible,,,,\n"Doe, Jane",4711,1,jane,\n'
         '"Student, Test",4712,,9a0b7c,\n', "Doe, Jane"),
        ("sep=;\nid;name\n1;Иванов, Иван\n", "Иванов, Иван"),
        ('id;name\n="1";Иванов Иван\n', "Иванов Иван"),
    ],
)
def test_a_name_in_parts_is_put_together(tmp_path: Path, text: str, name: str) -> None:
    assert read_roster(write(tmp_path, text)) == (Student("1", name),)


def test_a_number_written_as_a_formula_keeps_its_zeros(tmp_path: Path) -> None:
    path = write(tmp_path, 'id,name\n="001",Анна\n"=""002""",Ян\n')
    assert [student.id for student in read_roster(path)] == ["001", "002"]


def test_blank_cells_beyond_the_header_are_no_fault(tmp_path: Path) -> None:
    assert read_roster(write(tmp_path, "id,name\n1,Анна,, \n")) == (Student("1", "Анна"),)


def test_a_name_is_composed_so_that_fonts_have_it(tmp_path: Path) -> None:
    (student,) = read_roster(write(tmp_path, "id,name\n1,И\u0306ордан\n"))
    assert student.name == "Йордан"


BAD = {
    "empty file": ("", "empty"),
    "no rows": ("id,name\n", "no students below the header"),
    "no id": ("name,group\nАнна,1\n", "row 1 has no column 'id'"),
    "no name": ("id,e-mail\n1,Анна\n", "row 1 has no column 'name'"),
    "empty id": ("id,name\n1,Анна\n,Ян\n", "row 3: the id is empty"),
    "empty name": ("id,name\n1,Анна\n2,\n", "row 3: the name is empty"),
    "blank name": ("id,name\n1,Анна\n2,\u00a0 \n", "row 3: the name is empty"),
    "a comma that parts a name": ("id,name\n1,Анна\n2,Doe, John\n", "row 3: more cells than row 1 has columns"),
    "a semicolon too many": ("id;name\n1;Анна; Мария\n", "put quotes round a cell that holds a semicolon"),
    "two ids": ("Номер,Зачётка,ФИО\n1,77,Анна\n", "row 1 has 'Номер' and 'Зачётка', which both mean 'id'"),
    "a list that is numbered, and ids": ("Номер,ФИО,Зачётная книжка\n1,Анна,77\n", "which both mean 'id'"),
    "half a name?": ("Surname,Christian name,ID\nDoe,Jane,1\n", "'Christian name': is that a part of the name?"),
    "half a name, in Russian?": ("Фамилия,Имя студента,Номер\nДроздова,Анна,1\n", "'Имя студента': is that a part"),
    "a whole name or a family name": ("Name,First name,ID\nDoe,Jane,1\n", "row 1 has 'Name' and 'First name': is"),
    "two names": ("id,name,name\n1,Анна,Ян\n", "row 1 has 'name' and 'name', which both mean 'name'"),
    "a header of long words": ("x" * 9999 + ",y\n1,Анна\n", "row 1 has no column 'id'; it has 'xxx"),
    "short row": ("id,name\n1\n", "row 2: the name is empty"),
    "duplicate": ("id,name\n1,Анна\n2,Ян\n 1,Ия\n", "row 4: id '1' stands in row 2 already"),
    "long name": ("id,name\n1," + "я" * 300 + "\n", "row 2: too long"),
    "long word": ("id,name\n1," + "я" * (LONGEST_WORD + 1) + "\n", "row 2: too long"),
    "words that hold together": ("id,name\n1," + "\u00a0".join(["яяяяя"] * 9) + "\n", "row 2: too long"),
    "long id": ("id,name\n" + "9" * (LONGEST_WORD + 1) + ",Анна\n", "row 2: too long"),
    "long group": ("id,name,group\n1,Анна," + "г" * 300 + "\n", "row 2: too long"),
    "NUL": ("id,name\n1,Ан\x00на\n", "row 2: character U+0000"),
    "right to left mark": ("id,name\n1,Анна\u202eьло\n", "row 2: character U+202E"),
    "bell": ("id,name\n1,Ан\x07на\n", "row 2: character U+0007"),
    "line in a name": ('id,name\n1,"Ан\nна"\n', "row 2: character U+000A"),
    "zero width": ("id,name\n1\u200b,Анна\n", "row 2: character U+200B"),
    "private": ("id,name\n1,\ue000\n", "row 2: character U+E000"),
    "not UTF-8": ("id,name\n1,Анна\n".encode("cp1251"), "not UTF-8"),
    "UTF-16": ("id,name\n1,Анна\n".encode("utf-16"), "not UTF-8"),
    "huge cell": ("id,name\n1," + "я" * 200_000 + "\n", "row 2"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_rosters_are_refused_in_one_line(tmp_path: Path, case: str) -> None:
    text, message = BAD[case]
    path = write(tmp_path, text)
    with pytest.raises(RosterError) as caught:
        read_roster(path)
    assert message in str(caught.value)
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400 + len(str(path))


def test_rows_are_counted_as_the_editor_shows_them(tmp_path: Path) -> None:
    path = write(tmp_path, "id,name\n1,Анна\n\n\n2,\n")
    with pytest.raises(RosterError, match="row 5"):
        read_roster(path)


def test_a_missing_roster_or_a_folder(tmp_path: Path) -> None:
    for path in (tmp_path / "none.csv", tmp_path):
        with pytest.raises(RosterError, match="cannot be read"):
            read_roster(path)


def test_numbered_copies() -> None:
    assert [student.id for student in numbered(3)] == ["001", "002", "003"]
    for count in (0, -5):
        with pytest.raises(RosterError, match="at least one"):
            numbered(count)
    with pytest.raises(RosterError, match=f"at most {MOST_COPIES} copies"):
        numbered(MOST_COPIES + 1)


@pytest.mark.parametrize(
    ("student", "seeded", "said"),
    [
        (Student("001", "Анна"), True, "a column group in the roster, or another seed, parts them"),
        (Student("17", "Анна"), True, "another section with ids such as 17 gets the same forms from this seed"),
        (numbered(1)[0], True, ""),
        (Student("001", "Анна", "НС-1"), True, ""),
        (Student("001", "Анна"), False, ""),
        (Student("2026-01", "Анна"), True, ""),
        (Student("1234567", "Анна"), True, ""),
    ],
)
def test_a_section_that_would_get_the_same_forms_is_told(student: Student, seeded: bool, said: str) -> None:
    """Under one seed an id gives the same form wherever it stands, unless there is a group."""
    note = note_on_sections([Student("x", "Ян"), student], seeded)
    assert note.endswith(said) or said in note
    assert bool(note) == bool(said)


@given(st.lists(st.tuples(st.text(max_size=12), st.text(max_size=12)), max_size=4), st.sampled_from(",;\t"))
def test_any_roster_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str]], mark: str
) -> None:
    path = tmp_path_factory.mktemp("any") / "roster.csv"
    text = f"id{mark}name\n" + "".join(mark.join(row) + "\n" for row in rows)
    path.write_text(text, encoding="utf-8", errors="surrogatepass", newline="")
    try:
        students = read_roster(path)
    except RosterError as error:
        said = str(error)
        assert "\n" not in said
        return
    assert len({student.id for student in students}) == len(students) > 0
    assert all(student.name.isprintable() for student in students)
