"""Choose weights of neurons by hand: a negation, two or three rows of a table, and a marked region of the plane."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import Annotated, Any

from listok.generators.answers import Choices, Predicate
from listok.generators.bounds import Checked, OneOf, Positive, Size, Within
from listok.generators.draw import Draw
from listok.generators.exact import HALF, ONE, ZERO, Fraction, Row, Rows
from listok.generators.exercise import Exercise
from listok.generators.figures import Area, Scene, half_planes
from listok.generators.formulas import Formula
from listok.generators.mistakes import failing, instead
from listok.generators.toolkit import fitting, logic, planes
from listok.generators.toolkit.activations import relu, step
from listok.generators.toolkit.linear import dot
from listok.generators.values import BadParams

WINDOW = 5
"""The picture shows both coordinates from -5 to 5."""

SIDES = ("more1", "less1", "more2", "less2", "more3", "less3")
"""The half-planes at both sides of each line, as options."""


@dataclass(frozen=True)
class TableRow:
    x: Row
    y: Fraction


@dataclass(frozen=True)
class Params(Checked):
    """The negation gives `high` for the code `no`, and 0 for the code `yes`. The table's `rows` hold inputs, `targets`
    what the neuron shall give. A line (a, b, c) is a x1 + b x2 = c; the region lies at the side where a x1 + b x2 is
    above c where `sides` says 1, below where it says -1; with `outside`, all but this region is marked. Lines are
    told `by_points` (two of each) or by their equations."""

    no: Annotated[Fraction, Within(-100, 100, finest=10)]
    yes: Annotated[Fraction, Within(-100, 100, finest=10)]
    high: Annotated[Fraction, Positive(), Within(0, 1000, finest=10)]
    rows: Annotated[Rows, Size(2, 3, each=(3, 3)), Within(-100, 100, finest=10)]
    targets: Annotated[Row, Size(2, 3), Within(0, 1000, finest=10)]
    lines: Annotated[Rows, Size(2, 3, each=(3, 3)), Within(-20, 20, finest=10)]
    sides: Annotated[tuple[int, ...], Size(2, 3), OneOf((1, -1))]
    outside: bool
    by_points: bool

    def rules(self) -> Iterator[str]:
        if self.no == self.yes:
            yield "no and yes must have different codes"
        if len(self.targets) != len(self.rows):
            yield f"targets must be as many as rows, {len(self.rows)}"
        if len(self.sides) != len(self.lines):
            yield f"sides must be as many as lines, {len(self.lines)}"
        if any(not (a or b) for a, b, _ in self.lines):
            yield "a line needs a coefficient other than zero"
        elif self.by_points and any(len(planes.whole_points(line)) < 2 for line in self.lines):
            yield f"a line must pass through two points with whole coordinates from -{WINDOW} to {WINDOW}"

    @property
    def table_rows(self) -> tuple[TableRow, ...]:
        return tuple(map(TableRow, self.rows, self.targets))

    @property
    def tempting(self) -> Row:
        """Weights from equations that spoil a third row; () where every choice of equations will do."""
        return two_rows(self) or ()

    @property
    def tempted(self) -> bool:
        return bool(self.tempting)

    @property
    def tempting_sums(self) -> Row:
        return tuple(Fraction(dot(self.tempting, row)) for row in self.rows)

    @property
    def borders(self) -> tuple[planes.Equation, ...]:
        return tuple(map(planes.equation, self.lines))

    @property
    def half_plane_names(self) -> tuple[str, ...]:
        return SIDES[: 2 * len(self.lines)]

    @property
    def witness(self) -> planes.Corner:
        """A point of the region, with whole coordinates where the picture has one."""
        neurons = tuple(map(planes.neuron_at, self.lines, self.sides))
        points = product(map(Fraction, range(-WINDOW, WINDOW + 1)), repeat=2)
        whole = [(x, y) for x, y in points if all(planes.height(neuron, (x, y)) > 0 for neuron in neurons)]
        if whole:
            return min(whole, key=lambda point: (max(map(abs, point)), point))
        return planes.middle(planes.all_cells(neurons)[(1,) * len(neurons)])

    @property
    def map(self) -> Scene:
        return region_scene(self.lines, self.sides, self.outside)


@cache
def region_scene(lines: Rows, sides: tuple[int, ...], outside: bool) -> Scene:
    """The lines, and the marked part grey."""
    frame = planes.square(WINDOW)
    region = planes.cells(map(planes.neuron_at, lines, sides), frame).get((1,) * len(lines), ())
    areas: list[Area] = [(frame, "light"), (region, "white")] if outside else [(region, "light")]
    span = (-WINDOW, WINDOW)
    return half_planes([(a, b, c) for a, b, c in lines], (), span, span, areas=areas, size=(75.0, 75.0))


@dataclass(frozen=True)
class Region:
    """A region of the plane: what the hidden neurons give there, the output's sum `z` and its answer `y`."""

    h: tuple[int, ...]
    z: Fraction
    y: int


