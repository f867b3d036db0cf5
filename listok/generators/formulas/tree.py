"""The tree of a formula: its nodes, what they are made of, and how code puts them together."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Literal, TypeAlias, get_args

from msgspec import Struct

from listok.generators.exact import Fraction
from listok.generators.messages import MessageError


class FormulaError(MessageError, ValueError):
    """A formula that cannot be read or computed; its message is one line that says where and why."""


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


NAME = re.compile(r"([A-Za-z]+)([0-9]*)(?:_([A-Za-z][A-Za-z0-9]*))?")
"""A variable's name: letters, digits, and a word after an underscore."""


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


def taller(tree: Node, limit: int) -> bool:
    """Whether the tree has more levels; it does not recurse, because it guards those that do."""
    level = [tree]
    for _ in range(limit):
        level = [child for node in level for child in children(node)]
        if not level:
            return False
    return True


def nodes(tree: Node) -> Iterator[Node]:
    """All nodes of a tree, in no particular order."""
    todo = [tree]
    while todo:
        node = todo.pop()
        yield node
        todo += children(node)


def variables_of(tree: Node) -> tuple[str, ...]:
    """The names of the variables, sorted, x2 before x10."""
    return tuple(sorted({node.name for node in nodes(tree) if isinstance(node, Variable)}, key=natural))


def natural(name: str) -> tuple[str, int, str]:
    """Sorts x2 before x10."""
    match = NAME.fullmatch(name)
    return (match[1], int(match[2] or -1), match[3] or "") if match else (name, -1, "")


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


def name_parts(name: str) -> tuple[str, str, str]:
    """The letters of a variable's name, the digits after them, and the word after an underscore."""
    match = NAME.fullmatch(name)
    if match is None:
        raise FormulaError("bad_variable", name=name)
    base, digits, word = match.groups()
    return base, digits, word or ""


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
