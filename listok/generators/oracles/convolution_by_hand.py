"""The convolution by array arithmetic: a view of all windows at once; a size is the number of places a window has."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from listok.generators.exact import Fraction


def solve(p: Any) -> dict[str, Any]:
    image, kernel = np.array(p.image), np.array(p.kernel)
    k = len(kernel)

    def correlated(pixels: Any, stride: int = 1) -> Any:
        return np.einsum("ijab,ab->ij", sliding_window_view(pixels, (k, k))[::stride, ::stride], kernel)

    plain, strided = correlated(image), correlated(image, p.stride)
    restrided = correlated(image, 3 if p.stride == 2 else 2)
    padded = correlated(np.pad(image, p.padding))
    side = len(plain) // p.pool
    whole = slice(side * p.pool)  # what is left over lies in no window
    blocks = plain[whole, whole].reshape(side, p.pool, side, p.pool)

    starts = [
        range(-layer.padding, layer.side + layer.padding - layer.kernel + 1, layer.stride) for layer in p.layers
    ]
    counts = [len(places) for places in starts]
    return {
        "map": plain,
        "map_side": len(plain),
        "max_pool": blocks.max(axis=(1, 3)),
        "average_pool": blocks.sum(axis=(1, 3)).astype(object) * Fraction(1, p.pool**2),
        "block_sum": blocks[0, :, 0].sum(),
        "strided": strided,
        "strided_side": len(strided),
        "restrided": restrided,
        "restrided_side": len(restrided),
        "corners": padded[[[0], [-1]], [0, -1]],
        "padded_side": len(padded),
        "sizes": counts,
        "size_steps.room": [places.stop - 1 - places.start for places in starts],
        "size_steps.moves": [count - 1 for count in counts],
        "size_steps.result": counts,
    }