@dataclass(frozen=True)
class Solution:
    """`negation` holds constant and weight, `table` the three weights, `wedge` the network's numbers in a row. `basis`
    are the numbers (from 1) of the table's rows that are taken for equations; `sums` are those of all rows."""

    slope: Fraction
    negation: Row
    basis: tuple[int, ...]
    table: Row
    sums: Row
    pieces: tuple[str, ...]
    hidden: Rows
    output: Row
    wedge: Row
    regions: tuple[Region, ...]

    @property
    def one_row(self) -> bool:
        return len(self.basis) == 1

    @property
    def hidden_sums(self) -> tuple[Formula, ...]:
        return tuple(map(logic.written, self.hidden))

    @property
    def output_sum(self) -> Formula:
        return logic.written(self.output, "h")

    @property
    def by_and(self) -> bool:
        return self.output[0] < -HALF

    @property
    def net(self) -> Scene:
        return planes.picture((self.hidden, (self.output,)))


CODES = ((-1, 1), (1, -1), (1, 0), (1, 2), (2, 1))
DIRECTIONS = ((1, 0), (0, 1), (1, 1), (1, -1)), ((1, 1), (1, -1), (1, 2), (1, -2), (2, 1), (2, -1))


def draw(d: Draw, level: int) -> Params:
    no, yes = ((0, 1), d.choice(CODES), d.distinct((-3, -2, -1, 1, 2, 3), 2))[level - 1]
    high = abs(yes - no) * d.integer(2, 9 if level == 1 else 5)
    rows, targets = draw_tied(d) if level == 3 else draw_rows(d, level)
    if level == 3:
        lines: Rows = d.shuffled(d.choice(planes.triangles()))
        found = planes.all_cells(tuple(planes.neuron_at(line, 1) for line in lines))
        bounded = [code for code in found if neighbours(code, found) == 3]  # the triangle, and what lies at its sides
        sides = tuple(1 if bit else -1 for bit in d.choice(bounded))
    else:
        corner = d.integers(2, -3, 3)
        lines = tuple(planes.leaning(*direction, corner) for direction in d.distinct(DIRECTIONS[level - 1], 2))
        sides = (d.sign(), d.sign())
    return Params(Fraction(no), Fraction(yes), Fraction(high), rows, targets, lines, sides, level > 1 and d.flip(),
                  level > 1)  # fmt: skip


def neighbours(code: tuple[int, ...], found: Any) -> int:
    """How many of the cells that were found are one line away."""
    return sum((*code[:i], 1 - code[i], *code[i + 1 :]) in found for i in range(len(code)))


def draw_rows(d: Draw, level: int) -> tuple[Rows, Row]:
    """Two rows that small weights hit: one weight at level 1, where one target is 0; two at level 2."""
    weights = d.shuffled((*d.integers(level, -3, 3, exclude=(0,)), *(0,) * (3 - level)))
    rows = [list(d.integers(3, -3, 3, exclude=(0,))) for _ in range(2)]
    rows = [[-n for n in row] if dot(row, weights) < 0 else row for row in rows]
    targets = [Fraction(dot(row, weights)) for row in rows]
    if level == 1:
        off = d.below(2)
        rows[off] = [-n for n in rows[off]]
        targets[off] = ZERO
    return tuple(tuple(map(Fraction, row)) for row in rows), tuple(targets)


SMALL_ROWS = tuple(row for row in product((-2, -1, 1, 2), repeat=3) if row[0] > 0)


def draw_tied(d: Draw) -> tuple[Rows, Row]:
    """Three rows of which the last is made of the others, so that two targets 0 cannot both be equations."""
    first, second = d.distinct(SMALL_ROWS, 2)
    m, k = d.choice(((1, 1), (1, 2), (2, 1)))
    third = tuple(m * a + k * b for a, b in zip(first, second, strict=True))
    order = d.shuffled(((first, d.integer(1, 6) * k), (second, 0), (third, 0)))
    return tuple(tuple(map(Fraction, row)) for row, _ in order), tuple(Fraction(target) for _, target in order)


def solve(p: Params) -> Solution:
    """A line through two points, the simplest weights for the table, and a neuron for each border of the region."""
    slope = -p.high / (p.yes - p.no)
    basis, table = fitting.weights_for(p.rows, p.targets)

    count = len(p.lines)
    if (1,) * count not in planes.all_cells(tuple(map(planes.neuron_at, p.lines, p.sides))):
        raise BadParams("no point lies at the given sides of all lines, so that no region is marked")
    sides = [-side if p.outside else side for side in p.sides]
    hidden = tuple(map(planes.neuron_at, p.lines, sides))
    output = (-HALF if p.outside else HALF - count, *(ONE,) * count)
    codes = sorted(planes.all_cells(hidden), reverse=True)
    sums = [planes.height(output, h) for h in codes]
    return Solution(
        slope=slope,
        negation=(p.high - slope * p.no, slope),
        basis=tuple(i + 1 for i in basis),
        table=table,
        sums=tuple(Fraction(dot(table, row)) for row in p.rows),
        pieces=tuple(f"{'more' if side > 0 else 'less'}{i}" for i, side in enumerate(sides, 1)),
        hidden=hidden,
        output=output,
        wedge=sum((*hidden, output), ()),
        regions=tuple(map(Region, codes, sums, map(step, sums))),
    )


