"""The printers by the name of what they print."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from listok.templates import html, latex, plain
from listok.templates.doctree import Block
from listok.templates.text import Lang


class Printer(Protocol):
    """What every printer can do with a filled document."""

    def blocks(self, nodes: Sequence[Block]) -> str: ...


PRINTERS: Mapping[str, Callable[[Lang], Printer]] = {
    "text": plain.printer,
    "latex": latex.printer,
    "html": html.printer,
}
