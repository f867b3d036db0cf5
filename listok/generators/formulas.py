r"""Formulas: a closed little language, read without `eval`, computed exactly, compared as functions, and printed.

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
import math
import operator
import random
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, NoReturn, TypeAlias, assert_never, get_args

from msgspec import Struct

from listok.generators.exact import Fraction

if TYPE_CHECKING:
    import sympy

MAX_LENGTH = 2000
"""Characters in a formula."""
MAX_NESTING = 100
"""Brackets, signs and powers inside one another, as typed."""
MAX_HEIGHT = 50
"""Levels of the tree; half of `MAX_NESTING`, so that what `to_text` prints can always be read back."""
MAX_DIGITS = 40
"""Digits in one number."""
MAX_EXPONENT = 100
"""The largest power that a formula may state as a number."""
MAX_BITS = 2000
"""Exact values with a longer numerator or denominator go on as floats, so that arithmetic stays quick."""

RELATIVE = 1e-9
"""Two floats within this share of the larger are the same value."""


class FormulaError(ValueError):
    """A formula that cannot be read or computed; its text is one line that says where and why."""


FunctionName: TypeAlias = Literal[
    "max", "min", "relu", "exp", "ln", "sqrt", "abs", "sin", "cos", "tanh", "sigmoid", "step"
]
ConstantName: TypeAlias = Literal["pi", "e"]

FUNCTIONS: dict[str, FunctionName] = {name: name for name in get_args(FunctionName)}
ALIASES: dict[str, FunctionName] = FUNCTIONS | {
    "log": "ln", "th": "tanh", "sigm": "sigmoid", "logistic": "sigmoid",
}  # fmt: skip
CONSTANTS: dict[str, ConstantName] = {"pi": "pi", "e": "e"}
GREEK = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "epsilon", "ζ": "zeta", "η": "eta", "θ": "theta",
    "κ": "kappa", "λ": "lambda", "μ": "mu", "ν": "nu", "ξ": "xi", "π": "pi", "ρ": "rho", "σ": "sigma", "τ": "tau",
    "φ": "phi", "χ": "chi", "ψ": "psi", "ω": "omega",
}  # fmt: skip


class Constant(Struct, frozen=True):
    """An exact number."""

    value: Fraction


class Named(Struct, frozen=True):
    """The number pi or e."""

    name: ConstantName


class Variable(Struct, frozen=True):
    """A variable by its name as `Formula` writes it: ``x``, ``x1``, ``lambda``, ``h_old``."""

    name: str


class Negation(Struct, frozen=True):
    body: Node


class Sum(Struct, frozen=True):
    terms: tuple[Node, ...]


class Product(Struct, frozen=True):
    factors: tuple[Node, ...]


class Quotient(Struct, frozen=True):
    top: Node
    bottom: Node


class Power(Struct, frozen=True):
    base: Node
    exponent: Node


class Call(Struct, frozen=True):
    """A function of its arguments: `max` and `min` take two or more, the others one."""

    function: FunctionName
    arguments: tuple[Node, ...]


Node: TypeAlias = Constant | Named | Variable | Negation | Sum | Product | Quotient | Power | Call

Number: TypeAlias = int | Fraction | float


class Formula:
    """A formula as a value: immutable, equal and hashed by its canonical text, which `source` holds.

    `Formula("2x_1")` and `Formula("2*x1")` are equal; `equivalent` says whether two formulas are the same function.
    Raises `FormulaError` where the text cannot be read. (Not a dataclass: JSON holds it as a string.)
    """

    tree: Node

    def __init__(self, source: str) -> None:
        self.__dict__["source"], self.__dict__["tree"] = _read(source)

    @classmethod
    def of(cls, tree: Node) -> Formula:
        """The formula of a tree that we have built ourselves: nothing is read, and text is written when asked for."""
        formula = cls.__new__(cls)
        formula.__dict__["tree"] = tree
        return formula

    @functools.cached_property
    def source(self) -> str:
        """The canonical text."""
        return to_text(self.tree)

    @functools.cached_property
    def variables(self) -> tuple[str, ...]:
        """The names of the variables, sorted, x2 before x10."""
        return variables_of(self.tree)

    # A right answer is compared with every wrong one, so what comparing takes is kept.

    @functools.cached_property
    def _whole(self) -> _Whole | None:
        return _whole_values(self.tree)

    @functools.cached_property
    def _function(self) -> _Computed:
        return _computed(self.tree)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"a formula cannot change: {name}")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Formula) and self.source == other.source

    def __hash__(self) -> int:
        return hash((Formula, self.source))

    def __str__(self) -> str:
        return self.source

    def __repr__(self) -> str:
        return f"Formula({self.source!r})"

    def __reduce__(self) -> tuple[type[Formula], tuple[str]]:
        return Formula, (self.source,)


@functools.lru_cache(maxsize=1024)
def _read(source: str) -> tuple[str, Node]:
    """The canonical text and the tree of a formula."""
    tree = parse_formula(source)
    text = to_text(tree)
    if len(text) > MAX_LENGTH:
        raise FormulaError(f"the formula is too long: {len(text)} characters, at most {MAX_LENGTH}")
    return text, tree


# Reading


class _Token(NamedTuple):
    kind: Literal["number", "name", "function", "sign", "raised", "end"]
    value: Any  # Fraction, str or int, by the kind
    at: int
    width: int = 0


# One character for one, so that positions in messages are those of the text as typed.
_PLAIN = str.maketrans(
    dict.fromkeys("−–—‒―‐‑﹣－", "-")
    | dict.fromkeys("×·⋅∙•∗", "*")
    | dict.fromkeys("÷∕⁄", "/")
    | dict.fromkeys("\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff", " ")
    | dict(zip("аеорсухіАВЕКМНОРСТУХІ", "aeopcyxiABEKMHOPCTYXI", strict=True))
    | {"ϕ": "φ", "ϵ": "ε", "µ": "μ", "ς": "σ"}
)
_SUBSCRIPTS = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻", "0123456789+-")
_TOKEN = re.compile(
    rf"""
    \s* (?:
      (?P<number> [0-9]+ (?:\.[0-9]+)? | \.[0-9]+ )
    | (?P<name> (?P<base> [A-Za-z]+ | [{"".join(GREEK)}]) (?P<index> [0-9₀-₉]*)
        (?: _ (?: \{{ (?P<braced> [A-Za-z0-9,\ ]{{1,12}}) \}} | (?P<bare> [0-9]+ | [A-Za-z][A-Za-z0-9]*) ) )? )
    | (?P<raised> [⁺⁻]?[⁰¹²³⁴-⁹]+ )
    | (?P<sign> \*\* | [-+*/^()\[\]|,;√] )
    )
    """,
    re.VERBOSE,
)
_TEN = re.compile(r"[eE][-+]?[0-9]")
_NAME = re.compile(r"([A-Za-z]+)([0-9]*)(?:_([A-Za-z][A-Za-z0-9]*))?")


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
        raise FormulaError(f"the formula is too long: {len(text)} characters, at most {MAX_LENGTH}")
    return _parsed(text, None if variables is None else frozenset(variables))


@functools.lru_cache(maxsize=1024)
def _parsed(text: str, variables: frozenset[str] | None) -> Node:
    for name in variables or ():
        if canonical_name(name) != name:
            raise FormulaError(f"a variable cannot be named {name!r}")
    plain = text.translate(_PLAIN)
    if "," in plain:
        plain = _with_decimal_points(plain)
    tree = _Parser(list(_tokens(plain, variables))).whole()
    if _taller(tree, MAX_HEIGHT):
        raise FormulaError(f"the formula is nested too deep: at most {MAX_HEIGHT} levels")
    return tree


def canonical_name(name: str) -> str | None:
    """A variable's name as formulas write it (``x_1`` and ``x_{1}`` as ``x1``), or None where it cannot be one."""
    match = _TOKEN.fullmatch(name)
    if match is None or match["name"] is None:
        return None
    found = _joined(match)
    fit = found is not None and found not in CONSTANTS and _NAME.fullmatch(found)
    return found if fit and fit[1].lower() not in ALIASES else None


