"""The assembly of an exam: nobody's numbers move when others come or go, and no two students share a variant."""

from __future__ import annotations

import dataclasses
import itertools
import json
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from conftest import BLUEPRINT, Plant
from exam_files import dump, load

from listok.answerkeys.forms import Exam, ExamError, Form, Student
from listok.exams.assembly import assemble
from listok.exams.blueprint import Blueprint, BlueprintError, read_blueprint
from listok.exams.roster import numbered
from listok.exams.secret import stretched
from listok.generators.codes import form_code, read_code
from listok.generators.draw import Draw
from listok.generators.exercise import Disagreement
from listok.generators.keyed import SECRET_BYTES

CLASS = tuple(Student(f"s{n}", f"Имя {n}") for n in range(12))


def plan(folder: Path, text: str = BLUEPRINT, bank: Path | None = None) -> Blueprint:
    path = folder / "exam.toml"
    path.write_text(text, encoding="utf-8")
    return read_blueprint(path, bank)


def contents(exam: Exam) -> dict[str, set[tuple[Any, ...]]]:
    """What each student gets, whatever the order of students and problems."""
    return {form.student.id: {numbers(slot) for slot in form.slots} for form in exam.forms}


def numbers(slot: Any) -> tuple[Any, ...]:
    return slot.variant.exercise.name, slot.variant.level, slot.variant.params, tuple(slot.points.items())


def codes(exam: Exam) -> dict[str, str]:
    return {form.student.id: form.code for form in exam.forms}


def test_forms_follow_the_roster_and_the_blueprint(tmp_path: Path) -> None:
    exam = assemble(plan(tmp_path), CLASS)
    assert [form.student for form in exam.forms] == list(CLASS)
    for form in exam.forms:
        assert [slot.variant.exercise.number for slot in form.slots][:2] == [10, 40]
        assert form.slots[2].variant.exercise.number in (17, 18)
        assert [slot.variant.level for slot in form.slots] == [1, 2, 1]
        assert form.slots[0].total == 4
        assert form.total == 9 + form.slots[1].total
        assert read_code(form.code) == form.code
    assert {form.slots[2].variant.exercise.number for form in exam.forms} == {17, 18}


def test_the_order_of_the_roster_moves_nothing(tmp_path: Path) -> None:
    blueprint = plan(tmp_path)
    first = assemble(blueprint, CLASS)
    for seed in range(3):
        mixed = random.Random(seed).sample(CLASS, len(CLASS))
        again = assemble(blueprint, mixed)
        assert contents(again) == contents(first)
        assert codes(again) == codes(first)


def test_coming_and_going_students_move_nobody(tmp_path: Path) -> None:
    blueprint = plan(tmp_path)
    first = assemble(blueprint, CLASS)
    more = assemble(blueprint, (Student("new", "Новый"), *CLASS, Student("a", "Ещё")))
    fewer = assemble(blueprint, CLASS[3:7])
    for student, content in contents(first).items():
        assert contents(more)[student] == content
        assert contents(fewer).get(student, content) == content


def test_the_order_of_problems_and_new_ones_move_nothing(tmp_path: Path) -> None:
    head, *items = BLUEPRINT.split("[[items]]")
    first = contents(assemble(plan(tmp_path), CLASS))
    turned = contents(assemble(plan(tmp_path, "[[items]]".join([head, *reversed(items)])), CLASS))
    assert turned == first
    longer = contents(assemble(plan(tmp_path, BLUEPRINT + "[[items]]\nexercise = 13\n"), CLASS))
    assert all(first[student] < longer[student] for student in first)
    shorter = contents(assemble(plan(tmp_path, "[[items]]".join([head, *items[1:]])), CLASS))
    assert all(shorter[student] < first[student] for student in first)


def test_one_exercise_at_two_levels_in_either_order(tmp_path: Path) -> None:
    seed, one, two = "seed = 7\n", "[[items]]\nexercise = 10\nlevel = 1\n", "[[items]]\nexercise = 10\nlevel = 3\n"
    first = assemble(plan(tmp_path, seed + one + two), CLASS)
    assert contents(first) == contents(assemble(plan(tmp_path, seed + two + one), CLASS))


def test_the_choice_does_not_depend_on_the_order_it_is_written_in(tmp_path: Path) -> None:
    turned = BLUEPRINT.replace("[17, 18]", "[18, 17]")
    assert contents(assemble(plan(tmp_path, turned), CLASS)) == contents(assemble(plan(tmp_path), CLASS))


