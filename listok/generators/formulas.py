r"""Formulas: a closed little language, read without `eval`, computed exactly, compared as functions, and printed.

What is read::

    sum      = [ "+" | "-" ] term { ( "+" | "-" ) term }
    term     = factor { [ "*" | "/" ] factor }          (no sign between factors: a product)
    factor   = { "+" | "-" } power
    power    = atom [ ( "^" | "**" ) factor | superscript digits ]
    atom     = number | name | constant | "(" sum ")" | "[" sum "]" | "|" sum "|" | function argument

A formula is read as it is typed on an English or a Russian keyboard: `2x`, `2(x + 1)`, `x²`, `x·y`, `0,5x`, `α`, `x_{1}`,
and Cyrillic letters that look like Latin ones. What has two readings is refused rather than guessed, see `parse_formula`.
Whatever is typed, reading, computing and comparing take bounded time and memory.
"""

from __future__ import annotations

import functools
import math
import random
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, NoReturn, TypeAlias, assert_never, get_args

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
    "log": "ln", "th": "tanh", "sigm": "sigmoid", "logistic": "sigmoid", "σ": "sigmoid", "√": "sqrt",
}  # fmt: skip
CONSTANTS: dict[str, ConstantName] = {"pi": "pi", "e": "e"}
GREEK = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "epsilon", "ζ": "zeta", "η": "eta", "θ": "theta",
    "κ": "kappa", "λ": "lambda", "μ": "mu", "ν": "nu", "ξ": "xi", "π": "pi", "ρ": "rho", "σ": "sigma", "τ": "tau",
    "φ": "phi", "χ": "chi", "ψ": "psi", "ω": "omega",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Constant:
    """An exact number."""

    value: Fraction


@dataclass(frozen=True, slots=True)
class Named:
    """The number pi or e."""

    name: ConstantName


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable by its name as `Formula` writes it: ``x``, ``x1``, ``lambda``, ``h_old``."""

    name: str


@dataclass(frozen=True, slots=True)
class Negation:
    body: Node


@dataclass(frozen=True, slots=True)
class Sum:
    terms: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Product:
    factors: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Quotient:
    top: Node
    bottom: Node


@dataclass(frozen=True, slots=True)
class Power:
    base: Node
    exponent: Node


@dataclass(frozen=True, slots=True)
class Call:
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

    __slots__ = ("source", "tree", "variables")

    source: str
    tree: Node
    variables: tuple[str, ...]

    def __init__(self, source: str) -> None:
        tree = parse_formula(source)
        text = to_text(tree)
        if len(text) > MAX_LENGTH:
            raise FormulaError(f"the formula is too long: {len(text)} characters, at most {MAX_LENGTH}")
        object.__setattr__(self, "source", text)
        object.__setattr__(self, "tree", tree)
        object.__setattr__(self, "variables", variables_of(tree))

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


# Reading


class _Token(NamedTuple):
    kind: Literal["number", "name", "function", "sign", "raised", "end"]
    value: Any  # Fraction, str or int, by the kind
    at: int


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
    tokens = list(_tokens(text.translate(_PLAIN), variables))
    if "," in text:
        tokens = _with_commas_settled(tokens)
    tree = _Parser(tokens, variables).whole()
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
    base = GREEK.get(match["base"], match["base"])
    digits = match["index"].translate(_SUBSCRIPTS)
    below = match["bare"]
    if match["braced"] is not None:
        parts = [part.strip() for part in match["braced"].split(",")]
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
            at = re.compile(r"\s*").match(text, at).end()  # type: ignore[union-attr]
            raise FormulaError(f"position {at + 1}: {_named(text[at])} has no place in a formula")
        at = match.end()
        kind, piece = match.lastgroup, match.group().lstrip()
        start = at - len(piece)
        if match["number"] is not None:
            if len(piece) > MAX_DIGITS:
                raise FormulaError(f"position {start + 1}: the number is too long: at most {MAX_DIGITS} digits")
            yield _Token("number", _exact(piece), start)
            if re.compile(r"[eE][-+]?[0-9]").match(text, at) and not _known(text, at, variables):
                raise FormulaError(f"position {start + 1}: powers of ten are written out: 0.002 or 2*10^(-3)")
        elif match["name"] is not None:
            yield from _word(match, start, variables)
        elif match["raised"] is not None:
            if len(piece) > MAX_DIGITS:
                raise FormulaError(f"position {start + 1}: the number is too long: at most {MAX_DIGITS} digits")
            yield _Token("raised", int(piece.translate(_SUPERSCRIPTS)), start)
        elif kind is not None:
            if piece == "√":
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
    # The sign σ is a function only before a bracket; elsewhere it may be a variable's name.
    if function is not None and match["bare"] is None and match["braced"] is None:
        if match["base"] != "σ" or match.string[match.end() :].lstrip().startswith("("):
            yield _Token("function", function, at)
            if match["index"]:
                yield _Token("number", Fraction(int(match["index"].translate(_SUBSCRIPTS))), at + len(match["base"]))
            return
    if name == "sigma" and match.string[match.end() :].lstrip().startswith("("):
        yield _Token("function", "sigmoid", at)
        return
    if name.lower() in CONSTANTS:
        yield _Token("name", name.lower(), at)
        return
    if variables is None:
        yield _Token("name", name, at)
        return
    parts = _split(name, variables)
    if parts is None:
        listed = ", ".join(sorted(variables, key=_natural)[:12])
        hint = f"the variables are {listed}" if variables else "the answer has no variables"
        raise FormulaError(f"position {at + 1}: {name[:40]!r} is not known; {hint}")
    for part in parts:
        yield _Token("name", part, at)


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


def _with_commas_settled(tokens: Sequence[_Token]) -> list[_Token]:
    """Join decimal commas into numbers, by the rules of `parse_formula`; commas that are left separate arguments."""
    settled: list[_Token] = []
    separating = _separating_commas(tokens)
    for i, token in enumerate(tokens):
        previous = settled[-1] if settled else None
        if _tight(tokens, i) and i not in separating:
            continue
        if i >= 2 and _tight(tokens, i - 1) and i - 1 not in separating and previous is not None:
            places = tokens[i + 1].at - token.at if False else _width(tokens, i)
            settled[-1] = _Token("number", previous.value + token.value / 10**places, previous.at)
            continue
        settled.append(token)
    return settled
