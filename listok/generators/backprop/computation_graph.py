"""Draw a formula as a computation graph and find its partial derivatives by adding up the paths."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass

from listok.generators.answers import Expression, Open, Vector
from listok.generators.draw import Draw
from listok.generators.exact import Fraction
from listok.generators.exercise import Exercise
from listok.generators.figures import Scene
from listok.generators.figures import computation_graph as picture
from listok.generators.formulas import (
    Constant,
    Formula,
    Negation,
    Power,
    Product,
    Sum,
    Variable,
    added,
    evaluate,
    scaled,
    signed,
)
from listok.generators.formulas import Node as Tree
from listok.generators.values import BadParams, Value

Polynomial = dict[tuple[int, int], int]
"""Coefficients by the powers of x and y."""

INPUTS = {"sum": 2, "product": 2, "square": 1}
LARGEST_VALUE, LARGEST_SLOPE = 2000, 400
MOST_LETTERS = 60
"""How many letters the formula may have when it is written out, which takes up to three lines."""


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
class Way:
    """A path to f: the numbers of its edges, and the product of their local derivatives without the edges' factors."""

    edges: tuple[int, ...]
    product: Polynomial


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
        degrees, letters = [1, 1], [1, 1]
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
            letters.append(sum([letters[self.names.index(name)] for name in node.inputs]))
            degrees.append(max(powers) if node.operation == "sum" else sum(powers) * (3 - count))
        if used != set(self.names[:-1]):
            raise BadParams("x, y and every node but the last must be used by a later node")
        if degrees[-1] > 8 or letters[-1] > MOST_LETTERS:
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
    def f(self) -> Formula:
        """The formula with every operation written out."""
        trees: dict[str, Tree] = {"x": Variable("x"), "y": Variable("y")}
        for name, node in zip(self.names[2:], self.nodes, strict=True):
            inputs = [trees[i] for i in node.inputs]
            if node.operation == "sum":
                # A sum within a sum is written without brackets, unless a factor other than 1 stands before it.
                terms = [
                    tree.terms if isinstance(tree, Sum) and a == 1 else (scaled(a, tree),)
                    for a, tree in zip(node.factors, inputs, strict=True)
                ]
                trees[name] = Sum((*terms[0], *terms[1]))
            elif node.operation == "product":
                trees[name] = _multiple(node.factors[0], inputs)
            else:
                trees[name] = _multiple(node.factors[0], [_power(inputs[0], 2)])
        return Formula.of(trees["f"])

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

    @functools.cached_property
    def polynomials(self) -> tuple[Polynomial, ...]:
        """Every node as a polynomial in x and y."""
        known: list[Polynomial] = [{(1, 0): 1}, {(0, 1): 1}]
        for node in self.nodes:
            inputs = [known[self.names.index(name)] for name in node.inputs]
            if node.operation == "sum":
                known.append(_combine(list(zip(node.factors, inputs, strict=True))))
            else:
                known.append(_combine([(node.factors[0], _multiply(inputs[0], inputs[-1]))]))
        return tuple(known)

    @functools.cached_property
    def ways(self) -> tuple[tuple[Way, ...], tuple[Way, ...]]:
        """All paths to f, from x and from y."""
        return _ways(self.edges, self.polynomials, 0), _ways(self.edges, self.polynomials, 1)

    def _path_sum(self, leaf: int) -> str:
        products = [_product([self.local(self.edges[i]) for i in way.edges]) for way in self.ways[leaf]]
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


def _multiple(factor: int, factors: Sequence[Tree]) -> Tree:
    """A number times a product of formulas, flat."""
    size = (*([_constant(abs(factor))] if abs(factor) != 1 else []), *factors)
    product = size[0] if len(size) == 1 else Product(size)
    return Negation(product) if factor < 0 else product


def _power(base: Tree, exponent: int) -> Tree:
    return base if exponent == 1 else Power(base, _constant(exponent))


@functools.lru_cache(maxsize=4096)
def _constant(number: int) -> Constant:
    return Constant(Fraction(number))


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

SQUARES = {1: (-3, -2, -1, 1, 2, 3), 2: (-3, -2, -1, 1, 2, 3), 3: (-2, -1, -1, 1, 1, 2)}
PRODUCTS, FURTHEST = {1: 9, 2: 5, 3: 4}, {1: 5, 2: 3, 3: 3}
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
        if set(inputs) != {"x", "y"}:
            inputs = [swap.get(name, name) for name in inputs]
        nodes.append(Node(operation, tuple(inputs), factors))
    return Params(tuple(nodes), *d.integers(2, -FURTHEST[level], FURTHEST[level], exclude=(0,)))