def negates(p: Params, numbers: Row) -> Fraction:
    """How far a ReLU neuron with a constant negates: half for each of the two codes, nothing for a constant answer."""
    constant, weight = numbers
    right = [relu(constant + weight * code) == y for code, y in ((p.no, p.high), (p.yes, ZERO))]
    return Fraction(sum(right), 2) if weight else ZERO


def table_works(p: Params, numbers: Row) -> Fraction:
    """How far three weights hit the table."""
    return fitting.hits(p.rows, p.targets, numbers)


def wedge_works(p: Params, numbers: Row) -> Fraction:
    """In how many regions of the plane a network is right, beyond what a constant answer gets right."""
    lines = tuple(map(planes.neuron_at, p.lines, p.sides))
    colours = {code: int(all(code) != p.outside) for code in planes.all_cells(lines)}
    return planes.share_of_cells(colours, lines, planes.layers_of(numbers, (len(lines), 1)))


def one_row(p: Params, _s: Solution) -> Row | None:
    """Equal weights that hit the first row whose target is above 0, and no thought of the others."""
    total, target = next(((sum(row, ZERO), t) for row, t in zip(p.rows, p.targets, strict=True) if t), (ZERO, ZERO))
    return (target / total,) * 3 if total else None


def swapped_targets(p: Params, _s: Solution) -> Row | None:
    """The weights of the table with its targets from the last to the first."""
    try:
        return fitting.weights_for(p.rows, p.targets[::-1])[1]
    except BadParams:
        return None


def two_rows(p: Params, _s: Solution | None = None) -> Row | None:
    """Of three rows, the first target above 0 and one target 0 are hit by equations, and the third row is forgotten."""
    above = [i for i, t in enumerate(p.targets) if t]
    for i in range(len(p.targets)):
        if len(p.rows) == 3 and above and not p.targets[i]:
            try:
                _, weights = fitting.weights_for((p.rows[above[0]], p.rows[i]), (p.targets[above[0]], ZERO))
            except BadParams:
                continue
            if table_works(p, weights) < 1:
                return weights
    return None


def with_constant(s: Solution, constant: Fraction) -> Row:
    """The network with another constant of its output neuron."""
    return (*sum(s.hidden, ()), constant, *s.output[1:])


def check(p: Params, s: Solution) -> str | None:
    if not any(p.targets):
        return "all targets are 0: a neuron that is always off will do"
    if any(row.count(ZERO) > 1 for row in p.rows):
        return "a row of the table is almost empty"
    if max(w.denominator for w in s.table) > 2 or any(abs(w) > 9 for w in s.table):
        return "the table's weights are unwieldy"
    if len(p.rows) == 3 and not p.tempted:
        return "no care is needed with the third row of the table"
    if len(s.regions) < (4, 7)[len(p.lines) - 2]:
        return "the lines do not all cross, at different points"
    if planes.on_axis(p.lines):
        return "a line lies on an axis"
    slips = [mistake.answers(solve, p, s, ("table",)) for mistake in EXERCISE.mistakes.values()]
    if sum("table" in answers for answers in slips) < 2:
        return "hardly a slip spoils the table"
    return None


EXERCISE = Exercise(
    number=4,
    draw=draw,
    solve=solve,
    check=check,
    minutes=(8.4, 10.8, 14.1),
    terms={
        "table": lambda p, s: len(s.basis) ** 2,
        "sums": lambda p, s: sum(w != 0 for w in s.table),
        "hidden": lambda p, s: 5 if p.by_points else 1,  # a, b and c from two points, and the side of a third
    },
    parts={
        "negation": Predicate(test=negates, points=2),
        "table": Predicate(test=table_works, points=2),
        "pieces": Choices(options=SIDES, among="half_plane_names", shuffle=False, points=1),
        "wedge": Predicate(test=wedge_works, points=3),
    },
    mistakes={
        "weak_slope": instead(
            negation=failing(negates, lambda p, s: (p.high + p.no * (d := 1 if p.yes > p.no else -1), Fraction(-d)))
        ),
        "affirmed": instead(negation=lambda p, s: (p.high + s.slope * p.yes, -s.slope)),
        "one_row": instead(table=failing(table_works, one_row)),
        "other_sign": instead(table=failing(table_works, lambda p, s: tuple(-w for w in s.table))),
        "swapped_targets": instead(table=failing(table_works, swapped_targets)),
        "two_rows": instead(table=failing(table_works, two_rows)),
        "other_gate": instead(
            wedge=failing(wedge_works, lambda p, s: with_constant(s, HALF - len(s.hidden) if p.outside else -HALF))
        ),
        "wrong_side": instead(
            wedge=failing(wedge_works, lambda p, s: (*(-w for w in s.hidden[0]), *s.wedge[3:]))
        ),
        "border": instead(wedge=failing(wedge_works, lambda p, s: with_constant(s, s.output[0] - HALF))),
    },
)
