"""Heat and cool a softmax: probabilities of the next token at several temperatures, and in the limits."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from listok.generators.answers import Choice, Number, Vector
from listok.generators.draw import Draw
from listok.generators.exact import Fraction
from listok.generators.exercise import Exercise
from listok.generators.ratios import ratio, ratios
from listok.generators.values import BadParams, Value

BOTS = ("hot", "plain", "cold")
STEPS = {1: 1, 2: 2, 3: 10}
COLD = {1: (2,), 2: (4, 5), 3: (10, 20)}
HOT = (2, 4, 5, 8, 10, 16, 20, 25)
ZERO, ONE = Fraction(0), Fraction(1)


@dataclass(frozen=True)
class Params:
    """Logits of the tokens; `hot_temperature` > 1 > `cold_temperature`; the tokens `likely` and `rare` (numbered from
    1) whose probabilities are to stand in the ratio `ratio` to 1; whether the varied bot is asked for, or the dull
    one."""

    logits: tuple[Fraction, ...]
    hot_temperature: Fraction
    cold_temperature: Fraction
    likely: int
    rare: int
    ratio: int
    varied: bool

    def __post_init__(self) -> None:
        if not 2 <= len(self.logits) <= 8:
            raise BadParams("logits must hold 2 to 8 numbers")
        if any(abs(a) > 20 * b or b > 1000 for a, b in map(Fraction.as_integer_ratio, self.logits)):
            raise BadParams("logits must lie between -20 and 20, with denominators up to 1000")
        if not Fraction(1, 20) <= self.cold_temperature < 1 < self.hot_temperature <= 100:
            raise BadParams("temperatures must satisfy 1/20 <= cold_temperature < 1 < hot_temperature <= 100")
        if not (1 <= self.likely <= len(self.logits) and 1 <= self.rare <= len(self.logits)):
            raise BadParams(f"likely and rare must be numbers of tokens, 1 to {len(self.logits)}")
        if not self.logits[self.likely - 1] > self.logits[self.rare - 1]:
            raise BadParams("the likely token must have a larger logit than the rare one")
        if not 2 <= self.ratio <= 1000:
            raise BadParams("ratio must be 2 to 1000")

    @property
    def count(self) -> int:
        """How many tokens there are."""
        return len(self.logits)

    @property
    def cooling(self) -> Fraction:
        """What dividing by the cold temperature multiplies by."""
        return 1 / self.cold_temperature


@dataclass(frozen=True)
class Heating:
    """One temperature: logits over it less the largest, their exponents, the sum of these."""

    shifted: tuple[Fraction, ...]
    exponents: tuple[float, ...]
    total: float


@dataclass(frozen=True)
class Solution:
    """Probabilities of the tokens at each temperature and in the limits; `winners` tokens share the largest logit;
    `odds` is the temperature at which the two named tokens stand in the asked ratio, `gap` the difference of their
    logits and `log_ratio` the logarithm of the ratio."""

    hot_steps: Heating
    plain_steps: Heating
    cold_steps: Heating
    hot: tuple[float, ...]
    plain: tuple[float, ...]
    cold: tuple[float, ...]
    largest: Fraction
    winners: int
    freezing: tuple[Fraction, ...]
    boiling: tuple[Fraction, ...]
    gap: Fraction
    log_ratio: float
    odds: float
    bot: str

    @property
    def tie(self) -> bool:
        """Whether several tokens share the largest logit."""
        return self.winners > 1


def draw(d: Draw, level: int) -> Params:
    """Logits on a grid that gets finer with the level; the two largest lie so close that the cold bot still hesitates.

    Three or four tokens at the first level, one more at the second, five or six with a tie at the top at the third.
    """
    step, count = STEPS[level], level + 2 + d.below(2)
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
        hot_temperature=Fraction(d.choice(HOT)),
        cold_temperature=Fraction(1, cold),
        likely=likely + 1,
        rare=rare + 1,
        ratio=d.choice((2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 15, 16, 20, 25, 30)),
        varied=d.flip(),
    )


def solve(p: Params) -> Solution:
    """The softmax of logits over the temperature, the largest taken away before the exponent."""
    unit = math.lcm(*(z.denominator for z in p.logits))
    below = [z.numerator * (unit // z.denominator) for z in p.logits]
    top = max(below)
    hot_steps, plain_steps, cold_steps = steps = [
        _heated([z - top for z in below], unit, t) for t in (p.hot_temperature, ONE, p.cold_temperature)
    ]
    hot, plain, cold = (tuple([e / step.total for e in step.exponents]) for step in steps)
    gap = p.logits[p.likely - 1] - p.logits[p.rare - 1]
    log_ratio = math.log(p.ratio)
    return Solution(
        hot_steps=hot_steps,
        plain_steps=plain_steps,
        cold_steps=cold_steps,
        hot=hot,
        plain=plain,
        cold=cold,
        largest=ratio(top, unit),
        winners=below.count(top),
        freezing=_shared(below, top),
        boiling=(ratio(1, p.count),) * p.count,
        gap=gap,
        log_ratio=log_ratio,
        odds=float(gap) / log_ratio,
        bot="hot" if p.varied else "cold",
    )


def _heated(below: Sequence[int], unit: int, temperature: Fraction) -> Heating:
    """Logits given as multiples of 1/`unit`, divided by the temperature."""
    up, down = temperature.as_integer_ratio()
    exponents = tuple([math.exp(z * down / (unit * up)) for z in below])
    return Heating(ratios([z * down for z in below], unit * up), exponents, sum(exponents))


def _shared(logits: Sequence[int | Fraction], winner: int | Fraction) -> tuple[Fraction, ...]:
    """A probability of 1 shared by the tokens with this logit."""
    share = ratio(1, logits.count(winner))
    return tuple([share if z == winner else ZERO for z in logits])


def oracle(p: Params) -> Solution:
    """A probability is one over the sum of the odds of all tokens against this one; limits come from comparisons."""
    zs, temperatures = p.logits, (p.hot_temperature, Fraction(1), p.cold_temperature)
    top = max(zs)
    lags = [z - top for z in zs]
    beaten = [lag < 0 for lag in lags]
    tied = beaten.count(False)
    floats = [float(z) for z in zs]

    def steps(t: Fraction) -> Heating:
        shifted = tuple([ratio(lag.numerator * t.denominator, lag.denominator * t.numerator) for lag in lags])
        exps = tuple([math.e ** float(x) for x in shifted])
        return Heating(shifted, exps, math.fsum(exps))

    def probabilities(t: Fraction) -> tuple[float, ...]:
        warmth = float(t)
        return tuple([1 / math.fsum([math.exp((b - a) / warmth) for b in floats]) for a in floats])

    heatings, spread = list(map(steps, temperatures)), list(map(probabilities, temperatures))
    entropy = [-sum([q * math.log(q) for q in row if q > 0]) for row in spread]
    wanted = (max if p.varied else min)(entropy)
    difference = zs[p.likely - 1] - zs[p.rare - 1]
    # ln r is the root of e^x = r, found by Newton's method from above: ratios are at most 1000 < e^7.
    log_ratio = 7.0
    for _ in range(20):
        log_ratio += p.ratio * math.exp(-log_ratio) - 1
    return Solution(
        hot_steps=heatings[0],
        plain_steps=heatings[1],
        cold_steps=heatings[2],
        hot=spread[0],
        plain=spread[1],
        cold=spread[2],
        largest=zs[beaten.index(False)],
        winners=tied,
        freezing=tuple([Fraction(0) if lost else Fraction(1, tied) for lost in beaten]),
        boiling=tuple([Fraction(1, len(zs)) for _ in zs]),
        gap=difference,
        log_ratio=log_ratio,
        odds=1 / (log_ratio / float(difference)),
        bot=BOTS[entropy.index(wanted)],
    )


def check(p: Params, s: Solution) -> str | None:
    if max(s.cold) > 0.99:
        return "the cold distribution is all but certain, so there is nothing to compute"
    if max(s.hot) - min(s.hot) < 0.01:
        return "the hot distribution is all but uniform, so there is nothing to compute"
    return None


def effort(p: Params, s: Solution) -> int:
    """Operations: for each of three temperatures and each token a quotient, an exponent and a share, one more a token
    where logits are not whole and another where they are finer than halves; a dozen for the rest."""
    finest = max(z.denominator for z in p.logits)
    return (9 + (finest > 1) + (finest > 2)) * p.count + 12


def _softmax(logits: Sequence[float]) -> tuple[float, ...]:
    top = max(logits)
    exps = [math.exp(z - top) for z in logits]
    total = sum(exps)
    return tuple([e / total for e in exps])


def _scaled(p: Params, factor: Fraction) -> list[float]:
    """Logits times a factor."""
    up, down = factor.as_integer_ratio()
    return [z.numerator * up / (z.denominator * down) for z in p.logits]


def multiplied(p: Params) -> Mapping[str, Value]:
    """Logits times the temperature: the limits and the bots change places."""
    return {
        "hot": _softmax(_scaled(p, p.hot_temperature)),
        "cold": _softmax(_scaled(p, p.cold_temperature)),
        "freezing": (Fraction(1, p.count),) * p.count,
        "boiling": _shared(p.logits, max(p.logits)),
        "bot": "cold" if p.varied else "hot",
    }


def minus(p: Params) -> Mapping[str, Value]:
    """The exponent of minus energy over temperature, as in physics."""
    return {
        "hot": _softmax(_scaled(p, -1 / p.hot_temperature)),
        "plain": _softmax(_scaled(p, -ONE)),
        "cold": _softmax(_scaled(p, -p.cooling)),
        "freezing": _shared(p.logits, min(p.logits)),
    }


def linear(p: Params) -> Mapping[str, Value]:
    """Logits divided by their sum, without the exponent: the temperature cancels."""
    total = sum(p.logits)
    if total == 0:
        return {}
    shares = tuple([float(z / total) for z in p.logits])
    return {"hot": shares, "plain": shares, "cold": shares}


def one_winner(p: Params) -> Mapping[str, Value]:
    """Only one of the tied tokens gets everything."""
    largest = max(p.logits)
    if p.logits.count(largest) == 1:
        return {}
    first = p.logits.index(largest)
    return {"freezing": tuple(Fraction(i == first) for i in range(p.count))}


def unshared(p: Params) -> Mapping[str, Value]:
    return {"boiling": (Fraction(1),) * p.count}


def upside_down(p: Params) -> Mapping[str, Value]:
    return {"odds": math.log(p.ratio) / float(p.logits[p.likely - 1] - p.logits[p.rare - 1])}


def unlogged(p: Params) -> Mapping[str, Value]:
    return {"odds": float((p.logits[p.likely - 1] - p.logits[p.rare - 1]) / p.ratio)}


EXERCISE = Exercise(
    number=31,
    name="temperature",
    version=1,
    draw=draw,
    solve=solve,
    oracle=oracle,
    check=check,
    effort=effort,
    parts={
        "plain": Vector("plain", digits=3, points=2),
        "hot": Vector("hot", digits=3, points=2),
        "cold": Vector("cold", digits=3, points=2),
        "freezing": Vector("freezing", digits=3, points=1),
        "boiling": Vector("boiling", digits=3, points=1),
        "bot": Choice("bot", options=BOTS, shuffle=False, points=1),
        "odds": Number("odds", digits=3, points=2),
    },
    mistakes={
        "multiplied": multiplied,
        "minus": minus,
        "linear": linear,
        "one_winner": one_winner,
        "unshared": unshared,
        "upside_down": upside_down,
        "unlogged": unlogged,
    },
)
