"""Forms that are kept from an earlier build: found again, or refused, and every difference is named."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from listok.answerkeys.forms import ExamError, Student
from listok.exams.assembly import assemble
from listok.exams.blueprint import Blueprint, read_blueprint
from listok.exams.build import build_exam
from listok.exams.keeping import Class, Earlier, compared
from listok.exams.roster import numbered
from listok.workers.pool import in_process

NAMES = ("Иван Петров", "Анна Ким", "Олег Белый", "Мария Зуева", "Яна Ли", "Пётр Ус")
CLASS = tuple(Student(f"00{n}", name) for n, name in enumerate(NAMES, 1))
ITEMS = "seed = 7\n[[items]]\nexercise = 10\npoints = 4\n[[items]]\nfrom = [17, 10]\npick = 1\npoints = 5\n"


@pytest.fixture
def plan(tmp_path: Path) -> Callable[[str], Blueprint]:
    def make(text: str = ITEMS) -> Blueprint:
        path = tmp_path / "exam.toml"
        path.write_text(text, encoding="utf-8")
        return read_blueprint(path)

    return make


def kept(plan: Callable[[str], Blueprint], students: Sequence[Student], text: str = ITEMS) -> Class:
    earlier = map(Earlier.of, assemble(plan(ITEMS), CLASS).forms)
    return compared(plan(text), students, earlier, "exam.json")


def test_the_same_class_needs_no_word(plan: Callable[[str], Blueprint]) -> None:
    assert kept(plan, CLASS) == Class(CLASS, (), len(CLASS))


@pytest.mark.parametrize("lost", [lambda id_: id_.lstrip("0"), lambda id_: "0" + id_])
def test_ids_that_lost_or_got_zeros_are_found(plan: Callable[[str], Blueprint], lost: Callable[[str], str]) -> None:
    today = [dataclasses.replace(student, id=lost(student.id)) for student in CLASS]
    found = kept(plan, today)
    assert found.students == CLASS
    (note,) = found.notes
    assert note == f"6 ids differ in zeros at the start ({today[0].id} for 001): the earlier ids are kept"
    before, after = assemble(plan(ITEMS), CLASS), assemble(plan(ITEMS), today, keep=assemble(plan(ITEMS), CLASS))
    assert [form.code for form in after.forms] == [form.code for form in before.forms]


def test_an_id_that_may_be_anothers_is_taken_as_it_is(plan: Callable[[str], Blueprint]) -> None:
    today = (*CLASS, Student("1", "Новый Ян"))
    assert kept(plan, today).students == today


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (ITEMS.replace("points = 4", "points = 6"), "problem 1 is number-of-parameters at level 1 (total "),
        ("level = 2\n" + ITEMS, "problem 1 is number-of-parameters at level 1"),
        (ITEMS + "[[items]]\nexercise = 40\n", "it has 2 problems, not 3"),
        (ITEMS.replace("exercise = 10", "exercise = 40"), "problem 1 is number-of-parameters at level 1"),
        (ITEMS.replace("points = 4", 'parts = ["total"]'), "problem 1 is number-of-parameters at level 1"),
    ],
)
def test_a_blueprint_that_asks_for_something_else_is_refused(
    plan: Callable[[str], Blueprint], text: str, said: str
) -> None:
    with pytest.raises(ExamError) as caught:
        kept(plan, CLASS, text)
    refusal = str(caught.value)
    assert "exam.json: 6 of the 6 forms to be kept ask for something else than the blueprint, such as " in refusal
    assert said in refusal
    assert refusal.endswith("take the blueprint of that build, or build without --keep")


def test_what_was_picked_is_not_asked_for_in_vain(plan: Callable[[str], Blueprint]) -> None:
    """Of an item to pick from, each student's own choice is found, whichever it is."""
    exam = assemble(plan(ITEMS), CLASS)
    assert len({form.slots[1].variant.exercise.number for form in exam.forms}) == 2
    assert kept(plan, CLASS).notes == ()
    with pytest.raises(ExamError, match=r": [1-5] of the 6 forms"):
        kept(plan, CLASS, ITEMS.replace("[17, 10]", "[17]"))


