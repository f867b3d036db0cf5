"""Polynomials of the toolkit, against SymPy's."""

from __future__ import annotations

import random

import sympy

from listok.generators.formulas import Formula
from listok.generators.formulas.symbolic import to_sympy
from listok.generators.toolkit.polynomials import Polynomial, expanded, variables


def test_polynomials_add_and_multiply_as_those_of_sympy() -> None:
    dice = random.Random(5)
    ours, theirs = list(variables("x", "y")), list(sympy.symbols("x y", real=True))
    for _ in range(40):
        i, j = (dice.randrange(len(ours)) for _ in range(2))
        a, b = (dice.choice((-3, -1, 0, 2, 5)) for _ in range(2))
        made: list[tuple[Polynomial, sympy.Expr]] = [
            (a * ours[i] + ours[j] * b, a * theirs[i] + theirs[j] * b),
            (a + ours[i], a + theirs[i]),
        ]
        if len(ours) < 12:
            made.append((ours[i] * ours[j], theirs[i] * theirs[j]))
        polynomial, expression = made[dice.randrange(len(made))]
        assert sympy.expand(to_sympy(expanded(polynomial)) - expression) == 0
        ours.append(polynomial)
        theirs.append(sympy.expand(expression))


def test_terms_are_written_from_the_highest_degree_down() -> None:
    x, y = variables("x", "y")
    assert expanded((x + -2 * y) * (x + y) + -1 * x + 7) == Formula("x^2 - x*y - 2y^2 - x + 7")
    assert expanded(x + -1 * x) == Formula("0")
    assert expanded(-4) == Formula("-4")
