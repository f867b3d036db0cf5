"""Planted bugs: every check of the bank reports the fault it is there for."""

from __future__ import annotations

import re

import pytest
from conftest import Changes, Plant, Planted

from listok.answerkeys.marking.grading import Response, mark_problem
from listok.answerkeys.verification import LevelReport, check_exercises, check_texts, variant_faults
from listok.generators.bank import bank
from listok.generators.exact import Fraction
from listok.generators.exercise import Disagreement
from listok.generators.values import BadParams, ListokError
from listok.workers.pool import processes

SEEDS = 50


def check(planted: Planted, seeds: int, *, printing: bool = True) -> list[LevelReport]:
    """Check a planted exercise in this process."""
    with processes(1) as workers:
        return check_exercises([planted.exercise], seeds, workers, bank=planted.folder, printing=printing)


def faults(reports: list[LevelReport]) -> str:
    return "\n".join(fault for report in reports for fault in report.faults)


def test_a_sound_exercise_has_no_faults(plant: Plant) -> None:
    reports = check(plant(), SEEDS)
    assert faults(reports) == ""
    assert [report.level for report in reports] == [1, 2, 3]
    assert all(report.seeds == SEEDS and report.distinct > 40 and report.accepted > 0.5 for report in reports)


def test_several_processes_find_the_same(plant: Plant) -> None:
    changes = {"value=p.a * p.x + p.b,": "value=p.a * p.x + p.b + (p.x == 7),", "(7.3, 9.7, 13.6)": "(7.3, 9.7, 18)"}
    planted = plant(changes)
    ticks: list[None] = []
    with processes(2) as workers:
        reports = check_exercises(
            [planted.exercise], 60, workers, bank=planted.folder, printing=False, tick=lambda: ticks.append(None)
        )
    assert reports == check(planted, 60, printing=False)
    assert "draws take 13.6 minutes" in faults(reports)
    assert "differ: value" in faults(reports)
    assert len(ticks) == 3


