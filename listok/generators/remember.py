"""A function that remembers its latest result: what a variant's mistakes start from is worked out once."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TypeVar

P = TypeVar("P")
R = TypeVar("R")


def remembers_last(function: Callable[[P], R]) -> Callable[[P], R]:
    """The function, which gives the same result again when it is called once more with the very same object.

    The object is recognised by identity, as hashing the fractions in parameters takes longer than many a result; it
    must be immutable.
    """
    kept: tuple[P, R] | None = None

    @functools.wraps(function)
    def remembering(argument: P) -> R:
        nonlocal kept
        last = kept  # read once: another thread may replace it meanwhile
        if last is None or last[0] is not argument:
            kept = last = (argument, function(argument))
        return last[1]

    return remembering
