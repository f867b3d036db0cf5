"""Computation graphs of sums, products and squares: values, local derivatives, paths, and the chain rule along them.

Nodes are called by their names. Values may be numbers or polynomials (see `polynomials`): the graph is walked alike.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, TypeAlias

from listok.generators.bounds import Checked, Distinct, NonZero, OneOf, Size, Within
from listok.generators.formulas import Node as Tree
from listok.generators.formulas import Sum, scaled
from listok.generators.toolkit.polynomials import multiple, power

Quantity: TypeAlias = Any

INPUTS = {"sum": 2, "product": 2, "square": 1}
"""How many inputs each operation takes."""


@dataclass(frozen=True)
class Node(Checked):
    """One operation: a u + b v (factors a, b), a u v or a u^2 (factor a) of other nodes, named by `inputs`."""

    operation: Annotated[str, OneOf(tuple(INPUTS))]
    inputs: Annotated[tuple[str, ...], Size(1, 2), Distinct()]
    factors: Annotated[tuple[int, ...], Size(1, 2), Within(-99, 99), NonZero()]

    def rules(self) -> Iterator[str]:
        if len(self.inputs) != INPUTS[self.operation]:
            yield f"a {self.operation} takes {INPUTS[self.operation]} different inputs, not {len(self.inputs)}"
        if len(self.factors) != (2 if self.operation == "sum" else 1):
            yield "a sum has two factors, a product and a square have one"


@dataclass(frozen=True)
class Edge:
    """An edge by the names of its ends. Its local derivative, that of the target by the source alone, is `factor` times
    the value of the node `other`, or `factor` itself."""

    source: str
    target: str
    factor: int
    other: str | None = None

    @property
    def square(self) -> bool:
        """Whether it leads into a square: only there the derivative depends on the source itself."""
        return self.other == self.source

    def slope(self, values: Mapping[str, Quantity]) -> Quantity:
        """The local derivative where the nodes have these values."""
        return self.factor if self.other is None else self.factor * values[self.other]

    @property
    def by(self) -> str:
        """The source in LaTeX."""
        return symbol(self.source)

    @property
    def label(self) -> str:
        """The local derivative in LaTeX."""
        if self.other is None:
            return str(self.factor)
        number = {1: "", -1: "-"}.get(self.factor, f"{self.factor} ")
        return f"{number}{symbol(self.other)}"


Path: TypeAlias = tuple[Edge, ...]


def symbol(name: str) -> str:
    """The name of a node in LaTeX: v1 as v_{1}."""
    return name if len(name) == 1 else f"{name[0]}_{{{name[1:]}}}"


def forward(nodes: Mapping[str, Node], inputs: Mapping[str, Quantity]) -> dict[str, Quantity]:
    """The values of all nodes: those of the graph's inputs first, then the others from them, in order."""
    values = dict(inputs)
    for name, node in nodes.items():
        u, v = values[node.inputs[0]], values[node.inputs[-1]]
        a, b = node.factors[0], node.factors[-1]
        if node.operation == "sum":
            values[name] = a * u + b * v
        elif node.operation == "product":
            values[name] = a * u * v
        else:
            values[name] = a * u * u
    return values


def edges_of(nodes: Mapping[str, Node]) -> tuple[Edge, ...]:
    """The edges with their local derivatives, in the order of the nodes they lead into."""
    edges = []
    for name, node in nodes.items():
        u, v = node.inputs[0], node.inputs[-1]
        a, b = node.factors[0], node.factors[-1]
        if node.operation == "sum":
            edges += [Edge(u, name, a), Edge(v, name, b)]
        elif node.operation == "product":
            edges += [Edge(u, name, a, other=v), Edge(v, name, a, other=u)]
        else:
            edges += [Edge(u, name, 2 * a, other=u)]
    return tuple(edges)


def paths_between(edges: Iterable[Edge], start: str, end: str) -> list[Path]:
    """All paths along the edges from one node to another, in the order of the edges."""
    if start == end:
        return [()]
    return [(edge, *rest) for edge in edges if edge.source == start for rest in paths_between(edges, edge.target, end)]


def derivative(paths: Iterable[Path], values: Mapping[str, Quantity]) -> Quantity:
    """The chain rule: the sum, over the paths from one node to another, of the products of their local derivatives.

    Aggarwal, Artificial Intelligence, lemma 7.3.1 (pathwise aggregation).
    """
    return sum(math.prod(edge.slope(values) for edge in path) for path in paths)


def product_along(path: Path, trees: Mapping[str, Tree]) -> Tree:
    """The product of the local derivatives along a path, where the nodes are these formulas."""
    return multiple(math.prod(edge.factor for edge in path), [trees[edge.other] for edge in path if edge.other])


def written(node: Node, inputs: Sequence[Tree]) -> Tree:
    """The operation as a formula of these inputs."""
    if node.operation == "product":
        return multiple(node.factors[0], inputs)
    if node.operation == "square":
        return multiple(node.factors[0], [power(inputs[0], 2)])
    terms: list[Tree] = []
    for a, tree in zip(node.factors, inputs, strict=True):
        # A sum within a sum is written without brackets, unless a factor other than 1 stands before it.
        terms += tree.terms if isinstance(tree, Sum) and a == 1 else [scaled(a, tree)]
    return Sum(tuple(terms))


def product_of(factors: Iterable[str]) -> str:
    """Factors in LaTeX with dots between them; ones are left out, later negative ones stand in brackets."""
    first, *others = [factor for factor in factors if factor != "1"] or ["1"]
    return " \\cdot ".join([first, *(f"({factor})" if factor.startswith("-") else factor for factor in others)])


def sum_of_products(paths: Iterable[Path]) -> str:
    """A derivative in LaTeX: the products of the local derivatives along the paths, added up."""
    products = [product_of(edge.label for edge in path) for path in paths]
    return " + ".join(products).replace("+ -", "- ")