BUGS: dict[str, tuple[Changes, str]] = {
    "wrong solve": (
        {"value=p.a * p.x + p.b,": "value=p.a * p.x - p.b,"}, r"solve and oracle differ: value"),
    "rarely wrong solve": (
        {"value=p.a * p.x + p.b,": "value=p.a * p.x + p.b + (p.x == 7),"},
        r"differ: value.*\(\d+ of 60 variants, such as"),
    "wrong step": (
        {"Step(n, y) for n, y in enumerate(row, 1)": "Step(n, y) for n, y in enumerate(row)"}, r"differ: steps"),
    "wrong formula": (
        {'line=Formula(f"{p.a}*x + {p.b}")': 'line=Formula(f"{p.a}*x - {p.b}")'}, r"differ: line"),
    "bool for a number": (
        {"rising=rising,": "rising=int(rising),"}, r"differ: rising"),
    "one mistake only": (
        {'        "swapped": wrong(lambda p: replace(p, a=p.b, b=p.a), spoils=NUMBERS),\n': ""},
        r"value: fewer than two mistakes"),
    "effort does not grow": (
        {"(3, 10, 19)[level - 1], d": "(3, 6, 19)[level - 1], d", "(7.3, 9.7, 13.6)": "(7, 8.8, 13.6)"},
        r"effort does not grow by a quarter: a variant takes 7\.\d minutes at level 1, [89]\.\d at level 2"),
    "another effort than planned": (
        {"minutes=(7.3, 9.7, 13.6)": "minutes=(5, 9.7, 13.6)"},
        r"draws take 7\.\d minutes in the median, and not 5 as `minutes` says"),
    "effort beside the plan": (
        {"minutes=(7.3, 9.7, 13.6)": "minutes=(6.4, 9.7, 13.6)"},
        r"variants take 7\.\d minutes in the median, and not 6\.4 as `minutes` says"),
    "uneven effort": (
        {"(3, 10, 19)[level - 1], d": "(d.choice((3,) * 5 + (9, 19, 19, 19, 19, 19)), 10, 19)[level - 1], d",
         "(7.3, 9.7, 13.6)": "(9.4, 11.75, 14.7)"},
        r"only \d+% of draws are accepted"),
    "one answer in two parts": (
        {'"root": Number("root", digits=2),': '"root": Number("root", digits=2),\n        "again": Number("value"),'},
        r"value and again have the same answer in 100% of variants"),
    "a long answer": (
        {'"root": Number("root", digits=2),': '"root": Number("root"),',
         "Fraction(-p.b, p.a)": "Fraction(-p.b, 1009 * p.a)",
         "-Fraction(p.b) / Fraction(p.a)": "-Fraction(p.b) / Fraction(1009 * p.a)"},
        r"no good numbers in \d+ draws"),
    "few variants": (
        {"d.integer(2, 20), (3, 10, 19)[level - 1], d.distinct(CLAIMS, 3)": "5, (3, 10, 19)[level - 1], CLAIMS[:3]"},
        r"about ~\d+ variants only"),
    "wrong number of variants": (
        {"    parts={": "    spaces={1: 3},\n    parts={"}, r"says it has 3 variants, but \d+ were drawn"),
    "one answer always": (
        {"x + {p.b}\"),\n        slope=\"up\" if rising else \"down\"": "x + {p.b}\"),\n        slope=\"up\"",
         '"down" if y < p.b else "up"': '"up"'},
        r"slope: the answer 'up' is right in 100%"),
    "mostly refused": (
        {"if p.b == 0 or": "if (p.a * p.b * p.x) % 11 != 1 or"}, r"only \d+% of draws are accepted"),
    "an option twice": (
        {'Choice("slope", options=("up", "down"))': 'Choice("slope", options=("up", "up"))',
         'slope="up" if rising else "down"': 'slope="up"', '"down" if y < p.b else "up"': '"up"'},
        r"slope: fewer than two different options"),
    "a predicate that takes all": (
        {"return Fraction(numbers[1] == p.a * numbers[0] + p.b)": "return Fraction(1)"},
        r"point: gives full marks to a wrong answer"),
    "a predicate that refuses its own": (
        {"return Fraction(numbers[1] == p.a * numbers[0] + p.b)": "return Fraction(0)"},
        r"point: does not give full marks to its own answer"),
    "parameters lost in JSON": (
        {"    claims: tuple[str, ...]\n": "    claims: tuple[str, ...]\n\n    def __post_init__(self) -> None:\n"
                                          '        object.__setattr__(self, "x", self.x % 7 + 1)\n'},
        r"parameters do not survive JSON"),
}  # fmt: skip


BUGS |= {
    "a helper of both solutions": (
        {"from listok.generators.exact import Fraction\n\n\ndef solve(p: Any)":
         "from listok.generators.exact import Fraction\nfrom listok.generators.toolkit import linear\n\n\n"
         "def solve(p: Any)"},
        r"its oracle imports listok\.generators\.toolkit: what the exercise computes with"),
    "the oracle's tools on the board": (
        {"from listok.generators.mistakes import instead, wrong\n":
         "from listok.generators.mistakes import instead, wrong\nfrom listok.generators.oracles.tools import dual\n"},
        r"it imports listok\.generators\.oracles\.tools, which is for oracles"),
    "a method of the parameters in the oracle": (
        {'"point": (2, here[1]),': '"point": (2, p.picture and here[1]),'},
        r"the solutions: AttributeError: .*no attribute 'picture' \(toy_line_\w+\.py:\d+, in solve\)"),
    "an oracle that says nothing of a step": (
        {'        "steps.y": here[: p.count],\n': ""}, r"differ: steps\.y"),
    "an idle mistake": (
        {"        \"swapped\":": "        \"never\": instead(value=lambda p, s: None),\n        \"swapped\":"},
        r"the mistake never gives no wrong answer in \d+ variants"),
    "a mistake about what is not asked": (
        {'        "swapped":': '        "odd": instead(rising=lambda p, s: not s.rising),\n        "swapped":'},
        r"the mistake odd gives 'rising', which no part asks for"),
    "a mistake that breaks": (
        {'        "swapped":': '        "broken": instead(value=lambda p, s: 1 // (p.x - p.x)),\n        "swapped":'},
        r"ZeroDivisionError: .* \(toy_line_\w+\.py:\d+, in <lambda>\) \(CH8-G00-005\)"),
    "a mutable record": (
        {"@dataclass(frozen=True)\nclass Step:": "@dataclass\nclass Step:"},
        r"Solution\.steps: write @dataclass\(frozen=True\)"),
    "a field that cannot be stored": (
        {"    rising: bool\n": "    rising: bool | list[int]\n"}, r"Solution\.rising: list\[int\] is not one of int"),
    "no docstring": (
        {'"""Follow a straight line."""\n': "# A line\n"}, r"must start with a docstring of one sentence"),
}  # fmt: skip