def test_people_who_are_others_are_refused_and_corrected_names_told(plan: Callable[[str], Blueprint]) -> None:
    others = [dataclasses.replace(student, name=f"Чужой Человек{n}") for n, student in enumerate(CLASS)]
    with pytest.raises(ExamError, match="another class's: 6 of the 6 students who keep their forms have other names"):
        kept(plan, others)
    corrected = [dataclasses.replace(CLASS[0], name="Петров Иван Ильич"), *CLASS[1:]]
    (note,) = kept(plan, corrected).notes
    assert note == "1 student of exam.json has another name, such as 001: Иван Петров then, Петров Иван Ильич now"
    replaced = [dataclasses.replace(CLASS[0], name="Чужой Человек"), *CLASS[1:]]
    assert "1 student of exam.json has another name, such as 001" in kept(plan, replaced).notes[0]
    spelt = [dataclasses.replace(CLASS[5], name="Петр Ус"), *CLASS[:5]]
    assert kept(plan, spelt).notes == ()


def test_groups_that_are_others_are_told(plan: Callable[[str], Blueprint]) -> None:
    """Another section may have the same ids."""
    moved = [*CLASS[:4], *(dataclasses.replace(student, group="Б") for student in CLASS[4:])]
    (note,) = kept(plan, moved).notes
    told = "2 students of exam.json are in another group, such as 005: none then, Б now; they keep their forms"
    assert note == told


def test_copies_that_get_names_and_students_who_lose_them_are_told(plan: Callable[[str], Blueprint]) -> None:
    copies = numbered(len(CLASS))
    (note,) = kept(plan, copies).notes
    assert note == "6 students of exam.json have another name, such as 001: Иван Петров then, none now"
    earlier = map(Earlier.of, assemble(plan(ITEMS), copies).forms)
    (note,) = compared(plan(ITEMS), CLASS, earlier, "exam.json").notes
    assert note == "6 students of exam.json have another name, such as 001: none then, Иван Петров now"


def test_another_seed_is_told(plan: Callable[[str], Blueprint], tmp_path: Path) -> None:
    first = tmp_path / "first"
    build_exam(plan(ITEMS), CLASS[:5], first, in_process(), pdf=False)
    for number, (text, told) in enumerate([
        (ITEMS, []),
        (ITEMS.replace("seed = 7", ""), []),
        (ITEMS.replace("seed = 7", "seed = 8"), [f"the seed is not that of {first}/exam.json: 5 forms kept from "
                                                 "there, 1 form drawn from this seed"]),
    ]):  # fmt: skip
        said: list[str] = []
        build_exam(plan(text), CLASS, tmp_path / str(number), in_process(), pdf=False, keep=first / "exam.json",
                   say=said.append)  # fmt: skip
        assert said == told


def test_those_who_are_not_in_the_roster_are_counted(plan: Callable[[str], Blueprint]) -> None:
    late = (Student("007", "Поздний Гость"),)
    (note,) = kept(plan, late).notes
    assert note.startswith("6 students of exam.json are not in the roster: their forms are not printed again")


def test_a_build_says_it_before_anything_is_written(plan: Callable[[str], Blueprint], tmp_path: Path) -> None:
    said: list[tuple[str, bool]] = []
    out = tmp_path / "out"
    build_exam(plan(ITEMS), CLASS, tmp_path / "first", in_process(), pdf=False)
    build_exam(
        plan(ITEMS), CLASS[:2], out, in_process(), pdf=False, keep=tmp_path / "first" / "exam.json",
        say=lambda line: said.append((line, out.exists())),
    )  # fmt: skip
    assert said == [(f"4 students of {tmp_path}/first/exam.json are not in the roster: their forms are not printed "
                     "again, and nobody gets their numbers", False)]  # fmt: skip
    with pytest.raises(ExamError, match="6 forms to be kept"):
        build_exam(plan("level = 3\n" + ITEMS), CLASS, tmp_path / "none", in_process(), pdf=False,
                   keep=tmp_path / "first" / "exam.json")  # fmt: skip
    assert not (tmp_path / "none").exists()


def test_sections_with_the_same_ids_share_nothing(plan: Callable[[str], Blueprint]) -> None:
    one, two = (assemble(plan(ITEMS), [dataclasses.replace(s, group=group) for s in CLASS]) for group in ("А", "Б"))
    assert not {form.code for form in one.forms} & {form.code for form in two.forms}
    numbers = [{form.slots[0].variant.code for form in exam.forms} for exam in (one, two)]
    assert not numbers[0] & numbers[1]
