"""Softmax and its log loss against finite differences of the loss and decimal arithmetic."""

from __future__ import annotations

import dataclasses
import math
import random
from decimal import Decimal, localcontext

import numpy as np
import pytest

from listok.generators.exact import Fraction
from listok.generators.formulas import evaluate, parse_formula
from listok.generators.oracles.softmax import LAWS
from listok.generators.outputs.softmax import ANSWERING, EXERCISE, FALSE, TRUE, values
from listok.generators.values import BadParams

VARIANTS = [EXERCISE.variant(seed, level) for level in (1, 2, 3) for seed in range(10)]


def loss(logits: list[list[Fraction]], classes: tuple[int, ...]) -> Decimal:
    """The mean of minus the logarithms of the true classes' probabilities, in decimals."""
    total = Decimal(0)
    for row, label in zip(logits, classes, strict=True):
        powers = [(Decimal(z.numerator) / Decimal(z.denominator)).exp() for z in row]
        total -= (powers[label - 1] / sum(powers)).ln()
    return total / len(classes)


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda v: v.code)
def test_loss_and_its_slopes(variant):
    p, s = variant.params, variant.solution
    with localcontext() as context:
        context.prec = 40
        logits = [list(map(Fraction, values(p, row))) for row in p.logits]
        assert p.logs or s.loss == pytest.approx(float(loss(logits, p.classes)))
        # The slope of the mean loss by a logit is (probability - [this is the true class]) / observations.
        step = Fraction(1, 10**9)
        for i, row in enumerate(logits):
            for k, z in enumerate(row):
                row[k] = z + step
                up = loss(logits, p.classes)
                row[k] = z - step
                down = loss(logits, p.classes)
                row[k] = z
                slope = float((up - down) * 10**9 / 2)
                hit = float(p.classes[i] == k + 1)
                assert s.probabilities[i][k] == pytest.approx(slope * len(p.logits) + hit, abs=1e-9)


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda v: v.code)
def test_one_sigmoid_does_the_work_of_two_outputs(variant):
    p, s = variant.params, variant.solution
    names = ["x"] if len(p.first) == 2 else [f"x{i}" for i in range(1, len(p.first))]
    for trial in range(5):
        point = {name: Fraction(trial - 2, 3) + i for i, name in enumerate(names)}
        z1, z2, z = (
            float(evaluate(parse_formula(f.source), point)) for f in (p.first_output, p.second_output, s.link)
        )
        asked = math.exp(z1 if p.asked == 1 else z2) / (math.exp(z1) + math.exp(z2))
        assert 1 / (1 + math.exp(-z)) == pytest.approx(asked)


def test_by_levels_logits_are_logarithms_then_halves_then_beyond_a_calculator():
    for variant in VARIANTS:
        p, s = variant.params, variant.solution
        assert len({tuple(sorted(z - max(row) for z in row)) for row in p.logits}) == len(p.logits)
        assert all(len(set(row)) == len(row) for row in p.logits)
        assert (p.logs, p.huge) == (variant.level == 1, variant.level == 3)
        assert not set(p.statements) & set(ANSWERING[p.question])
        assert variant.needs_calculator("loss") == variant.needs_calculator("probabilities") == (variant.level > 1)
        if p.huge:
            assert all(abs(z) > 750 for row in p.logits for z in row)  # floats end at e^709 and begin at e^-745
            assert all(max(row.reduced) == 0 for row in s.rows)


def test_the_table_of_logarithms_is_close_enough():
    """What a calculator gives is right, too, where the sheet's logarithms are rounded."""
    for seed in range(60):
        variant = EXERCISE.variant(seed, 1)
        p, s = variant.params, variant.solution
        chances = [row[c - 1] / sum(row) for row, c in zip(p.logits, p.classes, strict=True)]
        exact = -sum(math.log(chance) for chance in chances) / len(chances)
        assert abs(exact - s.loss) < 0.002
        assert EXERCISE.parts["loss"].accepts(f"{exact:.2f}", variant.asked("loss")).score == 1
        assert EXERCISE.parts["probabilities"].near(s.probabilities, tuple(
            tuple(float(number / sum(row)) for number in row) for row in p.logits
        ))  # fmt: skip


def test_a_case_by_pencil():
    """Logits ln 1, ln 3, ln 6: probabilities 1/10, 3/10, 6/10. Both true classes have 3/10; ln 10 = ln 2 + ln 5."""
    p = dataclasses.replace(
        VARIANTS[0].params, logits=rows("1 3 6", "1 16 3"), logs=True, classes=(2, 3), first=(2, 1), second=(5, -1)
    )
    variant = EXERCISE.with_params(dataclasses.replace(p, asked=1)).verify()
    s = variant.solution
    assert s.probabilities == rows("0.1 0.3 0.6", "0.05 0.8 0.15")
    assert s.loss == (Fraction("1.203") + Fraction("1.896")) / 2  # ln 10 - ln 3, and ln 20 - ln 3
    assert variant.mistakes["summed"]["loss"] == Fraction("3.099")
    assert evaluate(s.link, {"x": Fraction(1)}) == -1


def rows(*texts):
    return tuple(tuple(map(Fraction, text.split())) for text in texts)


def test_statements_on_random_logits():
    source = random.Random(13)
    trials = [[source.uniform(-3, 3) for _ in range(source.randint(2, 5))] for _ in range(40)]
    spread = [z for z in trials if sorted(z)[-1] - sorted(z)[-2] > 0.3]
    assert set(LAWS) == {*TRUE, *FALSE}
    for name in TRUE:
        assert all(LAWS[name](np.array(z)) for z in spread), name
    for name in FALSE:
        assert not all(LAWS[name](np.array(z)) for z in trials), name


def test_bad_numbers_are_refused():
    p = VARIANTS[0].params
    with pytest.raises(BadParams, match="equally long"):
        dataclasses.replace(p, logits=((Fraction(1), Fraction(2)), (Fraction(1), Fraction(2), Fraction(3))))
    with pytest.raises(BadParams, match="statements"):
        dataclasses.replace(p, statements=("nonsense",))


def test_dull_numbers_are_taken_with_the_reason():
    p = VARIANTS[0].params
    same = EXERCISE.with_params(dataclasses.replace(p, logits=((Fraction(1),) * 3, *p.logits[1:]))).verify()
    assert same.dull == "all logits of an observation are equal, so its probabilities are trivial"
    assert same.solution.probabilities[0] == pytest.approx((1 / 3,) * 3)
    twins = EXERCISE.with_params(dataclasses.replace(p, logits=rows("2 2 4", "1 2 5"), logs=True))
    assert twins.verify().dull == "two logits of an observation are equal"
    with pytest.raises(BadParams, match="products of 2, 3 and 5"):
        dataclasses.replace(p, logits=rows("1 2 4", "1 2 5"))
    proportional = EXERCISE.with_params(dataclasses.replace(p, logits=rows("5 2 3", "10 6 4"), logs=True)).verify()
    assert proportional.dull == "two observations have the same probabilities, up to their order"
    false = EXERCISE.with_params(dataclasses.replace(p, statements=FALSE[:4])).verify()
    assert false.dull == "none of the statements is true"
    assert EXERCISE.parts["soft"].accepts("—", false.asked("soft")).score == 1
    alike = EXERCISE.with_params(dataclasses.replace(p, first=(3, 1), second=(3, 5))).verify()
    assert "does not depend on the input" in alike.dull
    assert EXERCISE.parts["sigmoid"].accepts("-4" if p.asked == 1 else "4", alike.asked("sigmoid")).score == 1