def _joined(match: re.Match[str]) -> str | None:
    """The name that a token spells: its letters, digits and index; None for an index such as ``{1,12}``."""
    base, index, braced, below = match.group("base", "index", "braced", "bare")
    base, digits = GREEK.get(base, base), index.translate(_SUBSCRIPTS) if index else ""
    if braced is not None:
        parts = [part.strip() for part in braced.split(",")]
        if not all(parts) or (len(parts) > 1 and any(len(part) > 1 for part in parts)):
            return None  # w_{1,12} and w_{11,2} would both become w112
        below = "".join(parts)
    if not below:
        return base + digits
    if below.isdigit():
        return base + digits + below if not digits else None
    return f"{base}{digits}_{below}" if below[0].isalpha() and " " not in below else None


def _tokens(text: str, variables: frozenset[str] | None) -> Iterator[_Token]:
    at, end = 0, len(text.rstrip())
    while at < end:
        match = _TOKEN.match(text, at)
        if match is None:
            at = end - len(text[at:end].lstrip())
            raise FormulaError(f"position {at + 1}: {_named(text[at])} has no place in a formula")
        at = match.end()
        kind = match.lastgroup
        piece = match.group().lstrip()
        start = at - len(piece)
        if kind == "number":
            if len(piece) > MAX_DIGITS:
                raise FormulaError(f"position {start + 1}: the number is too long: at most {MAX_DIGITS} digits")
            yield _Token("number", _exact(piece), start, len(piece))
            if text[at : at + 1] in ("e", "E") and _TEN.match(text, at) and not _known(text, at, variables):
                raise FormulaError(f"position {start + 1}: powers of ten are written out: 0.002 or 2*10^(-3)")
        elif kind == "name":
            yield from _word(match, start, variables)
        elif kind == "raised":
            if len(piece) > MAX_DIGITS:
                raise FormulaError(f"position {start + 1}: the number is too long: at most {MAX_DIGITS} digits")
            yield _Token("raised", int(piece.translate(_SUPERSCRIPTS)), start)
        elif piece == "√":
            yield _Token("function", "sqrt", start)
        else:
            yield _Token("sign", "^" if piece == "**" else piece, start)
    yield _Token("end", "", len(text))


def _exact(digits: str) -> Fraction:
    whole, point, places = digits.partition(".")
    return Fraction(int(whole + places), 10 ** len(places)) if point else Fraction(int(digits))


def _named(character: str) -> str:
    return repr(character) if character.isprintable() else f"the character U+{ord(character):04X}"


def _known(text: str, at: int, variables: frozenset[str] | None) -> bool:
    match = _TOKEN.match(text, at)
    return match is not None and variables is not None and _joined(match) in variables


def _word(match: re.Match[str], at: int, variables: frozenset[str] | None) -> Iterator[_Token]:
    """A run of letters and digits as a variable, a function, a constant, or several of them multiplied."""
    name = _joined(match)
    if name is None:
        raise FormulaError(f"position {at + 1}: the index of {match['base']!r} is unclear")
    if variables is not None and name in variables:
        yield _Token("name", name, at)
        return
    function = ALIASES.get(match["base"].lower())
    # Sigma is a function only before a bracket; elsewhere it is a variable's name.
    if name == "sigma":
        function = "sigmoid" if _opens(match) else None
    if function is not None and match["bare"] is None and match["braced"] is None:
        yield _Token("function", function, at)
        if match["index"]:
            yield _Token("number", Fraction(int(match["index"].translate(_SUBSCRIPTS))), at + len(match["base"]))
        return
    if name.lower() in CONSTANTS:
        yield _Token("name", name.lower(), at)
        return
    if variables is None:
        if len(match["base"]) > 1 and name not in GREEK.values() and _opens(match):
            raise FormulaError(f"position {at + 1}: there is no function {name[:40]!r}")
        yield _Token("name", name, at)
        return
    parts = _split(name, variables)
    if parts is None:
        listed = ", ".join(sorted(variables, key=_natural)[:12])
        hint = f"the variables are {listed}" if variables else "the answer has no variables"
        raise FormulaError(f"position {at + 1}: {name[:40]!r} is not known; {hint}")
    for part in parts:
        yield _Token("name", part, at)


def _opens(match: re.Match[str]) -> bool:
    """Whether a bracket follows the word."""
    return match.string[match.end() : match.end() + 9].lstrip()[:1] == "("


