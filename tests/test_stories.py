"""Stories: which one is told, of whom, where they are left out, and what is refused in them."""

from __future__ import annotations

import dataclasses
import itertools
import json
import re
from collections import Counter
from pathlib import Path

import pytest
from click.testing import CliRunner
from conftest import Changes, Plant, Planted, forget_the_bank
from exam_files import dump, load

from listok.answerkeys.composing import FORMATS
from listok.answerkeys.exam_file import form_json, head_json, read_head
from listok.answerkeys.forms import Exam
from listok.answerkeys.verification.authoring import FEWEST_STORIES, check_texts
from listok.cli import main
from listok.exams.assembly import assemble
from listok.exams.blueprint import read_blueprint
from listok.exams.press.chunk_pages import write_pages
from listok.exams.press.pieces import decode_pieces
from listok.exams.roster import numbered
from listok.generators.bank import bank, find
from listok.generators.exact import Fraction
from listok.generators.exercise import AnyExercise, AnyVariant
from listok.templates import plain
from listok.templates.names import Telling
from listok.templates.sheet import problem
from listok.templates.text import LANGS, Filled, Lang, TextError
from listok.templates.text import load as load_text

QUESTION = {"ru": "## value\nНайдите", "en": "## value\nFind"}
STEM = {"ru": " {{heroine}} идёт по ней {{count}} {{count|шаг|шага|шагов}}.",
        "en": " {{heroine}} walks along it for {{count}} {{count|step|steps}}."}  # fmt: skip
FIRST = {"ru": "### story\nУ {{count}} бобров одна река. Её чертит {{hero}}.",
         "en": "### story\n{{count}} beavers share a river. {{hero}} draws it."}  # fmt: skip
SECOND = {"ru": "### story\n{{heroine}} рисует горку.\n\nГоркой пользуются ёжики.",
          "en": "### story\n{{heroine}} draws a slide.\n\nHedgehogs use it."}  # fmt: skip
SIGN = {"ru": ("бобров", "ёжики"), "en": ("beavers", "Hedgehogs")}
"""What tells the stories apart."""

SEEDS = range(24)


def telling_texts(*stories: dict[str, str]) -> dict[str, Changes]:
    """The toy's texts with these stories, and nobody in the stem."""
    return {
        lang: {STEM[lang]: "", QUESTION[lang]: "\n\n".join((*(story[lang] for story in stories), QUESTION[lang]))}
        for lang in LANGS
    }


@pytest.fixture
def planted(plant: Plant) -> Planted:
    return plant(**telling_texts(FIRST, SECOND))


def printed(variant: AnyVariant, lang: Lang, telling: Telling) -> str:
    points = {part: Fraction(1) for part in variant.exercise.parts}
    text = plain.printer(lang).blocks(problem(Filled(variant, lang, telling), points))
    return " ".join(text.split())


def told(text: str, lang: Lang) -> list[int]:
    """The numbers of the stories that stand in a text."""
    return [number for number, sign in enumerate(SIGN[lang]) if sign in text]


# --- which story --------------------------------------------------------------------------------------------------


def test_one_story_goes_before_the_stem_the_same_in_both_languages(planted: Planted) -> None:
    found = Counter[int]()
    for seed in SEEDS:
        variant = planted.exercise.variant(seed)
        ru, en = (printed(variant, lang, Telling()) for lang in LANGS)
        (number,) = told(en, "en")
        assert told(ru, "ru") == [number]
        found[number] += 1
        assert en.index(SIGN["en"][number]) < en.index("Here is the line")
    assert set(found) == {0, 1}


def test_a_story_is_filled_and_its_first_paragraph_stays_with_the_heading(planted: Planted) -> None:
    variants = map(planted.exercise.variant, SEEDS)
    variant = next(each for each in variants if told(printed(each, "en", Telling()), "en") == [0])
    filled = Filled(variant, "en")
    together, *_ = problem(filled, {"value": Fraction(1)})
    text = " ".join(plain.printer("en").blocks((together,)).split())
    assert f"3 beavers share a river. {filled.cast.hero} draws it." in text
    assert "Here is the line" not in text


def test_the_bare_problem_is_the_same_but_for_the_story(planted: Planted) -> None:
    for seed, lang in itertools.product(SEEDS, LANGS):
        variant = planted.exercise.variant(seed)
        bare, whole = (printed(variant, lang, Telling(story)) for story in (False, True))
        assert told(bare, lang) == []
        stem = "Дана прямая" if lang == "ru" else "Here is the line"
        (head, rest), (bare_head, bare_rest) = whole.split(stem), bare.split(stem)
        assert rest == bare_rest
        assert head.startswith(bare_head)
        assert len(head) > len(bare_head) + 20


