"""A document as a small closed tree of blocks and inlines: what every printer must be able to print.

Template-only nodes (`Hole`, `Plural`, `Section`, `FigureHole`) stand in the texts of exercises; when a text is filled,
a printer meets them only inside `Bound` and `BoundBlocks`, together with the values that belong there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from listok.generators.figures import Scene
from listok.templates.mathtree import Hole, Math, Section, Shared


@dataclass(frozen=True, slots=True)
class Text:
    """Plain characters; each printer escapes them."""

    text: str


@dataclass(frozen=True, slots=True)
class Emphasis:
    content: tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Strong:
    content: tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Code:
    text: str


@dataclass(frozen=True, slots=True)
class InlineMath:
    """A formula in a line; a tall one has the size of a displayed formula, where it stands by itself."""

    body: Math
    tall: bool = False


@dataclass(frozen=True, slots=True)
class Plural:
    """A word that agrees with a count: ``{{n|строка|строки|строк}}`` or ``{{n|row|rows}}`` (forms in Babel's order)."""

    path: str
    forms: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Bound:
    """Inlines with holes and the values of a variant: `content` is the same object in every variant.

    A printer fills it (`fill.fill_inlines`, `fill.fill_blocks`) and prints the result, or what gives the same faster.
    """

    content: tuple[Inline, ...]
    scopes: tuple[Any, ...]
    lang: str


Inline: TypeAlias = (
    "Text | Emphasis | Strong | Code | InlineMath | Plural | Bound | Hole | Section[Inline] | Shared[Inline]"
)


@dataclass(frozen=True, slots=True)
class Paragraph:
    content: tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of level 1 (the sheet), 2 (a problem) or 3; `aside` (points, a code) stands at its right end."""

    level: Literal[1, 2, 3]
    content: tuple[Inline, ...]
    aside: tuple[Inline, ...] = ()


@dataclass(frozen=True, slots=True)
class Item:
    """One item of a list, with its label as printed (``(а)``, ``1.``, or a bullet)."""

    label: str
    content: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class ItemList:
    items: tuple[Item | Section[Item], ...]


@dataclass(frozen=True, slots=True)
class TableRow:
    cells: tuple[tuple[Inline, ...], ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A header row and body rows; `align` has one of ``l``, ``c``, ``r`` per column.

    A ruled table is for writing into: every cell has its borders, and rows are high.
    """

    align: str
    header: TableRow | None
    rows: tuple[TableRow | Section[TableRow], ...]
    ruled: bool = False


@dataclass(frozen=True, slots=True)
class DisplayMath:
    body: Math


@dataclass(frozen=True, slots=True, eq=False)
class BoundBlocks:
    """Blocks with holes and the values of a variant (see `Bound`)."""

    blocks: tuple[Block, ...]
    scopes: tuple[Any, ...]
    lang: str


@dataclass(frozen=True, slots=True)
class CodeBlock:
    text: str


@dataclass(frozen=True, slots=True)
class Figure:
    """A scene drawn by the printer, with the words that stand for it where it cannot be seen."""

    scene: Scene
    alt: str


@dataclass(frozen=True, slots=True)
class FigureHole:
    """A place for a figure named by a field of the variant; `alt` is its description in the language of the text."""

    path: str
    alt: tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class AnswerSlot:
    """Room for an answer on paper: a label, ruled lines for the work, and empty cells where a matrix is asked for.

    `lines` is the number of ruled lines, `shape` the rows and columns of cells (or None).
    """

    label: str
    lines: int
    shape: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Together:
    """Blocks that a page break must not part, such as a heading and what follows it."""

    content: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """A thin horizontal line across the column."""


Block: TypeAlias = (
    "Paragraph | Heading | ItemList | Table | DisplayMath | BoundBlocks | CodeBlock | Figure | FigureHole"
    " | AnswerSlot | Together | Rule | Section[Block] | Shared[Block]"
)
