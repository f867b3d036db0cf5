"""Formulas as a textbook sets them: the tree of a formula's meaning becomes a tree of what stands on paper."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import assert_never

from listok.generators import formulas as fm
from listok.generators.decimals import in_full
from listok.generators.exact import Fraction as Rational
from listok.templates.mathtree import (
    Fenced,
    Fraction,
    Function,
    Math,
    Num,
    Operator,
    Root,
    Row,
    Script,
    Symbol,
    Words,
)

_LOOSE, _SUM, _PRODUCT, _POWER, _ATOM = range(5)
"""How tightly a piece binds; one that binds looser than its place allows is put in brackets."""

_FUNCTIONS: dict[fm.FunctionName, Math] = {
    "max": Function("max"),
    "min": Function("min"),
    "relu": Function("ReLU"),
    "ln": Function("ln"),
    "sin": Function("sin"),
    "cos": Function("cos"),
    "tanh": Function("tanh"),
    "sigmoid": Symbol("sigma"),
    "step": Function("step"),
}
_BARE = ("ln", "sin", "cos", "tanh")
"""Functions that are written without brackets before a letter or a whole number."""
_GREEK = frozenset(fm.GREEK.values())
_ONE = fm.Constant(Rational(1))
_PLUS, _MINUS, _DOT = Operator("+"), Operator("-"), Operator("cdot")


def formula_node(formula: fm.Formula, lang: str) -> Math:
    """A formula as mathematics; its arguments are parted as the language's lists are.

    Numbers are decimals, or fractions where four places are not enough. A factor 1 is not written.
    """
    return _row(_setter(lang).items(formula.tree, _LOOSE))


@functools.cache
def _setter(lang: str) -> _Setter:
    return _Setter(Operator(";" if lang == "ru" else ","))


def _row(items: Sequence[Math]) -> Math:
    return items[0] if len(items) == 1 else Row(tuple(items))


def _bracketed(items: list[Math], own: int, inside: int) -> list[Math]:
    return [Fenced("(", _row(items), ")")] if own < inside else items


class _Setter:
    """Sets formulas with a given mark between arguments."""

    def __init__(self, mark: Operator) -> None:
        self.mark = mark
        self.name = functools.lru_cache(1024)(self._name)

    def items(self, node: fm.Node, inside: int) -> list[Math]:
        """What stands for a part of a formula, side by side."""
        match node:
            case fm.Constant(value):
                return [*_number(*value.as_integer_ratio(), inside)]
            case fm.Named(name):
                return [Symbol(name)]
            case fm.Variable(name):
                return [self.name(name)]
            case fm.Negation(body):
                return _bracketed([_MINUS, *self.items(body, _PRODUCT)], _LOOSE, inside)
            case fm.Sum(terms):
                if len(terms) < 2:
                    return self.items(terms[0] if terms else fm.Constant(Rational(0)), inside)
                signed, _ = fm.unsigned(terms[0])
                items = self.items(terms[0], _LOOSE if signed else _PRODUCT)
                for term in terms[1:]:
                    negative, size = fm.unsigned(term)
                    items.append(_MINUS if negative else _PLUS)
                    items += self.items(size, _PRODUCT)
                return _bracketed(items, _SUM, inside)
            case fm.Product():
                negative, size = fm.unsigned(node)
                return self.items(fm.Negation(size), inside) if negative else self.product(node, inside)
            case fm.Quotient(top, bottom):
                negative, size = fm.unsigned(node)
                if negative:
                    return self.items(fm.Negation(size), inside)
                fraction = Fraction(_row(self.items(top, _LOOSE)), _row(self.items(bottom, _LOOSE)))
                return _bracketed([fraction], _POWER, inside)
            case fm.Power(base, exponent):
                below, power = _row(self.items(base, _ATOM)), _row(self.items(exponent, _LOOSE))
                if isinstance(below, Script) and below.sup is None:
                    return _bracketed([Script(below.base, below.sub, power)], _POWER, inside)
                return _bracketed([Script(below, None, power)], _POWER, inside)
            case fm.Call():
                return self.call(node, inside)
            case _:
                assert_never(node)

    def _name(self, name: str) -> Math:
        """A variable: ``h_old`` has its word below."""
        base, digits, word = fm.name_parts(name)
        node: Math = Symbol(base) if len(base) == 1 or base in _GREEK else Words(base)
        index: list[Math] = [Num(digits)] if digits else []
        if word:
            index += [self.mark] * bool(index) + [Symbol(word) if len(word) == 1 else Words(word)]
        return Script(node, _row(index), None) if index else node

    def product(self, node: fm.Product, inside: int) -> list[Math]:
        """Factors side by side, with a dot only where they would run into one another: 2·3, 2·(1/2), lr·x."""
        factors = [factor for factor in node.factors if type(factor) is not fm.Constant or factor.value != 1]
        if len(factors) < 2:
            return self.items(factors[0] if factors else _ONE, inside)
        items: list[Math] = []
        for i, factor in enumerate(factors, 1):
            if i < len(factors) and isinstance(factor, fm.Call) and factor.function in _BARE:
                piece = [_FUNCTIONS[factor.function], self.fenced(factor.arguments)]
            else:
                piece = self.items(factor, _POWER)
            items += [_DOT, *piece] if items and _run_together(items[-1], piece[0]) else piece
        return _bracketed(items, _PRODUCT, inside)

    def call(self, node: fm.Call, inside: int) -> list[Math]:
        first = node.arguments[0]
        if node.function == "exp":
            return _bracketed([Script(Symbol("e"), None, _row(self.items(first, _LOOSE)))], _POWER, inside)
        if node.function == "sqrt":
            return _bracketed([Root(_row(self.items(first, _LOOSE)))], _POWER, inside)
        if node.function == "abs":
            return [Fenced("|", _row(self.items(first, _LOOSE)), "|")]
        whole = isinstance(first, fm.Constant) and first.value.numerator >= 0 and first.value.denominator == 1
        bare = node.function in _BARE and (whole or isinstance(first, (fm.Variable, fm.Named)))
        argument = self.items(first, _LOOSE) if bare else [self.fenced(node.arguments)]
        return _bracketed([_FUNCTIONS[node.function], *argument], _POWER, inside)

    def fenced(self, arguments: Sequence[fm.Node]) -> Math:
        items: list[Math] = []
        for argument in arguments:
            items += [*([self.mark] if items else []), *self.items(argument, _LOOSE)]
        return Fenced("(", _row(items), ")")


@functools.lru_cache(4096)
def _number(top: int, bottom: int, inside: int) -> Sequence[Math]:
    if top < 0:
        return _bracketed([_MINUS, *_number(-top, bottom, _PRODUCT)], _LOOSE, inside)
    plain = in_full(Rational(top, bottom), fm.PLACES)
    if plain is not None:
        return [Num(plain)]
    return _bracketed([Fraction(Num(str(top)), Num(str(bottom)))], _POWER, inside)


def _run_together(left: Math, right: Math) -> bool:
    """Whether two factors side by side would be misread."""
    first = right.base if isinstance(right, Script) else right
    if isinstance(first, (Num, Words)) or isinstance(left, Words):
        return True
    return isinstance(first, Fraction) and isinstance(left, (Num, Script, Fraction, Root))
