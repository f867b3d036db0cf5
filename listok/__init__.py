"""listok draws fresh numbers for hand exercises on neural networks, and prints sheets with keys that can be trusted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from listok.api import Sheet, exercise, exercises

__version__ = "0.1.0"
__all__ = ["Sheet", "__version__", "exercise", "exercises"]


def __getattr__(name: str) -> Any:
    """Load the public names on first use, so that `import listok` stays quick."""
    if name in __all__:
        from listok import api

        return getattr(api, name)
    raise AttributeError(f"module 'listok' has no attribute {name!r}")