def _split(word: str, variables: frozenset[str]) -> list[str] | None:
    """A run of letters as known names one after another, the longest first; None where it is not such a run."""
    if word not in variables:
        folded = [name for name in variables if name.lower() == word.lower()]
        if len(folded) == 1:
            return folded
    known = [*variables, *CONSTANTS]
    endings: dict[int, list[str]] = {len(word): []}
    for start in range(len(word) - 1, -1, -1):
        fits = [n for n in known if word.startswith(n, start) and start + len(n) in endings]
        if fits:
            longest = max(fits, key=len)
            endings[start] = [longest, *endings[start + len(longest)]]
    return endings.get(0)


def _natural(name: str) -> tuple[str, int, str]:
    """Sorts x2 before x10."""
    match = _NAME.fullmatch(name)
    return (match[1], int(match[2] or -1), match[3] or "") if match else (name, -1, "")


@dataclass(slots=True)
class _Bracket:
    """What `_with_decimal_points` has seen inside a bracket that is still open."""

    several: bool  # the bracket of max or min
    tight: list[int]  # commas between two digits
    bare: bool = False  # other commas with no space after them
    clear: bool = False  # a semicolon, or a comma and a space


def _with_decimal_points(text: str) -> str:
    """Turn decimal commas into points, by the rules of `parse_formula`; commas that are left separate arguments."""
    decimal: list[int] = []
    stack = [_Bracket(False, [])]
    for i, character in enumerate(text):
        top = stack[-1]
        if character in "([{":
            several = text[:i].rstrip()[-3:].lower() in ("max", "min")
            stack.append(_Bracket(several, []))
        elif character in ")]}" and len(stack) > 1:
            # Inside braces stands an index, where a comma is only a comma.
            if character != "}":
                decimal += _decimal_commas(top)
            stack.pop()
        elif character == ";":
            top.clear = True
        elif character == ",":
            if _DECIMAL.match(text, i) and _WHOLE.search(text, max(0, i - MAX_DIGITS - 1), i):
                top.tight.append(i)
            elif text[i + 1 : i + 2].isspace():
                top.clear = True
            else:
                top.bare = True
    for bracket in stack:
        decimal += _decimal_commas(bracket)
    letters = list(text)
    for i in decimal:
        letters[i] = "."
    return "".join(letters)


_DECIMAL = re.compile(r",[0-9]+(?!\.?[0-9])")
_WHOLE = re.compile(r"(?:^|[^A-Za-z0-9₀-₉_.}])[0-9]+$")


def _decimal_commas(bracket: _Bracket) -> list[int]:
    if not bracket.several or not bracket.tight:
        return bracket.tight
    if not bracket.bare:
        if bracket.clear:
            return bracket.tight
        if len(bracket.tight) == 1:
            return []
    raise FormulaError(
        f"position {bracket.tight[0] + 1}: is this comma a decimal mark? Separate the arguments with '; '"
    )


class _Parser:
    """A recursive descent over the tokens; one method for each line of the grammar in the module's docstring."""

    def __init__(self, tokens: Sequence[_Token]) -> None:
        self.tokens = tokens
        self.next = 0
        self.nesting = 0
        self.in_bars = False

    def whole(self) -> Node:
        if len(self.tokens) == 1:
            raise FormulaError("the formula is empty")
        tree = self.sum()
        if self.tokens[self.next].kind != "end":
            self.fail()
        return tree

    def fail(self, expected: str = "") -> NoReturn:
        kind, value, at, _ = self.tokens[self.next]
        if kind == "end":
            raise FormulaError(f"the formula breaks off: {expected or 'something'} is missing at its end")
        found = {"sign": repr(value), "number": "a number", "raised": "a power"}.get(kind, repr(value))
        wanted = f"expected {expected}, found {found}" if expected else f"{found} does not belong here"
        raise FormulaError(f"position {at + 1}: {wanted}")

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
            raise FormulaError(
                f"position {self.tokens[self.next].at + 1}: nested too deep: at most {MAX_NESTING} levels of brackets"
            )

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
                    self.fail(f"at most {MAX_HEIGHT} divisions in a row")
                top = factors[0] if len(factors) == 1 else Product(tuple(factors))
                bottom = self.factor()
                if bottom == Constant(Fraction(0)):
                    self.fail_before("division by zero")
                factors = [Quotient(top, bottom)]
                if self.starts_factor() and not self.is_coefficient(top, bottom):
                    self.fail_before("what is divided by what? write a/(b*c) or (a/b)*c")
            elif self.starts_factor():
                if self.tokens[self.next].kind == "number":
                    self.fail("a sign between two factors")
                factors.append(self.factor())
            else:
                break
        return factors[0] if len(factors) == 1 else Product(tuple(factors))

    def fail_before(self, message: str) -> NoReturn:
        raise FormulaError(f"position {self.tokens[self.next - 1].at + 1}: {message}")

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
            self.fail("brackets around a power that is raised again")
        return Power(base, exponent)

    def check_exponent(self, exponent: Node, at: int) -> None:
        """Refuse powers stated as huge numbers; a power with variables in it is checked when it is computed."""
        if _taller(exponent, MAX_HEIGHT):
            raise FormulaError(f"position {at + 1}: the power is nested too deep")
        if not variables_of(exponent):
            value = _attempt(_computed(exponent), {})
            if value is None or not -MAX_EXPONENT <= value <= MAX_EXPONENT:
                raise FormulaError(f"position {at + 1}: the power is too large: at most {MAX_EXPONENT}")

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
        self.fail("a number, a variable or a bracket")

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
            self.fail(f"a bracket after {function}")
        else:
            self.deeper()
            arguments = [self.power()]
            self.nesting -= 1
            if self.starts_factor() and self.tokens[self.next].kind != "function":
                raise FormulaError(f"position {at + 1}: put the argument of {function} in brackets")
        if several and len(arguments) < 2:
            raise FormulaError(f"position {at + 1}: {function} takes two or more arguments")
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
                self.fail("a small whole power of the function")
            self.next += 2
            return Constant(after.value)
        return None


def children(node: Node) -> tuple[Node, ...]:
    """The parts of a formula, in order."""
    return _CHILDREN[type(node)](node)


# By type, and not by `match`: every formula that is read is walked by them.
_CHILDREN: Mapping[type, Callable[[Any], tuple[Node, ...]]] = {
    Constant: lambda node: (),
    Named: lambda node: (),
    Variable: lambda node: (),
    Negation: lambda node: (node.body,),
    Sum: lambda node: node.terms,
    Product: lambda node: node.factors,
    Quotient: lambda node: (node.top, node.bottom),
    Power: lambda node: (node.base, node.exponent),
    Call: lambda node: node.arguments,
}