NEEDED = {"rarely wrong solve": 60, "few variants": 120, "one answer always": 50, "wrong number of variants": 10,
          "effort beside the plan": 50, "effort does not grow": 50, "uneven effort": 40, "one answer in two parts": 50,
          "mostly refused": 20, "an idle mistake": 10}  # fmt: skip
"""How many seeds it takes to notice a bug, where it is more than a few."""


@pytest.mark.parametrize("bug", BUGS)
def test_a_planted_bug_is_reported(plant: Plant, bug: str) -> None:
    changes, wanted = BUGS[bug]
    seeds = NEEDED.get(bug, 8)
    found = faults(check(plant(changes), seeds, printing=False))
    assert re.search(wanted, found), found


NO_CONSTANT = "wrong(lambda p: replace(p, b=0), spoils=NUMBERS, credit=ZERO)"
SWAPPED = "wrong(lambda p: replace(p, a=p.b, b=p.a), spoils=NUMBERS)"


def test_draws_that_are_thrown_away_are_told_by_their_reasons(plant: Plant) -> None:
    planted = plant({"if p.b == 0 or": "if p.x % 2 or p.b == 0 or",
                     NO_CONSTANT: "instead(value=lambda p, s: p.a * p.x + p.b * (p.x % 3))"})  # fmt: skip
    (report, *_) = check(planted, 40, printing=False)
    assert report.rejected.keys() == {
        "a line through the origin, or with equal numbers, hides mistakes",
        "value: the mistake no_constant gives the right answer",
    }
    assert report.accepted == 40 / (40 + sum(report.rejected.values()))


def test_a_number_that_equals_itself_is_reported(plant: Plant) -> None:
    planted = plant(en={"is ${{root:2}}$.": "is\n\n$${{root:2}} = {{root:2}}$$"})
    found = "\n".join(variant_faults(planted.exercise.variant(0), printing=True))
    assert re.search(r"en: the key says that (\S+) = \1", found)


def test_a_text_that_gives_away_an_answer_is_reported(plant: Plant) -> None:
    told = plant(en={"Where does the line cross": "It is $y = {{line}}$. Where does it cross",
                     "Here is the line": "It goes through ${{row}}$. Here is the line"})  # fmt: skip
    found = faults(check(told, 30))
    assert "the question of root gives away the answer of line (3 of 3 variants that were printed)" in found
    assert "the stem gives away the answer of row (3 of 3 variants that were printed)" in found


def test_an_exercise_without_an_oracle_is_reported(plant: Plant) -> None:
    planted = plant()
    (oracle,) = (planted.folder / "oracles").glob("*.py")
    oracle.unlink()
    assert re.search(
        r"oracles/toy_line_\w+\.py is missing: an exercise is solved a second time", faults(check(planted, 2))
    )


