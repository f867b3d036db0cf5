"""Expressions of the Formulas plugin and of STACK: parsed by a small grammar, computed with mpmath, never evaluated."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import mpmath

TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)|(?P<name>%?[A-Za-zα-ωΑ-Ω_]\w*)"
    r"|(?P<string>\"[^\"]*\"|'[^']*')|(?P<sign>\*\*|<=|>=|==|!=|&&|\|\||[-+*/%^!?:()\[\]{},=<>;]))"
)


class BadExpression(Exception):
    """The text is no expression, or has no value."""


@dataclass(frozen=True)
class Syntax:
    """What a reader takes: whether `^` is a power, `2x` a product, and which names are functions."""

    caret_is_power: bool = True
    implicit_product: bool = False
    maxima: bool = False


@dataclass(frozen=True)
class Node:
    """A node: what it does, to which nodes; `value` is a number's or a string's text, a name, an operator."""

    kind: str  # number string name list range call index unary binary choice
    value: str = ""
    parts: tuple[Node, ...] = ()


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "sin": mpmath.sin, "cos": mpmath.cos, "tan": mpmath.tan, "asin": mpmath.asin, "acos": mpmath.acos,
    "atan": mpmath.atan, "sinh": mpmath.sinh, "cosh": mpmath.cosh, "tanh": mpmath.tanh, "exp": mpmath.exp,
    "ln": mpmath.log, "log": mpmath.log, "log10": mpmath.log10, "sqrt": mpmath.sqrt, "abs": abs, "floor": mpmath.floor,
    "ceil": mpmath.ceil, "pow": mpmath.power, "fact": mpmath.factorial,
    "max": lambda *given: max(_flat(given)), "min": lambda *given: min(_flat(given)),
    "sum": lambda values: mpmath.fsum(values), "len": lambda values: mpmath.mpf(len(values)),
    "round": lambda number, digits=0: mpmath.mpf(round(float(number), int(digits))),
    "float": lambda value: value, "rat": lambda value: value, "ratsimp": lambda value: value,
    "list_matrix_entries": lambda rows: _flat(rows), "flatten": lambda rows: _flat(rows), "args": lambda rows: rows,
    "matrix": lambda *rows: list(rows), "transpose": lambda rows: [list(row) for row in zip(*rows, strict=True)],
}  # fmt: skip


def _flat(values: Sequence[Any]) -> list[Any]:
    return [one for value in values for one in (_flat(value) if isinstance(value, list | tuple) else [value])]


def parse(text: str, syntax: Syntax) -> Node:
    """The expression that a text is."""
    reader = _Reader(text, syntax)
    node = reader.choice()
    if reader.here:
        raise BadExpression(f"{reader.here!r} too much in {text!r}")
    return node


def statements(text: str, syntax: Syntax, assign: str) -> dict[str, Node]:
    """Assignments in order: `a = 1; b = 2` for Formulas, `a:1; b:2` (or a line each) for STACK."""
    found: dict[str, Node] = {}
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    text = re.sub(r"#.*", "", text) if assign == "=" else text
    for line in re.split(r"[;\n$]" if assign == ":" else r";", text):
        if not line.strip():
            continue
        name, sign, value = line.partition(assign)
        if not sign or not re.fullmatch(r"[A-Za-z]\w*", name.strip()):
            raise BadExpression(f"{line.strip()!r} is no assignment")
        found[name.strip()] = parse(value, syntax)
    return found


class _Reader:
    def __init__(self, text: str, syntax: Syntax) -> None:
        self.syntax = syntax
        self.tokens: list[tuple[str, str]] = []
        at = 0
        text = text.strip()
        while at < len(text):
            match = TOKEN.match(text, at)
            if not match:
                raise BadExpression(f"{text[at:]!r} in {text!r}")
            self.tokens.append((str(match.lastgroup), match[match.lastgroup or 0]))
            at = match.end()
        self.tokens.append(("end", ""))
        self.at = 0
        self.depth = 0

    @property
    def here(self) -> str:
        return self.tokens[self.at][1]

    def take(self, *signs: str) -> str:
        kind, value = self.tokens[self.at]
        word = self.syntax.maxima and kind == "name" and value in ("and", "or", "not")
        if (kind == "sign" or word) and value in signs:
            self.at += 1
            return value
        return ""

    def need(self, sign: str) -> None:
        if not self.take(sign):
            raise BadExpression(f"{sign!r} is missing before {self.here!r}")

    def choice(self) -> Node:
        self.depth += 1
        if self.depth > 60:
            raise BadExpression("nested too deeply")
        node = self.level(0)
        if self.take("?"):
            yes = self.choice()
            self.need(":")
            node = Node("choice", "", (node, yes, self.choice()))
        self.depth -= 1
        return node

    LEVELS = (
        ("||", "or"), ("&&", "and"), ("==", "!=", "<", ">", "<=", ">=", "="), ("+", "-"), ("*", "/", "%"),
    )  # fmt: skip

    def level(self, number: int) -> Node:
        if number == len(self.LEVELS):
            return self.signed()
        node = self.level(number + 1)
        while True:
            if sign := self.take(*self.LEVELS[number]):
                node = Node("binary", {"=": "=="}.get(sign, sign), (node, self.level(number + 1)))
            elif number == 4 and self.syntax.implicit_product and self.starts_factor():
                node = Node("binary", "*", (node, self.power()))
            else:
                return node

    def starts_factor(self) -> bool:
        return self.tokens[self.at][0] in ("number", "name") or self.here == "("

    def signed(self) -> Node:
        if sign := self.take("-", "+", "!", "not"):
            return Node("unary", sign, (self.signed(),))
        return self.power()

    def power(self) -> Node:
        node = self.postfix()
        if self.take("**", *(("^",) if self.syntax.caret_is_power else ())):
            return Node("binary", "**", (node, self.signed()))
        return node

    def postfix(self) -> Node:
        node = self.atom()
        while self.take("["):
            node = Node("index", "", (node, self.choice()))
            self.need("]")
        return node

    def items(self, end: str) -> tuple[Node, ...]:
        found: list[Node] = []
        if self.take(end):
            return ()
        while True:
            found.append(self.choice())
            if self.take(end):
                return tuple(found)
            self.need(",")

    def atom(self) -> Node:
        kind, value = self.tokens[self.at]
        self.at += 1
        match kind, value:
            case "number", _:
                return Node("number", value)
            case "string", _:
                return Node("string", value[1:-1])
            case "name", _:
                if self.here == "(" and value in FUNCTIONS:
                    self.at += 1
                    return Node("call", value, self.items(")"))
                if self.here == "(" and not self.syntax.implicit_product:
                    raise BadExpression(f"unknown function {value}")
                return Node("name", value)
            case _, "(":
                node = self.choice()
                self.need(")")
                return node
            case _, "[":
                return Node("list", "", self.items("]"))
            case _, "{":
                parts = [self.choice()]
                sign = self.take(":", ",")
                while self.take(sign) if len(parts) > 1 else sign:
                    parts.append(self.choice())
                self.need("}")
                return Node("range" if sign == ":" else "list", "", tuple(parts))
        raise BadExpression(f"unexpected {value!r}")


def names(node: Node) -> set[str]:
    """Names of variables in an expression."""
    found = {node.value} if node.kind == "name" else set()
    return found.union(*(names(part) for part in node.parts))


CONSTANTS = {"pi": "pi", "π": "pi", "%pi": "pi", "%e": "e", "e": "e"}


def compute(node: Node, known: Mapping[str, Any]) -> Any:
    """Value of an expression: a number of mpmath's, a list, a string, or a truth value as 1 or 0."""
    try:
        return _compute(node, known)
    except (ArithmeticError, ValueError, TypeError, IndexError) as error:
        raise BadExpression(str(error)) from error


