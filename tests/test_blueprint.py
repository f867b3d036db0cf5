"""Blueprints: what they may say, and one clear line for every mistake in them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from conftest import ROOT, Plant
from hypothesis import given
from hypothesis import strategies as st

from listok.exams.assembly import assemble
from listok.exams.blueprint import Blueprint, BlueprintError, read_blueprint, split_points
from listok.exams.roster import numbered
from listok.generators.bank import bank, find
from listok.generators.exact import Fraction as Q


def read(folder: Path, text: str, bank: Path | None = None) -> Blueprint:
    path = folder / "exam.toml"
    path.write_text(text, encoding="utf-8")
    return read_blueprint(path, bank)


def test_the_example_is_read() -> None:
    plan = read_blueprint(ROOT / "examples" / "midterm.toml")
    assert plan.seed == "QQ5F-CJKZ-D9Z8-F1SS-9838-85A8-0G2Y"
    assert plan.date == "2026-12-01"
    assert plan.title["en"] == "Midterm"
    assert plan.langs == ("ru",)
    assert len(plan.items) == 8
    assert [task.exercise.number for task in plan.items[4].tasks] == [17, 18]
    assert plan.items[3].tasks[0].total == 7


def test_defaults(tmp_path: Path) -> None:
    plan = read(tmp_path, "[[items]]\nexercise = 40\n")
    assert (plan.seed, plan.space, plan.paper, plan.langs, plan.date) == (None, "normal", "a4", ("ru",), "")
    assert plan.items[0].tasks[0].level == 1
    weights = {part: Q(key.points) for part, key in find(40).parts.items()}
    assert plan.items[0].tasks[0].points == weights


@pytest.mark.parametrize(
    ("written", "text"),
    [("7", "7"), ("-7", "-7"), ("0x10", "16"), ("2026-12-01", "2026-12-01"), ("2026-12-01 10:00:00", None),
     ("'  Ёж \t у ели '", "Ёж у ели"), (str(10**180), str(10**180))],
)  # fmt: skip
def test_a_seed_is_a_phrase_a_number_or_a_date(tmp_path: Path, written: str, text: str | None) -> None:
    assert read(tmp_path, f"seed = {written}\n[[items]]\nexercise = 40\n").seed == (text or written)


NO_CALCULATOR = "calculator = false\n"


def test_without_a_calculator_no_part_that_needs_one_is_asked(tmp_path: Path) -> None:
    asked = "[[items]]\nexercise = 31\n[[items]]\npoints = 4\nfrom = [13, 40]\n"
    without, allowed = read(tmp_path, NO_CALCULATOR + asked), read(tmp_path, "calculator = true\n" + asked)
    assert [list(task.points) for item in without.items for task in item.tasks] == [
        ["limits", "bot"], ["sigmoid", "soft", "why"], list(find(40).parts)]  # fmt: skip
    assert list(allowed.items[0].tasks[0].points) == list(find(31).parts)
    assert sum(without.items[1].tasks[0].points.values()) == 4


def test_a_blueprint_tells_how_long_a_form_takes(tmp_path: Path) -> None:
    whole = read(tmp_path, "[[items]]\nexercise = 48\nlevel = 2\n")
    exercise = find(48)
    assert whole.minutes == exercise.minutes[1]
    part = read(tmp_path, '[[items]]\nexercise = 48\nlevel = 2\nparts = ["states"]\n')
    share = exercise.parts["states"].points / sum(key.points for key in exercise.parts.values())
    assert part.minutes == pytest.approx(exercise.minutes[1] * share)
    picked = read(tmp_path, "[[items]]\nfrom = [48, 40]\npick = 1\npoints = 5\n")
    assert picked.minutes == pytest.approx((exercise.minutes[0] + find(40).minutes[0]) / 2)


def test_an_exercise_whose_every_part_needs_a_calculator_is_refused_without_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(vars(find(40)), "calculator", tuple(find(40).parts))
    with pytest.raises(BlueprintError) as caught:
        read(tmp_path, NO_CALCULATOR + ITEM)
    assert str(caught.value).endswith("exam.toml: items[1].exercise: every part of convolution-by-hand needs a "
                                      "calculator, and the blueprint says `calculator = false`")  # fmt: skip
    assert read(tmp_path, ITEM).items[0].tasks[0].points


NOTHING_BY_HAND = "open = false\n"


def test_without_open_parts_none_that_is_marked_by_hand_is_asked(tmp_path: Path, plant: Plant) -> None:
    planted = plant()
    asked = f"[[items]]\nexercise = {planted.number}\n[[items]]\nexercise = 40\n"
    without, allowed = (read(tmp_path, head + asked, planted.folder) for head in (NOTHING_BY_HAND, ""))
    parts = list(planted.exercise.parts)
    assert list(allowed.items[0].tasks[0].points) == parts
    assert parts[-1] == "why"
    assert list(without.items[0].tasks[0].points) == parts[:-1]
    assert without.items[1] == allowed.items[1]
    assert len(assemble(without, numbered(1)).forms[0].slots[0].points) == len(parts) - 1


def test_parts_that_neither_calculator_nor_open_allow(
    tmp_path: Path, plant: Plant, monkeypatch: pytest.MonkeyPatch
) -> None:
    planted = plant()
    item = f"[[items]]\nexercise = {planted.number}\n"

    def refusal(text: str) -> str:
        with pytest.raises(BlueprintError) as caught:
            read(tmp_path, text, planted.folder)
        return str(caught.value).split("exam.toml: ")[1]

    assert refusal(NOTHING_BY_HAND + item + "parts = ['why', 'value']") == (
        "items[1].parts: why is marked by hand, and the blueprint says `open = false`")
    *others, _ = planted.exercise.parts
    monkeypatch.setitem(vars(planted.exercise), "calculator", tuple(others))
    assert list(read(tmp_path, NO_CALCULATOR + item, planted.folder).items[0].tasks[0].points) == ["why"]
    assert refusal(NO_CALCULATOR + NOTHING_BY_HAND + item) == (
        f"items[1].exercise: every part of {planted.name} needs a calculator or is marked by hand, and the blueprint "
        "says `calculator = false` and `open = false`")


def test_words_are_put_on_one_line(tmp_path: Path) -> None:
    words = 'title = "Тест\\nпервый"\ninstructions = """\nОдно.\n\n  Другое.\n"""\n'
    plan = read(tmp_path, words + "[[items]]\nexercise = 40\n")
    assert (plan.title["ru"], plan.instructions["ru"]) == ("Тест первый", "Одно. Другое.")


def test_levels_words_and_parts(tmp_path: Path) -> None:
    plan = read(
        tmp_path,
        """
        title = "Тест"
        lang = "both"
        level = 2
        [course]
        en = "Course"
        [[items]]
        exercise = "convolution_by_hand"
        parts = ["max_pool", "map"]
        points = 2.5
        [[items]]
        from = [{ exercise = 10, level = 3 }, "softmax", 40]
        pick = 2
        points = 6
        level = 1
        """,
    )
    assert plan.langs == ("ru", "en")
    assert plan.title == {"ru": "Тест", "en": "Тест"}
    assert plan.course == {"ru": "Course", "en": "Course"}
    first = plan.items[0].tasks[0]
    assert (first.level, list(first.points), first.total) == (2, ["map", "max_pool"], Q(5, 2))
    assert [task.level for task in plan.items[1].tasks] == [3, 1, 1]
    assert [task.total for task in plan.items[1].tasks] == [6, 6, 6]


ITEM = "[[items]]\nexercise = 40\n"
FAULTS = [
    ("", "items: an exam needs at least one"),
    ("items = []", "at least one"),
    ("items = 5", "items: expected a list of tables"),
    ("items = [5]", "items[1]: expected a table, got 5"),
    ("[items]\nexercise = 40", "items: expected a list of tables"),
    ("title = ", "not TOML"),
    ("title = 'a'\ntitle = 'b'\n" + ITEM, "not TOML"),
    ("titel = 'x'\n" + ITEM, "unknown key 'titel'; did you mean 'title'?"),
    ("title = 5\n" + ITEM, "title: expected words, or a table with ru and en, got 5"),
    ("title = { de = 'x' }\n" + ITEM, "title: unknown key 'de'"),
    ("title = {}\n" + ITEM, "title: expected ru or en"),
    ("title = { ru = 5 }\n" + ITEM, "title.ru: expected words, got 5"),
    ("lang = 'rus'\n" + ITEM, "lang: unknown value 'rus'; did you mean 'ru'?"),
    ("lang = 5\n" + ITEM, "lang: expected one of ru, en, both, got 5"),
    ("space = 'rommy'\n" + ITEM, "space: unknown value 'rommy'; did you mean 'roomy'?"),
    ("paper = 'a5'\n" + ITEM, "paper: unknown value 'a5'; did you mean 'a4'?"),
    ("seed = ''\n" + ITEM, "seed: empty: give a phrase, or none at all, and the build draws a secret"),
    ("seed = '  '\n" + ITEM, "seed: empty"),
    ("seed = 1.5\n" + ITEM,
     "seed: expected a phrase in quotes, such as `listok seed` prints, or a whole number, got 1.5"),
    ("seed = true\n" + ITEM, "seed: expected a phrase in quotes"),
    ("seed = 10:00:00\n" + ITEM, "seed: expected a phrase in quotes"),
    ("seed = ['a', 'b']\n" + ITEM, "seed: expected a phrase in quotes"),
    ("seed = 0x" + "f" * 9999 + "\n" + ITEM, "seed: too long: at most 600 bits"),
    ('seed = "a\\u200bb"\n' + ITEM, "seed: character U+200B cannot be seen: delete it"),
    ("level = 4\n" + ITEM, "level: level 4 is not there: there are levels 1, 2 and 3"),
    ("date = 5\n" + ITEM, "date: expected a date such as"),
    ("date = 2026-12-01T10:00:00\n" + ITEM, "date: expected a date such as 2026-12-01 or words in quotes, got 2026"),
    ("date = 'a\\b'\n".replace("'", '"') + ITEM, "date: character U+0008 cannot be printed: delete it"),
    ('title = "a\\u202eb"\n' + ITEM, "title: character U+202E cannot be printed: delete it"),
    ('course = { en = "a\\u0000" }\n' + ITEM, "course.en: character U+0000 cannot be printed"),
    ('instructions = "a\\u200bb"\n' + ITEM, "instructions: character U+200B cannot be printed"),
    ("[[items]]\nlevel = 1", "items[1]: which exercise?"),
    ("level = " + "9" * 4301 + "\n" + ITEM, "not TOML: a number has too many digits"),
    ("level = 0x" + "f" * 4301 + "\n" + ITEM, "level: level 0xfff"),
    ("[[items]]\nexercise = 0x" + "f" * 4301, "items[1].exercise: unknown exercise"),
    ("[[items]]\nexercise = 40\npoints = 0x" + "f" * 4301, "items[1].points: expected a number above zero"),
    ("[[items]]\nfrom = [40]\npick = 0x" + "f" * 4301, "items[1].pick: expected 1 to 1"),
    (
        "[[items]]\nexercise = 'convolution-by-hnad'",
        "items[1].exercise: unknown exercise 'convolution-by-hnad'; did you mean 'convolution-by-hand'?",
    ),
    (ITEM + "[[items]]\nexercise = 99",
     f"items[2].exercise: unknown exercise '99'; the nearest number is {max(bank())}"),
    ("[[items]]\nexercise = '" + "x" * 9999 + "'", "items[1].exercise: unknown exercise 'xxx"),
    ("seed = '" + "x" * 9999 + "'\n" + ITEM, "seed: too long: at most 200 characters"),
    ("[[items]]\nexercise = 40.0", "items[1].exercise: expected an exercise's number or name, got 40.0"),
    ("[[items]]\nexercise = true", "items[1].exercise: expected"),
    (ITEM + "parts = ['mapp']", "items[1].parts: unknown part of convolution-by-hand 'mapp'; did you mean 'map'?"),
    ("calculator = 'no'\n" + ITEM, "calculator: expected true or false, got 'no'"),
    ("open = 0\n" + ITEM, "open: expected true or false, got 0"),
    ("story = 'none'\n" + ITEM, "story: expected true or false, got 'none'"),
    ("storey = false\n" + ITEM, "unknown key 'storey'; did you mean 'story'?"),
    (NO_CALCULATOR + "[[items]]\nexercise = 15\nparts = ['ols', 'scaled']",
     "items[1].parts: scaled needs a calculator, and the blueprint says `calculator = false`"),
    (ITEM + "parts = []", "items[1].parts: expected different part names, at least one"),
    (ITEM + "parts = ['map', 'map']", "items[1].parts: expected different part names"),
    (ITEM + "parts = 'map'", "items[1].parts: expected a list of part names, got 'map'"),
    (ITEM + "parts = [5]", "items[1].parts: unknown part of convolution-by-hand '5'"),
    (ITEM + "parts = [['map']]", "items[1].parts: unknown part"),
    (ITEM + "level = 0", "items[1].level: level 0 is not there"),
    (ITEM + "level = '1'", "items[1].level: expected 1, 2 or 3, got '1'"),
    (ITEM + "points = 0", "items[1].points: expected a number above zero, from 0.01 to 10000, got 0"),
    (ITEM + "points = -1.5", "items[1].points: expected a number above zero, from 0.01 to 10000, got -1.5"),
    (ITEM + "points = nan", "items[1].points: expected a number above zero, from 0.01 to 10000, got nan"),
    (ITEM + "points = inf", "items[1].points: expected a number above zero, from 0.01 to 10000, got inf"),
    (ITEM + "points = '5'", "items[1].points: expected a number above zero, from 0.01 to 10000, got '5'"),
    (ITEM + "points = 1e-300", "items[1].points: expected a number above zero, from 0.01 to 10000, got 1e-300"),
    (ITEM + "points = 1e300", "items[1].points: expected a number above zero, from 0.01 to 10000, got 1e+300"),
    (ITEM + "points = 1" + "0" * 99, "items[1].points: expected a number above zero"),
    (ITEM + "points = true", "items[1].points: expected a number above zero, from 0.01 to 10000, got True"),
    (ITEM + "point = 5", "items[1]: unknown key 'point'; did you mean 'points'?"),
    (
        "[[items]]\nfrom = [10, 40]\npick = 3\npoints = 1",
        "items[1].pick: expected 1 to 2 (the length of `from`), got 3",
    ),
    ("[[items]]\nfrom = [10, 40]\npick = 0\npoints = 1", "items[1].pick: expected 1 to 2"),
    ("[[items]]\nfrom = [10, 40]\npick = 'one'\npoints = 1", "items[1].pick: expected a whole number, got 'one'"),
    ("[[items]]\nfrom = []", "items[1].from: expected a list of exercises to pick from"),
    ("[[items]]\npick = 1", "items[1].from: expected a list of exercises to pick from"),
    ("[[items]]\nfrom = 40", "items[1].from: expected a list of exercises, got 40"),
    ("[[items]]\nfrom = [10, 99]\npoints = 1", "items[1].from[2].exercise: unknown exercise '99'"),
    ("[[items]]\nfrom = [10, 10]\npoints = 1", "items[1].from: number-of-parameters stands there twice"),
    ("[[items]]\nfrom = [10, { exercise = 40, points = 77 }]", "items[1].from: its exercises carry different points"),
    ("[[items]]\nfrom = [10, 40]\nexercise = 10\npoints = 1", "items[1]: unknown key 'exercise'"),
]


@pytest.mark.parametrize(("text", "message"), FAULTS, ids=lambda value: value[:40])
def test_a_fault_is_one_line_with_file_and_place(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(BlueprintError) as caught:
        read(tmp_path, text)
    assert message in str(caught.value)
    assert str(caught.value).startswith(f"{tmp_path / 'exam.toml'}: ")
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 300 + len(str(tmp_path))


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(BlueprintError, match=r"none\.toml: cannot be read"):
        read_blueprint(tmp_path / "none.toml")
    with pytest.raises(BlueprintError, match="cannot be read"):
        read_blueprint(tmp_path)
    (tmp_path / "old.toml").write_bytes("title = 'Контрольная'".encode("cp1251"))
    with pytest.raises(BlueprintError, match=r"not UTF-8 \(byte 9\): save the blueprint as UTF-8"):
        read_blueprint(tmp_path / "old.toml")


def test_deep_nesting_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BlueprintError, match="not TOML"):
        read(tmp_path, "title = " + "[" * 100_000)


def test_more_students_than_variants_are_refused_before_anything_is_drawn(tmp_path: Path, plant: Plant) -> None:
    planted = plant({"    parts={": "    spaces={1: 3},\n    parts={"})
    plan = read(tmp_path, f"[[items]]\nexercise = '{planted.name}'\n", planted.folder)
    with pytest.raises(
        BlueprintError, match=rf"items\[1\]: {planted.name} has 3 different variants at level 1, fewer than the 4"
    ):
        assemble(plan, numbered(4))


def test_an_undeclared_small_space_is_refused_with_the_number_found(tmp_path: Path, plant: Plant) -> None:
    planted = plant({"a = d.integer(-9, 9, exclude=(-1, 0, 1))": "a = d.choice((2, 3))",
                     "b = d.integer(-9, 9, exclude=(0, a, -a))": "b = 5",
                     "d.integer(2, 20), (3": "7, (3", "d.distinct(CLAIMS, 3)": "CLAIMS[:3]"})  # fmt: skip
    plan = read(tmp_path, f"[[items]]\nexercise = '{planted.name}'\n", planted.folder)
    assert len(assemble(plan, numbered(2)).forms) == 2
    with pytest.raises(BlueprintError, match=r"too few different variants for 3 students: 2 were found"):
        assemble(plan, numbered(3))


@given(
    st.dictionaries(st.text("abcdefgh", min_size=1, max_size=3), st.integers(1, 5), min_size=1, max_size=6),
    st.one_of(
        st.integers(1, 200).map(Q),
        st.integers(1, 400).map(lambda n: Q(n, 4)),
        st.floats(0.01, 50).map(lambda x: Q(repr(x))),
    ),
)
def test_points_are_split_wholly_and_fairly(weights: dict[str, int], total: Q) -> None:
    points = split_points(weights, total)
    assert sum(points.values()) == total
    assert list(points) == list(weights)
    assert all(share > 0 for share in points.values())
    for one in weights:
        for other in weights:
            if weights[one] > weights[other]:
                assert points[one] >= points[other]


def test_points_are_round() -> None:
    assert split_points({"a": 2, "b": 1, "c": 1}, Q(8)) == {"a": 4, "b": 2, "c": 2}
    assert split_points({"a": 1, "b": 1, "c": 1}, Q(4)) in ({"a": 2, "b": 1, "c": 1}, {"a": 1, "b": 2, "c": 1})
    assert split_points({"a": 1, "b": 1}, Q(1)) == {"a": Q(1, 2), "b": Q(1, 2)}
    assert split_points({"a": 3, "b": 1}, None) == {"a": 3, "b": 1}


def test_the_examples_comments_are_true() -> None:
    text = (ROOT / "examples" / "midterm.toml").read_text(encoding="utf-8")
    assert re.search(r"listok build examples/midterm\.toml --roster examples/roster\.csv --out", text)