def test_two_of_three_are_different_ones(tmp_path: Path) -> None:
    text = "[[items]]\nfrom = [10, 17, 18]\npick = 2\npoints = 3\n"
    exam = assemble(plan(tmp_path, text), numbered(60))
    picks = {tuple(slot.variant.exercise.number for slot in form.slots) for form in exam.forms}
    assert picks == {(10, 17), (10, 18), (17, 18)}


def test_seeds_and_names(tmp_path: Path) -> None:
    blueprint = plan(tmp_path)
    first = assemble(blueprint, CLASS)
    renamed = assemble(blueprint, [dataclasses.replace(s, name="Другое имя") for s in CLASS])
    assert contents(renamed) == contents(first)
    assert codes(renamed) == codes(first)
    other = assemble(dataclasses.replace(blueprint, seed="8"), CLASS)
    assert not set(codes(other).values()) & set(codes(first).values())
    assert all(contents(other)[student] != contents(first)[student] for student in contents(first))


def drawn_codes(exam: Exam) -> set[str]:
    return {slot.variant.code for form in exam.forms for slot in form.slots}


def test_without_a_seed_every_exam_has_a_secret_of_its_own(tmp_path: Path) -> None:
    blueprint = dataclasses.replace(plan(tmp_path), seed=None)
    exams = [assemble(blueprint, CLASS) for _ in range(4)]
    assert all(len(exam.secret) == SECRET_BYTES for exam in exams)
    for one, other in itertools.combinations(exams, 2):
        assert one.secret != other.secret
        assert not set(codes(one).values()) & set(codes(other).values())
        assert not drawn_codes(one) & drawn_codes(other), "two sections with the same ids share nothing"


def test_latecomers_of_an_exam_without_a_seed_are_drawn_from_its_secret(tmp_path: Path) -> None:
    blueprint = dataclasses.replace(plan(tmp_path), seed=None)
    first = assemble(blueprint, CLASS[:5])
    later = assemble(blueprint, CLASS, keep=first)
    assert later.secret == first.secret
    assert codes(later) == {student.id: form_code(first.secret, student.id) for student in CLASS}
    assert contents(first).items() <= contents(later).items()
    older = dataclasses.replace(first, secret=b"")
    fresh = assemble(blueprint, CLASS, keep=older)
    assert len(fresh.secret) == SECRET_BYTES
    assert codes(first).items() <= codes(fresh).items()
    assert codes(fresh)["s11"] == form_code(fresh.secret, "s11") != codes(later)["s11"]


def test_one_seed_gives_one_secret_however_it_is_written(tmp_path: Path) -> None:
    item = "[[items]]\nexercise = 10\n"
    for spellings in (("7", "'7'", "' 7 '"), ("2026-12-01", "'2026-12-01'"), ("'Ёж  у ели'", "'Е\u0308ж у ели'")):
        exams = [assemble(plan(tmp_path, f"seed = {spelling}\n{item}"), CLASS[:2]) for spelling in spellings]
        assert len({dump(exam) for exam in exams}) == 1, spellings


def variants(forms: Sequence[Form]) -> list[str]:
    return [slot.variant.fingerprint for form in forms for slot in form.slots]


def narrow(plant: Plant) -> Any:
    """An exercise with exactly 15 variants at level 1: x from 2 to 16, all else fixed."""
    return plant({
        "a = d.integer(-9, 9, exclude=(-1, 0, 1))": "a = 3", "b = d.integer(-9, 9, exclude=(0, a, -a))": "b = 5",
        "d.integer(2, 20), (3": "d.integer(2, 16), (3", "d.distinct(CLAIMS, 3)": "CLAIMS[:3]",
        "    parts={": "    spaces={1: 15},\n    parts={",
    })  # fmt: skip


def test_no_two_students_share_a_variant_even_where_there_is_just_enough(tmp_path: Path, plant: Plant) -> None:
    planted = narrow(plant)
    blueprint = plan(tmp_path, f"seed = 7\n[[items]]\nexercise = {planted.number}\n", planted.folder)
    exam = assemble(blueprint, numbered(15))
    assert len(set(variants(exam.forms))) == 15
    turned = assemble(blueprint, numbered(15)[::-1])
    assert contents(turned) == contents(exam)
    with pytest.raises(BlueprintError, match="15 different variants"):
        assemble(blueprint, numbered(16))