def _taller(tree: Node, limit: int) -> bool:
    """Whether the tree has more levels; it does not recurse, because it guards those that do."""
    level = [tree]
    for _ in range(limit):
        level = [child for node in level for child in children(node)]
        if not level:
            return False
    return True


def variables_of(formula: Formula | Node) -> tuple[str, ...]:
    """The names of the variables, sorted, x2 before x10."""
    if isinstance(formula, Formula):
        return formula.variables
    found: set[str] = set()
    todo: list[Node] = [formula]
    while todo:
        node = todo.pop()
        if isinstance(node, Variable):
            found.add(node.name)
        else:
            todo += children(node)
    return tuple(sorted(found, key=_natural))


# Computing


def evaluate(formula: Formula | Node, values: Mapping[str, Number]) -> Fraction | float:
    """The value at a point: a Fraction wherever the operations allow, a float otherwise.

    Roots of squares, exp(0), ln(1) and the like are exact too; 0^0 is 1. Raises `FormulaError` where a variable has no
    value, and where the value is undefined or too large to hold.
    """
    tree = formula.tree if isinstance(formula, Formula) else formula
    for name, value in values.items():
        if isinstance(value, float) and not math.isfinite(value):
            raise FormulaError(f"{name} is not a finite number")
    result = _attempt(_computed(tree), values)
    if result is None:
        raise FormulaError("the formula has no value there: a root, logarithm or power outside its domain")
    if result == math.inf:
        raise FormulaError("the formula has no value there: a division by zero")
    if math.isnan(result):
        raise FormulaError("the formula's value there is too large or too close to zero to compute")
    return result if isinstance(result, float) else Fraction(result)


def _attempt(tree: _Computed, values: Mapping[str, Number]) -> Number | None:
    """The value; None outside the domain of a root or logarithm, infinity for a division by zero, NaN where floats
    cannot reach it."""
    try:
        return tree(values)
    except KeyError as error:
        raise FormulaError(f"no value is given for {error.args[0]}") from None
    except OverflowError:
        return math.nan
    except ZeroDivisionError:
        return math.inf
    except ValueError:
        return None


_Computed: TypeAlias = Callable[[Mapping[str, Number]], Number]


def _computed(node: Node) -> _Computed:
    """The formula as a function of the values of its variables: nested closures, several times quicker at many points
    than walking the tree at each. It gives an int, a Fraction or a finite float; whole constants are ints, which are
    quick too."""
    match node:
        case Constant(value):
            number = value.numerator if value.denominator == 1 else value
            return lambda values: number
        case Named(name):
            famous = math.pi if name == "pi" else math.e
            return lambda values: famous
        case Variable(name):
            return operator.itemgetter(name)
        case Negation(body):
            inner = _computed(body)
            return lambda values: -inner(values)
        case Sum(terms):
            return _added([_computed(term) for term in terms])
        case Product(factors):
            return _multiplied([_computed(factor) for factor in factors])
        case Quotient(top, bottom):
            return _divided(_computed(top), _computed(bottom))
        case Power(base, exponent):
            below, above = _computed(base), _computed(exponent)
            return lambda values: _power(below(values), above(values))
        case Call(function, arguments):
            apply = _FUNCTIONS[function]
            if len(arguments) == 1:
                only = _computed(arguments[0])
                return lambda values: apply(only(values))
            several = [_computed(argument) for argument in arguments]
            return lambda values: apply([argument(values) for argument in several])
        case _:
            assert_never(node)


def _added(terms: list[_Computed]) -> _Computed:
    def compute(values: Mapping[str, Number]) -> Number:
        total: Number = 0
        for term in terms:
            total += term(values)
            if type(total) is not int:
                total = _bounded(total)
        return total

    return compute


def _multiplied(factors: list[_Computed]) -> _Computed:
    if len(factors) == 2:
        first, second = factors

        def product(values: Mapping[str, Number]) -> Number:
            result = first(values) * second(values)
            return result if type(result) is int and -_LARGE < result < _LARGE else _bounded(result)

        return product

    def compute(values: Mapping[str, Number]) -> Number:
        total: Number = 1
        for factor in factors:
            total *= factor(values)
            if type(total) is not int or not -_LARGE < total < _LARGE:
                total = _bounded(total)
        return total

    return compute


def _divided(top: _Computed, bottom: _Computed) -> _Computed:
    def compute(values: Mapping[str, Number]) -> Number:
        over, under = top(values), bottom(values)
        if isinstance(over, float) or isinstance(under, float):
            if under == 0 and isinstance(under, float):
                raise OverflowError  # a denominator that floats have rounded to zero
            return _bounded(over / under)
        return _bounded(Fraction(over, under))

    return compute


def _bounded(value: Number) -> Number:
    """The value itself if it is small enough to go on with, else as a float; raises OverflowError beyond floats.

    Fractions that have come out whole become ints.
    """
    if isinstance(value, float):
        if math.isfinite(value):
            return value
        raise OverflowError
    top, bottom = value.numerator, value.denominator
    if bottom == 1:
        return top if -_LARGE < top < _LARGE else float(top)
    return value if -_LARGE < top < _LARGE and bottom < _LARGE else float(value)


_LARGE = 2**MAX_BITS


def _power(base: Number, exponent: Number) -> Number:
    if not isinstance(exponent, float) and exponent.denominator == 1:
        n = int(exponent)
        if not isinstance(base, float):
            bits = max(base.numerator.bit_length(), base.denominator.bit_length())
            if abs(n) * bits <= MAX_BITS:
                return base**n if n >= 0 else Fraction(base) ** n
        return _bounded(float(base) ** n)
    if exponent == Fraction(1, 2):
        return _root(base)
    if base < 0:
        raise ValueError("a fractional power of a negative number")
    return _bounded(float(base) ** float(exponent))


def _root(x: Number) -> Number:
    if x < 0:
        raise ValueError("a root of a negative number")
    if isinstance(x, float):
        return math.sqrt(x)
    top, bottom = math.isqrt(x.numerator), math.isqrt(x.denominator)
    if top * top == x.numerator and bottom * bottom == x.denominator:
        return Fraction(top, bottom)
    return math.sqrt(x)


