"""A document as a small closed tree of blocks and inlines: what every printer must be able to print.

Template-only nodes (`Hole`, `Plural`, `Section`, `Phrase`, `FigureHole`) stand in the texts of exercises. A printer of
documents meets them only inside `Bound` and `BoundDisplay`, together with the values that belong there.

Nodes are structs and not dataclasses, because every variant makes hundreds of them and a struct is made much faster.
"""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

from msgspec import Struct

from listok.generators.figures import Scene
from listok.templates.mathtree import Hole, Math, Section

Lang: TypeAlias = Literal["ru", "en"]


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


class Phrase(Struct, frozen=True, eq=False):
    """The words of a paragraph, a cell or an option, with holes.

    Each phrase of a text is one object, equal to no other, by which a printer knows what it has compiled it to.
    """

    content: tuple[Inline, ...]


class Bound(Struct, frozen=True, eq=False):
    """A phrase of a text and the values of a variant that belong in its holes."""

    phrase: Phrase
    scopes: tuple[Any, ...]


Inline: TypeAlias = "Text | Emphasis | Strong | Code | InlineMath | Plural | Phrase | Bound | Hole | Section[Inline]"


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
    """One item of a list, with its label as printed (``(а)``, ``1.``, or a bullet).

    Its first blocks, `lead` of them, stay on the page of what follows them in it: a question, or an answer. Where it is
    one `Whole`, these are the first blocks of that.
    """

    label: str
    content: tuple[Block, ...]
    lead: int = 1


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


class DisplayMath(Struct, frozen=True, eq=False):
    """A formula on a line of its own; like a `Phrase`, it is equal to no other."""

    body: Math


class BoundDisplay(Struct, frozen=True, eq=False):
    """A display of a text and the values of a variant that belong in its holes."""

    display: DisplayMath
    scopes: tuple[Any, ...]


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

    `lines` is the number of ruled lines, `shape` the rows and columns of cells (or None). Instead of both there may be
    an empty frame to draw in, `frame` millimetres high. Where the answer goes on a page can be found by `name`.
    """

    label: str
    lines: int
    shape: tuple[int, int] | None = None
    frame: int = 0
    name: str = ""


class Together(Struct, frozen=True):
    """Blocks that a page break must not part, such as a heading and what follows it."""

    content: tuple[Block, ...]


class Whole(Struct, frozen=True):
    """Blocks that stay on one page if they fit on one: a question with its options, and the line for the answer."""

    content: tuple[Block, ...]


class Rule(Struct, frozen=True):
    """A thin horizontal line across the column."""


Block: TypeAlias = (
    "Paragraph | Heading | ItemList | Table | DisplayMath | BoundDisplay | CodeBlock | Figure | FigureHole"
    " | AnswerSlot | Together | Whole | Rule | Section[Block]"
)
