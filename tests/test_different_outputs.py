"""Losses by their definitions in floats, derivatives by differences, layers by arrays, cards against the oracle."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from listok.generators.formulas import evaluate
from listok.generators.oracles.different_outputs import GIVES, LAWS, TARGETS, holds
from listok.generators.outputs.different_outputs import CARDS, EXERCISE, FALSE, HEADS, STATEMENTS, TRUE
from listok.generators.values import BadParams

VARIANTS = [EXERCISE.variant(seed, level) for level in (1, 2, 3) for seed in range(10)]
by_variant = pytest.mark.parametrize("variant", VARIANTS, ids=lambda v: v.code)


def sigma(z: float) -> float:
    return 1 / (1 + math.exp(-z))


@by_variant
def test_scores_and_topics(variant: Any) -> None:
    p, s = variant.params, variant.solution

    def score(z: float) -> float:
        return float(p.low) + float(p.span) * sigma(z)

    assert score(math.log(p.odds)) == pytest.approx(float(s.scaled))
    assert score(float(evaluate(s.logit, {}))) == pytest.approx(float(p.wanted))
    ys = [label.due for label in p.labels]
    ps = [sigma(math.log(label.odds)) for label in p.labels]
    loss = sum(-y * math.log(q) - (1 - y) * math.log(1 - q) for y, q in zip(ys, ps, strict=True))
    assert float(evaluate(s.label_loss, {})) == pytest.approx(loss)


@by_variant
def test_the_layer_of_frames(variant: Any) -> None:
    p, s = variant.params, variant.solution
    frame = [np.zeros(4), np.zeros(p.kinds), *([np.zeros(1)] if p.confidence else [])]
    output = np.zeros((p.cells, p.cells, p.frames, len(np.concatenate(frame))))
    assert output.size == s.head
    assert np.zeros((p.features, output.size)).size + np.zeros(output.size).size == s.weights


@by_variant
def test_counts(variant: Any) -> None:
    p, s = variant.params, variant.solution
    z = math.log(p.rate)

    def loss(z: float) -> float:
        return float(sum(math.exp(z) - y * z for y in p.days))

    assert float(evaluate(s.poisson, {})) == pytest.approx(loss(z))
    assert float(s.slope) == pytest.approx((loss(z + 1e-5) - loss(z - 1e-5)) / 2e-5, abs=1e-6)
    chances = [float(p.rate) ** k * math.exp(-p.rate) / math.factorial(k) for k in range(30)]
    assert s.forecast == int(np.argmax(chances))


def test_a_score_from_0_to_10() -> None:
    changes = {"low": 0, "high": 10, "odds": 4, "wanted": "5/2"}
    v = VARIANTS[0].changed(changes).verify()
    assert v.solution.scaled == 8
    assert EXERCISE.parts["logit"].accepts("-ln 3", v.asked("logit")).score == 1


def test_a_frame_and_a_class() -> None:
    """4 + K numbers, 5 + K with a confidence."""
    changes: dict[str, Any] = {"cells": 1, "frames": 1, "kinds": 20, "features": 9}
    assert VARIANTS[0].changed(changes | {"confidence": False}).solution.head == 24
    assert VARIANTS[0].changed(changes | {"confidence": True}).solution.head == 25


def test_what_was_never_counted_and_whole_rates() -> None:
    v = VARIANTS[0].changed({"rate": 3, "days": [0, 0]}).verify()
    assert [v.solution.poisson.source, v.solution.slope, v.solution.forecast] == ["6", 6, 3]
    assert "equally likely" in str(v.dull)


def test_every_head_has_at_least_two_cards() -> None:
    assert len(CARDS) >= 12
    assert {head: sum(h == head for h in CARDS.values()) >= 2 for head in HEADS} == dict.fromkeys(HEADS, True)
    assert {card: GIVES[head] for card, head in CARDS.items()} == TARGETS
    drawn = {card for v in VARIANTS for card in v.params.cards}
    assert drawn == set(CARDS)
    with pytest.raises(BadParams, match="exactly one task"):
        VARIANTS[0].changed({"heads": ["binary", "plain"], "cards": ["spam", "parcel", "frost"]})


def test_the_oracle_tries_every_statement() -> None:
    assert set(LAWS) == set(STATEMENTS)
    assert not set(TRUE) & set(FALSE)
    assert [name for name in STATEMENTS if holds(name)] == list(TRUE)