def _logarithm(x: Number) -> Number:
    if x == 1:
        return 0
    if x == 0 and isinstance(x, float):
        raise OverflowError  # a positive number that floats have rounded to zero
    return math.log(x)


def _sigmoid(x: Number) -> Number:
    if x == 0:
        return Fraction(1, 2)
    if x > 0:
        return 1 / (1 + math.exp(-x))
    # Far to the left exp(-x) would overflow where the value is merely close to 0.
    return math.exp(x) / (1 + math.exp(x))


_FUNCTIONS: dict[FunctionName, Callable[..., Number]] = {
    "max": max,
    "min": min,
    "relu": lambda x: x if x > 0 else 0,
    "exp": lambda x: 1 if x == 0 else math.exp(x),
    "ln": _logarithm,
    "sqrt": _root,
    "abs": abs,
    "sin": lambda x: 0 if x == 0 else math.sin(x),
    "cos": lambda x: 1 if x == 0 else math.cos(x),
    "tanh": lambda x: 0 if x == 0 else math.tanh(x),
    "sigmoid": _sigmoid,
    "step": lambda x: 1 if x > 0 else 0,
}


# Comparing

MAIN = 17
"""How many points are always used; the others are spare, for formulas undefined at many of the first."""
USABLE = 6
"""Points at which both formulas must have a value before they can be called the same."""
POLES = 4
"""Points at which one formula alone may divide by zero, as (x^2 - 4)/(x - 2) does where x + 2 does not."""
PRECISE = 8
"""Points at which floats that differ are looked at again with more digits."""
DIGITS = 60
"""How many digits that second look has."""
SAMPLES = 4096
"""More points for formulas with kinks, which may differ in a thin sector between the lines where they bend."""
SUSPECTS = 16
"""How many of these points are looked at exactly, those with the largest differences first."""
KINKED: frozenset[FunctionName] = frozenset({"max", "min", "relu", "abs", "step"})


def equivalent(left: Formula | Node, right: Formula | Node, *, domain: Literal["real", "positive"] = "real") -> bool:
    """Whether two formulas are the same function of their variables, over all reals or over positive numbers only.

    Both are computed at `MAIN` fixed points (negative, zero, fractional, large, between 0 and 1): exactly where the
    operations are rational, so that one disagreement is a proof; floats must agree to `RELATIVE`, and where they do not
    (a sigmoid far out loses its digits) both are computed again with `DIGITS` digits. Different rational functions of
    moderate degree that agree at all the points are as unlikely as a random polynomial having that many given roots.
    Functions with kinks are not: they are the same on one side of a kink whatever is wrong on the other. So they are
    compared at `SAMPLES` points more, in floats, and exactly where these differ. Points at which neither has a value do
    not count; formulas that have a value hardly anywhere are not the same, nor are those with different domains of
    roots and logarithms. A factor may be cancelled: x/x is 1.
    """
    left, right = (side if isinstance(side, Formula) else Formula.of(side) for side in (left, right))
    return akin(left, right, domain=domain) and not _part_somewhere(left, right, domain)


def akin(left: Formula | Node, right: Formula | Node, *, domain: Literal["real", "positive"] = "real") -> bool:
    """Whether two formulas agree at the fixed points of `equivalent`: a quick look, by which draws keep the right
    answer and the wrong ones well apart."""
    left, right = (side if isinstance(side, Formula) else Formula.of(side) for side in (left, right))
    if domain == "real" and left._whole is not None and right._whole is not None:
        (ours, theirs), _, _ = _aligned((left._whole, right._whole))
        return all(map(operator.eq, ours, theirs))
    if left.source == right.source:
        return True
    names = tuple(sorted({*left.variables, *right.variables}))
    our, their = left._function, right._function
    usable = poles = precise = 0
    for number, point in enumerate(_points(names, domain)):
        if number >= MAIN and usable >= USABLE:
            break
        a, b = _attempt(our, point), _attempt(their, point)
        if a is None or b is None:
            other = b if a is None else a
            if other is not None and (not isinstance(other, float) or math.isfinite(other)):
                return False
            continue
        if isinstance(a, float) or isinstance(b, float):
            if math.isnan(a) or math.isnan(b):
                continue
            if math.inf in (a, b):
                poles += a != b
                if poles > POLES:
                    return False
                continue
            if not _close(a, b):
                precise += 1
                if precise > PRECISE:
                    continue
                if not _precisely_equal(left.tree, right.tree, point):
                    return False
        elif a != b:
            return False
        usable += 1
    return usable >= USABLE


def _part_somewhere(left: Formula, right: Formula, domain: str) -> bool:
    """Whether formulas with kinks differ at one of many more points."""
    if left is right or not (_bends(left.tree) or _bends(right.tree)) or left.source == right.source:
        return False
    import numpy as np

    names = tuple(sorted({*left.variables, *right.variables}))
    columns = {name: _samples(name, domain) for name in names}
    with np.errstate(all="ignore"):
        try:
            ours, theirs = (_sampled(side.tree, columns) * np.ones(SAMPLES) for side in (left, right))
        except OverflowError:
            return False  # a number beyond floats: the fixed points must do
        apart = np.abs(ours - theirs) / np.maximum(np.abs(ours), np.abs(theirs))
    apart = np.where(np.isfinite(apart), apart, 0)
    for place in np.argsort(-apart, kind="stable")[:SUSPECTS].tolist():
        if apart[place] <= RELATIVE:
            break
        point = {name: Fraction(float(columns[name][place])) for name in names}
        a, b = _attempt(left._function, point), _attempt(right._function, point)
        if a is None or b is None or not (math.isfinite(a) and math.isfinite(b)):
            continue
        if isinstance(a, float) or isinstance(b, float):
            if not _close(a, b) and not _precisely_equal(left.tree, right.tree, point):
                return True
        elif a != b:
            return True
    return False


def _bends(tree: Node) -> bool:
    todo = [tree]
    while todo:
        node = todo.pop()
        if isinstance(node, Call) and node.function in KINKED:
            return True
        todo += children(node)
    return False


@functools.lru_cache(maxsize=256)
def _samples(name: str, domain: str) -> Any:
    """An array of the values one variable takes at the many points: exact as floats, near and far, so that it is now
    large and now small beside the others."""
    import numpy as np

    stream = random.Random(f"listok kinks {name}")
    values = []
    for place in range(SAMPLES):
        size = (200, 10, 100, 3, 200, 1, 0, 0)[place % 8] or stream.choice((1, 10, 100, 1_000, 10_000))
        value = stream.randint(-1024, 1024) * size / 1024
        values.append(value if domain == "real" else abs(value) + 1 / 1024)
    return np.array(values)


