"""Draw a formula as a computation graph and find its partial derivatives by adding up the paths."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated

from listok.generators.answers import Expression, Open, Vector
from listok.generators.bounds import Checked, Size, Within
from listok.generators.draw import Draw
from listok.generators.exercise import NOTHING, Exercise
from listok.generators.figures import Scene
from listok.generators.figures import computation_graph as picture
from listok.generators.formulas import Formula, Variable, added, evaluate
from listok.generators.formulas import Node as Tree
from listok.generators.mistakes import wrong
from listok.generators.toolkit.graphs import (
    Edge,
    Node,
    Path,
    derivative,
    edges_of,
    forward,
    paths_between,
    product_along,
    product_of,
    sum_of_products,
    symbol,
    written,
)
from listok.generators.toolkit.polynomials import expanded, variables
from listok.generators.values import Value

LARGEST_VALUE, LARGEST_SLOPE = 2000, 400
"""Of the nodes and of both derivatives at the point, in size."""
MOST_LETTERS = 60
"""How many letters the formula may have when it is written out, which takes up to three lines."""


@dataclass(frozen=True)
class Step:
    """How a node is computed (its name is in LaTeX), and the edges into it."""

    name: str
    rule: Formula
    edges: tuple[Edge, ...]


@dataclass(frozen=True)
class Params(Checked):
    """The operations in order (the last one gives f) and the point."""

    nodes: Annotated[tuple[Node, ...], Size(2, 10)]
    x: Annotated[int, Within(-100, 100)]
    y: Annotated[int, Within(-100, 100)]

    def rules(self) -> Iterator[str]:
        for place, (name, node) in enumerate(self.named.items(), 2):
            for source in node.inputs:
                if source not in self.names[:place]:
                    yield f"node {name}: its input {source!r} is not x, y or an earlier node"

        if {source for node in self.nodes for source in node.inputs} != set(self.names[:-1]):
            yield "x, y and every node but the last must be used by a later node"

        degrees, letters = {"x": 1, "y": 1}, {"x": 1, "y": 1}
        for name, node in self.named.items():
            powers = [degrees[source] for source in node.inputs]
            degrees[name] = {"sum": max(powers), "product": sum(powers), "square": 2 * powers[0]}[node.operation]
            letters[name] = sum(letters[source] for source in node.inputs)
        if degrees["f"] > 8 or letters["f"] > MOST_LETTERS:
            yield "the formula is too long or its degree is over 8"

    @functools.cached_property
    def names(self) -> tuple[str, ...]:
        return ("x", "y", *(f"v{i}" for i in range(1, len(self.nodes))), "f")

    @functools.cached_property
    def named(self) -> dict[str, Node]:
        """The operations by their names v1, v2..., f."""
        return dict(zip(self.names[2:], self.nodes, strict=True))

    @functools.cached_property
    def trees(self) -> dict[str, Tree]:
        """Every node as a formula of x and y, with all operations before it written out."""
        trees: dict[str, Tree] = {"x": Variable("x"), "y": Variable("y")}
        for name, node in self.named.items():
            trees[name] = written(node, [trees[source] for source in node.inputs])
        return trees

    @property
    def f(self) -> Formula:
        return Formula.of(self.trees["f"])

    @property
    def graph(self) -> Scene:
        columns = {"x": 0, "y": 0}
        for name, node in self.named.items():
            columns[name] = 1 + max(columns[source] for source in node.inputs)
        place = self.names.index
        return picture(
            [(symbol(name), column) for name, column in columns.items()],
            [(place(edge.source), place(edge.target), edge.label) for edge in edges_of(self.named)],
        )

    @property
    def steps(self) -> tuple[Step, ...]:
        steps = []
        for name, node in self.named.items():
            rule = written(node, [Variable(source) for source in node.inputs])
            steps.append(Step(symbol(name), Formula.of(rule), edges_of({name: node})))
        return tuple(steps)

    @property
    def x_sum(self) -> str:
        return sum_of_products(paths_between(edges_of(self.named), "x", "f"))

    @property
    def y_sum(self) -> str:
        return sum_of_products(paths_between(edges_of(self.named), "y", "f"))

    @property
    def x_substituted(self) -> Formula:
        return self.substituted("x")

    @property
    def y_substituted(self) -> Formula:
        return self.substituted("y")

    def substituted(self, start: str) -> Formula:
        """The sum over the paths from x or y to f, with the nodes in between written out, before it is expanded."""
        paths = paths_between(edges_of(self.named), start, "f")
        return Formula.of(added([product_along(path, self.trees) for path in paths]))


@dataclass(frozen=True)
class Route:
    """One path to f: the names of its nodes, the local derivatives at the point, and their product."""

    nodes: tuple[str, ...]
    slopes: tuple[int, ...]
    value: int

    @property
    def way(self) -> str:
        return " \\to ".join(map(symbol, self.nodes))

    @property
    def working(self) -> str:
        """The product written out, with its value where there is something to multiply."""
        product = product_of(map(str, self.slopes))
        return f"{product} = {self.value}" if "\\cdot" in product else product


@dataclass(frozen=True)
class Solution:
    """`values` are those of x, y, v1... f at the point; `paths` and `gradient` are for x and y."""

    values: tuple[int, ...]
    x_routes: tuple[Route, ...]
    y_routes: tuple[Route, ...]
    paths: tuple[int, ...]
    dx: Formula
    dy: Formula
    gradient: tuple[int, ...]


SHAPES = {
    1: (
        "square x, product x y, sum x y, sum v1 v2, square v3, sum v4 v5",
        "product x y, sum x y, square v2, sum v1 v3",
        "sum x y, square v1, product x v1, sum v2 v3",
    ),
    2: (
        "square x, sum x y, sum v1 v2, square v3, product x y, sum v4 v5",
        "sum x y, product x y, product v1 v2, square v1, sum v3 v4",
        "sum x y, product x y, sum v1 v2, square v3, square x, sum v4 v5",
    ),
    3: (
        "sum x y, product x y, sum v1 v2, square v3, product x v1, sum v4 v5, square x, sum v6 v7",
        "sum x y, product x y, product v1 v2, square v1, sum v3 v4, product x v5",
        "sum x y, product x y, sum v1 v2, square v3, square v1, sum v4 v5, square y, sum v6 v7",
    ),
}
"""The graphs of each level. In all of them x and y reach f by two paths or more, and some of these go through a square
and through the sum of x and y."""

SQUARES = {1: (-2, -1, 1, 2), 2: (-3, -2, -1, 1, 2, 3), 3: (-2, -1, -1, 1, 1, 2)}
PRODUCTS, FURTHEST = {1: 5, 2: 6, 3: 4}, {1: 3, 2: 3, 3: 3}
"""By level: factors before a square, the largest factor before a product, the largest coordinate of the point."""

INNER = {1: (-5, -4, -3, -2, 3, 4, 5), 2: (-4, -3, -2, 3, 4), 3: (-4, -3, -2, 3, 4)}
"""By level: factors of y in the sum of x and y; 2 would hide the missing 2 of a square."""


def draw(d: Draw, level: int) -> Params:
    swap = {"x": "y", "y": "x"} if d.flip() else {}
    nodes = []
    for step in d.choice(SHAPES[level]).split(", "):
        operation, *inputs = step.split()
        factors: tuple[int, ...]
        if operation == "square":
            factors = (d.choice(SQUARES[level]),)
        elif operation == "product":
            factors = (d.integer(-PRODUCTS[level], PRODUCTS[level], exclude=(0,)),)
        elif inputs == ["x", "y"]:
            factors = (1, d.choice(INNER[level]))
        else:
            factors = (1, 1)
        if inputs != ["x", "y"]:
            inputs = [swap.get(name, name) for name in inputs]
        nodes.append(Node(operation, tuple(inputs), factors))
    x, y = d.integers(2, -FURTHEST[level], FURTHEST[level], exclude=(0,))
    return Params(tuple(nodes), x, y)


def solve(
    p: Params,
    *,
    given: Mapping[str, Value] = NOTHING,
    edges: Sequence[Edge] | None = None,
    keep: Callable[[list[Path]], list[Path]] = list,
) -> Solution:
    """The chain rule along all paths from x and from y: once in letters, once at the point.

    A mistake labels or draws other `edges`, or does not `keep` all paths.
    """
    edges = edges_of(p.named) if edges is None else edges
    from_x = keep(paths_between(edges, "x", "f"))
    from_y = keep(paths_between(edges, "y", "f"))

    x, y = variables("x", "y")
    letters = forward(p.named, {"x": x, "y": y})
    dx = expanded(derivative(from_x, letters))
    dy = expanded(derivative(from_y, letters))

    values = forward(p.named, {"x": p.x, "y": p.y})
    gradient: tuple[Value, ...] = (derivative(from_x, values), derivative(from_y, values))
    if "dx" in given:
        gradient = tuple(evaluate(given[name], {"x": p.x, "y": p.y}) for name in ("dx", "dy"))
    return Solution(
        values=tuple(values.values()),
        x_routes=tuple(route(path, values) for path in from_x),
        y_routes=tuple(route(path, values) for path in from_y),
        paths=(len(from_x), len(from_y)),
        dx=dx,
        dy=dy,
        gradient=gradient,
    )


def route(path: Path, values: Mapping[str, int]) -> Route:
    """A path with the numbers on its edges."""
    slopes = tuple(edge.slope(values) for edge in path)
    return Route((path[0].source, *(edge.target for edge in path)), slopes, math.prod(slopes))


def check(p: Params, s: Solution) -> str | None:
    for routes in (s.x_routes, s.y_routes):
        shares = [route.value for route in routes]
        if 0 in shares:
            return "a path contributes nothing at this point"
        if any(-share in shares for share in shares):
            return "two paths cancel at this point"
    if 0 in s.gradient:
        return "a partial derivative is zero at this point"
    if max(map(abs, s.values)) > LARGEST_VALUE or max(map(abs, s.gradient)) > LARGEST_SLOPE:
        return "the numbers are too large for a pencil"
    if any(len(slope.variables) < 2 for slope in (s.dx, s.dy)):
        return "a partial derivative does not depend on both x and y"
    return None


def without_longest(paths: list[Path]) -> list[Path]:
    """The paths of a letter but the longest, the one most often lost."""
    kept = list(paths)
    kept.remove(max(paths, key=len))
    return kept


def square_without_two(p: Params) -> list[Edge]:
    return [replace(edge, factor=edge.factor // 2) if edge.square else edge for edge in edges_of(p.named)]


def doubled_square(p: Params) -> list[Edge]:
    """The edges where u^2 is drawn as u times u, with two edges from u."""
    return [edge for edge in square_without_two(p) for _ in range(2 if edge.square else 1)]


def unit_inner(p: Params) -> list[Edge]:
    """The edges where the derivative of x + b y by y is taken for 1 as well."""
    inner = [name for name, node in p.named.items() if node.operation == "sum" and node.inputs == ("x", "y")]
    return [replace(edge, factor=1) if edge.target in inner else edge for edge in edges_of(p.named)]


EXERCISE = Exercise(
    number=19,
    draw=draw,
    solve=solve,
    check=check,
    minutes=(5.8, 7.6, 9.8),
    parts={
        "graph": Open(points=2, space=70),
        "paths": Vector(),
        "dx": Expression(points=2),
        "dy": Expression(points=2),
        "gradient": Vector(),
    },
    mistakes={
        "lost_path": wrong(keep=lambda p: without_longest),
        "doubled_square": wrong(edges=doubled_square),
        "square_without_two": wrong(edges=square_without_two),
        "unit_inner": wrong(edges=unit_inner, spoils="dy gradient"),
    },
    version=2,
    carry=("gradient",),
)