def test_a_mistake_that_gives_the_right_answer_is_never_drawn(plant: Plant) -> None:
    always = plant({NO_CONSTANT: "instead(value=lambda p, s: s.value)"})
    found = faults(check(always, 5))
    assert "no good numbers in" in found
    assert "a fault of its draw" in found
    sometimes = plant({NO_CONSTANT: "instead(value=lambda p, s: p.a * p.x + p.b * (p.x % 2))"}).exercise
    variants = [sometimes.variant(seed) for seed in range(30)]
    assert all(variant.params.x % 2 == 0 for variant in variants)
    assert sum(variant.tries for variant in variants) > 40


def test_mistakes_that_cannot_be_told_apart_are_never_drawn(plant: Plant) -> None:
    same = plant({SWAPPED: NO_CONSTANT})
    assert "no good numbers in" in faults(check(same, 3))


def test_a_key_with_a_wrong_field_is_reported(plant: Plant) -> None:
    planted = plant({'Number("value", points=2)': 'Number("valu", points=2)'})
    with pytest.raises(ListokError, match=r"key of part 'value': unknown field 'valu'; did you mean 'value'"):
        check(planted, 2)


def test_a_right_option_that_is_not_an_option_is_reported(plant: Plant) -> None:
    planted = plant({'"up" if rising else "down"': '"uphill" if rising else "down"',
                     '"down" if y < p.b else "up"': '"down" if y < p.b else "uphill"'})  # fmt: skip
    assert "'uphill' is not one of its options" in faults(check(planted, 10))


@pytest.mark.parametrize("version", ["16", "0", "'1'", "True"])
def test_a_version_that_no_code_holds_is_refused(plant: Plant, version: str) -> None:
    planted = plant({"    draw=draw,\n": f"    draw=draw,\n    version={version},\n"})
    with pytest.raises(ListokError, match="version is a whole number from 1 to 15, as codes hold it, not"):
        bank(planted.folder)


def test_a_wrong_solution_is_never_handed_out(plant: Plant) -> None:
    planted = plant({"value=p.a * p.x + p.b,": "value=p.a * p.x - p.b,"})
    variant = planted.exercise.variant(1)
    with pytest.raises(Disagreement, match=f"{planted.name} {variant.code}: the two solutions differ in value"):
        variant.verify()


TEXT_BUGS: dict[str, tuple[Changes, Changes, str]] = {
    "unknown hole": ({"{{x}}": "{{xx}}"}, {}, r"ru/toy_line_\w+\.md:\d+: unknown field 'xx'"),
    "part in one language": ({}, {"## slope\n": "## slop\n"}, r"en/toy_line_\w+\.md:\d+: .*no part 'slop'"),
    "option in one language": (
        {"### option above\nПри нуле она положительна.\n": ""}, {}, r"two languages say different parts or options"),
    "typing in one language": ({"Запишите формулу прямой.\n": "Запишите формулу.\n\n### typing\nСкобки раскройте.\n"},
                               {}, r"only one language has a `### typing` of part line"),
    "no option": ({}, {"### option down\nIt falls.\n": ""}, r"part 'slope' has no ### option down"),
    "no solution": ({"### solution\nПроверим каждое утверждение.\n": ""}, {}, r"part 'truths' has no ### solution"),
    "no sentence for a mistake": ({"### mistake swapped\nПохоже, числа переставлены.\n": ""}, {},
                                  r"### mistake\) for swapped"),
}  # fmt: skip


@pytest.mark.parametrize("bug", TEXT_BUGS)
def test_a_fault_of_the_texts_is_reported(plant: Plant, bug: str) -> None:
    ru, en, wanted = TEXT_BUGS[bug]
    found = "\n".join(check_texts(plant(ru=ru, en=en).exercise))
    assert re.search(wanted, found), found


def test_faults_of_both_languages_are_reported_together(plant: Plant) -> None:
    first, second = check_texts(plant(ru={"{{x}}": "{{xx}}"}, en={"{{value}}": "{{valeu}}"}).exercise)
    assert first.startswith("ru/")
    assert "'xx'" in first
    assert second.startswith("en/")
    assert "'valeu'" in second


