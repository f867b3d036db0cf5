"""Heat and cool a softmax: probabilities of the next token at several temperatures, and in the limits."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

from listok.generators.answers import Choice, Matrix, Number, Vector
from listok.generators.bounds import Checked, Size, Within
from listok.generators.draw import Draw
from listok.generators.exact import ONE, ZERO, Fraction, Row, Rows
from listok.generators.exercise import Exercise
from listok.generators.mistakes import instead, wrong

BOTS = ("hot", "plain", "cold")
TOKENS = {1: 3, 2: 4, 3: 6}
STEPS = {1: 1, 2: 4, 3: 10}
"""Logits are multiples of one over these."""

COLD = {1: (2,), 2: (4, 5), 3: (10, 20)}
HOT = {1: (2, 4, 5, 10, 20), 2: (4, 8, 10, 16, 25), 3: (4, 8, 10, 16, 20, 25)}

Floats = tuple[float, ...]


@dataclass(frozen=True)
class Params(Checked):
    """Logits of the tokens; `hot_temperature` > 1 > `cold_temperature`; the tokens `likely` and `rare` (numbered from
    1) whose probabilities are to stand in the ratio `ratio` to 1; whether the varied bot is asked for, or the dull
    one."""

    logits: Annotated[Row, Size(2, 8), Within(-20, 20, finest=1000)]
    hot_temperature: Fraction
    cold_temperature: Fraction
    likely: int
    rare: int
    ratio: Annotated[int, Within(2, 1000)]
    varied: bool

    def rules(self) -> Iterator[str]:
        tokens = range(1, len(self.logits) + 1)
        if not Fraction(1, 20) <= self.cold_temperature < 1 < self.hot_temperature <= 100:
            yield "temperatures must satisfy 1/20 <= cold_temperature < 1 < hot_temperature <= 100"
        if self.likely not in tokens or self.rare not in tokens:
            yield f"likely and rare must be numbers of tokens, 1 to {len(self.logits)}"
        elif self.logits[self.likely - 1] <= self.logits[self.rare - 1]:
            yield "the likely token must have a larger logit than the rare one"


@dataclass(frozen=True)
class Heating:
    """One temperature: logits over it less the largest, their exponents, the sum of these."""

    shifted: Row
    exponents: Floats
    total: float

    @property
    def probabilities(self) -> Floats:
        return tuple([e / self.total for e in self.exponents])


@dataclass(frozen=True)
class Solution:
    """Probabilities of the tokens at each temperature, and in the `limits` of cold and of heat; `cooling` is what
    dividing by the cold temperature multiplies by; `winners` tokens share the largest logit; `odds` is the temperature
    at which the two named tokens stand in the asked ratio, `gap` the difference of their logits and `log_ratio` the
    logarithm of the ratio."""

    hot_steps: Heating
    plain_steps: Heating
    cold_steps: Heating
    hot: Floats
    plain: Floats
    cold: Floats
    cooling: Fraction
    largest: Fraction
    winners: int
    limits: Rows
    gap: Fraction
    log_ratio: float
    odds: float
    bot: str

    @property
    def tie(self) -> bool:
        """Whether several tokens share the largest logit."""
        return self.winners > 1

    @property
    def freezing(self) -> Row:
        return self.limits[0]

    @property
    def boiling(self) -> Row:
        return self.limits[1]


def draw(d: Draw, level: int) -> Params:
    """Logits on a grid that gets finer with the level; the two largest lie so close that the cold bot still hesitates.

    The third level has a tie at the top.
    """
    step, count = STEPS[level], TOKENS[level]
    cold = d.choice(COLD[level])
    top = d.integer(1, 8 * step)
    # The second largest logit is so near that its cold probability is at least about e^-4 of the largest.
    gap = d.integer(1, 2) if level < 3 else d.integer(1, max(1, 40 // cold))
    lower = d.distinct(range(top - gap - 4 * step, top - gap), count - 2 - (level == 3))
    units = [top, top - gap, *lower, *([top] if level == 3 else [])]
    if sum(units) == 0:
        units[2] -= 4 * step
    units = list(d.shuffled(units))
    pairs = [(i, j) for i in range(count) for j in range(count) if units[i] > units[j]]
    likely, rare = d.choice(pairs)
    return Params(
        logits=tuple(Fraction(unit, step) for unit in units),
        hot_temperature=Fraction(d.choice(HOT[level])),
        cold_temperature=Fraction(1, cold),
        likely=likely + 1,
        rare=rare + 1,
        ratio=d.choice((2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 15, 16, 20, 25, 30)),
        varied=d.flip(),
    )


def solve(p: Params, *, logits: Row | None = None, divided: bool = True) -> Solution:
    """The softmax of logits over the temperature, the largest taken away before the exponent.

    A mistake changes one thing: the `logits`, or these are not `divided` by the temperature but multiplied.
    """
    z = p.logits if logits is None else logits
    largest = max(z)

    def heated(temperature: Fraction) -> Heating:
        shifted = tuple([(zk - largest) / temperature if divided else (zk - largest) * temperature for zk in z])
        exponents = tuple([math.exp(x) for x in shifted])
        return Heating(shifted, exponents, sum(exponents))

    hot, plain, cold = heated(p.hot_temperature), heated(ONE), heated(p.cold_temperature)

    # Differences of exponents grow without bound on one side of the temperatures, and vanish on the other.
    winners = z.count(largest)
    certain = tuple([Fraction(1, winners) if zk == largest else ZERO for zk in z])
    uniform = (Fraction(1, len(z)),) * len(z)

    gap = p.logits[p.likely - 1] - p.logits[p.rare - 1]
    log_ratio = math.log(p.ratio)
    return Solution(
        hot_steps=hot,
        plain_steps=plain,
        cold_steps=cold,
        hot=hot.probabilities,
        plain=plain.probabilities,
        cold=cold.probabilities,
        cooling=1 / p.cold_temperature,
        largest=largest,
        winners=winners,
        limits=(certain, uniform) if divided else (uniform, certain),
        gap=gap,
        log_ratio=log_ratio,
        odds=gap / log_ratio,
        bot="hot" if p.varied == divided else "cold",
    )


def check(p: Params, s: Solution) -> str | None:
    if max(s.cold) > 0.99:
        return "the cold distribution is all but certain, so there is nothing to compute"
    if max(s.hot) - min(s.hot) < 0.01:
        return "the hot distribution is all but uniform, so there is nothing to compute"
    return None


def shares_of_logits(p: Params, _s: Solution) -> Floats | None:
    """Logits divided by their sum, without the exponent, so that the temperature cancels; there are no such shares of
    a sum of 0."""
    total = sum(p.logits)
    return tuple(float(z / total) for z in p.logits) if total else None


def first_winner(p: Params, s: Solution) -> Rows | None:
    """In the cold all the probability for one of the tied tokens."""
    first = p.logits.index(s.largest)
    return (tuple(Fraction(i == first) for i in range(len(p.logits))), s.boiling) if s.tie else None


EXERCISE = Exercise(
    number=31,
    version=2,
    draw=draw,
    solve=solve,
    check=check,
    minutes=(9.4, 12.2, 15.8),
    parts={
        "plain": Vector(digits=3, points=2),
        "hot": Vector(digits=3, points=2),
        "cold": Vector(digits=3, points=2),
        "limits": Matrix(digits=3, points=2),
        "bot": Choice(options=BOTS, shuffle=False, points=1),
        "odds": Number(digits=3, points=2),
    },
    mistakes={
        "multiplied": wrong(divided=False),
        # the exponent of minus energy over temperature, as in physics
        "minus": wrong(logits=lambda p: tuple(-z for z in p.logits)),
        "linear": instead(hot=shares_of_logits, plain=shares_of_logits, cold=shares_of_logits),
        "one_winner": instead(limits=first_winner),
        "unshared": instead(limits=lambda p, s: (s.freezing, (ONE,) * len(p.logits))),
        "upside_down": instead(odds=lambda p, s: s.log_ratio / s.gap),
        "unlogged": instead(odds=lambda p, s: float(s.gap / p.ratio)),
    },
)