def _ways(edges: Sequence[Edge], known: Sequence[Polynomial], leaf: int) -> tuple[Way, ...]:
    """All paths from a node to the last one, in the order of their nodes; `known` are the nodes as polynomials."""
    last = edges[-1].target
    found: list[Way] = []

    def walk(place: int, path: tuple[int, ...], product: Polynomial) -> None:
        if place == last:
            found.append(Way(path, product))
            return
        for number, edge in enumerate(edges):
            if edge.source == place:
                longer = product if edge.other is None else _multiply(product, known[edge.other])
                walk(edge.target, (*path, number), longer)

    walk(leaf, (), {(0, 0): 1})
    return tuple(found)


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


def _slopes(paths: Sequence[Sequence[Way]], factors: Sequence[int]) -> list[Polynomial]:
    """Both derivatives, added up over the paths from x and from y, if the edges have these factors."""
    return [_combine([(math.prod([factors[i] for i in way.edges]), way.product) for way in ways]) for ways in paths]


def _factors(p: Params) -> list[int]:
    return [edge.factor for edge in p.edges]


def _formula(polynomial: Polynomial) -> Formula:
    terms = []
    for (i, j), a in sorted(polynomial.items(), key=lambda term: (-sum(term[0]), -term[0][0])):
        letters = [_power(Variable(v), power) for v, power in (("x", i), ("y", j)) if power]
        if a:
            terms.append(_multiple(a, letters) if letters else signed(a))
    return Formula.of(added(terms))


def _at(polynomial: Polynomial, x: int, y: int) -> int:
    return sum(a * x**i * y**j for (i, j), a in polynomial.items())


def solve(p: Params) -> Solution:
    values = tuple([_at(polynomial, p.x, p.y) for polynomial in p.polynomials])
    x_routes, y_routes = [tuple([_numbers(p, way, values) for way in ways]) for ways in p.ways]
    slopes = _slopes(p.ways, _factors(p))
    return Solution(
        values=values,
        x_routes=x_routes,
        y_routes=y_routes,
        paths=(len(x_routes), len(y_routes)),
        dx=_formula(slopes[0]),
        dy=_formula(slopes[1]),
        gradient=_gradient(p, slopes),
    )


def _gradient(p: Params, slopes: Sequence[Polynomial]) -> tuple[int, ...]:
    return tuple([_at(slope, p.x, p.y) for slope in slopes])


def _numbers(p: Params, way: Way, values: Sequence[int]) -> Route:
    edges = [p.edges[i] for i in way.edges]
    slopes = [edge.factor if edge.other is None else edge.factor * values[edge.other] for edge in edges]
    names = (p.names[edges[0].source], *[p.names[edge.target] for edge in edges])
    return Route(names, tuple(slopes), math.prod(slopes))


