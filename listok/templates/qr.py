"""The QR symbol of a code, as rows of dark modules, for printers to draw."""

from __future__ import annotations

import functools

import segno

MODULES = 21
"""Side of the symbol (version 1) without its quiet zone."""


@functools.lru_cache(maxsize=1024)
def modules(code: str) -> tuple[tuple[bool, ...], ...]:
    """Rows of the QR symbol of a short code, true where dark, without a quiet zone."""
    symbol = segno.make(code, error="m", version=1, mask=0, boost_error=False, micro=False)
    return tuple(tuple(bool(module) for module in row) for row in symbol.matrix)


def runs(code: str) -> tuple[tuple[tuple[int, int], ...], ...]:
    """For each row the dark runs as (start, length)."""
    rows = []
    for row in modules(code):
        found: list[tuple[int, int]] = []
        for x, dark in enumerate(row):
            if not dark:
                continue
            if found and sum(found[-1]) == x:
                found[-1] = (found[-1][0], found[-1][1] + 1)
            else:
                found.append((x, 1))
        rows.append(tuple(found))
    return tuple(rows)