def _compute(node: Node, known: Mapping[str, Any]) -> Any:
    match node.kind:
        case "number":
            return mpmath.mpf(node.value)
        case "string":
            return node.value
        case "name":
            if node.value in known:
                return known[node.value]
            if node.value in CONSTANTS:
                return getattr(mpmath.mp, CONSTANTS[node.value]) + 0
            raise BadExpression(f"unknown name {node.value}")
        case "list" | "range":
            return [_compute(part, known) for part in node.parts]
        case "call":
            return FUNCTIONS[node.value](*(_compute(part, known) for part in node.parts))
        case "index":
            values, number = _compute(node.parts[0], known), int(_compute(node.parts[1], known))
            return values[number]
        case "choice":
            return _compute(node.parts[1 if _compute(node.parts[0], known) else 2], known)
        case "unary":
            value = _compute(node.parts[0], known)
            if node.value in ("!", "not"):
                return mpmath.mpf(not value)
            return _each(lambda one: -one if node.value == "-" else +one, value)
    first, second = (_compute(part, known) for part in node.parts)
    return _pairwise(OPERATORS[node.value], first, second)


def _each(operation: Callable[[Any], Any], value: Any) -> Any:
    return [_each(operation, one) for one in value] if isinstance(value, list) else operation(value)


def _pairwise(operation: Callable[[Any, Any], Any], first: Any, second: Any) -> Any:
    if isinstance(first, list) and isinstance(second, list):
        return [_pairwise(operation, a, b) for a, b in zip(first, second, strict=True)]
    if isinstance(first, list):
        return [_pairwise(operation, a, second) for a in first]
    if isinstance(second, list):
        return [_pairwise(operation, first, b) for b in second]
    return operation(first, second)


OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "||": lambda a, b: mpmath.mpf(bool(a) or bool(b)),
    "or": lambda a, b: mpmath.mpf(bool(a) or bool(b)),
    "&&": lambda a, b: mpmath.mpf(bool(a) and bool(b)),
    "and": lambda a, b: mpmath.mpf(bool(a) and bool(b)),
    "==": lambda a, b: mpmath.mpf(a == b),
    "!=": lambda a, b: mpmath.mpf(a != b),
    "<": lambda a, b: mpmath.mpf(a < b),
    ">": lambda a, b: mpmath.mpf(a > b),
    "<=": lambda a, b: mpmath.mpf(a <= b),
    ">=": lambda a, b: mpmath.mpf(a >= b),
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "%": lambda a, b: a % b,
    "**": mpmath.power,
}
