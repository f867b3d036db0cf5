"""Series with the terms 1 / (t^p (ln t)^s): whether their sums are finite, and how they are written in LaTeX."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from listok.generators.bounds import Checked, Positive, Within
from listok.generators.decimals import in_full
from listok.generators.exact import HALF, ONE, ZERO, Fraction


@dataclass(frozen=True)
class Rate(Checked):
    """Learning rates, or other terms: the sequence c * q^t * e^(-k t) / ((t + a)^p * (ln t)^s)."""

    c: Annotated[Fraction, Positive(), Within(0, 1000, finest=10**4)]
    p: Annotated[Fraction, Within(0, 10, finest=100)] = ZERO
    a: Annotated[int, Within(0, 1000)] = 0
    s: Annotated[int, Within(-3, 3)] = 0
    q: Annotated[Fraction, Positive(), Within(0, 1, finest=1000)] = ONE
    k: Annotated[int, Within(0, 10)] = 0

    @property
    def geometric(self) -> bool:
        return self.q < 1 or self.k > 0

    @property
    def equation(self) -> str:
        """The sequence in LaTeX, as it is printed."""
        t = f"t + {self.a}" if self.a else "t"
        power = f"\\sqrt{{{t}}}" if self.p == HALF else to_the(f"({t})" if self.a else t, self.p)
        top = [
            f"{in_latex(self.q)}^{{t}}" if self.q < 1 else "",
            f"e^{{-{self.k if self.k > 1 else ''}t}}" if self.k else "",
            log_to_the(str(-self.s)) if self.s < 0 else "",
        ]
        bottom = [power, log_to_the(str(self.s)) if self.s > 0 else ""]
        if self.c != 1 or not any(top):
            top.insert(0, in_latex(self.c) + (" \\cdot" if self.q < 1 else ""))
        return "\\eta_t = " + over(top, bottom)


def is_finite(power: Fraction, logs: Fraction | int) -> bool:
    """Whether the sum of 1 / (t^power * (ln t)^logs) is finite; the logarithm decides at the border only
    (Rudin, Principles of Mathematical Analysis, theorems 3.28 and 3.29)."""
    return power > 1 or (power == 1 and logs > 1)


def in_latex(value: Fraction) -> str:
    """A decimal where there is a short one, else a fraction."""
    return in_full(value, 4) or f"\\frac{{{value.numerator}}}{{{value.denominator}}}"


def line_of(slope: Fraction, offset: Fraction) -> str:
    """slope * p + offset in LaTeX, the term with a plus first."""
    if slope == 0:
        return f"-{in_latex(-offset)}" if offset < 0 else in_latex(offset)
    size = abs(slope)
    top = "p" if size.numerator == 1 else f"{size.numerator}p"
    term = top if size.denominator == 1 else f"\\frac{{{top}}}{{{size.denominator}}}"
    if slope < 0 < offset:
        return f"{in_latex(offset)} - {term}"
    first = f"-{term}" if slope < 0 else term
    if offset == 0:
        return first
    return f"{first} {'+' if offset > 0 else '-'} {in_latex(abs(offset))}"


def to_the(base: str, exponent: Fraction | str) -> str:
    """A power in LaTeX, empty for the exponent 0."""
    written = exponent if isinstance(exponent, str) else in_latex(exponent)
    return {"0": "", "1": base.strip("()")}.get(written, f"{base}^{{{written}}}")


def log_to_the(exponent: str) -> str:
    """A power of the logarithm in LaTeX, empty for the exponent 0."""
    return {"0": "", "1": "\\ln t"}.get(exponent, f"\\ln^{{{exponent}}} t")


def over(top: Sequence[str], bottom: Sequence[str]) -> str:
    """A fraction of the factors above the line and of those below, in LaTeX."""
    above, below = " ".join(filter(None, top)), " ".join(filter(None, bottom))
    return f"\\frac{{{above}}}{{{below}}}" if below else above


def on_one_line(power: Fraction, logs: int) -> str:
    """1 / (t^power * (ln t)^logs) with a slash: in a fraction the power would be too small to read."""
    t = {"0": "", "1": "t"}.get(str(power), f"t^{{{in_full(power, 4) or power}}}")
    log = log_to_the(str(abs(logs)))
    top, bottom = (log or "1") if logs < 0 else "1", " ".join(filter(None, (t, log if logs > 0 else "")))
    if not bottom:
        return top
    return f"{f'({top})' if logs < 0 else top} / {f'({bottom})' if logs > 0 and t else bottom}"
