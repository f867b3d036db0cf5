"""Statements to judge, some of which are true: which of a bank are printed, and when a choice of them is dull."""

from __future__ import annotations

from collections.abc import Sequence

from listok.generators.draw import Draw

Pairs = Sequence[tuple[str, str]]


def some(d: Draw, true: Sequence[str], false: Sequence[str], size: int, rivals: Pairs = ()) -> tuple[str, ...]:
    """The names of `size` statements, those that are `true` first; of either kind there is a quarter at least, and one.

    `rivals` are pairs of which one denies the other: who has judged the one knows both, so never both are taken.
    """
    out: set[str] = set()
    for pair in rivals:
        if not out.intersection(pair):
            out.add(d.choice(pair))
    true, false = ([name for name in bank if name not in out] for bank in (true, false))
    least = max(1, size // 4)
    count = d.integer(max(least, size - len(false)), min(size - least, len(true)))
    names = {*d.distinct(true, count), *d.distinct(false, size - count)}
    return tuple(name for name in (*true, *false) if name in names)


def dull(names: Sequence[str], true: Sequence[str], rivals: Pairs = ()) -> str | None:
    """Why statements of these names are not worth judging, or None."""
    if len({name in true for name in names}) == 1:
        return "the statements are all true or all false"
    if any(set(pair) <= set(names) for pair in rivals):
        return "one of the statements denies another"
    return None
