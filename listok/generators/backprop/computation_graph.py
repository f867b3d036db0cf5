"""Draw a formula as a computation graph and find its partial derivatives by adding up the paths."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from listok.generators.answers import Expression, Open, Vector
from listok.generators.draw import Draw
from listok.generators.exercise import Exercise
from listok.generators.figures import Scene
from listok.generators.figures import computation_graph as picture
from listok.generators.formulas import Formula
from listok.generators.values import BadParams, Value

Polynomial = dict[tuple[int, int], int]
"""Coefficients by the powers of x and y."""

INPUTS = {"sum": 2, "product": 2, "square": 1}
LARGEST_VALUE, LARGEST_SLOPE = 2000, 400


@dataclass(frozen=True)
class Node:
    """One operation: a u + b v (factors a, b), a u v or a u^2 (factor a) of earlier nodes: x, y, v1, v2..."""

    operation: str
    inputs: tuple[str, ...]
    factors: tuple[int, ...]


@dataclass(frozen=True)
class Edge:
    """An edge of the graph by the places of its ends (0 is x, 1 is y, 2 is v1). Its local derivative is `factor` times
    the value at the place `other`, or `factor` alone."""

    source: int
    target: int
    factor: int
    other: int | None


@dataclass(frozen=True)
class Step:
    """How a node is computed, and its local derivatives, in LaTeX."""

    name: str
    rule: str
    derivatives: str


@dataclass(frozen=True)
class Params:
    """The operations in order (the last one gives f) and the point."""

    nodes: tuple[Node, ...]
    x: int
    y: int

    def __post_init__(self) -> None:
        if not 2 <= len(self.nodes) <= 10:
            raise BadParams("there must be 2 to 10 nodes")
        used: set[str] = set()
        degrees = [1, 1]
        for place, node in enumerate(self.nodes, 1):
            if node.operation not in INPUTS:
                raise BadParams(f"node v{place}: an operation is one of {', '.join(INPUTS)}")
            count = INPUTS[node.operation]
            if len(node.inputs) != count or len(set(node.inputs)) != count:
                raise BadParams(f"node v{place}: a {node.operation} takes {count} different inputs")
            if len(node.factors) != (2 if node.operation == "sum" else 1):
                raise BadParams(f"node v{place}: a sum has two factors, a product and a square have one")
            if any(not 1 <= abs(factor) <= 99 for factor in node.factors):
                raise BadParams(f"node v{place}: factors are whole numbers from 1 to 99 in size")
            for name in node.inputs:
                if name not in self.names[: place + 1]:
                    raise BadParams(f"node v{place}: its input {name!r} is not x, y or an earlier node")
            used.update(node.inputs)
            powers = [degrees[self.names.index(name)] for name in node.inputs]
            degrees.append(max(powers) if node.operation == "sum" else sum(powers) * (3 - count))
        if used != set(self.names[:-1]):
            raise BadParams("x, y and every node but the last must be used by a later node")
        if degrees[-1] > 8 or len(self.text) > 300:
            raise BadParams("the formula is too long or its degree is over 8")
        if max(abs(self.x), abs(self.y)) > 100:
            raise BadParams("the point must lie between -100 and 100")

    @functools.cached_property
    def names(self) -> tuple[str, ...]:
        return ("x", "y", *(f"v{i + 1}" for i in range(len(self.nodes) - 1)), "f")

    @functools.cached_property
    def edges(self) -> tuple[Edge, ...]:
        found = []
        for target, node in enumerate(self.nodes, 2):
            sources = [self.names.index(name) for name in node.inputs]
            if node.operation == "sum":
                found += [Edge(s, target, a, None) for s, a in zip(sources, node.factors, strict=True)]
            elif node.operation == "product":
                found += [Edge(s, target, node.factors[0], o) for s, o in zip(sources, sources[::-1], strict=True)]
            else:
                found.append(Edge(sources[0], target, 2 * node.factors[0], sources[0]))
        return tuple(found)

    @functools.cached_property
    def text(self) -> str:
        """The formula in plain characters, every operation written out."""
        texts = {"x": "x", "y": "y"}
        for name, node in zip(self.names[2:], self.nodes, strict=True):
            bodies = [texts[i] if len(texts[i]) == 1 else f"({texts[i]})" for i in node.inputs]
            if node.operation == "sum":
                # A summand needs no brackets of its own, unless a factor other than 1 stands before it.
                parts = [
                    texts[i] if a == 1 else _scaled(a, body)
                    for i, a, body in zip(node.inputs, node.factors, bodies, strict=True)
                ]
                texts[name] = " + ".join(parts).replace("+ -", "- ")
            elif node.operation == "product":
                texts[name] = _scaled(node.factors[0], "*".join(bodies))
            else:
                texts[name] = _scaled(node.factors[0], f"{bodies[0]}^2")
        return texts["f"]

    @property
    def f(self) -> Formula:
        return Formula(self.text)

    @property
    def graph(self) -> Scene:
        columns = [0, 0]
        for node in self.nodes:
            columns.append(1 + max(columns[self.names.index(name)] for name in node.inputs))
        return picture(
            [(self.symbol(i), column) for i, column in enumerate(columns)],
            [(e.source, e.target, self.local(e)) for e in self.edges],
        )

    @property
    def steps(self) -> tuple[Step, ...]:
        return tuple(self._step(place, node) for place, node in enumerate(self.nodes, 2))

    def _step(self, place: int, node: Node) -> Step:
        name, inputs = self.symbol(place), [self.symbol(self.names.index(i)) for i in node.inputs]
        if node.operation == "sum":
            terms = [_times(a, i) for a, i in zip(node.factors, inputs, strict=True)]
            rule = " + ".join(terms).replace("+ -", "- ")
        else:
            rule = _times(node.factors[0], " ".join(inputs) if len(inputs) == 2 else f"{inputs[0]}^{{2}}")
        slopes = [
            f"\\frac{{\\partial {name}}}{{\\partial {self.symbol(e.source)}}} = {self.local(e)}"
            for e in self.edges
            if e.target == place
        ]
        return Step(name, rule, ", \\quad ".join(slopes))

    @property
    def x_sum(self) -> str:
        return self._path_sum(0)

    @property
    def y_sum(self) -> str:
        return self._path_sum(1)

    def symbol(self, place: int) -> str:
        """The name of a node in LaTeX."""
        name = self.names[place]
        return name if len(name) == 1 else f"v_{{{name[1:]}}}"

    def local(self, edge: Edge) -> str:
        """The local derivative on an edge in LaTeX."""
        return str(edge.factor) if edge.other is None else _times(edge.factor, self.symbol(edge.other))

    def _path_sum(self, leaf: int) -> str:
        products = [_product([self.local(e) for e in route]) for route in _routes(self.edges, leaf)]
        return " + ".join(products).replace("+ -", "- ")


@dataclass(frozen=True)
class Route:
    """One path to f: the names of its nodes, the local derivatives at the point, and their product."""

    nodes: tuple[str, ...]
    slopes: tuple[int, ...]
    value: int

    @property
    def way(self) -> str:
        return " \\to ".join(name if len(name) == 1 else f"v_{{{name[1:]}}}" for name in self.nodes)

    @property
    def working(self) -> str:
        """The product written out, with its value where there is something to multiply."""
        product = _product([str(slope) for slope in self.slopes])
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


def _scaled(factor: int, body: str) -> str:
    return body if factor == 1 else f"-{body}" if factor == -1 else f"{factor}*{body}"


def _times(factor: int, symbols: str) -> str:
    return _scaled(factor, symbols).replace("*", " ")


def _product(factors: Sequence[str]) -> str:
    """Factors with dots between them; ones are left out, later negative ones stand in brackets."""
    kept = [factor for factor in factors if factor != "1"] or ["1"]
    return " \\cdot ".join([kept[0], *(f"({k})" if k.startswith("-") else k for k in kept[1:])])


SHAPES = {
    1: (
        "product x y, sum x y, square v2, sum v1 v3",
        "sum x y, square v1, product x v1, sum v2 v3",
    ),
    2: (
        "square x, product x y, sum x y, sum v1 v2, square v3, sum v4 v5",
        "sum x y, square x, product y v1, sum v2 v3, square v1, sum v4 v5",
        "sum x y, product x y, sum v1 v2, square v3, square x, sum v4 v5",
    ),
    3: (
        "sum x y, product x y, sum v1 v2, square v3, product x v1, sum v4 v5, square x, sum v6 v7",
        "square x, product x y, sum x y, sum v1 v2, product v3 v4, square v3, sum v5 v6",
        "sum x y, square v1, product x y, sum v2 v3, product x v4, product y v1, sum v5 v6",
    ),
}
"""The graphs of each level. In all of them x and y reach f by two paths or more, and some of these go through a square
and through the sum of x and y."""

SQUARES = {1: (1, 2, 3), 2: (1, 2, 3), 3: (1, 1, 2)}
PRODUCTS, FURTHEST = {1: 5, 2: 4, 3: 3}, {1: 4, 2: 3, 3: 3}
"""By level: factors before a square, the largest factor before a product, the largest coordinate of the point."""


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
            factors = (1, d.choice((-3, -2, 3)))  # 2 would hide the missing 2 of a square
        else:
            factors = (1, 1)
        if set(inputs) != {"x", "y"}:
            inputs = [swap.get(name, name) for name in inputs]
        nodes.append(Node(operation, tuple(inputs), factors))
    return Params(tuple(nodes), *d.integers(2, -FURTHEST[level], FURTHEST[level], exclude=(0,)))


def _routes(edges: Sequence[Edge], leaf: int) -> list[tuple[Edge, ...]]:
    """All paths from a node to the last one, in the order of their nodes."""
    last = edges[-1].target
    found: list[tuple[Edge, ...]] = []
    open_routes: list[tuple[Edge, ...]] = [(edge,) for edge in edges if edge.source == leaf]
    while open_routes:
        route = open_routes.pop(0)
        if route[-1].target == last:
            found.append(route)
        else:
            open_routes[:0] = [(*route, edge) for edge in edges if edge.source == route[-1].target]
    return found


def _multiply(left: Polynomial, right: Polynomial) -> Polynomial:
    result: Polynomial = {}
    for (i, j), a in left.items():
        for (k, m), b in right.items():
            result[i + k, j + m] = result.get((i + k, j + m), 0) + a * b
    return result


def _combine(parts: Sequence[tuple[int, Polynomial]]) -> Polynomial:
    result: Polynomial = {}
    for factor, part in parts:
        for powers, a in part.items():
            result[powers] = result.get(powers, 0) + factor * a
    return result


def _polynomials(p: Params) -> list[Polynomial]:
    """Every node as a polynomial in x and y."""
    known: list[Polynomial] = [{(1, 0): 1}, {(0, 1): 1}]
    for node in p.nodes:
        inputs = [known[p.names.index(name)] for name in node.inputs]
        if node.operation == "sum":
            known.append(_combine(list(zip(node.factors, inputs, strict=True))))
        else:
            known.append(_combine([(node.factors[0], _multiply(inputs[0], inputs[-1]))]))
    return known


def _path_products(routes: Sequence[Sequence[Edge]], known: Sequence[Polynomial]) -> list[Polynomial]:
    products = []
    for route in routes:
        factor, product = 1, {(0, 0): 1}
        for edge in route:
            factor *= edge.factor
            if edge.other is not None:
                product = _multiply(product, known[edge.other])
        products.append(_combine([(factor, product)]))
    return products


def _formula(polynomial: Polynomial) -> Formula:
    terms = []
    for (i, j), a in sorted(polynomial.items(), key=lambda term: (-sum(term[0]), -term[0][0])):
        letters = [v if power == 1 else f"{v}^{power}" for v, power in (("x", i), ("y", j)) if power]
        if a:
            terms.append(_scaled(a, "*".join(letters)) if letters else str(a))
    return Formula(" + ".join(terms).replace("+ -", "- ") or "0")


def _at(polynomial: Polynomial, x: int, y: int) -> int:
    return sum(a * x**i * y**j for (i, j), a in polynomial.items())


def solve(p: Params) -> Solution:
    known = _polynomials(p)
    values = tuple(_at(polynomial, p.x, p.y) for polynomial in known)
    routes, slopes = [], []
    for leaf in (0, 1):
        ways = _routes(p.edges, leaf)
        routes.append(tuple(_numbers(p, way, values) for way in ways))
        slopes.append(_combine([(1, product) for product in _path_products(ways, known)]))
    return Solution(
        values=values,
        x_routes=routes[0],
        y_routes=routes[1],
        paths=(len(routes[0]), len(routes[1])),
        dx=_formula(slopes[0]),
        dy=_formula(slopes[1]),
        gradient=(_at(slopes[0], p.x, p.y), _at(slopes[1], p.x, p.y)),
    )


def _numbers(p: Params, way: Sequence[Edge], values: Sequence[int]) -> Route:
    product, slopes = 1, []
    for edge in way:
        slopes.append(edge.factor * (1 if edge.other is None else values[edge.other]))
        product *= slopes[-1]
    return Route((p.names[way[0].source], *(p.names[edge.target] for edge in way)), tuple(slopes), product)


def oracle(p: Params) -> Solution:
    """Formulas from the coefficients of f, read off one value of it; numbers by finite differences; paths by counting
    how often a letter stands in the formula."""
    value, coefficients = _forward(p, p.x, p.y), _coefficients(p)
    routes = {leaf: tuple(sorted(_backward(p, value, leaf, "f"), key=lambda r: [p.names.index(n) for n in r.nodes]))
              for leaf in "xy"}  # fmt: skip
    return Solution(
        tuple(value.values()),
        routes["x"],
        routes["y"],
        (p.text.count("x"), p.text.count("y")),
        _differentiated(coefficients, 0),
        _differentiated(coefficients, 1),
        (
            _newton(lambda h: _forward(p, p.x + h, p.y)["f"]),
            _newton(lambda h: _forward(p, p.x, p.y + h)["f"]),
        ),
    )


def _apply(node: Node, arguments: Sequence[int]) -> int:
    if node.operation == "sum":
        return node.factors[0] * arguments[0] + node.factors[1] * arguments[1]
    if node.operation == "product":
        return node.factors[0] * arguments[0] * arguments[1]
    return node.factors[0] * arguments[0] ** 2


def _forward(p: Params, x: int, y: int) -> dict[str, int]:
    value = {"x": x, "y": y}
    for name, node in zip(p.names[2:], p.nodes, strict=True):
        value[name] = _apply(node, [value[i] for i in node.inputs])
    return value


def _backward(p: Params, value: dict[str, int], leaf: str, name: str) -> list[Route]:
    """The paths from `leaf` to `name`, found from the end; a node is at most quadratic in an input, so its central
    difference is its derivative."""
    if name == leaf:
        return [Route((leaf,), (), 1)]
    if name in "xy":
        return []
    node, found = p.nodes[p.names.index(name) - 2], []
    for place, source in enumerate(node.inputs):
        arguments = [value[i] for i in node.inputs]
        arguments[place] += 1
        upper = _apply(node, arguments)
        arguments[place] -= 2
        slope = (upper - _apply(node, arguments)) // 2
        for route in _backward(p, value, leaf, source):
            found.append(Route((*route.nodes, name), (*route.slopes, slope), route.value * slope))
    return found


def _differentiated(coefficients: Polynomial, place: int) -> Formula:
    slope = {}
    for powers, a in coefficients.items():
        if powers[place]:
            lower = (powers[0] - 1, powers[1]) if place == 0 else (powers[0], powers[1] - 1)
            slope[lower] = a * powers[place]
    highest_first = sorted(slope, key=lambda powers: (sum(powers), powers[0]), reverse=True)
    text = ""
    for i, j in highest_first:
        text += f"{slope[i, j]:+d}" + "*x" * (i > 0) + f"^{i}" * (i > 1) + "*y" * (j > 0) + f"^{j}" * (j > 1)
    return Formula(text or "0")


def _coefficients(p: Params) -> Polynomial:
    """The coefficients of f, read as digits of its value at x = B, y = B^9 (Kronecker's substitution)."""
    size = 256
    rest = _forward(p, 1 << size, 1 << 9 * size)["f"]
    found, place = {}, 0
    while rest:
        digit = rest & ((1 << size) - 1)
        if digit >> (size - 1):
            digit -= 1 << size
        if digit:
            found[place % 9, place // 9] = digit
        rest = (rest - digit) >> size
        place += 1
    return found


def _newton(function: Callable[[int], int]) -> int:
    """The derivative at 0 of a polynomial of degree 8 at most, by Newton's forward differences with step 1."""
    row = [function(h) for h in range(9)]
    slope = Fraction(0)
    for order in range(1, 9):
        row = [b - a for a, b in itertools.pairwise(row)]
        if row[0]:
            slope += Fraction((-1) ** (order + 1) * row[0], order)
    return int(slope)


def check(p: Params, s: Solution) -> str | None:
    if any(len(slope.variables) < 2 for slope in (s.dx, s.dy)):
        return "a partial derivative does not depend on both x and y"
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
    return None


def effort(p: Params, s: Solution) -> int:
    multiplications = sum(len(route.slopes) for route in s.x_routes + s.y_routes)
    return len(p.nodes) + len(p.edges) + multiplications


def _derivatives(p: Params, edges: Sequence[Edge], *, lost: bool = False) -> list[Polynomial]:
    """Both derivatives, if the edges carried these local derivatives (and the longest path of each were missed)."""
    known, slopes = _polynomials(p), []
    for leaf in (0, 1):
        ways = _routes(edges, leaf)
        if lost:
            ways.remove(max(ways, key=len))
        slopes.append(_combine([(1, product) for product in _path_products(ways, known)]))
    return slopes


def _gradient(p: Params, slopes: Sequence[Polynomial]) -> tuple[int, ...]:
    return tuple(_at(slope, p.x, p.y) for slope in slopes)


def lost_path(p: Params) -> dict[str, Value]:
    slopes = _derivatives(p, p.edges, lost=True)
    return {
        "paths": tuple(len(_routes(p.edges, leaf)) - 1 for leaf in (0, 1)),
        "dx": _formula(slopes[0]),
        "dy": _formula(slopes[1]),
        "gradient": _gradient(p, slopes),
    }


def doubled_square(p: Params) -> dict[str, Value]:
    """Draws u^2 as u times u, with two edges from u."""
    twice = [edge for edge in p.edges for _ in range(2 if p.nodes[edge.target - 2].operation == "square" else 1)]
    return {"paths": (len(_routes(twice, 0)), len(_routes(twice, 1)))}


def square_without_two(p: Params) -> dict[str, Value]:
    edges = [
        replace(e, factor=e.factor // 2) if p.nodes[e.target - 2].operation == "square" else e for e in p.edges
    ]
    slopes = _derivatives(p, edges)
    return {"dx": _formula(slopes[0]), "dy": _formula(slopes[1]), "gradient": _gradient(p, slopes)}


def unit_inner(p: Params) -> dict[str, Value]:
    """Takes the derivative of x + b y by y for 1 as well."""
    edges = [
        replace(e, factor=1) if p.nodes[e.target - 2].inputs == ("x", "y") and e.other is None else e for e in p.edges
    ]
    slopes = _derivatives(p, edges)
    return {"dy": _formula(slopes[1]), "gradient": _gradient(p, slopes)}


EXERCISE = Exercise(
    number=19,
    name="computation-graph",
    version=1,
    draw=draw,
    solve=solve,
    oracle=oracle,
    effort=effort,
    check=check,
    parts={
        "graph": Open(points=2),
        "paths": Vector("paths"),
        "dx": Expression("dx", points=2),
        "dy": Expression("dy", points=2),
        "gradient": Vector("gradient"),
    },
    mistakes={
        "lost_path": lost_path,
        "doubled_square": doubled_square,
        "square_without_two": square_without_two,
        "unit_inner": unit_inner,
    },
)
