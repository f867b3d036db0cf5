"""Formulas to SymPy and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, assert_never

from listok.generators.exact import Fraction
from listok.generators.formulas.formula import Formula
from listok.generators.formulas.printing import to_text
from listok.generators.formulas.tokens import canonical_name
from listok.generators.formulas.tree import (
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
)

if TYPE_CHECKING:
    import sympy


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
                raise FormulaError("bad_variable", name=node.name)
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
        raise FormulaError("unknown_to_formulas", what=type(node).__name__)

    return Formula(to_text(build(expression)))
