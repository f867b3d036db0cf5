"""Item statistics of a marked exam: how hard, how telling, how consistent its parts are, and what is too rare to say.

Scores are arrays of shares (0 to 1) or points, a row a student. Where there is too little to compute from, a function
gives None instead of a number that looks like an answer.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import mpmath
import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float64]

FEWEST = 5
"""Students needed on a side before two groups are compared, and before a correlation is tested."""

SIGNIFICANCE = 0.05
"""The chance of a false alarm that is allowed over all comparisons of one report together."""

SHARED_BY = 4
"""A value that more students than this gave is a common slip, and coinciding on it tells nothing."""

LEAST_COINCIDENCES = 3
"""Pairs with fewer coinciding answers are never listed."""


def facility(shares: Sequence[float]) -> float | None:
    """The mean share of a part's points that students earned: 1 when everybody was right."""
    return float(np.mean(shares)) if len(shares) else None


def discrimination(part: Sequence[float], rest: Sequence[float]) -> float | None:
    """The corrected item-total correlation: Pearson's r between the scores on a part and the totals without it.

    For parts scored 0 or 1 this is the point-biserial correlation. The total goes without the part, or it would
    correlate with itself: S. Henrysson, "Correction of item-total correlations in item analysis", Psychometrika 28
    (1963), 211-218. None for fewer than three students, or where either score is the same for all.
    """
    return _pearson(np.asarray(part, dtype=float), np.asarray(rest, dtype=float))


def _pearson(x: Scores, y: Scores) -> float | None:
    if len(x) < 3 or _constant(x) or _constant(y):
        return None
    dx, dy = x - x.mean(), y - y.mean()
    return float(np.clip((dx * dy).sum() / math.sqrt((dx**2).sum() * (dy**2).sum()), -1, 1))


def _constant(x: Scores) -> bool:
    return bool(np.ptp(x) <= 1e-12 * max(1.0, float(np.abs(x).max())))


def cronbach_alpha(scores: Sequence[Sequence[float]]) -> float | None:
    """Cronbach's alpha, k/(k - 1) (1 - sum of the problems' variances / variance of totals), of rows of points.

    L. J. Cronbach, "Coefficient alpha and the internal structure of tests", Psychometrika 16 (1951), 297-334. None for
    fewer than two problems or students, or where all totals are equal.
    """
    table = np.asarray(scores, dtype=float)
    if table.ndim != 2 or table.shape[0] < 2 or table.shape[1] < 2:
        return None
    totals = table.sum(axis=1)
    if _constant(totals):
        return None
    k = table.shape[1]
    return float(k / (k - 1) * (1 - table.var(axis=0, ddof=1).sum() / totals.var(ddof=1)))


def residuals(scores: Sequence[float], rest: Sequence[float]) -> Scores:
    """What scores on a problem exceed the least-squares line through the scores on the rest of the form by."""
    y, x = np.asarray(scores, dtype=float), np.asarray(rest, dtype=float)
    centred = x - x.mean()
    spread = (centred**2).sum()
    slope = 0.0 if _constant(x) else float((centred * y).sum() / spread)
    return np.asarray(y - y.mean() - slope * centred)


# --- tests --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Effect:
    """A difference of means or a correlation, how many students it rests on, and the chance of one as large."""

    effect: float
    count: int
    p: float


def compare_means(group: Sequence[float], others: Sequence[float]) -> Effect | None:
    """Welch's t test of two means with unequal variances (B. L. Welch, Biometrika 34 (1947), 28-35).

    None where either side has fewer than `FEWEST` students, or nothing varies: too few to tell.
    """
    a, b = np.asarray(group, dtype=float), np.asarray(others, dtype=float)
    if min(len(a), len(b)) < FEWEST or (_constant(a) and _constant(b)):
        return None
    va, vb = float(a.var(ddof=1)) / len(a), float(b.var(ddof=1)) / len(b)
    difference = float(a.mean() - b.mean())
    freedom = (va + vb) ** 2 / (va**2 / (len(a) - 1) + vb**2 / (len(b) - 1))
    return Effect(difference, len(a), _two_sided(difference / math.sqrt(va + vb), freedom))


