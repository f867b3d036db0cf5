"""Pictures of the plane, grey and white with straight borders, and kinds of them to draw at random.

Every kind takes a level, at the higher of which it is more varied.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Annotated, TypeAlias

from listok.generators.bounds import Checked, OneOf, Size, Within
from listok.generators.draw import Draw
from listok.generators.exact import Fraction, Row, Rows
from listok.generators.figures import Area
from listok.generators.toolkit import planes

WINDOW = 5
"""What is seen of the plane: both coordinates from -5 to 5."""


@dataclass(frozen=True)
class Picture(Checked):
    """Lines (a, b, c) for a x1 + b x2 = c, and the side of each: where a x1 + b x2 is above c (1) or below it (-1).
    Grey is where a point lies at the sides of at least `least` lines or, where that is 0, of an odd number of them."""

    lines: Annotated[Rows, Size(1, 6, each=(3, 3)), Within(-20, 20, finest=10)]
    sides: Annotated[tuple[int, ...], Size(1, 6), OneOf((1, -1))]
    least: Annotated[int, Within(0, 6)]

    def rules(self) -> Iterator[str]:
        if len(self.sides) != len(self.lines):
            yield f"sides must be as many as lines, {len(self.lines)}"
        if self.least > len(self.lines):
            yield f"least must not be above the number of lines, {len(self.lines)}"
        if any(not (a or b) for a, b, _ in self.lines):
            yield "a line needs a coefficient other than zero"
        elif not self.least and len(self.families) > 2:
            yield "the lines have more than two directions, with which an odd number is not asked for"

    @property
    def families(self) -> tuple[Rows, ...]:
        """The lines of each direction, in order along their common normal, the first coefficient of each above 0."""
        found: dict[tuple[Fraction, Fraction], list[Row]] = {}
        for a, b, c in self.lines:
            size = a if a else b
            found.setdefault((a / size, b / size), []).append((a / size, b / size, c / size))
        return tuple(tuple(sorted(lines)) for _, lines in sorted(found.items()))

    @property
    def neurons(self) -> Rows:
        return tuple(map(planes.neuron_at, self.lines, self.sides))

    @property
    def inequalities(self) -> tuple[planes.Equation, ...]:
        """What holds at the side of each line: left > right."""
        turned = zip(self.sides, self.lines, strict=True)
        return tuple(planes.equation((s * a, s * b, s * c)) for s, (a, b, c) in turned)

    @property
    def borders(self) -> tuple[planes.Equation, ...]:
        return tuple(map(planes.equation, self.lines))

    @property
    def all(self) -> bool:
        return self.least == len(self.lines)

    @property
    def odd(self) -> bool:
        return self.least == 0

    def colour(self, code: tuple[int, ...]) -> int:
        """Whether a cell is grey, by what the neurons give there."""
        return sum(code) % 2 if self.odd else int(sum(code) >= self.least)

    @property
    def colours(self) -> dict[tuple[int, ...], int]:
        return {code: self.colour(code) for code in planes.all_cells(self.neurons)}

    @property
    def visible(self) -> Mapping[tuple[int, ...], planes.Polygon]:
        """The cells that are seen."""
        return visible_cells(self.neurons)

    def areas(self) -> list[Area]:
        """The visible plane in grey and white: the colour that has more cells first, the others over it."""
        frame, shown = planes.square(WINDOW), self.visible
        over = int(2 * sum(map(self.colour, shown)) <= len(shown))
        ground: list[Area] = [] if over else [(frame, "grey")]
        return ground + [(cell, "grey" if over else "white") for code, cell in shown.items()
                         if self.colour(code) == over]  # fmt: skip


@lru_cache(maxsize=256)
def visible_cells(neurons: Rows) -> Mapping[tuple[int, ...], planes.Polygon]:
    return MappingProxyType(planes.cells(neurons, planes.square(WINDOW)))


def turns_of(colours: dict[tuple[int, ...], int], i: int) -> set[int]:
    """Which way the colour turns where line i is crossed towards its side: up (1), down (-1), or not (0)."""
    pairs = ((code, (*code[:i], 0, *code[i + 1 :])) for code in colours if code[i])
    return {colours[code] - colours[other] for code, other in pairs if other in colours}


STRAIGHT, SLANTED = ((1, 0), (0, 1), (1, 1), (1, -1)), ((1, 2), (2, 1), (1, -2), (2, -1))
RING = ((1, 0, 2), (1, 1, 3), (0, 1, 2), (-1, 1, 3), (-1, 0, 2), (-1, -1, 3), (0, -1, 2), (1, -1, 3))
"""The sides a x1 + b x2 = c of an octagon, in turn."""


Kind: TypeAlias = Callable[[Draw, int], Picture]


def of(d: Draw, lines: Rows, grey: str) -> Picture:
    """A picture of lines (a, b, c).

    `grey` is "all" (where a x1 + b x2 is below every c), "any" (where not), "most", or "odd", where the sides decide
    which colour lies where.
    """
    count = len(lines)
    sides = [d.sign() for _ in lines] if grey == "odd" else [1 if grey == "any" else -1] * count
    # Each line is written with its first coefficient above 0.
    signs = [1 if (a or b) > 0 else -1 for a, b, _ in lines]
    upright = tuple((s * a, s * b, s * c) for s, (a, b, c) in zip(signs, lines, strict=True))
    least = {"all": count, "any": 1, "most": count // 2 + 1, "odd": 0}[grey]
    return Picture(upright, tuple(s * side for s, side in zip(signs, sides, strict=True)), least)


def half_plane(d: Draw, level: int) -> Picture:
    return of(d, wedge(d, level).lines[:1], "all")


def wedge(d: Draw, level: int) -> Picture:
    corner = d.integers(2, -2, 2)
    one, other = d.distinct(STRAIGHT if level == 1 else STRAIGHT + SLANTED, 2)
    return of(d, tuple(planes.leaning(*direction, corner) for direction in (one, other)), d.choice(("all", "any")))


def parallel(d: Draw, direction: tuple[int, int], count: int) -> Rows:
    """Lines of one direction, in order, with room between them."""
    a, b = direction
    places = range(-4, 5, 2) if 0 in direction else range(-6, 7, 3)
    return tuple((Fraction(a), Fraction(b), Fraction(c)) for c in sorted(d.distinct(places, count)))


def band(d: Draw, level: int) -> Picture:
    first, last = parallel(d, d.choice(STRAIGHT), 2)
    return of(d, (tuple(-n for n in first), last), d.choice(("all", "any")))


def triangle(d: Draw, level: int) -> Picture:
    return of(d, facing(d.choice(planes.triangles())), d.choice(("all", "any")))


def most(d: Draw, level: int) -> Picture:
    return of(d, facing(d.choice(planes.triangles())), "most")


def facing(lines: Rows) -> Rows:
    """The sides of a triangle, written so that inside it a x1 + b x2 is below each c."""
    faced = []
    for i, (a, b, c) in enumerate(lines):
        corner = planes.crossing(*(planes.neuron_at(line, 1) for j, line in enumerate(lines) if j != i))
        below = corner is not None and a * corner[0] + b * corner[1] < c
        faced.append((a, b, c) if below else (-a, -b, -c))
    return tuple(faced)


def half_strip(d: Draw, level: int) -> Picture:
    turn = d.below(4)
    ends = [RING[(2 * turn + 2 * i) % 8] for i in range(3)]
    return of(d, shifted(d, ends), d.choice(("all", "any")))


def polygon(d: Draw, level: int) -> Picture:
    count = d.integer(4, 5) if level == 2 else d.integer(5, 6)
    sides = sorted(d.distinct(range(8), count))
    # With a gap of half a turn it would have no end; then a side of the other half stands in.
    while max((b - a) % 8 for a, b in zip(sides, sides[1:] + sides[:1], strict=True)) > 3:
        sides = sorted(d.distinct(range(8), count))
    return of(d, shifted(d, [RING[i] for i in sides]), d.choice(("all", "any")))


def shifted(d: Draw, lines: list[tuple[int, int, int]]) -> Rows:
    x, y = d.integers(2, -2, 2)
    return tuple((Fraction(a), Fraction(b), Fraction(c + a * x + b * y)) for a, b, c in lines)


def stripes(d: Draw, level: int) -> Picture:
    return of(d, parallel(d, d.choice(STRAIGHT), d.integer(3, 4) if level > 1 else 3), "odd")


def quadrants(d: Draw, level: int) -> Picture:
    return of(d, wedge(d, level).lines, "odd")


def grid(d: Draw, level: int) -> Picture:
    counts = (2, 1) if level == 2 else d.choice(((2, 2), (3, 1)))
    directions = d.shuffled(d.choice((STRAIGHT[:2], STRAIGHT[2:])))
    lines = [line for n, direction in zip(counts, directions, strict=True) for line in parallel(d, direction, n)]
    return of(d, tuple(lines), "odd")
