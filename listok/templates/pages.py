"""A run of pages with one header, whatever prints it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from listok.templates.text import Lang

OF: Final[Mapping[Lang, str]] = {"ru": "из", "en": "of"}
"""The word between a page's number and the number of pages."""


@dataclass(frozen=True)
class Pages:
    """A run of pages with one header: `who` and `what` are its two lines, `code` what the QR symbol says (or empty)."""

    who: str
    what: str
    code: str
    body: str
