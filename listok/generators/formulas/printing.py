"""Formulas in plain characters, which can be read back."""

from __future__ import annotations

from typing import assert_never

from listok.generators.decimals import in_full
from listok.generators.exact import Fraction
from listok.generators.formulas.tree import (
    Call,
    Constant,
    Named,
    Negation,
    Node,
    Power,
    Product,
    Quotient,
    Sum,
    Variable,
    unsigned,
)

PLACES = 4
"""Numbers that end within so many places are written as decimals, others as fractions."""

_LOOSE, _SUM, _PRODUCT, _POWER, _ATOM = range(5)


def to_text(tree: Node) -> str:
    """The formula in plain characters: `2*x1 - 0.5*max(0, x2)`. Reading it back gives an equivalent formula, and
    printing that gives the same text."""
    return _text(tree, _LOOSE)


def _text(node: Node, inside: int) -> str:
    """The text of a part, in brackets where it binds looser than its place `inside` allows."""
    match node:
        case Constant(value):
            if value.numerator < 0:
                return _fenced(f"-{_text(Constant(-value), _SUM)}", _LOOSE, inside)
            plain = in_full(value, PLACES)
            return plain if plain is not None else _fenced(str(value), _PRODUCT, inside)
        case Named(name) | Variable(name):
            return name
        case Negation(body):
            return _fenced(f"-{_text(body, _PRODUCT)}", _LOOSE, inside)
        case Sum(terms):
            if len(terms) < 2:
                return _text(terms[0] if terms else Constant(Fraction(0)), inside)
            pieces = [_text(terms[0], _LOOSE if _has_sign(terms[0]) else _PRODUCT)]
            for term in terms[1:]:
                negative, size = unsigned(term)
                pieces.append(f" {'-' if negative else '+'} {_text(size, _PRODUCT)}")
            return _fenced("".join(pieces), _SUM, inside)
        case Product(factors):
            if len(factors) < 2:
                return _text(factors[0] if factors else Constant(Fraction(1)), inside)
            negative, size = unsigned(node)
            if negative:
                return _text(Negation(size), inside)
            first = _text(factors[0], _PRODUCT if not isinstance(factors[0], Product) else _POWER)
            return _fenced("*".join([first, *(_text(factor, _POWER) for factor in factors[1:])]), _PRODUCT, inside)
        case Quotient(top, bottom):
            negative, size = unsigned(node)
            if negative:
                return _text(Negation(size), inside)
            return _fenced(f"{_text(top, _PRODUCT)}/{_text(bottom, _POWER)}", _PRODUCT, inside)
        case Power(base, exponent):
            above = _text(exponent, _POWER)
            return _fenced(f"{_text(base, _ATOM)}^{above}", _POWER, inside)
        case Call(function, arguments):
            return f"{function}({', '.join(_text(argument, _LOOSE) for argument in arguments)})"
        case _:
            assert_never(node)


def _fenced(text: str, own: int, inside: int) -> str:
    return f"({text})" if own < inside else text


def _has_sign(node: Node) -> bool:
    return unsigned(node)[0]
