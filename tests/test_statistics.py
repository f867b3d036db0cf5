"""Statistics of a marked class, checked against values computed by hand, and that honest classes raise no alarms."""

from __future__ import annotations

import math

import pytest

from listok.answerkeys.marking.statistics import (
    FEWEST,
    SHARED_BY,
    Given,
    coincidences,
    compare_means,
    correlate,
    cronbach_alpha,
    discrimination,
    facility,
    holm,
    residuals,
)
from listok.generators.draw import Draw


def test_facility() -> None:
    assert facility([1, 0, 0.5, 1]) == 0.625
    assert facility([]) is None


def test_discrimination_is_the_point_biserial_correlation() -> None:
    # Means of the rest: 2.5 of those who were right, 1.5 of the others; standard deviation of the rest sqrt(1/2).
    assert discrimination([0, 0, 1, 1], [1, 2, 2, 3]) == pytest.approx((2.5 - 1.5) / math.sqrt(0.5) * 0.5)
    assert discrimination([1, 1, 0, 0], [1, 2, 2, 3]) == pytest.approx(-math.sqrt(0.5))
    assert discrimination([1, 2, 3], [2, 4, 6]) == pytest.approx(1)


@pytest.mark.parametrize(("item", "rest"), [([1, 0], [1, 2]), ([1, 1, 1], [1, 2, 3]), ([0, 1, 0.5], [2, 2, 2])])
def test_discrimination_of_too_little(item: list[float], rest: list[float]) -> None:
    assert discrimination(item, rest) is None


def test_alpha() -> None:
    # Problems' variances 1 and 1, totals 3, 3, 6 with variance 3: 2/1 * (1 - 2/3).
    assert cronbach_alpha([[2, 1], [1, 2], [3, 3]]) == pytest.approx(2 / 3)
    # Two problems that measure the same thing: variances 1 and 1, totals with variance 4.
    assert cronbach_alpha([[1, 1], [2, 2], [3, 3]]) == pytest.approx(1)
    # Variances 1, 1, 0.25 ... by the formula with k = 3: columns (0 1 2), (2 1 0), (0 1 1); totals 2, 3, 3.
    assert cronbach_alpha([[0, 2, 0], [1, 1, 1], [2, 0, 1]]) == pytest.approx(1.5 * (1 - (1 + 1 + 1 / 3) / (1 / 3)))


@pytest.mark.parametrize("scores", [[], [[1, 2]], [[1], [2]], [[1, 2], [2, 1]]])
def test_alpha_of_too_little(scores: list[list[float]]) -> None:
    assert cronbach_alpha(scores) is None


def test_residuals() -> None:
    assert residuals([1, 2, 3, 4], [0, 1, 2, 3]) == pytest.approx([0, 0, 0, 0])
    # The line through (0, 0), (1, 0), (2, 3) is -1/2 + 3/2 x.
    assert residuals([0, 0, 3], [0, 1, 2]) == pytest.approx([0.5, -1, 0.5])
    assert residuals([1, 3], [5, 5]) == pytest.approx([-1, 1])


def test_welch() -> None:
    # Variances 2.5 each, so t = -2 / sqrt(1) with 8 degrees of freedom; tables give 0.0805 for |t| = 2.
    found = compare_means([1, 2, 3, 4, 5], [3, 4, 5, 6, 7])
    assert found is not None
    assert (found.effect, found.count) == (-2, 5)
    assert found.p == pytest.approx(0.0805, abs=5e-5)
    # Welch's degrees of freedom where variances differ: (0.5 + 50)^2 / (0.5^2 / 4 + 50^2 / 4) = 4.08.
    wide = compare_means([1, 2, 3, 4, 5], [10, 20, 30, 40, 50])
    assert wide is not None
    assert wide.p == pytest.approx(0.0183, abs=1e-3)


def test_correlation() -> None:
    xs = list(range(10))
    line = correlate(xs, [2 * x + 1 for x in xs])
    assert line is not None
    assert (line.effect, line.p) == (pytest.approx(1), 0)
    # r = 0.5 with n = 12 gives t = 1.8257 with 10 degrees of freedom; tables give p = 0.0978.
    x = [1.0, -1.0] * 6
    y = [a + b for a, b in zip(x, [math.sqrt(3), math.sqrt(3), -math.sqrt(3), -math.sqrt(3)] * 3, strict=True)]
    half = correlate(x, y)
    assert half is not None
    assert half.effect == pytest.approx(0.5)
    assert half.p == pytest.approx(0.0978, abs=1e-4)


def test_too_few_to_tell() -> None:
    assert compare_means([0] * (FEWEST - 1), [1] * 20) is None
    assert compare_means([1] * 10, [1] * 10) is None
    assert correlate(list(range(9)), list(range(9))) is None


def test_holm() -> None:
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.6, 0.5]) == [1.0, 1.0]
    assert holm([]) == []


# --- coinciding answers -------------------------------------------------------------------------------------------


def honest(seed: int, *, students: int = 30, parts: int = 25, values: int = 40) -> dict[object, list[Given]]:
    """A class in which a third of the answers is wrong, at random among so many values."""
    d = Draw("honest class", seed)
    return {
        part: [
            Given(student, d.below(values), f"v{student}", d.below(3) == 0) for student in range(students)
        ]
        for part in range(parts)
    }


def copied(answers: dict[object, list[Given]], parts: int) -> None:
    """Student 1 has copied so many answers of student 0, each a value of its own."""
    for part in range(parts):
        given = answers[part]
        given[0] = Given(0, f"own {part}", "v0", False)
        given[1] = Given(1, f"own {part}", "v1", True)


def test_copied_answers_are_listed() -> None:
    answers = honest(1)
    copied(answers, 8)
    found = coincidences(answers, 30)
    assert [(one.first, one.second) for one in found] == [(0, 1)]
    assert set(found[0].parts) >= set(range(8))
    assert found[0].expected < 1


def test_honest_classes_raise_hardly_any_alarm() -> None:
    alarms = [len(coincidences(honest(seed), 30)) for seed in range(40)]
    assert sum(map(bool, alarms)) <= 4  # 5 % of 40 are allowed, and twice that for bad luck


def test_two_coincidences_are_too_few() -> None:
    answers = honest(1, values=10**6)
    copied(answers, 2)
    assert coincidences(answers, 30) == []


def test_what_does_not_count() -> None:
    def planted(**changes: object) -> dict[object, list[Given]]:
        answers = honest(1, values=10**6)
        copied(answers, 8)
        for part in range(8):
            for student in (0, 1):
                old = answers[part][student]
                answers[part][student] = Given(
                    student, old.value, str(changes.get("variant", old.variant)),
                    bool(changes.get("unexplained", old.unexplained)),
                )  # fmt: skip
        return answers

    assert coincidences(planted(), 30)
    assert coincidences(planted(variant="the same"), 30) == []
    assert coincidences(planted(unexplained=False), 30) == []
    common = planted()
    for part in range(8):
        for student in range(2, SHARED_BY + 1):
            common[part][student] = Given(student, f"own {part}", f"v{student}", True)
    assert coincidences(common, 30) == []