def correlate(x: Sequence[float], y: Sequence[float]) -> Effect | None:
    """Pearson's correlation with the t test of r = 0; None for fewer than 2 `FEWEST` students or no variation."""
    r = _pearson(np.asarray(x, dtype=float), np.asarray(y, dtype=float))
    if r is None or len(x) < 2 * FEWEST:
        return None
    if abs(r) >= 1 - 1e-12:
        return Effect(r, len(x), 0.0)
    freedom = len(x) - 2
    return Effect(r, len(x), _two_sided(r * math.sqrt(freedom / (1 - r * r)), freedom))


def _two_sided(t: float, freedom: float) -> float:
    """The chance that Student's t exceeds `t` in size, by the regularised incomplete beta function."""
    x = freedom / (freedom + t * t)
    return float(mpmath.betainc(freedom / 2, 0.5, 0, x, regularized=True))


def holm(chances: Sequence[float]) -> list[float]:
    """Chances corrected for how many tests there were (S. Holm, Scand. J. Statist. 6 (1979), 65-70)."""
    order = sorted(range(len(chances)), key=chances.__getitem__)
    corrected, largest = [0.0] * len(chances), 0.0
    for rank, place in enumerate(order):
        largest = max(largest, min(1.0, (len(chances) - rank) * chances[place]))
        corrected[place] = largest
    return corrected


# --- coinciding answers -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Given:
    """An answer that one student gave to a part: its value, the variant it was asked in, and whether it is a wrong one
    that no named mistake explains."""

    student: int
    value: Hashable
    variant: str
    unexplained: bool


@dataclass(frozen=True, slots=True)
class Coincidence:
    """Two students, the parts on which their answers coincide, how many coincidences chance would bring, and the chance
    of so many or more."""

    first: int
    second: int
    parts: tuple[Hashable, ...]
    expected: float
    p: float


def coincidences(answers: Mapping[Hashable, Sequence[Given]], students: int) -> list[Coincidence]:
    """Pairs of students with more coinciding answers than chance explains, though their variants differ.

    An answer of one student coincides with that of another to the same part when the values are equal, the variants
    are not, at least one of the two answers is wrong for a reason that no named mistake explains, and no more than
    `SHARED_BY` students gave that value. How likely this is by chance is estimated for each part from all other pairs
    (with half a coincidence added, so that it is never nothing); the number of coincidences of a pair is then compared
    with Poisson's law. Listed are pairs with at least `LEAST_COINCIDENCES` for which that chance, times the number of
    pairs in the class, is below `SIGNIFICANCE`.
    """
    met: defaultdict[tuple[int, int], list[Hashable]] = defaultdict(list)
    seen: dict[Hashable, dict[int, bool]] = {}
    found: dict[Hashable, int] = {}
    for part, given in answers.items():
        seen[part] = {one.student: one.unexplained for one in given}
        found[part] = 0
        by_value: defaultdict[Hashable, list[Given]] = defaultdict(list)
        for one in given:
            by_value[one.value].append(one)
        for same in by_value.values():
            if len(same) > SHARED_BY:
                continue
            for a, b in combinations(sorted(same, key=lambda one: one.student), 2):
                if a.variant != b.variant and (a.unexplained or b.unexplained):
                    met[a.student, b.student].append(part)
                    found[part] += 1
    pairs = students * (students - 1) / 2
    listed = []
    for (first, second), parts in sorted(met.items()):
        if len(parts) < LEAST_COINCIDENCES:
            continue
        expected = sum(_chance(seen[part], found[part] - (part in parts)) for part in seen
                       if (seen[part].get(first, False) and second in seen[part])
                       or (seen[part].get(second, False) and first in seen[part]))  # fmt: skip
        p = _poisson_tail(len(parts), expected)
        if p * pairs < SIGNIFICANCE:
            listed.append(Coincidence(first, second, tuple(parts), expected, p))
    return sorted(listed, key=lambda one: (one.p, one.first, one.second))


def _chance(seen: dict[int, bool], others: int) -> float:
    """The share of pairs of students that coincide on a part, among those where one is wrong without a known reason."""
    wrong = sum(seen.values())
    comparable = wrong * (len(seen) - 1) - wrong * (wrong - 1) // 2
    return (others + 0.5) / max(1, comparable)


def _poisson_tail(count: int, expected: float) -> float:
    below = sum(math.exp(-expected) * expected**k / math.factorial(k) for k in range(count))
    return max(0.0, 1.0 - below)
