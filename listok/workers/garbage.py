"""How often Python looks for reference cycles."""

from __future__ import annotations

import gc


def collect_rarely() -> None:
    """Look for them once in many objects: listok makes hardly any, and looking took a twentieth of a build's time."""
    gc.set_threshold(50_000, 20, 1_000)
