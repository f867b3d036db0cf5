"""Reading formulas: from the text that somebody typed to a tree, without `eval`.

What is read::

    sum      = [ "+" | "-" ] term { ( "+" | "-" ) term }
    term     = factor { [ "*" | "/" ] factor }          (no sign between factors: a product)
    factor   = { "+" | "-" } power
    power    = atom [ ( "^" | "**" ) factor | superscript digits ]
    atom     = number | name | constant | "(" sum ")" | "[" sum "]" | "|" sum "|" | function argument

A formula is read as it is typed on an English or a Russian keyboard: `2x`, `2(x + 1)`, `x²`, `x·y`, `0,5x`, `α`,
`x_{1}`, and Cyrillic letters that look like Latin ones. What has two readings is refused rather than guessed, see
`parse_formula`. Whatever is typed, reading, computing and comparing take bounded time and memory.
"""

from __future__ import annotations

import functools
from collections.abc import Collection, Sequence
from typing import NoReturn

from listok.generators.exact import Fraction
from listok.generators.formulas.computing import attempt
from listok.generators.formulas.tokens import PLAIN, Token, canonical_name, tokens, with_decimal_points
from listok.generators.formulas.tree import (
    CONSTANTS,
    Call,
    Constant,
    FormulaError,
    FunctionName,
    Named,
    Negation,
    Node,
    Power,
    Product,
    Quotient,
    Sum,
    Variable,
    signed,
    taller,
    variables_of,
)
from listok.generators.messages import Message, MessageValue, message

MAX_LENGTH = 2000
"""Characters in a formula."""
MAX_NESTING = 100
"""Brackets, signs and powers inside one another, as typed."""
MAX_HEIGHT = 50
"""Levels of the tree; half of `MAX_NESTING`, so that what `to_text` prints can always be read back."""
MAX_EXPONENT = 100
"""The largest power that a formula may state as a number."""


def parse_formula(text: str, variables: Collection[str] | None = None) -> Node:
    """Read a formula; raises `FormulaError` with one line that says where it stops making sense.

    Where the question's `variables` are given, other names are refused, letters may run together (``xy`` is x·y if
    both are variables and ``xy`` is not) and capitals are forgiven. Without them ``xy`` is one name. The rules where
    habits differ:

    * A comma with a digit on either side is a decimal mark (``0,5x``). Directly inside the brackets of `max` and `min`
      a lone such comma separates (``max(0,2x)``), unless another separator is there (``max(0; 0,5x)``,
      ``max(0, 0,5x)``); several of them alone (``max(1,2,3)``) are refused.
    * ``a/b c`` and ``1/2x`` are refused: write ``a/(b*c)`` or ``(a/b)*c``. A number over a number, then a space, is a
      coefficient: ``1/2 x``.
    * ``ln x`` and ``ln x^2`` need no brackets; ``ln 2x`` does. ``log`` is the natural logarithm.
    * ``-x^2`` is -(x^2); ``x^y^z`` is x^(y^z); ``e`` and ``pi`` are numbers; ``2e-3`` is refused as unclear.
    """
    if len(text) > MAX_LENGTH:
        raise FormulaError("formula_too_long", length=len(text), most=MAX_LENGTH)
    return _parsed(text, None if variables is None else frozenset(variables))


@functools.lru_cache(maxsize=1024)
def _parsed(text: str, variables: frozenset[str] | None) -> Node:
    for name in variables or ():
        if canonical_name(name) != name:
            raise FormulaError("bad_variable", name=name)
    plain = text.translate(PLAIN)
    if "," in plain:
        plain = with_decimal_points(plain)
    tree = _Parser(list(tokens(plain, variables))).whole()
    if taller(tree, MAX_HEIGHT):
        raise FormulaError("formula_too_deep", most=MAX_HEIGHT)
    return tree


