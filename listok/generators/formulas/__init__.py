"""Formulas: a closed little language, read without `eval`, computed exactly, compared as functions, and printed.

`symbolic` takes them to SymPy and back; it is imported by those who need it, never from here.
"""

from __future__ import annotations

from listok.generators.formulas.comparing import akin, equivalent
from listok.generators.formulas.formula import Formula, evaluate, linear
from listok.generators.formulas.printing import PLACES, to_text
from listok.generators.formulas.reading import MAX_LENGTH, parse_formula
from listok.generators.formulas.tokens import canonical_name
from listok.generators.formulas.tree import (
    FUNCTIONS,
    GREEK,
    Call,
    Constant,
    FormulaError,
    FunctionName,
    Named,
    Negation,
    Node,
    Number,
    Power,
    Product,
    Quotient,
    Sum,
    Variable,
    added,
    children,
    exact,
    name_parts,
    scaled,
    signed,
    unsigned,
)

__all__ = [
    "FUNCTIONS",
    "GREEK",
    "MAX_LENGTH",
    "PLACES",
    "Call",
    "Constant",
    "Formula",
    "FormulaError",
    "FunctionName",
    "Named",
    "Negation",
    "Node",
    "Number",
    "Power",
    "Product",
    "Quotient",
    "Sum",
    "Variable",
    "added",
    "akin",
    "canonical_name",
    "children",
    "equivalent",
    "evaluate",
    "exact",
    "linear",
    "name_parts",
    "parse_formula",
    "scaled",
    "signed",
    "to_text",
    "unsigned",
]