def _sampled(node: Node, columns: Mapping[str, Any]) -> Any:
    """The formula at the many points, in floats; what has no value comes out as NaN or infinity."""
    import numpy as np

    match node:
        case Variable(name):
            return columns[name]
        case Constant(value):
            return np.float64(float(value))
        case Named(name):
            return np.float64(math.pi if name == "pi" else math.e)
        case Negation(body):
            return -_sampled(body, columns)
        case Sum(terms):
            return functools.reduce(np.add, [_sampled(term, columns) for term in terms], np.float64(0))
        case Product(factors):
            return functools.reduce(np.multiply, [_sampled(factor, columns) for factor in factors], np.float64(1))
        case Quotient(top, bottom):
            return np.divide(_sampled(top, columns), _sampled(bottom, columns))
        case Power(base, exponent):
            return np.power(_sampled(base, columns), _sampled(exponent, columns))
        case Call(function, arguments):
            values = [_sampled(argument, columns) for argument in arguments]
            match function:
                case "max":
                    return functools.reduce(np.maximum, values)
                case "min":
                    return functools.reduce(np.minimum, values)
                case "relu":
                    return np.maximum(values[0], 0)
                case "step":
                    return np.where(values[0] > 0, 1.0, 0.0)
                case "sigmoid":
                    return 1 / (1 + np.exp(-values[0]))
                case "ln":
                    return np.log(values[0])
                case "exp" | "sqrt" | "abs" | "sin" | "cos" | "tanh":
                    return getattr(np, function)(values[0])
                case _:
                    assert_never(function)
        case _:
            assert_never(node)


def _close(a: Number, b: Number) -> bool:
    try:
        return math.isclose(a, b, rel_tol=RELATIVE)
    except OverflowError:
        return False  # an exact number beyond floats is not close to a float


def _column(name: str, domain: str) -> list[int | Fraction]:
    """The values one variable takes at the points, main ones first; each variable has a stream of its own.

    Multiples of 6 keep arithmetic with halves and thirds in whole numbers, which are quick. With each of the first
    points goes its opposite (over positive numbers, its reciprocal), so that both sides of max and abs come up.
    """
    stream = random.Random(f"listok formula {name}")

    def share() -> Fraction:
        return Fraction(stream.randint(1, 96), 97)

    sizes: list[int | Fraction] = [6 * stream.randint(1, 8), 6 * stream.randint(1, 8), 12 * stream.randint(3, 12)]
    sizes += [60 * stream.randint(20, 400), Fraction(stream.randint(1, 40), 11), Fraction(stream.randint(1, 20), 7)]
    column: list[int | Fraction] = []
    for size in sizes:
        if domain == "positive":
            column += [size, 1 / Fraction(size)]
        else:
            value = size * stream.choice((1, -1))
            column += [value, -value]
    column += [share(), share()]
    if domain == "positive":
        column += [1, 2, stream.choice((1, 2))]
    else:
        column += [0, stream.choice((0, 1, -1)), stream.choice((0, 1, -1))]
    for i in range(24):
        column.append(share() if i % 3 == 0 else 2 * share() if domain == "positive" else 4 * share() - 2)
    for _ in range(96):
        column.append(60 * share() if domain == "positive" else 120 * share() - 60)
    return column


@functools.lru_cache(maxsize=256)
def _points(names: tuple[str, ...], domain: str) -> tuple[Mapping[str, Number], ...]:
    columns = [_column(name, domain) for name in names]
    # A formula without variables has one value, wherever it is computed.
    return tuple(dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)) or ({},) * MAIN


_Whole: TypeAlias = tuple[Sequence[int], int, int]
"""A formula's values at the main points: whole numbers, over a number, over some power of `DENOMINATORS`."""

DENOMINATORS = (1,) * 8 + (11, 11, 7, 7, 97, 97) + (1,) * 3
"""What the coordinates of each main point become whole numbers by."""
MAX_POWER, MAX_FACTORS = 60, 8
"""Polynomials of a higher degree, and longer products, are compared in the general way."""


class _NotWhole(Exception):
    """The formula has operations (or numbers of a size) that `_Whole` has no place for."""


def _whole_values(tree: Node) -> _Whole | None:
    """The values at the main points, if the formula is made of sums, products, powers, max and the like.

    Most formulas are, and whole numbers over one denominator are many times quicker than fractions. None for others.
    """
    try:
        return _whole(tree)
    except _NotWhole:
        return None


def _whole(node: Node) -> _Whole:
    match node:
        case Variable(name):
            return _whole_column(name, 1), 1, 1
        case Constant(value):
            return (value.numerator,) * MAIN, value.denominator, 0
        case Sum(terms) if terms:
            return _whole_sum(terms)
        case Negation() | Product((Constant(), _)):
            return _whole_sum((node,))
        case Call("max" | "min" as function, arguments):
            columns, bottom, power = _aligned([_whole(argument) for argument in arguments])
            return list(map(max if function == "max" else min, *columns)), bottom, power
        case Call("relu" | "abs" as function, (argument,)):
            tops, bottom, power = _whole(argument)
            return [abs(top) if function == "abs" else max(0, top) for top in tops], bottom, power
        case Product(factors) if 0 < len(factors) <= MAX_FACTORS:
            tops, bottom, power = _whole(factors[0])
            for factor in factors[1:]:
                others, below, degree = _whole(factor)
                tops, bottom, power = list(map(operator.mul, tops, others)), bottom * below, power + degree
            return _small((tops, bottom, power))
        case Quotient(body, Constant(value)) if value > 0:
            tops, bottom, power = _whole(body)
            return [value.denominator * top for top in tops], value.numerator * bottom, power
        case Power(Variable(name), Constant(value)) if value.denominator == 1 and 0 <= value <= MAX_POWER:
            return _whole_column(name, value.numerator), 1, value.numerator
        case Power(base, Constant(value)) if value.denominator == 1 and 0 <= value <= MAX_POWER:
            n = value.numerator
            tops, bottom, power = _small(_whole(base))
            if n * max(bottom, max(tops), -min(tops)).bit_length() > MAX_BITS:
                raise _NotWhole
            return _small(([top**n for top in tops], bottom**n, power * n))
        case _:
            raise _NotWhole