class _Parser:
    """A recursive descent over the tokens; one method for each line of the grammar in the module's docstring."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self.tokens = tokens
        self.next = 0
        self.nesting = 0
        self.in_bars = False

    def whole(self) -> Node:
        if len(self.tokens) == 1:
            raise FormulaError("empty_formula")
        tree = self.sum()
        if self.tokens[self.next].kind != "end":
            self.fail()
        return tree

    def fail(self, expected: MessageValue = "") -> NoReturn:
        kind, value, at, _ = self.tokens[self.next]
        if kind == "end":
            raise FormulaError("formula_breaks_off", expected=expected or message("something"))
        found: MessageValue = repr(value)
        if kind == "number":
            found = message("a_number")
        elif kind == "raised":
            found = message("a_power")
        fault = message("misplaced", found=found)
        if expected:
            fault = message("expected_another", expected=expected, found=found)
        raise FormulaError("position", at=at + 1, fault=fault)

    def take(self, *signs: str) -> str:
        """The next token if it is one of these signs, else an empty string."""
        kind, value, _, _ = self.tokens[self.next]
        if kind == "sign" and value in signs:
            self.next += 1
            return str(value)
        return ""

    def deeper(self) -> None:
        self.nesting += 1
        if self.nesting > MAX_NESTING:
            fault = message("brackets_too_deep", most=MAX_NESTING)
            raise FormulaError("position", at=self.tokens[self.next].at + 1, fault=fault)

    def sum(self) -> Node:
        self.deeper()
        sign = self.take("+", "-")
        first = self.term()
        terms = [Negation(first) if sign == "-" else first]
        while sign := self.take("+", "-"):
            term = self.term()
            terms.append(Negation(term) if sign == "-" else term)
        self.nesting -= 1
        return terms[0] if len(terms) == 1 else Sum(tuple(terms))

    def term(self) -> Node:
        factors = [self.factor()]
        quotients = 0
        while True:
            if self.take("*"):
                factors.append(self.factor())
            elif self.take("/"):
                quotients += 1
                if quotients > MAX_HEIGHT:
                    self.fail(message("fewer_divisions", most=MAX_HEIGHT))
                top = factors[0] if len(factors) == 1 else Product(tuple(factors))
                bottom = self.factor()
                if bottom == Constant(Fraction(0)):
                    self.fail_before(message("division_by_zero"))
                factors = [Quotient(top, bottom)]
                if self.starts_factor() and not self.is_coefficient(top, bottom):
                    self.fail_before(message("unclear_division"))
            elif self.starts_factor():
                if self.tokens[self.next].kind == "number":
                    self.fail(message("a_sign"))
                factors.append(self.factor())
            else:
                break
        return factors[0] if len(factors) == 1 else Product(tuple(factors))

    def fail_before(self, fault: Message) -> NoReturn:
        raise FormulaError("position", at=self.tokens[self.next - 1].at + 1, fault=fault)

    def is_coefficient(self, top: Node, bottom: Node) -> bool:
        """Whether a quotient that a factor follows was a number over a number, and then a space."""
        last, here = self.tokens[self.next - 1], self.tokens[self.next]
        numbers = isinstance(top, Constant) and isinstance(bottom, Constant)
        return numbers and last.kind == "number" and here.at > last.at + last.width

    def starts_factor(self) -> bool:
        kind, value, _, _ = self.tokens[self.next]
        if kind == "sign":
            return value in ("(", "[") or (value == "|" and not self.in_bars)
        return kind in ("number", "name", "function")

    def factor(self) -> Node:
        self.deeper()
        if sign := self.take("+", "-"):
            body = self.factor()
            result = Negation(body) if sign == "-" else body
        else:
            result = self.power()
        self.nesting -= 1
        return result

    def power(self) -> Node:
        base = self.atom()
        token = self.tokens[self.next]
        if token.kind == "raised":
            self.next += 1
            exponent: Node = signed(Fraction(token.value))
        elif self.take("^"):
            exponent = self.factor()
        else:
            return base
        self.check_exponent(exponent, token.at)
        if self.tokens[self.next].kind == "raised":
            self.fail(message("brackets_round_a_power"))
        return Power(base, exponent)

    def check_exponent(self, exponent: Node, at: int) -> None:
        """Refuse powers stated as huge numbers; a power with variables in it is checked when it is computed."""
        if taller(exponent, MAX_HEIGHT):
            raise FormulaError("position", at=at + 1, fault=message("power_too_deep"))
        if not variables_of(exponent):
            value = attempt(exponent, {})
            if value is None or not -MAX_EXPONENT <= value <= MAX_EXPONENT:
                raise FormulaError("position", at=at + 1, fault=message("power_too_large", most=MAX_EXPONENT))

    def atom(self) -> Node:
        kind, value, at, _ = self.tokens[self.next]
        if kind == "number":
            self.next += 1
            return Constant(value)
        if kind == "name":
            self.next += 1
            return Named(CONSTANTS[value]) if value in CONSTANTS else Variable(value)
        if kind == "function":
            self.next += 1
            return self.call(value, at)
        if opening := self.take("(", "["):
            return self.bracketed(opening)[0]
        if self.take("|"):
            outside, self.in_bars = self.in_bars, True
            body = self.sum()
            self.in_bars = outside
            if not self.take("|"):
                self.fail("'|'")
            return Call("abs", (body,))
        self.fail(message("an_operand"))

    def bracketed(self, opening: str, several: bool = False) -> list[Node]:
        """What stands in a bracket that has just been opened, and the bracket's end."""
        closing = ")" if opening == "(" else "]"
        outside, self.in_bars = self.in_bars, False
        bodies = [self.sum()]
        while several and self.take(",", ";"):
            bodies.append(self.sum())
        self.in_bars = outside
        if not self.take(closing):
            self.fail(repr(closing))
        return bodies

    def call(self, function: FunctionName, at: int) -> Node:
        raised = self.function_power()
        several = function in ("max", "min")
        opening = self.take("(", "[")
        if opening:
            arguments = self.bracketed(opening, several)
        elif several:
            self.fail(message("a_bracket_after", function=function))
        else:
            self.deeper()
            arguments = [self.power()]
            self.nesting -= 1
            if self.starts_factor() and self.tokens[self.next].kind != "function":
                raise FormulaError("position", at=at + 1, fault=message("argument_without_brackets", function=function))
        if several and len(arguments) < 2:
            raise FormulaError("position", at=at + 1, fault=message("too_few_arguments", function=function))
        result = Call(function, tuple(arguments))
        return result if raised is None else Power(result, raised)

    def function_power(self) -> Constant | None:
        """The 2 of ``sin^2(x)``; only whole numbers stand there."""
        token, after = self.tokens[self.next], self.tokens[min(self.next + 1, len(self.tokens) - 1)]
        if token.kind == "raised" and 0 < token.value <= MAX_EXPONENT:
            self.next += 1
            return Constant(Fraction(token.value))
        if token.kind == "sign" and token.value == "^":
            if after.kind != "number" or after.value.denominator != 1 or after.value > MAX_EXPONENT:
                self.next += 1
                self.fail(message("a_small_power"))
            self.next += 2
            return Constant(after.value)
        return None
