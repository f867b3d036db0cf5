r"""Reads formulas: a closed subset of LaTeX mathematics, with the holes and sections of our texts.

The grammar, loosely::

    row      = { atom [ scripts ] | section }
    atom     = number | letter | sign | \symbol | \function | group | hole | \frac row row | ...
    scripts  = { "_" argument | "^" argument | "'" }
    group    = "{" row "}"
    hole     = "{{" path [ ":" spec { "," spec } ] "}}"
    section  = "{{#" path "}}" row "{{/" path "}}"     (or "{{^" for an inverted one)

Whatever is not in the subset is an error that names it, so a misprint never reaches paper.
"""

from __future__ import annotations

import difflib
import functools
import re
import string
from typing import NamedTuple, TypeAlias, assert_never, get_args

from listok.templates.mathtree import (
    LATEX_FUNCTIONS,
    SYMBOLS,
    Accent,
    AccentKind,
    Brace,
    Delimiter,
    Fenced,
    Fraction,
    Function,
    Grid,
    GridKind,
    Hole,
    Math,
    Num,
    Operator,
    Root,
    Row,
    Script,
    Section,
    Space,
    SpaceWidth,
    Symbol,
    Words,
)
from listok.templates.paths import PATH

GridRow: TypeAlias = tuple[Math, ...] | Section[tuple[Math, ...]]

MAX_DEPTH = 60
"""Formulas nested deeper than this are refused, well before Python's own recursion limit."""

ALIASES = {
    "neq": "ne",
    "leq": "le",
    "geq": "ge",
    "dots": "ldots",
    "rightarrow": "to",
    "gets": "leftarrow",
    "land": "wedge",
    "lor": "vee",
    "lnot": "neg",
    "ast": "*",
    "implies": "Rightarrow",
    "iff": "Leftrightarrow",
    "|": "lVert",
}
"""Second names of symbols, and what they are called in the tree."""

SPACES: dict[str, SpaceWidth] = {",": "thin", ";": "thin", " ": "thin", "quad": "quad", "qquad": "qquad"}
ACCENTS: dict[str, AccentKind] = {kind: kind for kind in get_args(AccentKind)}
GRIDS: dict[str, GridKind] = {"matrix": "plain", "pmatrix": "matrix", "cases": "cases", "aligned": "aligned"}
DELIMITERS: dict[str, Delimiter] = {
    "(": "(",
    ")": ")",
    "[": "[",
    "]": "]",
    "|": "|",
    ".": "",
    "\\{": "{",
    "\\}": "}",
    "\\lvert": "|",
    "\\rvert": "|",
    "\\lVert": "‖",
    "\\rVert": "‖",
    "\\|": "‖",
    "\\lfloor": "⌊",
    "\\rfloor": "⌋",
    "\\lceil": "⌈",
    "\\rceil": "⌉",
    "\\langle": "⟨",
    "\\rangle": "⟩",
}
STRUCTURES = (
    "frac",
    "dfrac",
    "sqrt",
    "operatorname",
    "text",
    "mathrm",
    "mathbb",
    "mathcal",
    "left",
    "begin",
    "underbrace",
)

_HOLE = re.compile(r"\{\{(" + PATH + r")(?::([^{}|:]+))?\}\}")
_TAG = re.compile(r"\{\{([#^/])(" + PATH + r")\}\}")
_TOKEN = re.compile(r"\\([A-Za-z]+|.)|\d+(?:\.\d+)?|.", re.DOTALL)
_NAME = re.compile(r"[^\W_]+")
_LETTERS = frozenset(string.ascii_letters)
_STOPS = frozenset(["", "}", "&", "\\\\", "\\end", "\\right"])


class MathError(ValueError):
    """A formula that cannot be read: `message` says why, `position` is the offset of the trouble in the source."""

    def __init__(self, message: str, position: int) -> None:
        super().__init__(message, position)
        self.message = message
        self.position = position

    def __str__(self) -> str:
        return f"{self.message} (at character {self.position + 1})"


class _Token(NamedTuple):
    """`text` is the source of the token (``""`` at the end); holes and tags also carry their match."""

    text: str
    at: int
    end: int
    hole: re.Match[str] | None = None
    tag: re.Match[str] | None = None

    @property
    def stops(self) -> bool:
        """Whether no row goes on past this token: the end, a closing mark, a cell or row separator."""
        return self.text in _STOPS or (self.tag is not None and self.tag[1] == "/")