def _whole_sum(terms: Sequence[Node]) -> _Whole:
    """A sum, in one pass over the points for each term: coefficients and signs are taken off the terms first."""
    parts = []
    for term in terms:
        top, below = 1, 1
        while type(term) is not Variable:
            if isinstance(term, Negation):
                top, term = -top, term.body
            elif isinstance(term, Product) and len(term.factors) > 1 and isinstance(first := term.factors[0], Constant):
                over, under = first.value.as_integer_ratio()
                top, below = top * over, below * under
                term = term.factors[1] if len(term.factors) == 2 else Product(term.factors[1:])
            else:
                break
        tops, bottom, power = _whole(term)
        parts.append((top, tops, below * bottom, power))
    bottom, power = math.lcm(*[part[2] for part in parts]), max([part[3] for part in parts])
    total: Sequence[int] = ()
    for top, tops, own, degree in parts:
        factor = top * (bottom // own)
        if degree < power:
            tops = list(map(operator.mul, tops, _denominators(power - degree)))
        total = [s + factor * t for s, t in zip(total, tops, strict=True)] if total else [factor * t for t in tops]
    return total, bottom, power


def _aligned(values: Sequence[_Whole]) -> tuple[list[Sequence[int]], int, int]:
    """The values of several formulas over one denominator."""
    bottom, power = math.lcm(*[value[1] for value in values]), max([value[2] for value in values])
    columns = list[Sequence[int]]()
    for tops, own, degree in values:
        if own != bottom:
            factor = bottom // own
            tops = [factor * top for top in tops]
        if degree < power:
            tops = list(map(operator.mul, tops, _denominators(power - degree)))
        columns.append(tops)
    return columns, bottom, power


def _small(values: _Whole) -> _Whole:
    """The values themselves; those that the general way would go on with as floats are left to it."""
    tops, bottom, power = values
    if power > MAX_POWER or bottom > _LARGE or max(tops) > _LARGE or min(tops) < -_LARGE:
        raise _NotWhole
    return values


@functools.cache
def _denominators(power: int) -> tuple[int, ...]:
    return tuple(denominator**power for denominator in DENOMINATORS)


@functools.lru_cache(maxsize=1024)
def _whole_column(name: str, power: int) -> tuple[int, ...]:
    if power != 1:
        return tuple(top**power for top in _whole_column(name, 1))
    return tuple(int(value * d) for value, d in zip(_column(name, "real"), DENOMINATORS, strict=False))


def _precisely_equal(left: Node, right: Node, point: Mapping[str, Number]) -> bool:
    """Compare at a point with `DIGITS` digits. Both have a float value there, so no number in between is huge."""
    import mpmath

    with mpmath.workdps(DIGITS):
        exact = {name: mpmath.mpf(Fraction(v).numerator) / Fraction(v).denominator for name, v in point.items()}
        try:
            a, b = _precise(left, exact, mpmath), _precise(right, exact, mpmath)
        except (ZeroDivisionError, OverflowError, ValueError):
            return False
        return bool(abs(a - b) <= mpmath.mpf(10) ** -20 * max(abs(a), abs(b), mpmath.mpf(10) ** -20))


def _precise(node: Node, values: Mapping[str, Any], mp: Any) -> Any:
    match node:
        case Variable(name):
            return values[name]
        case Constant(value):
            return mp.mpf(value.numerator) / value.denominator
        case Named(name):
            return +mp.pi if name == "pi" else +mp.e
        case Negation(body):
            return -_precise(body, values, mp)
        case Sum(terms):
            return sum((_precise(term, values, mp) for term in terms), mp.mpf(0))
        case Product(factors):
            result = mp.mpf(1)
            for factor in factors:
                result *= _precise(factor, values, mp)
            return result
        case Quotient(top, bottom):
            return _precise(top, values, mp) / _precise(bottom, values, mp)
        case Power(base, exponent):
            below, above = _precise(base, values, mp), _precise(exponent, values, mp)
            if below < 0 and above != int(above):
                raise ValueError("a fractional power of a negative number")
            return below ** (int(above) if above == int(above) else above)
        case Call(function, arguments):
            return _precise_call(function, [_precise(argument, values, mp) for argument in arguments], mp)
        case _:
            assert_never(node)


def _precise_call(function: FunctionName, arguments: list[Any], mp: Any) -> Any:
    x = arguments[0]
    match function:
        case "max":
            return max(arguments)
        case "min":
            return min(arguments)
        case "relu":
            return max(x, mp.mpf(0))
        case "abs":
            return abs(x)
        case "step":
            return mp.mpf(1 if x > 0 else 0)
        case "sigmoid":
            return 1 / (1 + mp.exp(-x))
        case "ln" | "sqrt":
            if x < 0 or (x == 0 and function == "ln"):
                raise ValueError("outside the domain")
            return mp.log(x) if function == "ln" else mp.sqrt(x)
        case "exp" | "sin" | "cos" | "tanh":
            return getattr(mp, function)(x)
        case _:
            assert_never(function)


# Printing

_LOOSE, _SUM, _PRODUCT, _POWER, _ATOM = range(5)


def to_text(formula: Formula | Node) -> str:
    """The formula in plain characters: `2*x1 - 0.5*max(0, x2)`. Reading it back gives an equivalent formula, and
    printing that gives the same text."""
    return formula.source if isinstance(formula, Formula) else _text(formula, _LOOSE)


def _text(node: Node, inside: int) -> str:
    """The text of a part, in brackets where it binds looser than its place `inside` allows."""
    match node:
        case Constant(value):
            if value.numerator < 0:
                return _fenced(f"-{_text(Constant(-value), _SUM)}", _LOOSE, inside)
            plain = decimal(value)
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


def decimal(value: Fraction) -> str | None:
    """A number that is not negative as a decimal with a point, None where it takes more than four places."""
    if value.denominator == 1:
        return str(value.numerator)
    if 10_000 % value.denominator:
        return None
    whole, places = divmod(int(value * 10_000), 10_000)
    return f"{whole}.{places:04}".rstrip("0")


def unsigned(node: Node) -> tuple[bool, Node]:
    """Whether a term starts with a minus, and the term without it."""
    match node:
        case Negation(body):
            return True, body
        case Constant(value) if value.numerator < 0:
            return True, Constant(-value)
        case Product((first, *others)):
            negative, size = unsigned(first)
            return (True, Product((size, *others))) if negative else (False, node)
        case Quotient(top, bottom):
            negative, size = unsigned(top)
            return (True, Quotient(size, bottom)) if negative else (False, node)
        case _:
            return False, node


def _has_sign(node: Node) -> bool:
    return unsigned(node)[0]


def name_parts(name: str) -> tuple[str, str, str]:
    """The letters of a variable's name, the digits after them, and the word after an underscore."""
    match = _NAME.fullmatch(name)
    if match is None:
        raise FormulaError(f"a variable cannot be named {name!r}")
    base, digits, word = match.groups()
    return base, digits, word or ""


# Building


def linear(terms: Iterable[tuple[Number, str | Node]], constant: Number = 0, *, constant_first: bool = False) -> Node:
    """A linear form, `linear([(5, "x1"), (-60, "x2"), (0, "x3")], 4)` being 5*x1 - 60*x2 + 4.

    Zero terms are left out (all of them: 0), and a coefficient 1 is not written. What is multiplied may be any
    formula, as text or as a tree. Floats are taken as they print (0.1 is 1/10).
    """
    parts = [scaled(number, parse_formula(body) if isinstance(body, str) else body) for number, body in terms if number]
    if constant:
        parts.insert(0 if constant_first else len(parts), signed(constant))
    return added(parts)


def added(terms: Sequence[Node]) -> Node:
    """The sum of any number of terms."""
    return terms[0] if len(terms) == 1 else Sum(tuple(terms)) if terms else Constant(Fraction(0))


def scaled(number: Number, node: Node) -> Node:
    """A multiple of a formula other than a number; a coefficient 1 is not written, a minus stands before it all."""
    value = exact(number)
    if value == 1:
        return node
    return Negation(scaled(-value, node)) if value.numerator < 0 else Product((Constant(value), node))


def exact(number: Number) -> Fraction:
    """An exact value for a number; a float is taken as it prints."""
    if isinstance(number, Fraction):
        return number
    return Fraction(repr(number)) if isinstance(number, float) else Fraction(number)


def signed(number: Number) -> Node:
    """A number; a negative one has its minus as a formula that is read has it."""
    value = exact(number)
    return Negation(Constant(-value)) if value.numerator < 0 else Constant(value)


# SymPy


def to_sympy(formula: Formula | Node) -> sympy.Expr:
    """The formula as a SymPy expression, built node by node with exact numbers; its symbols are real.

    SymPy sees the same variable in `sympy.Symbol("x1", real=True)`.
    """
    import sympy

    def build(node: Node) -> Any:
        match node:
            case Constant(value):
                return sympy.Rational(value.numerator, value.denominator)
            case Named(name):
                return sympy.pi if name == "pi" else sympy.E
            case Variable(name):
                return sympy.Symbol(name, real=True)
            case Negation(body):
                return -build(body)
            case Sum(terms):
                return sympy.Add(*map(build, terms))
            case Product(factors):
                return sympy.Mul(*map(build, factors))
            case Quotient(top, bottom):
                return build(top) / build(bottom)
            case Power(base, exponent):
                return sympy.Pow(build(base), build(exponent))
            case Call(function, arguments):
                x, *others = map(build, arguments)
                match function:
                    case "max":
                        return sympy.Max(x, *others)
                    case "min":
                        return sympy.Min(x, *others)
                    case "relu":
                        return sympy.Max(0, x)
                    case "abs":
                        return sympy.Abs(x)
                    case "step":
                        return sympy.Heaviside(x, 0)
                    case "sigmoid":
                        return 1 / (1 + sympy.exp(-x))
                    case "ln":
                        return sympy.log(x)
                    case "exp" | "sqrt" | "sin" | "cos" | "tanh":
                        return getattr(sympy, function)(x)
                    case _:
                        assert_never(function)
            case _:
                assert_never(node)

    expression: sympy.Expr = build(formula.tree if isinstance(formula, Formula) else formula)
    return expression


def from_sympy(expression: sympy.Basic) -> Formula:
    """A SymPy expression as a formula; raises `FormulaError` for what formulas do not have.

    Heaviside, which SymPy makes when it differentiates Max, becomes the strict step: 0 at 0, as the derivative of
    ReLU is by convention.
    """
    import sympy

    functions: dict[Any, FunctionName] = {
        sympy.Max: "max", sympy.Min: "min", sympy.exp: "exp", sympy.log: "ln", sympy.Abs: "abs",
        sympy.sin: "sin", sympy.cos: "cos", sympy.tanh: "tanh",
    }  # fmt: skip

    def build(node: Any) -> Node:
        if node.is_Rational:
            return signed(Fraction(int(node.p), int(node.q)))
        if node.is_Float:
            return signed(Fraction(str(node)))
        if node is sympy.pi or node is sympy.E:
            return Named("pi" if node is sympy.pi else "e")
        if node.is_Symbol:
            name = canonical_name(node.name)
            if name is None:
                raise FormulaError(f"a variable cannot be named {node.name!r}")
            return Variable(name)
        if node.is_Add:
            return Sum(tuple(map(build, node.as_ordered_terms())))
        if node.is_Mul:
            if node.could_extract_minus_sign():
                return Negation(build(-node))
            top, bottom = sympy.fraction(node)
            if bottom != 1:
                return Quotient(build(top), build(bottom))
            return Product(tuple(map(build, node.as_ordered_factors())))
        if node.is_Pow:
            if node.exp == sympy.Rational(1, 2):
                return Call("sqrt", (build(node.base),))
            if node.exp.is_Rational and node.exp < 0:
                return Quotient(Constant(Fraction(1)), build(node.base**-node.exp))
            return Power(build(node.base), build(node.exp))
        if isinstance(node, sympy.Heaviside):
            return Call("step", (build(node.args[0]),))
        if isinstance(node, sympy.sign):
            x = build(node.args[0])
            return Sum((Call("step", (x,)), Negation(Call("step", (Negation(x),)))))
        if node.func in functions:
            arguments = sorted(node.args, key=sympy.default_sort_key)
            return Call(functions[node.func], tuple(map(build, arguments)))
        raise FormulaError(f"formulas have no {type(node).__name__}")

    return Formula(to_text(build(expression)))