def test_a_missing_text_is_reported(plant: Plant) -> None:
    planted = plant()
    exercise = planted.exercise
    (planted.folder / "en" / f"{exercise.module}.md").unlink()
    assert "missing" in "".join(check_texts(exercise))


def test_what_is_printed_raw_is_reported(plant: Plant) -> None:
    planted = plant({"slope: str\n": "slope: str\n    note: str\n",
                     "rising=rising,\n": 'rising=rising,\n        note="None",\n'},
                    en={"Find $y$": "{{note}} find $y$"})  # fmt: skip
    assert any("en: 'None' is printed" in fault for fault in variant_faults(planted.exercise.variant(0), printing=True))


def test_a_number_taken_twice_is_reported(plant: Plant) -> None:
    first = plant(number=390)
    second = plant(number=390)
    source = next(second.folder.glob("*.py"))
    source.rename(first.folder / source.name)
    with pytest.raises(ListokError, match=f"390 is taken twice: {first.name} and {second.name}"):
        bank(first.folder)
    taken = plant(number=40)
    with pytest.raises(ListokError, match="40 is taken twice: convolution-by-hand"):
        bank(taken.folder)


def test_a_name_taken_twice_is_reported(plant: Plant) -> None:
    taken = plant(name="convolution-by-hand")
    with pytest.raises(ListokError, match="name convolution-by-hand is taken twice"):
        bank(taken.folder)


def test_a_module_that_does_not_run_is_named(plant: Plant) -> None:
    planted = plant({"CLAIMS = (": "CLAIMS = 1 / 0, ("})
    with pytest.raises(ListokError, match=r"toy_line_\w+\.py: ZeroDivisionError"):
        bank(planted.folder)


def test_hand_set_numbers_without_an_answer_are_refused(plant: Plant) -> None:
    variant = plant().exercise.variant(0)
    with pytest.raises(BadParams, match="never meets the axis"):
        variant.changed({"a": 0})
    with pytest.raises(BadParams, match="count must lie between 2 and 19"):
        variant.changed({"count": 20})
    with pytest.raises(BadParams, match="did you mean 'count'"):
        variant.changed({"coun": 3})
    with pytest.raises(BadParams, match=r"Expected int.*str.*in a"):
        variant.changed({"a": "three"})
    changed = variant.changed({"a": 2, "b": 5, "x": 10}).verify()
    assert changed.solution.value == 25
    assert changed.code == ""
    assert changed.dull is None


def test_hand_set_numbers_that_are_dull_are_taken_and_marked(plant: Plant) -> None:
    """With a = b the mistake `swapped` gives the right answers, so it is none."""
    exercise = plant().exercise
    variant = exercise.variant(0).changed({"a": 3, "b": 3, "x": 10}).verify()
    assert variant.dull == "a line through the origin, or with equal numbers, hides mistakes"
    assert ("swapped", "value") in variant.blind_mistakes
    assert variant.asked("value").mistakes == {"no_constant": 30}
    typed = {"value": "33", "row": "6; 9; 12", "line": "3 + 3x"}
    points = dict.fromkeys(typed, Fraction(1))
    marks = mark_problem(variant, points, {part: Response(text) for part, text in typed.items()})
    assert [mark.outcome for mark in marks] == ["right"] * 3
    unclear = plant({"check=check,": ""}).exercise.variant(0).changed({"a": 3, "b": 3}).verify()
    assert unclear.dull == "grid: the mistake swapped gives the right answer"


def test_dull_numbers_are_not_drawn(plant: Plant) -> None:
    exercise = plant({"exclude=(0, a, -a)": "exclude=(0,)"}).exercise
    first = [next(iter(exercise.attempts(seed, 1))) for seed in range(30)]
    assert "a line through the origin, or with equal numbers, hides mistakes" in first
    assert all(exercise.variant(seed).dull is None for seed in range(30))
