"""A run of pages with one header, whatever prints it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from listok.templates.text import Lang

OF: Final[Mapping[Lang, str]] = {"ru": "из", "en": "of"}
"""The word between a page's number and the number of pages."""


SIZES_MM: Final[Mapping[str, tuple[float, float]]] = {"a4": (210, 297), "letter": (215.9, 279.4)}
"""Width and height of the papers that sheets are printed on."""


@dataclass(frozen=True)
class Pages:
    """A run of pages with one header: `who` and `what` are its two lines, `code` the form's (or empty), which the QR
    symbol of each page says with the page's number."""

    who: str
    what: str
    code: str
    body: str