def test_a_story_changes_no_number(plant: Plant) -> None:
    bare, more = plant(name="same-name").exercise, plant(name="same-name", **telling_texts(FIRST, SECOND)).exercise
    for seed in SEEDS:
        first, second = bare.variant(seed), more.variant(seed)
        assert repr(first.params) == repr(second.params)
        assert first.fingerprint == second.fingerprint
        assert first.options("truths") == second.options("truths")


# --- of whom ------------------------------------------------------------------------------------------------------


def exam_of(planted: Planted, tmp_path: Path, head: str = "", students: int = 5, turned: bool = False) -> Exam:
    """An exam with the planted exercise three times."""
    path = tmp_path / "exam.toml"
    items = "".join(f"[[items]]\nexercise = {planted.number}\nlevel = {level}\n" for level in (1, 2, 2))
    path.write_text(f"seed = 'six old words'\nlang = 'both'\n{head}{items}", encoding="utf-8")
    who = numbered(students)
    return assemble(read_blueprint(path, planted.folder), who[::-1] if turned else who)


PAGES = (".html", ".tex", ".typ")


def pages(exam: Exam, planted: Planted, kind: str, lang: Lang, suffix: str) -> list[str]:
    """The pages of each form of an exam."""
    written = write_pages(head_json(exam), planted.folder, list(map(form_json, exam.forms)), {}, (".tex", ".typ"))
    data = written[f"{kind}.{lang}{suffix}"]
    if suffix == ".html":
        return re.findall(r"<section.*?</section>", data.decode(), re.DOTALL)
    return [piece.body for piece in decode_pieces(data)]


def names_in(text: str, planted: Planted, lang: Lang) -> set[str]:
    """The names that stand in a text where the toy tells of its heroine; Typst has them in strings of their own."""
    pattern = {"ru": r"Идёт (\w+) пешком", "en": r"(\w+) walks along"}[lang]
    return set(re.findall(pattern, text.replace('"#"', "")))


ALL_OVER = {
    "ru": {STEM["ru"]: " Идёт {{heroine}} пешком.", "Подставим, и": "Идёт {{heroine}} пешком. Подставим, и"},
    "en": {STEM["en"]: " {{heroine}} walks along it.", "Substitute, and": "{{heroine}} walks along. Substitute, and"},
}
"""Words that name the heroine in the stem and in a solution, as texts without stories may."""


@pytest.mark.parametrize("suffix", PAGES)
@pytest.mark.parametrize("lang", LANGS)
def test_a_form_keeps_its_people_on_sheet_and_key(plant: Plant, tmp_path: Path, lang: Lang, suffix: str) -> None:
    planted = plant(**ALL_OVER)
    exam = exam_of(planted, tmp_path)
    met = []
    for form, sheet, key in zip(
        exam.forms, *(pages(exam, planted, kind, lang, suffix) for kind in ("sheets", "keys")), strict=True
    ):
        (name,) = names_in(sheet, planted, lang)
        assert names_in(key, planted, lang) == {name}
        assert len(re.findall(name, sheet)) >= 3
        assert name == Filled(form.slots[2].variant, lang, exam.telling(form)).cast.heroine
        met.append(name)
    assert len(set(met)) > 2


@pytest.mark.parametrize("lang", LANGS)
def test_a_key_from_the_command_names_the_people_of_the_sheet(plant: Plant, tmp_path: Path, lang: Lang) -> None:
    planted = plant(**ALL_OVER)
    exam = exam_of(planted, tmp_path)
    (tmp_path / "exam.json").write_bytes(dump(exam))
    for form, sheet in zip(exam.forms[:2], pages(exam, planted, "sheets", lang, ".html"), strict=False):
        common = ["key", form.code, "--bank", str(planted.folder), "--lang", lang]
        again = ["--blueprint", str(tmp_path / "exam.toml"), "--copies", "5"]
        for source in (["--exam", str(tmp_path / "exam.json")], again):
            key = CliRunner().invoke(main, [*common, *source]).stdout
            assert names_in(" ".join(key.split()), planted, lang) == names_in(sheet, planted, lang) != set()


def test_a_variant_alone_has_people_of_its_own(planted: Planted) -> None:
    variants = [planted.exercise.variant(seed) for seed in range(30)]
    assert len({Filled(variant, "ru").cast.hero for variant in variants}) > 15
    assert len({Filled(variant, "ru", Telling(form="ABC-DEF-GHJ")).cast.hero for variant in variants}) == 1