def oracle(p: Params) -> Solution:
    """Formulas from the coefficients of f, read off one value of it; the gradient, off two more; slopes of the edges by
    finite differences; paths by counting how often a letter stands in the formula."""
    value, base = _forward(p, p.x, p.y), 256 ** _width(p)
    coefficients = {(place % 9, place // 9): digit for place, digit in _digits(p, _forward(p, base, base**9)["f"])}
    return Solution(
        tuple(value.values()),
        _arrivals(p, value, "x"),
        _arrivals(p, value, "y"),
        (_letters(p, 1, 0), _letters(p, 0, 1)),
        _differentiated(coefficients, 0),
        _differentiated(coefficients, 1),
        (
            dict(_digits(p, _forward(p, p.x + base, p.y)["f"])).get(1, 0),
            dict(_digits(p, _forward(p, p.x, p.y + base)["f"])).get(1, 0),
        ),
    )


def _apply(operation: str, factors: Sequence[int], arguments: Sequence[int]) -> int:
    if operation == "sum":
        return factors[0] * arguments[0] + factors[1] * arguments[1]
    if operation == "product":
        return factors[0] * arguments[0] * arguments[1]
    return factors[0] * arguments[0] ** 2


def _forward(p: Params, x: int, y: int) -> dict[str, int]:
    value = {"x": x, "y": y}
    for name, node in zip(p.names[2:], p.nodes, strict=True):
        value[name] = _apply(node.operation, node.factors, [value[i] for i in node.inputs])
    return value


def _letters(p: Params, x: int, y: int) -> int:
    """How often letters stand in the formula for f, if x counts for `x` and y for `y`."""
    count = {"x": x, "y": y}
    for name, node in zip(p.names[2:], p.nodes, strict=True):
        count[name] = sum([count[i] for i in node.inputs])
    return count["f"]


def _width(p: Params) -> int:
    """Bytes enough for each coefficient of f, as a polynomial in x and y or in a step from the point along an axis."""
    bound = {"x": abs(p.x) + 1, "y": abs(p.y) + 1}
    for name, node in zip(p.names[2:], p.nodes, strict=True):
        bound[name] = _apply(node.operation, list(map(abs, node.factors)), [bound[i] for i in node.inputs])
    return bound["f"].bit_length() // 8 + 1


def _digits(p: Params, value: int) -> list[tuple[int, int]]:
    """The value of a polynomial at a base B above all its coefficients, as their places and themselves (Kronecker's
    substitution): B is 256 to the power of `_width`."""
    width = _width(p)
    half, count = 128 << 8 * (width - 1), value.bit_length() // (8 * width) + 2
    # With half the base added to every digit none is negative, and they are a plain string of bytes.
    string = (value + half * ((256 ** (width * count) - 1) // (256**width - 1))).to_bytes(width * count, "little")
    digits = [int.from_bytes(string[at : at + width], "little") - half for at in range(0, width * count, width)]
    return [(place, digit) for place, digit in enumerate(digits) if digit]


def _arrivals(p: Params, value: dict[str, int], leaf: str) -> tuple[Route, ...]:
    """The paths from a letter to f, each node's being those of its inputs and one step more; a node is at most
    quadratic in an input, so its central difference is its derivative."""
    known: dict[str, list[tuple[tuple[str, ...], tuple[int, ...], int]]] = {"x": [], "y": [], leaf: [((leaf,), (), 1)]}
    for name, node in zip(p.names[2:], p.nodes, strict=True):
        known[name] = []
        for place, source in enumerate(node.inputs):
            arguments = [value[i] for i in node.inputs]
            arguments[place] += 1
            upper = _apply(node.operation, node.factors, arguments)
            arguments[place] -= 2
            slope = (upper - _apply(node.operation, node.factors, arguments)) // 2
            known[name] += [((*names, name), (*slopes, slope), share * slope) for names, slopes, share in known[source]]
    rank = {name: place for place, name in enumerate(p.names)}
    return tuple([Route(*way) for way in sorted(known["f"], key=lambda way: [rank[name] for name in way[0]])])


def _differentiated(coefficients: Polynomial, place: int) -> Formula:
    terms: list[Tree] = [Constant(Fraction(0))]
    for powers, a in coefficients.items():
        if powers[place]:
            left = [power - (axis == place) for axis, power in enumerate(powers)]
            letters = [Power(Variable(v), Constant(Fraction(n))) for v, n in zip("xy", left, strict=True) if n]
            terms.append(Product((Constant(Fraction(a * powers[place])), *letters)))
    return Formula.of(Sum(tuple(terms)))


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


def effort(p: Params, s: Solution) -> int:
    multiplications = sum(len(route.slopes) for route in s.x_routes + s.y_routes)
    return len(p.nodes) + len(p.edges) + multiplications


def lost_path(p: Params) -> dict[str, Value]:
    """Misses the longest path of each letter."""
    kept = []
    for ways in p.ways:
        longest = max(ways, key=lambda way: len(way.edges))
        kept.append(tuple([way for way in ways if way is not longest]))
    slopes = _slopes(kept, _factors(p))
    return {
        "paths": tuple(map(len, kept)),
        "dx": _formula(slopes[0]),
        "dy": _formula(slopes[1]),
        "gradient": _gradient(p, slopes),
    }


def _is_square(p: Params, edge: Edge) -> bool:
    return p.nodes[edge.target - 2].operation == "square"


def doubled_square(p: Params) -> dict[str, Value]:
    """Draws u^2 as u times u, with two edges from u."""
    copies = [2 if _is_square(p, edge) else 1 for edge in p.edges]
    return {"paths": tuple([sum([math.prod([copies[i] for i in way.edges]) for way in ways]) for ways in p.ways])}


def square_without_two(p: Params) -> dict[str, Value]:
    slopes = _slopes(p.ways, [edge.factor // 2 if _is_square(p, edge) else edge.factor for edge in p.edges])
    return {"dx": _formula(slopes[0]), "dy": _formula(slopes[1]), "gradient": _gradient(p, slopes)}


def unit_inner(p: Params) -> dict[str, Value]:
    """Takes the derivative of x + b y by y for 1 as well."""
    inner = [place for place, node in enumerate(p.nodes, 2) if node.operation == "sum" and node.inputs == ("x", "y")]
    slopes = _slopes(p.ways, [1 if edge.target in inner else edge.factor for edge in p.edges])
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
    carry={"gradient": lambda p, s: tuple(evaluate(d, {"x": p.x, "y": p.y}) for d in (s.dx, s.dy))},
)
