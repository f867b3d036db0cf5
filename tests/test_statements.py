"""Statements to judge: how many are printed, and that none is offered beside one that denies it."""

from __future__ import annotations

from dataclasses import replace
from types import ModuleType

import pytest

from listok.generators.backprop import backprop_by_hand, nesterov_and_backprop
from listok.generators.draw import Draw
from listok.generators.toolkit.statements import dull, some

BANKS = [backprop_by_hand, nesterov_and_backprop]
MOST = 8


@pytest.mark.parametrize("module", BANKS, ids=lambda module: module.EXERCISE.name)
def test_a_few_are_printed_and_none_beside_one_that_denies_it(module: ModuleType) -> None:
    met: set[str] = set()
    for level in (1, 2, 3):
        sizes = set()
        for seed in range(60):
            names = module.EXERCISE.variant(seed, level).params.statements
            sizes.add(len(names))
            met.update(names)
            assert 0 < sum(name in module.TRUE for name in names) < len(names) <= MOST
            assert not any(set(pair) <= set(names) for pair in module.RIVALS)
        assert len(sizes) == 1
    assert met == set(module.STATEMENTS)


@pytest.mark.parametrize("module", BANKS, ids=lambda module: module.EXERCISE.name)
def test_of_rivals_one_is_true_and_a_teacher_who_prints_both_is_told(module: ModuleType) -> None:
    variant = module.EXERCISE.variant(0, 1)
    assert variant.dull is None
    for pair in module.RIVALS:
        assert sum(name in module.TRUE for name in pair) == 1
        told = module.EXERCISE.with_params(replace(variant.params, statements=pair)).dull
        assert told == "one of the statements denies another"
    for bank in (module.TRUE, module.FALSE):
        alike = module.EXERCISE.with_params(replace(variant.params, statements=bank[:2])).dull
        assert alike == "the statements are all true or all false"


def test_either_kind_has_a_quarter_at_least() -> None:
    true, false = tuple("abcdef"), tuple("uvwxyz")
    for size in range(2, 9):
        counts = {sum(n in true for n in some(Draw(size, k), true, false, size)) for k in range(200)}
        least = max(1, size // 4)
        assert counts == set(range(max(least, size - 6), min(size - least, 6) + 1))


def test_one_of_rivals_is_enough_to_be_dull_with_the_other() -> None:
    assert dull(("a", "x"), ("a",), [("a", "x")])
    assert dull(("a", "y"), ("a",), [("a", "x")]) is None