@pytest.mark.parametrize("suffix", PAGES)
def test_pages_are_the_same_bytes_in_any_order(planted: Planted, tmp_path: Path, suffix: str) -> None:
    exam, turned = (exam_of(planted, tmp_path, turned=turned) for turned in (False, True))
    assert [form.code for form in turned.forms] == [form.code for form in exam.forms][::-1]
    for kind in ("sheets", "keys"):
        assert pages(turned, planted, kind, "ru", suffix)[::-1] == pages(exam, planted, kind, "ru", suffix)


# --- left out -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", PAGES)
def test_a_blueprint_may_ask_for_the_bare_problems(planted: Planted, tmp_path: Path, suffix: str) -> None:
    exam, bare = exam_of(planted, tmp_path), exam_of(planted, tmp_path, "story = false\n")
    assert list(map(form_json, bare.forms)) == list(map(form_json, exam.forms))
    assert (exam.story, bare.story) == (True, False)
    for lang in LANGS:
        assert all(told(sheet, lang) for sheet in pages(exam, planted, "sheets", lang, suffix))
        assert not any(told(sheet, lang) for sheet in pages(bare, planted, "sheets", lang, suffix))
        assert pages(bare, planted, "keys", lang, suffix) == pages(exam, planted, "keys", lang, suffix)


@pytest.mark.parametrize("story", [True, False])
def test_the_exam_file_says_whether_there_are_stories(planted: Planted, tmp_path: Path, story: bool) -> None:
    exam = exam_of(planted, tmp_path, f"story = {str(story).lower()}\n")
    (path := tmp_path / "exam.json").write_bytes(dump(exam))
    found = load(path, planted.folder)
    assert found.story is story
    assert dump(found) == dump(exam)
    assert found.telling(found.forms[0]) == Telling(story, exam.forms[0].code)


def test_an_older_exam_file_has_stories(planted: Planted, tmp_path: Path) -> None:
    head = head_json(dataclasses.replace(exam_of(planted, tmp_path), story=False))
    older = head.replace(b'"story":false,', b"")
    assert older != head
    assert not read_head(head).story
    assert read_head(older).story


def test_a_build_that_keeps_forms_keeps_their_people(planted: Planted, tmp_path: Path) -> None:
    exam = exam_of(planted, tmp_path)
    later = assemble(read_blueprint(tmp_path / "exam.toml", planted.folder), numbered(6), exam)
    assert later.forms[:5] == exam.forms
    assert pages(later, planted, "sheets", "ru", ".html")[:5] == pages(exam, planted, "sheets", "ru", ".html")


def test_show_prints_the_bare_problem(planted: Planted) -> None:
    args = ["show", planted.name, "--bank", str(planted.folder), "--lang", "en"]
    with_story, without = (CliRunner().invoke(main, [*args, *more]).stdout for more in ([], ["--no-story"]))
    assert told(with_story, "en")
    assert not told(without, "en")
    assert "Here is the line" in without


def export(planted: Planted, tmp_path: Path, to: str, *args: str) -> str:
    """What an export writes, all files after each other."""
    out = tmp_path / f"out{len(list(tmp_path.glob('out*')))}"
    forget_the_bank()
    result = CliRunner().invoke(
        main, ["export", *args, "--to", to, "--out", str(out), "--bank", str(planted.folder), "--jobs", "1"]
    )
    assert result.exit_code == 0, result.output
    return "\n".join(path.read_text(encoding="utf-8") for path in sorted(out.iterdir()) if path.is_file())


@pytest.mark.parametrize("to", ["json", "csv", "moodle", "amc"])
def test_exports_tell_a_story_unless_asked_not_to(planted: Planted, tmp_path: Path, to: str) -> None:
    assert to in FORMATS
    asked = (planted.name, "-n", "3", "--level", "1")
    assert told(export(planted, tmp_path, to, *asked), "ru")
    bare = export(planted, tmp_path, to, *asked, "--no-story")
    assert not told(bare, "ru")
    assert "Дана прямая" in bare or "\\u0414\\u0430\\u043d\\u0430" in bare


def test_an_export_of_an_exam_tells_what_its_sheets_tell(planted: Planted, tmp_path: Path) -> None:
    for story in (True, False):
        exam = exam_of(planted, tmp_path, f"story = {str(story).lower()}\n")
        (path := tmp_path / "exam.json").write_bytes(dump(exam))
        from_exam = json.loads(export(planted, tmp_path, "json", str(path)))
        stems = {question["code"]: question["stem"]["html"] for question in from_exam["questions"]}
        for form in exam.forms:
            for slot in form.slots:
                stem = stems[slot.variant.code]
                cast = Filled(slot.variant, "ru", exam.telling(form)).cast
                assert [each for each, name in enumerate((cast.hero, cast.heroine)) if name in stem] == told(stem, "ru")
                assert bool(told(stem, "ru")) == story
        from_blueprint = export(planted, tmp_path, "json", str(tmp_path / "exam.toml"), "-n", "2")
        assert bool(told(from_blueprint, "ru")) == story