def test_one_student_never_gets_the_same_variant_twice(tmp_path: Path, plant: Plant) -> None:
    planted = narrow(plant)
    blueprint = plan(tmp_path, "seed = 7\n" + f"[[items]]\nexercise = {planted.number}\n" * 3, planted.folder)
    found = variants(assemble(blueprint, numbered(5)).forms)
    assert len(set(found)) == len(found) == 15


def test_a_large_class_has_no_repeats(tmp_path: Path) -> None:
    found = variants(assemble(plan(tmp_path), numbered(150)).forms)
    assert len(set(found)) == len(found) == 450


def test_a_variant_on_which_the_two_solutions_differ_stops_the_build(tmp_path: Path, plant: Plant) -> None:
    planted = plant({"value=p.a * p.x + p.b,": "value=p.a * p.x + p.b + (p.x == 7),"})
    blueprint = plan(tmp_path, f"seed = 7\n[[items]]\nexercise = {planted.number}\n", planted.folder)
    with pytest.raises(Disagreement, match="differ in value"):
        assemble(blueprint, numbered(60))


def test_kept_students_keep_their_forms(tmp_path: Path, plant: Plant) -> None:
    planted = narrow(plant)
    blueprint = plan(tmp_path, f"seed = 7\n[[items]]\nexercise = {planted.number}\n", planted.folder)
    first = assemble(blueprint, numbered(9))
    later = assemble(dataclasses.replace(blueprint, seed="1"), numbered(14), keep=first)
    assert contents(first).items() <= contents(later).items()
    assert codes(first).items() <= codes(later).items()
    assert len(set(variants(later.forms))) == 14


def test_kept_students_may_have_a_corrected_name(tmp_path: Path) -> None:
    blueprint = plan(tmp_path)
    first = assemble(blueprint, CLASS)
    again = assemble(blueprint, [dataclasses.replace(CLASS[0], name="Исправлено"), *CLASS[1:]], keep=first)
    assert again.forms[0].student.name == "Исправлено"
    assert codes(again) == codes(first)


# --- the exam file ------------------------------------------------------------------------------------------------


def saved(folder: Path) -> tuple[Exam, Path]:
    exam = assemble(plan(folder), CLASS[:3])
    path = folder / "exam.json"
    path.write_bytes(dump(exam))
    return exam, path


