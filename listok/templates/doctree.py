"""A document as a small closed tree of blocks and inlines: what every printer must be able to print.

Template-only nodes (`Hole`, `Plural`, `Section`, `FigureHole`) stand in the texts of exercises; when a text is filled,
a printer meets them only inside `Bound` and `BoundBlocks`, together with the values that belong there.

Nodes are structs and not dataclasses, because every variant makes hundreds of them and a struct is made much faster.
"""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

from msgspec import Struct

from listok.generators.figures import Scene
from listok.templates.mathtree import Hole, Math, Section, Shared


class Text(Struct, frozen=True):
    """Plain characters; each printer escapes them."""

    text: str


class Emphasis(Struct, frozen=True):
    content: tuple[Inline, ...]


class Strong(Struct, frozen=True):
    content: tuple[Inline, ...]


class Code(Struct, frozen=True):
    text: str


class InlineMath(Struct, frozen=True):
    """A formula in a line; a tall one has the size of a displayed formula, where it stands by itself."""

    body: Math
    tall: bool = False


class Plural(Struct, frozen=True):
    """A word that agrees with a count: ``{{n|строка|строки|строк}}`` or ``{{n|row|rows}}`` (forms in Babel's order)."""

    path: str
    forms: tuple[str, ...]


class Bound(Struct, frozen=True, eq=False):
    """Inlines with holes and the values of a variant: `content` is the same object in every variant.

    A printer fills it (`fill.fill_inlines`, `fill.fill_blocks`) and prints the result, or what gives the same faster.
    """

    content: tuple[Inline, ...]
    scopes: tuple[Any, ...]
    lang: str


Inline: TypeAlias = (
    "Text | Emphasis | Strong | Code | InlineMath | Plural | Bound | Hole | Section[Inline] | Shared[Inline]"
)


class Paragraph(Struct, frozen=True):
    """Lines of text. A `ragged` one holds a formula that may break early, so its lines need not be filled: where word
    spaces alone can stretch, they would have to make up for it."""

    content: tuple[Inline, ...]
    ragged: bool = False


class Heading(Struct, frozen=True):
    """A heading of level 1 (the sheet), 2 (a problem) or 3; `aside` (points, a code) stands at its right end."""

    level: Literal[1, 2, 3]
    content: tuple[Inline, ...]
    aside: tuple[Inline, ...] = ()


class ListItem(Struct, frozen=True):
    """One item of a list, with its label as printed (``(а)``, ``1.``, or a bullet)."""

    label: str
    content: tuple[Block, ...]


class ItemList(Struct, frozen=True):
    items: tuple[ListItem | Section[ListItem], ...]


class TableRow(Struct, frozen=True):
    cells: tuple[tuple[Inline, ...], ...]


class Table(Struct, frozen=True):
    """A header row and body rows; `align` has one of ``l``, ``c``, ``r`` per column.

    A ruled table is for writing into: every cell has its borders, and rows are high.
    """

    align: str
    header: TableRow | None
    rows: tuple[TableRow | Section[TableRow], ...]
    ruled: bool = False


class DisplayMath(Struct, frozen=True):
    body: Math


class BoundBlocks(Struct, frozen=True, eq=False):
    """Blocks with holes and the values of a variant (see `Bound`)."""

    blocks: tuple[Block, ...]
    scopes: tuple[Any, ...]
    lang: str


class CodeBlock(Struct, frozen=True):
    text: str


class Figure(Struct, frozen=True):
    """A scene drawn by the printer, with the words that stand for it where it cannot be seen."""

    scene: Scene
    alt: str


class FigureHole(Struct, frozen=True):
    """A place for a figure named by a field of the variant; `alt` is its description in the language of the text."""

    path: str
    alt: tuple[Inline, ...]


class AnswerSlot(Struct, frozen=True):
    """Room for an answer on paper: a label, ruled lines for the work, and empty cells where a matrix is asked for.

    `lines` is the number of ruled lines, `shape` the rows and columns of cells (or None).
    """

    label: str
    lines: int
    shape: tuple[int, int] | None = None


class Together(Struct, frozen=True):
    """Blocks that a page break must not part, such as a heading and what follows it."""

    content: tuple[Block, ...]


class Rule(Struct, frozen=True):
    """A thin horizontal line across the column."""


Block: TypeAlias = (
    "Paragraph | Heading | ItemList | Table | DisplayMath | BoundBlocks | CodeBlock | Figure | FigureHole"
    " | AnswerSlot | Together | Rule | Section[Block] | Shared[Block]"
)
