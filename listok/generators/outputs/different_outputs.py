"""Choose outputs and losses for tasks of all kinds, and compute with scaled sigmoids, labels, frames and counts."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated

from listok.generators import formulas as fm
from listok.generators.answers import Choices, Expression, Matching, Number, Open
from listok.generators.bounds import Checked, Distinct, OneOf, Positive, Size, Within
from listok.generators.draw import Draw
from listok.generators.exact import HALF, ONE, ZERO, Fraction
from listok.generators.exercise import NOTHING, Exercise
from listok.generators.formulas import Formula
from listok.generators.mistakes import instead, wrong
from listok.generators.toolkit.statements import dull
from listok.generators.values import Value

_SOFTMAX = "\\hat p_k = \\frac{e^{u_k}}{\\sum_j e^{u_j}}"
_BINARY = "-y \\ln \\hat y - (1 - y) \\ln (1 - \\hat y)"

HEADS = {
    "binary": f"\\hat y = \\sigma(z), \\qquad L = {_BINARY}",
    "classes": f"{_SOFTMAX}, \\qquad L = -\\ln \\hat p_y",
    "bounded": "\\hat y = a + (b - a) \\sigma(z), \\qquad L = (y - \\hat y)^2",
    "labels": "\\hat y_k = \\sigma(z_k), \\qquad L = -\\sum_k \\left(y_k \\ln \\hat y_k"
    " + (1 - y_k) \\ln (1 - \\hat y_k)\\right)",
    "boxes": f"\\hat v_i = z_i, \\qquad {_SOFTMAX}, \\qquad L = \\alpha \\sum_{{i=1}}^{{4}} (v_i - \\hat v_i)^2"
    " - \\beta \\ln \\hat p_y",
    "counts": "\\hat \\lambda = e^z, \\qquad L = \\hat \\lambda - y \\ln \\hat \\lambda",
    "plain": "\\hat y = z, \\qquad L = (y - \\hat y)^2",
}
"""What stands at the end of a network, and its loss, in LaTeX."""

CARDS = {
    "spam": "binary", "parcel": "binary", "digit": "classes", "breed": "classes", "battery": "bounded",
    "lesson": "bounded", "song": "labels", "salad": "labels", "sign": "boxes", "bird": "boxes", "calls": "counts",
    "letters": "counts", "rate": "plain", "frost": "plain",
}  # fmt: skip
"""Stories, and which of the heads is made for them."""

TRUE = (
    "labels_sum", "two_outputs", "positive_rate", "factorial", "inside", "box_units", "no_activation", "slow_squares",
)  # fmt: skip
FALSE = (
    "class_number", "rounded_loss", "relu_frost", "sigmoids_sum", "tanh_probability", "shifted_logits", "half_rule",
    "one_sigmoid",
)  # fmt: skip
STATEMENTS = TRUE + FALSE


@dataclass(frozen=True)
class Label(Checked):
    """A label, 1 where it is due, and e to the power of its output, the odds that the network gives it."""

    due: Annotated[int, OneOf((0, 1))]
    odds: Annotated[Fraction, Positive(), Within(0, 100, finest=100)]

    @property
    def is_due(self) -> bool:
        return self.due == 1


@dataclass(frozen=True)
class Params(Checked):
    """The `heads` to find a task for, and the `cards` with tasks; the bounds `low` and `high` of a score, `odds` as e
    to the power of an output z, and another forecast, `wanted`; the labels; a grid of `cells` by `cells`, in each cell
    so many `frames`, with or without a `confidence`, of so many `kinds`, computed from so many `features`; the Poisson
    `rate`, and what was counted on some days; the statements to judge."""

    heads: Annotated[tuple[str, ...], Size(2, 7), OneOf(tuple(HEADS)), Distinct()]
    cards: Annotated[tuple[str, ...], Size(2, 14), OneOf(tuple(CARDS)), Distinct()]
    low: Annotated[Fraction, Within(-1000, 1000, finest=100)]
    high: Annotated[Fraction, Within(-1000, 1000, finest=100)]
    odds: Annotated[Fraction, Positive(), Within(0, 100, finest=100)]
    wanted: Annotated[Fraction, Within(-1000, 1000, finest=100)]
    labels: Annotated[tuple[Label, ...], Size(1, 8)]
    cells: Annotated[int, Within(1, 100)]
    frames: Annotated[int, Within(1, 20)]
    confidence: bool
    kinds: Annotated[int, Within(2, 1000)]
    features: Annotated[int, Within(1, 10_000)]
    rate: Annotated[Fraction, Positive(), Within(0, 100, finest=100)]
    days: Annotated[tuple[int, ...], Size(1, 8), Within(0, 1000)]
    statements: Annotated[tuple[str, ...], Size(2, 14), OneOf(STATEMENTS), Distinct()]

    def rules(self) -> Iterator[str]:
        if not self.low < self.wanted < self.high:
            yield "wanted must lie strictly between low and high"
        if any(sum(CARDS[card] == head for card in self.cards) != 1 for head in self.heads):
            yield "cards must hold exactly one task for each of the heads"

    @property
    def formulas(self) -> tuple[str, ...]:
        """The heads in LaTeX."""
        return tuple(HEADS[head] for head in self.heads)

    @property
    def span(self) -> Fraction:
        return self.high - self.low

    @property
    def gridded(self) -> bool:
        return self.cells > 1

    @property
    def several_frames(self) -> bool:
        return self.frames > 1

    @property
    def several_days(self) -> bool:
        return len(self.days) > 1


@dataclass(frozen=True)
class Marked:
    """A label with the probability `p` that the network gives it, and `chosen`, that of what is true."""

    due: int
    odds: Fraction
    p: Fraction
    chosen: Fraction

    @property
    def is_due(self) -> bool:
        return self.due == 1


@dataclass(frozen=True)
class Solution:
    """`share` is sigma(z) of the score, `ratio` the odds of `wanted`; `product` is that of the chosen probabilities;
    a frame takes `per_frame` numbers, and all of them `head`; `total` is what was counted on all days."""

    fitting: tuple[str, ...]
    share: Fraction
    scaled: Fraction
    ratio: Fraction
    logit: Formula
    marked: tuple[Marked, ...]
    product: Fraction
    label_loss: Formula
    per_frame: int
    head: int
    weights: int
    total: int
    poisson: Formula
    slope: Fraction
    forecast: Fraction
    true_ones: tuple[str, ...]


WHOLE_ODDS = tuple(map(Fraction, ("2", "3", "4", "1/2", "1/3", "1/4")))


def draw(d: Draw, level: int) -> Params:
    """Later levels have more tasks and labels, several frames, then a grid of them, and several days."""
    heads = d.distinct(tuple(HEADS), level + 2)
    cards = [d.choice([card for card, head in CARDS.items() if head == h]) for h in heads]
    spare = [card for card, head in CARDS.items() if head not in heads]
    cards += d.distinct(spare, (1, 3, 4)[level - 1])

    m = d.integer(1, 4)  # the forecast splits the interval as m to the rest of n
    n = m + d.integer(2, 4)
    low, unit = d.choice((-10, -5, -4, -2, 1, 2, 3, 5, 10, 20)), d.choice((1, 2, 3) if level == 1 else (2, 3, 5))
    odds = d.choice([o for o in WHOLE_ODDS if n * unit % (o.numerator + o.denominator) == 0] or WHOLE_ODDS)

    ratios = tuple(map(Fraction, ("1/4", "1/3", "1/2", "2/3", "3/2", "2", "3", "4")))
    size = (2, 3, 6)[level - 1]
    dues = d.shuffled([0, 1, *d.integers(size - 2, 0, 1)])
    labels = tuple(Label(due, o) for due, o in zip(dues, d.distinct(ratios, size), strict=True))

    whole, part = d.integer(1, 6), Fraction(d.choice(("1/2", "2/3", "3/4", "3/5", "4/5")))
    count = (3, 8, 12)[level - 1]
    true = d.integer((1, 2, 4)[level - 1], (2, 6, 8)[level - 1])
    names = {*d.distinct(TRUE, true), *d.distinct(FALSE, count - true)}
    return Params(
        heads=heads,
        cards=d.shuffled(cards),
        low=Fraction(low),
        high=Fraction(low + n * unit),
        odds=odds,
        wanted=Fraction(low + m * unit),
        labels=labels,
        cells=1 if level < 3 else d.integer(3, 9),
        frames=1 if level == 1 else d.integer(2, 5),
        confidence=level > 1 and d.flip(),
        kinds=d.integer(4, 12),
        features=d.choice((10, 20, 50, 100, 200) if level < 3 else (16, 32, 64, 128)),
        rate=whole + part,
        days=d.distinct(range(1, 10), (1, 3, 6)[level - 1]),
        statements=tuple(name for name in STATEMENTS if name in names),
    )


def solve(
    p: Params,
    *,
    given: Mapping[str, Value] = NOTHING,
    shift: bool = True,
    flipped: bool = False,
    corners: int = 4,
    kinds: int | None = None,
    biases: bool = True,
    sign: int = 1,
) -> Solution:
    """A card for each head; then sigma(ln m) = m / (m + 1), logarithms of products, sizes, and the Poisson loss.

    A mistake changes one thing: the lower bound is forgotten (no `shift`); odds are `flipped`; a frame has so many
    `corners`, or `kinds`; no `biases`; the `sign` of the logarithm in the Poisson loss.
    """
    fitting = tuple(next(card for card in p.cards if CARDS[card] == head) for head in p.heads)

    share = p.odds / (1 + p.odds)
    low = p.low if shift else ZERO
    ratio = (p.wanted - low) / (p.high - p.wanted)

    marked = []
    product = ONE
    for label in p.labels:
        chance = label.odds / (1 + label.odds)
        chosen = chance if label.is_due != flipped else 1 - chance
        product *= chosen
        marked.append(Marked(label.due, label.odds, chance, chosen))

    per_frame = corners + p.confidence + (p.kinds if kinds is None else kinds)
    head = given.get("head", p.cells**2 * p.frames * per_frame)

    total = sum(p.days)
    poisson = fm.linear([(-sign * total, f"ln({p.rate})")], len(p.days) * p.rate, constant_first=True)
    return Solution(
        fitting=fitting,
        share=share,
        scaled=low + p.span * share,
        ratio=ratio,
        logit=Formula(f"ln({1 / ratio if flipped else ratio})"),
        marked=tuple(marked),
        product=product,
        label_loss=Formula(f"-ln({product})"),
        per_frame=per_frame,
        head=head,
        weights=(p.features + (1 if biases else 0)) * head,
        total=total,
        poisson=Formula.of(poisson),
        slope=len(p.days) * p.rate - sign * total,
        forecast=Fraction(math.floor(p.rate)),
        true_ones=tuple(name for name in p.statements if name in TRUE),
    )


def check(p: Params, s: Solution) -> str | None:
    if p.rate.denominator == 1:
        return "the rate is whole, so that two numbers are equally likely"
    if s.ratio == 1 or p.odds == 1:
        return "an output is 0, and the sigmoid a half"
    if len({label.due for label in p.labels}) == 1:
        return "all labels are due, or none is"
    if s.product.denominator > 1000:
        return "the product of the probabilities has a long denominator"
    return dull(p.statements, TRUE)


def of_due_only(p: Params, s: Solution) -> Formula:
    """The loss as softmax has it: of the labels that are due."""
    return Formula(f"-ln({math.prod((m.p for m in s.marked if m.is_due), start=ONE)})")


EXERCISE = Exercise(
    number=14,
    draw=draw,
    solve=solve,
    check=check,
    minutes=(7.4, 9.3, 11.8),
    parts={
        "fitting": Matching(among="cards", options=tuple(CARDS), items="formulas", points=3),
        "scaled": Number(points=1),
        "logit": Expression(points=2),
        "label_loss": Expression(points=2),
        "head": Number(points=1),
        "weights": Number(points=1),
        "poisson": Expression(points=2),
        "slope": Number(points=1),
        "forecast": Number(points=1),
        "statements": Choices("true_ones", among="statements", options=STATEMENTS, points=2),
        "why": Open(points=2),
    },
    mistakes={
        "no_shift": wrong(shift=False),
        "up_to_high": instead(scaled=lambda p, s: p.high * s.share),
        "flipped": wrong(flipped=True),
        "due_only": instead(label_loss=of_due_only),
        "averaged": instead(label_loss=lambda p, s: Formula(f"-ln({s.product})/{len(p.labels)}"), credit=HALF),
        "two_numbers": wrong(corners=2),
        "kind_as_number": wrong(kinds=1),
        "no_biases": wrong(biases=False),
        "wrong_sign": wrong(sign=-1),
        "by_rate": instead(slope=lambda p, s: len(p.days) - s.total / p.rate),
        "squared": instead(poisson=lambda p, s: Formula(str(sum((y - p.rate) ** 2 for y in p.days)))),
        "rounded": instead(forecast=lambda p, s: Fraction(math.floor(p.rate + HALF))),
        "mean": instead(forecast=lambda p, s: p.rate),
    },
    carry=("weights",),
)