def test_the_file_holds_the_whole_exam(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    exam, path = saved(tmp_path)
    monkeypatch.setattr(Draw, "below", lambda *_: pytest.fail("something was drawn anew"))
    again = load(path)
    assert dump(again) == path.read_bytes()
    assert contents(again) == contents(exam)
    assert [form.code for form in again.forms] == [form.code for form in exam.forms]
    for one, other in zip(again.forms, exam.forms, strict=True):
        assert [slot.variant.solution for slot in one.slots] == [slot.variant.solution for slot in other.slots]
        assert [slot.variant.code for slot in one.slots] == [slot.variant.code for slot in other.slots]


def test_a_file_of_an_older_listok_has_no_secret_and_is_read(tmp_path: Path) -> None:
    exam, path = saved(tmp_path)
    data = json.loads(path.read_text(encoding="utf-8"))
    assert bytes.fromhex(data.pop("secret")) == exam.secret == stretched(plan(tmp_path).seed or "")
    path.write_text(json.dumps(data), encoding="utf-8")
    older = load(path)
    assert older.secret == b""
    assert dump(older) == dump(dataclasses.replace(exam, secret=b""))
    assert b"secret" not in dump(older)


def test_the_secret_is_not_shown_where_an_exam_is(tmp_path: Path) -> None:
    exam, _ = saved(tmp_path)
    assert "secret" not in repr(exam)


def test_forms_are_found_by_code(tmp_path: Path) -> None:
    exam, path = saved(tmp_path)
    assert load(path).form(exam.forms[1].code).student == CLASS[1]
    with pytest.raises(ExamError, match="no form ABC-ABC-ABC in this exam of 3 forms"):
        exam.form("ABC-ABC-ABC")


def _slot(data: Any) -> Any:
    return data["forms"][0]["slots"][0]


SPOILED = {
    "format": (lambda d: d.update(format=99), "format 99, this one reads 1"),
    "a short secret": (lambda d: d.update(secret="00" * 31), "secret: expected 64 hexadecimal digits"),
    "a secret of other letters": (lambda d: d.update(secret="x" * 64), "secret: expected 64 hexadecimal digits"),
    "a secret that is a number": (lambda d: d.update(secret=5), "not an exam file"),
    "no forms": (lambda d: d.pop("forms"), "not an exam file"),
    "forms of another kind": (lambda d: d.update(forms=5), "not an exam file"),
    "a slot without an exercise": (lambda d: _slot(d).pop("exercise"), "not an exam file"),
    "unknown exercise": (lambda d: _slot(d).update(exercise="softmaks"), "did you mean 'softmax'"),
    "another version": (lambda d: _slot(d).update(version=14), "printed by its version 14"),
    "bad parameters": (lambda d: _slot(d)["params"].update(target="x"), "number-of-parameters: "),
    "parameters without an answer": (lambda d: _slot(d)["params"].update(target=1), "no whole width"),
    "parameters missing": (lambda d: _slot(d).update(params={}), "missing required field"),
    "bad points": (lambda d: _slot(d)["points"].update(total="x"), "not an exam file"),
    "unknown part": (lambda d: _slot(d)["points"].update(nothing=1), "unknown part"),
    "negative points": (lambda d: _slot(d)["points"].update(total=-1), "points[...]"),
    "points without end": (lambda d: _slot(d)["points"].update(total=1e308), "Expected float <= 10000"),
    "no language": (lambda d: d.update(langs=[]), "Expected array of length >= 1 at $.langs"),
    "another language": (lambda d: d.update(langs=["de"]), "Invalid enum value 'de' at $.langs[0]"),
    "a number for a code": (lambda d: d["forms"][0].update(code=5), "Expected str, got int at $.code"),
    "a path for a code": (lambda d: d["forms"][0].update(code="../../x"), "'../../x' is not a code"),
    "a variant's code for a form": (lambda d: d["forms"][0].update(code="18G-G00-07S"), "code"),
    "a number for a variant's code": (lambda d: _slot(d).update(code=5), "$.slots[0].code"),
    "a word for a variant's code": (lambda d: _slot(d).update(code="x"), "'x' is not a code"),
    "level": (lambda d: _slot(d).update(level=4), "$.slots[0].level"),
    "space": (lambda d: d.update(space="wide"), "Invalid enum value 'wide' at $.space"),
    "paper": (lambda d: d.update(paper=4), "$.paper"),
    "a student without a name": (lambda d: d["forms"][0].update(student={"id": "1"}), "name at $.student"),
    "a number for an id": (lambda d: d["forms"][0]["student"].update(id=7), "$.student.id"),
    "slots in a table": (lambda d: d["forms"][0].update(slots={}), "Expected array, got object at $.slots"),
    "title as a list": (lambda d: d.update(title=[1]), "not an exam file"),
}


@pytest.mark.parametrize("case", SPOILED)
def test_a_spoiled_file_is_refused_in_one_line(tmp_path: Path, case: str) -> None:
    spoil, message = SPOILED[case]
    _, path = saved(tmp_path)
    data = json.loads(path.read_text(encoding="utf-8"))
    spoil(data)
    path.write_text(json.dumps(data), encoding="utf-8")
    with pytest.raises(ExamError) as caught:
        load(path)
    assert message in str(caught.value)
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)


def test_dull_numbers_that_a_teacher_set_are_kept(tmp_path: Path) -> None:
    _, path = saved(tmp_path)
    data = json.loads(path.read_text(encoding="utf-8"))
    _slot(data)["params"].update(sizes=[2000, 1000, 10])
    path.write_text(json.dumps(data), encoding="utf-8")
    exam = load(path)
    variant = exam.forms[0].slots[0].variant
    assert variant.solution.total == 2001 * 1000 + 1001 * 10
    assert str(variant.dull).endswith("too many for a pencil")
    path.write_bytes(dump(exam))
    assert load(path).forms[0].slots[0].variant.params == variant.params


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b"5", b"null", b"\xff\xfe", b"[" * 100_000, b'{"format": 1}'])
def test_what_is_no_exam_file_is_refused(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "exam.json"
    path.write_bytes(raw)
    with pytest.raises(ExamError, match="not an exam file"):
        load(path)


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(ExamError, match="cannot be read"):
        load(tmp_path / "none.json")