# --- what is refused ----------------------------------------------------------------------------------------------


STORY = "### story\n"
REFUSED: dict[str, tuple[str, str, str]] = {
    "an unknown hole": (STORY + "On {{wednesday}}.", "On {{wednesday}}", "unknown field 'wednesday'"),
    "another heading": ("### storey\nOnce.", "### storey", "unknown heading 'storey': after the stem, before"),
    "nothing": (STORY, STORY, "a story is one or more paragraphs"),
    "a formula of its own line": (STORY + "Once:\n\n$$y = 1$$", STORY, "a story is one or more paragraphs"),
    "a list": (STORY + "- once", STORY, "a story is one or more paragraphs"),
    "a figure": (STORY + "![A line](picture)", STORY, "a story is one or more paragraphs"),
}


@pytest.mark.parametrize("slip", REFUSED)
def test_a_slip_in_a_story_is_one_line_with_its_place(plant: Plant, slip: str) -> None:
    story, where, message = REFUSED[slip]
    planted = plant(en={STEM["en"]: "", QUESTION["en"]: f"{story}\n\n{QUESTION['en']}"})
    refuse(planted, where, message)


def refuse(planted: Planted, where: str, message: str) -> None:
    """The English text is refused with the line that begins so."""
    with pytest.raises(TextError) as caught:
        load_text(planted.exercise, "en")
    path = planted.folder / "en" / f"{planted.exercise.module}.md"
    line = next(n for n, text in enumerate(path.read_text("utf-8").splitlines(), 1) if text.startswith(where.strip()))
    assert str(caught.value).startswith(f"en/{path.name}:{line}: ")
    assert message in str(caught.value)


@pytest.mark.parametrize(("old", "new"), [
    ("Here is the line", "{{hero}} has the line"),
    ("Write the table.", "{{heroine}} wants the table."),
    ("Its increment is constant.", "{{hero}} says so."),
    ("A point for the constant", "{{heroine}} has a point for the constant"),
])  # fmt: skip
def test_heroes_stand_only_in_stories(plant: Plant, old: str, new: str) -> None:
    texts = telling_texts(FIRST, SECOND)
    planted = plant(ru=texts["ru"], en={**texts["en"], old: new})
    refuse(planted, new, "stands only in stories (### story)")
    load_text(planted.exercise, "ru")


def test_a_story_under_a_part_is_told_where_it_belongs(plant: Plant) -> None:
    story = "## grid\nWrite the table.\n\n### story\nOnce upon a time.\n"
    planted = plant(en={STEM["en"]: "", "## grid\nWrite the table.": story})
    refuse(planted, "### story", "stories (### story) stand after the stem, before the first part")


@pytest.mark.parametrize(("ru", "en", "message"), [
    ((FIRST, SECOND), (FIRST,), "the two languages tell different numbers of stories: 2 in ru, 1 in en"),
    ((FIRST, SECOND), (), "the two languages tell different numbers of stories: 2 in ru, 0 in en"),
    ((FIRST,), (FIRST,), "has fewer than two stories: a class would see the same one too often"),
])  # fmt: skip
def test_verify_reports_texts_with_too_few_stories(
    plant: Plant, ru: tuple[dict[str, str], ...], en: tuple[dict[str, str], ...], message: str
) -> None:
    exercise = plant(ru=telling_texts(*ru)["ru"], en=telling_texts(*en)["en"]).exercise
    assert check_texts(exercise) == [message]


def test_two_stories_are_enough(planted: Planted, plant: Plant) -> None:
    assert check_texts(planted.exercise) == []
    assert check_texts(plant().exercise) == []


# --- the bank -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("exercise", bank().values(), ids=lambda exercise: exercise.name)
def test_every_exercise_has_stories_to_choose_from(exercise: AnyExercise) -> None:
    for lang in LANGS:
        assert len(load_text(exercise, lang).stories) >= FEWEST_STORIES


def test_a_new_exercise_begins_with_two_stories(tmp_path: Path) -> None:
    made = CliRunner().invoke(main, ["new", "early-stopping", "--bank", str(tmp_path)])
    assert made.exit_code == 0, made.output
    forget_the_bank()
    exercise = find("early-stopping", tmp_path)
    assert [len(load_text(exercise, lang).stories) for lang in LANGS] == [2, 2]
    assert check_texts(exercise) == []