@functools.lru_cache(maxsize=4096)
def parse(source: str) -> Math:
    """Read a formula (without dollar signs) into a tree; raises `MathError`."""
    reader = _Reader(source)
    body = reader.row()
    token = reader.peek()
    if token.text:
        raise MathError(f"unexpected {token.text}", token.at)
    return body


class _Reader:
    """A recursive-descent reader over one source string."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.at = 0
        self.depth = 0
        self.token = _Token("", -1, -1)

    # Tokens

    def peek(self) -> _Token:
        if self.token.at != self.at:
            self.token = self.read()
        return self.token

    def read(self) -> _Token:
        source = self.source
        while self.at < len(source) and source[self.at] in " \n\t":
            self.at += 1
        at = self.at
        if source.startswith("{{", at):
            if hole := _HOLE.match(source, at):
                return _Token(hole[0], at, hole.end(), hole=hole)
            if tag := _TAG.match(source, at):
                return _Token(tag[0], at, tag.end(), tag=tag)
        match = _TOKEN.match(source, at)
        return _Token(match[0], at, match.end()) if match else _Token("", at, at)

    def take(self) -> _Token:
        token = self.peek()
        self.at = token.end
        return token

    def expect(self, text: str, opened: _Token) -> None:
        token = self.take()
        if token.text != text:
            raise MathError(f"{opened.text} needs {text}, got {token.text or 'the end of the formula'}", token.at)

    def deeper(self) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise MathError("the formula is nested too deeply", self.at)

    # Rows, sections, scripts

    def row(self, bars: bool = False) -> Math:
        items = self.items(bars)
        return items[0] if len(items) == 1 and not isinstance(items[0], Section) else Row(items)

    def items(self, bars: bool = False) -> tuple[Math, ...]:
        """Read nodes up to a token that stops a row; with `bars`, a ``|`` stops it too."""
        self.deeper()
        items: list[Math] = []
        while not (token := self.peek()).stops and not (bars and token.text == "|"):
            if token.tag:
                items.append(self.section())
            else:
                items.append(self.scripts(self.atom()))
        self.depth -= 1
        return tuple(items)

    def section(self) -> Section[Math]:
        kind, path = self.open_tag()
        content = self.items()
        self.close_tag(path)
        return Section(path, kind == "^", content)

    def open_tag(self) -> tuple[str, str]:
        tag = self.take().tag
        assert tag is not None
        return tag[1], tag[2]

    def close_tag(self, path: str) -> None:
        token = self.take()
        if token.tag is None or token.tag[1] != "/" or token.tag[2] != path:
            got = token.text or "the end of the formula"
            raise MathError(f"section {path} needs {{{{/{path}}}}}, got {got}", token.at)

    def scripts(self, base: Math) -> Math:
        sub: Math | None = None
        sup: tuple[Math, ...] = ()
        powers = 0
        while (token := self.peek()).text in ("_", "^", "'"):
            self.take()
            if token.text == "'":
                if powers:
                    raise MathError("a prime goes before the power", token.at)
                sup += (Symbol("prime"),)
            elif token.text == "_":
                if sub is not None:
                    raise MathError("two indices on one base", token.at)
                sub = self.argument(token)
            else:
                if powers:
                    raise MathError("two powers on one base", token.at)
                powers += 1
                sup += (self.argument(token),)
        if sub is None and not sup:
            return base
        return Script(base, sub, sup[0] if len(sup) == 1 else Row(sup) if sup else None)

    def argument(self, owner: _Token) -> Math:
        """Read what a script or a macro applies to: a group, a hole, or one sign."""
        token = self.peek()
        if token.text == "{":
            return self.group(token)
        if token.stops or token.tag or token.text in ("_", "^", "'"):
            raise MathError(f"{owner.text} needs something after it", token.at)
        after = self.source[token.end : token.end + 1]
        torn = (
            len(token.text) > 1
            if token.text[0].isdigit()
            else token.text in ("-", "+") and (after.isalnum() or after == "\\")
        )
        if owner.text in ("_", "^") and torn:
            # TeX would raise only the first sign of x^10 or 10^-3; nobody means that.
            raise MathError(f"write {owner.text}{{...}} with braces around what belongs to the script", token.at)
        if token.text[0].isdigit():
            # As in TeX, an argument without braces is one digit: \frac12 is one half.
            self.at = token.at + 1
            return Num(token.text[0])
        self.deeper()
        node = self.atom()
        self.depth -= 1
        return node

    def group(self, opened: _Token) -> Math:
        self.take()
        body = self.row()
        self.expect("}", opened)
        return body

    def name(self, owner: _Token) -> tuple[str, int]:
        """Read plain characters in braces, as they stand; returns them and where they begin."""
        opened = self.take()
        if opened.text != "{":
            raise MathError(f"{owner.text} needs a name in braces", opened.at)
        end = self.source.find("}", self.at)
        if end < 0:
            raise MathError(f"{owner.text} needs }}, got the end of the formula", len(self.source))
        start, self.at = self.at, end + 1
        return self.source[start:end], start

    # Atoms

    def atom(self) -> Math:
        token = self.take()
        text = token.text
        if token.hole:
            spec = token.hole[2]
            return Hole(token.hole[1], tuple(part.strip() for part in spec.split(",")) if spec else ())
        if text in _LETTERS:
            return Symbol(text)
        if text[0].isdigit() and text.isascii():
            return Num(text)
        if text[0] == "\\" and len(text) > 1:
            return self.macro(token)
        if text == "{":
            self.at = token.at
            return self.group(token)
        if text == "|":
            body = self.row(bars=True)
            if self.peek().text != "|":
                raise MathError("| is not closed; a condition is written with \\mid", token.at)
            self.take()
            return Fenced("|", body, "|")
        if text == "~":
            return Space("thin")
        if text in ("_", "^", "'"):
            raise MathError(f"nothing before {text} to put it on", token.at)
        if text in SYMBOLS:
            return Operator(text)
        if text.isalpha():
            raise MathError(f"{text} is not a letter of formulas; words go into \\text{{...}}", token.at)
        raise MathError(f"{text} has no place in a formula", token.at)

    def macro(self, token: _Token) -> Math:
        name = token.text[1:]
        name = ALIASES.get(name, name)
        if name in SYMBOLS and (name.isalpha() or name in "{}%*"):
            return Symbol(name) if SYMBOLS[name].role == "letter" else Operator(name)
        if name in LATEX_FUNCTIONS:
            return Function(name)
        if name in SPACES:
            return Space(SPACES[name])
        if name in ACCENTS:
            return Accent(ACCENTS[name], self.argument(token))
        match name:
            case "frac" | "dfrac":
                top = self.argument(token)
                return Fraction(top, self.argument(token))
            case "sqrt":
                return Root(self.argument(token))
            case "operatorname":
                word, at = self.name(token)
                if not _NAME.fullmatch(word):
                    raise MathError(f"{word!r} is not a function name of letters and digits", at)
                return Function(word)
            case "text" | "mathrm":
                return self.words(token)
            case "mathbb" | "mathcal":
                word, at = self.name(token)
                full = f"{name}{{{word}}}"
                if full not in SYMBOLS:
                    known = ", ".join(key[len(name) + 1 : -1] for key in SYMBOLS if key.startswith(name))
                    raise MathError(f"\\{full} is unknown; there are {known}", at)
                return Symbol(full)
            case "left":
                return self.fenced(token)
            case "begin":
                return self.grid(token)
            case "underbrace":
                body = self.argument(token)
                self.expect("_", token)
                return Brace(body, self.argument(token))
            case _:
                raise MathError(_unknown("\\" + name, ["\\" + known for known in _macro_names()]), token.at)

    def words(self, owner: _Token) -> Math:
        """Read ``\\text{...}``: plain characters and holes."""
        opened = self.take()
        if opened.text != "{":
            raise MathError(f"{owner.text} needs words in braces", opened.at)
        items: list[Math] = []
        start = self.at
        while True:
            at = self.at
            hole = _HOLE.match(self.source, at)
            sign = self.source[at : at + 1]
            if (hole or sign == "}") and at > start:
                items.append(Words(self.source[start:at]))
            if hole:
                self.at = start = hole.end()
                items.append(Hole(hole[1], tuple(part.strip() for part in hole[2].split(",")) if hole[2] else ()))
            elif sign == "}":
                self.at += 1
                return items[0] if len(items) == 1 else Row(tuple(items))
            elif sign in ("\\", "{", "$", ""):
                raise MathError(f"{owner.text}{{...}} may hold only words and holes", at)
            else:
                self.at += 1

    def delimiter(self, owner: str) -> Delimiter:
        token = self.take()
        if token.text not in DELIMITERS:
            raise MathError(_unknown(f"delimiter {token.text} after {owner}", []), token.at)
        return DELIMITERS[token.text]

    def fenced(self, token: _Token) -> Math:
        left = self.delimiter("\\left")
        body = self.row()
        self.expect("\\right", token)
        return Fenced(left, body, self.delimiter("\\right"))

    # Grids

    def grid(self, token: _Token) -> Math:
        name, at = self.name(token)
        if name not in GRIDS:
            raise MathError(_unknown(f"environment {name}", [f"environment {known}" for known in GRIDS]), at)
        rows, _ = self.grid_rows()
        self.expect("\\end", token)
        closing, at = self.name(token)
        if closing != name:
            raise MathError(f"\\begin{{{name}}} is closed by \\end{{{closing}}}", at)
        if not rows:
            raise MathError(f"{name} has no rows", token.at)
        return Grid(GRIDS[name], rows)

    def grid_rows(self) -> tuple[tuple[GridRow, ...], bool]:
        r"""Read rows up to ``\end`` or the end of a section; also says whether the last row was closed by ``\\``."""
        self.deeper()
        rows: list[GridRow] = []
        closed = True
        while True:
            token = self.peek()
            if token.tag and token.tag[1] != "/" and (section := self.row_section()):
                rows.append(section)
                closed = True
                continue
            if token.stops and token.text not in ("&", "\\\\"):
                break
            cells = [self.row()]
            while self.peek().text == "&":
                self.take()
                cells.append(self.row())
            rows.append(tuple(cells))
            closed = self.peek().text == "\\\\"
            if not closed:
                break
            self.take()
        self.depth -= 1
        return tuple(rows), closed

    def row_section(self) -> Section[tuple[Math, ...]] | None:
        """Read a section of whole rows; None (and nothing is read) if it turns out to be a section within a cell."""
        start = self.at
        kind, path = self.open_tag()
        rows, closed = self.grid_rows()
        if not closed:
            if len(rows) > 1 or isinstance(rows[0], Section) or len(rows[0]) > 1:
                raise MathError(f"each row in the section {path} must end with \\\\", self.at)
            self.at = start
            return None
        self.close_tag(path)
        # Sections of rows inside sections of rows would need a row type of their own; no text has wanted one.
        plain = tuple(row for row in rows if not isinstance(row, Section))
        if len(plain) != len(rows):
            raise MathError(f"the section {path} of rows may not hold another section of rows", start)
        return Section(path, kind == "^", plain)


@functools.cache
def _macro_names() -> tuple[str, ...]:
    symbols = (name for name in SYMBOLS if name.isalpha())
    spaces = (name for name in SPACES if name.isalpha())
    return (*symbols, *ALIASES, *LATEX_FUNCTIONS, *ACCENTS, *spaces, *STRUCTURES)


def _unknown(what: str, known: list[str]) -> str:
    near = difflib.get_close_matches(what, known, n=1, cutoff=0.6)
    return f"unknown {what}" + (f"; did you mean {near[0]}?" if near else "")


# Walking


def children(node: Math) -> tuple[Math, ...]:
    """The nodes directly inside a node, in reading order."""
    match node:
        case Num() | Symbol() | Operator() | Function() | Words() | Space() | Hole():
            return ()
        case Row():
            return node.items
        case Section():
            return node.content
        case Fraction():
            return (node.top, node.bottom)
        case Root() | Fenced() | Accent():
            return (node.body,)
        case Brace():
            return (node.body, node.note)
        case Script():
            return tuple(part for part in (node.base, node.sub, node.sup) if part is not None)
        case Grid():
            rows = [row for entry in node.rows for row in (entry.content if isinstance(entry, Section) else (entry,))]
            return tuple(cell for row in rows for cell in row)
        case _:
            assert_never(node)


def is_fixed(node: Math) -> bool:
    """Whether a node has no holes or sections, so that every variant prints it alike."""
    if isinstance(node, Grid) and any(isinstance(row, Section) for row in node.rows):
        return False
    return not isinstance(node, (Hole, Section)) and all(map(is_fixed, children(node)))


def has_small_brackets(node: Math) -> bool:
    """Whether a displayed formula has a fraction between round or square brackets that do not grow with it."""
    if isinstance(node, Grid) and node.kind == "aligned":
        return any(map(has_small_brackets, children(node)))
    opened = 0
    for item in _side_by_side(node):
        base = item.base if isinstance(item, Script) else item
        if isinstance(base, Operator) and base.name in ("(", "["):
            opened += 1
        elif isinstance(base, Operator) and base.name in (")", "]"):
            opened -= 1
        elif isinstance(base, Grid):
            if has_small_brackets(base):
                return True
        elif isinstance(base, Fenced):
            if has_small_brackets(base.body):
                return True
        elif isinstance(base, Fraction) and opened > 0:
            return True
    return False


def _side_by_side(node: Math) -> list[Math]:
    """The items of a formula, with rows and sections in it opened."""
    if isinstance(node, (Row, Section)):
        return [leaf for child in children(node) for leaf in _side_by_side(child)]
    return [node]
