"""When Python looks for garbage that holds on to itself."""

from __future__ import annotations

import gc


def collect_rarely() -> None:
    """Look for it once in many objects: we make hardly any, and looking took a twentieth of a build's time."""
    gc.set_threshold(50_000, 20, 1_000)
