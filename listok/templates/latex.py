r"""Documents printed as LaTeX, for pdfLaTeX with babel, inputenc (utf8), the T2A font encoding, amsmath and booktabs.

This is what every sheet of a class goes through, so it is written to be quick: a chain of `match` cases ordered by
how often a node is met, strings joined once, and the phrases of texts compiled once.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Callable, Sequence
from typing import Any, assert_never
from urllib.parse import quote, unquote

from listok.generators.exact import Fraction as Rational
from listok.generators.figures import Scene
from listok.generators.values import ListokError
from listok.templates import picture_latex
from listok.templates.doctree import (
    AnswerSlot,
    Block,
    Bound,
    BoundDisplay,
    Code,
    CodeBlock,
    DisplayMath,
    Emphasis,
    Figure,
    FigureHole,
    Heading,
    Inline,
    InlineMath,
    ItemList,
    Lang,
    Paragraph,
    Phrase,
    Plural,
    Rule,
    Strong,
    Table,
    TableRow,
    Text,
    Together,
    Whole,
)
from listok.templates.mathtree import (
    LATEX_FUNCTIONS,
    LIMITS,
    SYMBOLS,
    AccentKind,
    Delimiter,
    Fenced,
    Function,
    GridKind,
    Hole,
    Math,
    Num,
    Operator,
    Section,
    Space,
    Symbol,
    UnfilledError,
    Words,
    needs_brackets,
    split_number,
)
from listok.templates.notation import Formulas, Leaf, PutScripts, printed
from listok.templates.phrases import Compiler, Setting, Step

PACKAGES = ("amsmath", "amssymb", "booktabs")
"""Packages that the output needs, besides fontenc, inputenc and babel."""

# Matrices, cases and aligned equations are plain alignments: amsmath's own go through the machinery of the array
# package, which takes two to five times as long per matrix. \everycr and \tabskip may be set by a table around. Rows
# that would come nearer than 2pt, as those of fractions do, stand 4.5pt apart.
# Lists are leaner than LaTeX's, which spend most of their time on what no problem has. An item of an outer list begins
# only where some lines of it fit the page. What is found after the end of a list or a display decides whether a page
# may end there: an answer never begins one. Neither a line of words nor one for writing stands on a page alone.
MACROS = (
    picture_latex.MACROS
    + r"""
\makeatletter
\clubpenalty\@M\@clubpenalty\@M\widowpenalty\@M
\def\ListokAlign#1#2{\vcenter{\everycr{}\tabskip\z@skip\lineskip#1\lineskiplimit\lineskip#2}}
\def\Grid#1{\ListokAlign{2pt}{\lineskip4.5pt\baselineskip12pt\halign{\hfil$##$\hfil&&\kern10pt\hfil$##$\hfil\cr#1\crcr}}}
\def\PM#1{\left(\Grid{#1}\right)}
\def\Cases#1{\left\{\,\ListokAlign{3pt}{\baselineskip15pt\halign{$##$\hfil&&\kern12pt$##$\hfil\cr#1\crcr}}\right.}
\def\Aligned#1{\ListokAlign{5pt}{\baselineskip17pt\halign{\hfil$\displaystyle##$&$\displaystyle{}##$\hfil
  &&\kern20pt\hfil$\displaystyle##$&$\displaystyle{}##$\hfil\cr#1\crcr}}}
\def\Items{\par\begingroup\ifdim\@totalleftmargin>\z@\let\ListokRoom\@gobble\fi
  \advance\@totalleftmargin2.1em\advance\linewidth-2.1em\topsep5pt\parshape\@ne\@totalleftmargin\linewidth
  \@setpar{{\@@par}}\let\ListokBreak\nobreak}
\def\Item#1{\ListokGap\ListokLabel{#1}}
\def\ListokGap{\par\ListokBreak\ifdim\lastskip=\z@\vskip2pt\fi\def\ListokBreak{\ListokRoom{40pt}\penalty-51 }}
\def\ListokLabel#1{\noindent\hbox to\z@{\hss\hbox to2.1em{#1\hss}}\ignorespaces}
% A box stays on one page; what is higher than a page is set again without one. To the lines above and below it is as if
% there were no box: its height is that of its first line, and the depth that counts is that of its last one.
\newbox\ListokWholeBox \newdimen\ListokWholeDepth
\long\def\Whole#1{\par\ListokWhole{#1}}
\long\def\WholeItem#1#2{\ListokGap\ListokWhole{\ListokLabel{#1}#2}}
\long\def\ListokWhole#1{\setbox\ListokWholeBox\vtop{\parshape\@ne\@totalleftmargin\linewidth
    #1\par\global\ListokWholeDepth\prevdepth}%
  \ifdim\dimexpr\ht\ListokWholeBox+\dp\ListokWholeBox\relax>\textheight#1\par
  \else\vskip\parskip\box\ListokWholeBox\prevdepth\ListokWholeDepth\fi}
\def\EndItems{\par\endgroup\futurelet\ListokNext\ListokAfterItems}
\def\ListokAfterItems{\ListokIfAnswer\nobreak{\penalty-51 }\ifdim\lastskip=\z@\vskip2pt\fi}
\def\ListokIfAnswer#1#2{\ifx\ListokNext\Answer#1\else\ifx\ListokNext\AnswerCells#1\else
  \ifx\ListokNext\WorkLines#1\else\ifx\ListokNext\AnswerFrame#1\else#2\fi\fi\fi\fi}
% A display without a number needs nothing of what amsmath prepares for one.
\def\[{$$}
\def\]{\futurelet\ListokNext\ListokAfterDisplay}
\def\ListokAfterDisplay{\ifx\ListokNext\@sptoken\expandafter\ListokSkip\else
  \ListokIfAnswer{\postdisplaypenalty\@M}{\ifx\ListokNext\Items\postdisplaypenalty\@M\fi}$$\fi}
\begingroup\def\:{\ListokSkip}\expandafter\gdef\: {\]}\endgroup
\newcommand\Heading[3]{\Need{70pt}\addvspace{#1}\noindent{\bfseries#2\unskip\hfill\mbox{#3}\par}\nobreak\@afterheading}
\newcommand\SheetTitle[2]{\Heading{2pt}{\large#1}{#2}}
\newcommand\Problem[2]{\Heading{9pt plus 3pt}{#1}{\normalfont#2}}
\newcommand\Subhead[2]{\Heading{5pt plus 2pt}{\itshape#1}{\normalfont#2}}
% The corners of where an answer goes. Who wants to know them gives the mark another meaning; it is told the name with
% rows and columns, and how far above the current point the corner is.
\newcommand\AnswerMark[2]{}
\newcommand\RuledLine[2]{\noindent\vrule\@height7mm\@width\z@#2\AnswerMark{#1 0 0}{7mm}\hrulefill
  \AnswerMark{#1 0 0}\z@\par}
\newcommand\Answer[3]{\par\nobreak\RuledLine{#1}{#2}%
  \@tempcnta#3\relax\advance\@tempcnta\m@ne\ifnum\@tempcnta>\z@\nobreak\fi
  \@whilenum\@tempcnta>\z@\do{\RuledLine{#1}{}\advance\@tempcnta\m@ne\ifnum\@tempcnta=\@ne\nobreak\fi}}
\newcommand\WorkLines[1]{\par\nobreak\@tempcnta#1\relax\@whilenum\@tempcnta>\z@\do{%
  \noindent\vrule\@height7mm\@width\z@\hrulefill\par\advance\@tempcnta\m@ne}\nobreak}
\newcommand\AnswerCells[4]{\par\nobreak\addvspace{4pt}\noindent#2%
  \dimen@#3\dimexpr8mm\relax \dimen@ii#4\dimexpr14mm\relax
  $\vcenter{\offinterlineskip\AnswerMark{#1 #3 #4}\z@
    \hrule\@width\dimen@ii\cleaders\vbox to8mm{\vfil\hrule\@width\dimen@ii}\vskip\dimen@\kern-\dimen@
    \hbox{\cleaders\hbox to14mm{\vrule\@height\dimen@\hfil}\hskip\dimen@ii\vrule\@height\dimen@
      \AnswerMark{#1 #3 #4}\z@}}$%
  \par\addvspace{4pt}}
\newcommand\AnswerFrame[3]{\par\nobreak\noindent #2\par\nobreak\vskip4pt
  \noindent\AnswerMark{#1 0 0}{#3}{\fboxsep0pt\framebox[\linewidth]{\rule{0pt}{#3}}}\AnswerMark{#1 0 0}\z@\par
  \addvspace{4pt}}
% What stands by itself in the middle, on the page of the words before it: LaTeX's environment center without its list.
\long\def\Centred#1{\par\nobreak\addvspace{8pt plus 3pt minus 5pt}%
  \noindent\hbox to\linewidth{\hss#1\hss}\par}
\def\EndCentred{\futurelet\ListokNext\ListokAfterCentred}
\def\ListokAfterCentred{\ListokIfAnswer\nobreak{\addpenalty\@endparpenalty}\addvspace{6pt plus 3pt minus 5pt}}
% A page already overfull will end before what made it so.
\def\ListokRoom#1{\ifinner\else\ifdim\pagetotal<\pagegoal\ifdim\dimexpr\pagegoal-\pagetotal\relax<#1\relax
  \vfil\penalty-\@M\fi\fi\fi}
\newcommand\Need[1]{\par\ListokRoom{#1}}
\newenvironment{Together}{\Need{25mm}\addvspace{10pt plus 4pt}\@tempskipa\parskip
  \noindent\begin{minipage}{\linewidth}\parskip\@tempskipa}{\end{minipage}\par\addvspace{3pt}}
\newenvironment{Listing}{\par\addvspace{3pt}\ttfamily\parindent\z@\parskip\z@\raggedright
  \leavevmode}{\par\addvspace{3pt}}
\newcommand\CodeLine{\\\leavevmode}
\newcommand\HighRows{\renewcommand\arraystretch{1.35}}
% Rows of a table have no space between them: fractions one below another would touch.
\newcommand\FractionRow{\rule[-6pt]{0pt}{18pt}}
\newcommand\ThinRule{\par\noindent\hrulefill\par}
\makeatother
"""
)

# Every range was found by compiling each character of U+00A0 to U+04FF and of the general punctuation with the fonts
# of a sheet: left out are the unknown ones, and those of the text companion fonts, which come out as bitmaps.
_PRINTABLE = (
    (0x00A1, 0x00A1),
    (0x00A7, 0x00A7),
    (0x00AB, 0x00AB),
    (0x00BB, 0x00BB),
    (0x00BF, 0x00CF),
    (0x00D1, 0x00D6),
    (0x00D8, 0x00DD),
    (0x00DF, 0x00EF),
    (0x00F1, 0x00F6),
    (0x00F8, 0x00FD),
    (0x00FF, 0x0125),
    (0x0128, 0x0137),
    (0x0139, 0x013E),
    (0x0141, 0x0148),
    (0x014C, 0x0165),
    (0x0168, 0x017E),
    (0x01C4, 0x01D4),
    (0x01E2, 0x01E3),
    (0x01E6, 0x01EB),
    (0x01F0, 0x01F0),
    (0x01F4, 0x01F5),
    (0x0218, 0x021B),
    (0x0232, 0x0233),
    (0x0237, 0x0237),
    (0x0400, 0x045F),
    (0x0490, 0x0493),
    (0x0496, 0x049D),
    (0x04A0, 0x04A5),
    (0x04AA, 0x04AB),
    (0x04AE, 0x04B3),
    (0x04B6, 0x04BB),
    (0x04C0, 0x04C2),
    (0x04D0, 0x04DF),
    (0x04E2, 0x04E9),
    (0x04EC, 0x04F5),
    (0x04F8, 0x04F9),
    (0x2018, 0x201A),
    (0x201C, 0x201E),
    (0x2030, 0x2030),
    (0x2116, 0x2116),
)


class UnprintableError(ListokError, ValueError):
    """A text with characters that the fonts of a sheet do not have; they are in `characters`."""

    def __init__(self, characters: str) -> None:
        names = ", ".join(f"{char!r} (U+{ord(char):04X})" for char in characters)
        super().__init__(f"cannot be printed with LaTeX: {names}")
        self.characters = characters


class _Escapes(dict[int, str]):
    """The table for `str.translate`: what is not in it yet is looked up once, and refused if it cannot be printed."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        if not _is_printable(char):
            raise UnprintableError(char)
        self[code] = char
        return char


_SPECIAL = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
    "'": "{'}",
    "`": r"\`{}",
    "-": "{-}",
    # After the end of a table row or at the start of an item, a bracket or star would be read as an option.
    "[": "{[}",
    "*": "{*}",
    "\n": " ",
    "\t": " ",
    "\u00a0": "~",
    "\u00ad": r"\-",
    "\u2009": r"\,",
    "\u202f": r"\,",
    "\u2010": "{-}",
    "\u2011": r"\mbox{-}",
    "–": "--",
    "—": "---",
    "…": r"\ldots{}",
    "’": "{'}",
    "‘": r"\textquoteleft{}",
}
_IN_MATH = {
    "−": "-",
    "±": r"\pm",
    "×": r"\times",
    "·": r"\cdot",
    "÷": r"\div",
    "°": r"^\circ",
    "²": "^2",
    "³": "^3",
    "√": r"\surd",
    "•": r"\bullet",
    "≤": r"\le",
    "≥": r"\ge",
    "≠": r"\ne",
    "≈": r"\approx",
    "→": r"\to",
    "⇒": r"\Rightarrow",
    "∞": r"\infty",
    "∈": r"\in",
    **{glyph.unicode: glyph.latex for glyph in SYMBOLS.values() if "\u0370" <= glyph.unicode <= "\u03ff"},
}


def _is_printable(char: str) -> bool:
    code = ord(char)
    return (
        0x20 <= code <= 0x7E
        or char in _SPECIAL
        or char in _IN_MATH
        or any(first <= code <= last for first, last in _PRINTABLE)
    )


_ESCAPES = _Escapes(
    {ord(char): text for char, text in _SPECIAL.items()}
    | {ord(char): rf"\ensuremath{{{text}}}" for char, text in _IN_MATH.items()}
)
_CODE_ESCAPES = _Escapes(_ESCAPES | {0x20: "~", 0x0A: "\\CodeLine\n", 0x09: "~~~~"})


def unprintable(text: str) -> str:
    """The characters of a text that LaTeX would stop at or drop (each once, in order); empty if it can be printed.

    Letters are judged in their composed form, as `escape` prints them.
    """
    composed = unicodedata.normalize("NFC", text)
    return "".join(dict.fromkeys(char for char in composed if not _is_printable(char)))


def printable(text: str) -> bool:
    """Whether every character of a text is in the fonts of a sheet."""
    return not unprintable(text)


@functools.lru_cache(maxsize=4096)
def escape(text: str) -> str:
    """Any text as LaTeX that prints its very characters; raises `UnprintableError` if some are not in the fonts."""
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    try:
        # A dash keeps to the word before it; two commas must not join into a low quotation mark.
        return text.translate(_ESCAPES).replace(" ---", "~---").replace(",,", ",{},")
    except UnprintableError:
        raise UnprintableError(unprintable(text)) from None


def _command(latex: str) -> str:
    """A command as it stands in a formula: a control word ends with a space, so that letters may follow."""
    return latex + " " if latex[0] == "\\" and latex[-1].isalpha() else latex


_GLYPHS = {chr(code): chr(code) for code in (*range(65, 91), *range(97, 123))} | {
    name: _command(glyph.latex) for name, glyph in SYMBOLS.items()
}
# A long list of numbers must find its way round the end of a line; a short one should rather not.
_GLYPHS |= {mark: mark + r"\penalty300 " for mark in ",;"}
_FENCES = {
    "": ".",
    "{": r"\{",
    "}": r"\}",
    "‖": r"\Vert ",
    "⌊": r"\lfloor ",
    "⌋": r"\rfloor ",
    "⌈": r"\lceil ",
    "⌉": r"\rceil ",
    "⟨": r"\langle ",
    "⟩": r"\rangle ",
}
_LEFT = {sign: r"\left" + _FENCES.get(sign, sign) for sign in "()[]{}|‖⌊⌋⌈⌉⟨⟩"} | {"": r"\left."}
_RIGHT = {sign: r"\right" + _FENCES.get(sign, sign) for sign in "()[]{}|‖⌊⌋⌈⌉⟨⟩"} | {"": r"\right."}
_PLAIN = frozenset("()[]")
_TALL = re.compile(r"\\(?:d?frac|PM|Grid|Cases|Aligned|sum|prod|int|sqrt|left|underbrace|hat|bar)(?![a-zA-Z])")
_GRIDS = {"plain": r"\Grid{", "matrix": r"\PM{", "cases": r"\Cases{", "aligned": r"\Aligned{"}
_SPACES = {"thin": r"\,", "quad": r"\quad ", "qquad": r"\qquad "}
_KEPT = (r"\Answer", r"\WorkLines")  # what stays by itself on the page of the words before it
_HEADINGS = {1: r"\SheetTitle{", 2: r"\Problem{", 3: r"\Subhead{"}


class Tex:
    """The notation of LaTeX in one language: a printed formula is text without the signs that open and close it."""

    def __init__(self, lang: str) -> None:
        self._mark = "{,}" if lang == "ru" else "."

    def leaf(self, node: Leaf) -> str:
        match node:
            case Num():
                text = node.text
                if "e" in text:
                    text, power = split_number(text)
                    return f"{text.replace('.', self._mark)}\\cdot 10^{{{power}}}"
                return text.replace(".", self._mark)
            case Symbol() | Operator():
                return _GLYPHS[node.name]
            case Function():
                return _function(node.name)
            case Words():
                return f"\\text{{{escape(node.text)}}}"
            case Space():
                return _SPACES[node.width]
            case _:
                assert_never(node)

    def row(self, parts: Sequence[str]) -> str:
        return "".join(parts)

    def fraction(self, top: str, bottom: str) -> str:
        return f"\\frac{{{top}}}{{{bottom}}}"

    def root(self, body: str) -> str:
        return f"\\sqrt{{{body}}}"

    def fenced(self, left: Delimiter, body: str, right: Delimiter) -> str:
        """Round and square brackets grow only round what is tall: TeX breaks no line inside brackets that grow."""
        if left in _PLAIN and right in _PLAIN and not _TALL.search(body):
            return f"{left}{body}{right}"
        return f"{_LEFT[left]}{body}{_RIGHT[right]}"

    def grid(self, kind: GridKind, rows: Sequence[Sequence[str]]) -> str:
        return _GRIDS[kind] + "\\cr ".join(["&".join(row) for row in rows]) + "}"

    def accent(self, kind: AccentKind, body: str) -> str:
        return f"\\{kind}{{{body}}}"

    def brace(self, body: str, note: str) -> str:
        return f"\\underbrace{{{body}}}_{{{note}}}"

    def script(self, base: Math, raised: bool) -> PutScripts[str]:
        text = printed(base, self)
        if raised and needs_brackets(base):
            text = f"\\left({text}\\right)"
        elif not isinstance(base, (Symbol, Operator, Function, Fenced)):
            text = f"{{{text}}}"

        def put(sub: str | None, sup: str | None) -> str:
            below = "" if sub is None else f"_{{{sub}}}"
            return f"{text}{below}" if sup is None else f"{text}{below}^{{{sup}}}"

        return put


_SET: dict[Setting, tuple[str, str]] = {
    "inline": ("$", "$"),
    "tall": ("$\\displaystyle ", "$"),
    "display": ("\\[", "\\]"),
}


class Printer:
    """Prints filled documents in one language."""

    emphasis = "\\emph{", "}"
    strong = "\\textbf{", "}"

    def __init__(self, lang: Lang) -> None:
        self.lang: Lang = lang
        self._notation = Tex(lang)
        self._formulas = Formulas(self._notation, lang)
        self._compiler = Compiler(self)
        self._write = self._formulas.writer(())
        self._picture = functools.lru_cache(2**8)(self._drawn)

    # Mathematics

    def formula(self, node: Math) -> str:
        """A formula without the signs that open and close mathematics."""
        return printed(node, self._notation)

    def math(self, node: Math) -> str:
        """A formula inside a line."""
        return self._set(node, "inline")

    def display(self, node: Math) -> str:
        """A formula on a line of its own."""
        return self._set(node, "display")

    def _set(self, node: Math, setting: Setting) -> str:
        before, after = _SET[setting]
        return f"{before}{self.formula(node)}{after}"

    def math_step(self, node: Math, setting: Setting) -> Step:
        """What prints a formula with holes."""
        before, after = _SET[setting]
        step = self._formulas.step(node)
        return lambda scopes: f"{before}{step(scopes)}{after}"

    def value_writer(self, spec: tuple[str, ...]) -> Callable[[Any], str]:
        """What prints a value in a line, written as a hole says."""
        write = self._formulas.writer(spec)
        return lambda value: f"${write(value)}$"

    def label(self, content: str | Rational | float) -> str:
        """The content of a figure's label, without dollar signs: a formula as text, or a number."""
        return self._write(content)

    # Inlines

    def inlines(self, nodes: Sequence[Inline]) -> str:
        """Text with mathematics in it, within a paragraph."""
        return "".join([self._inline(node) for node in nodes])

    def _inline(self, node: Inline) -> str:
        match node:
            case Text():
                return escape(node.text)
            case Bound():
                return self._compiler.phrase(node)
            case InlineMath():
                return self._set(node.body, "tall" if node.tall else "inline")
            case Phrase():
                return self.inlines(node.content)
            case Emphasis():
                return f"\\emph{{{self.inlines(node.content)}}}"
            case Strong():
                return f"\\textbf{{{self.inlines(node.content)}}}"
            case Code():
                return f"\\texttt{{{node.text.translate(_CODE_ESCAPES)}}}"
            case Hole() | Section() | Plural():
                raise UnfilledError(node.path)
            case _:
                assert_never(node)

    # Blocks

    def blocks(self, nodes: Sequence[Block]) -> str:
        """Blocks one under another; the result ends with an empty line or the end of an environment."""
        return _joined("".join([self._block(node) for node in nodes]))

    def _block(self, node: Block) -> str:
        match node:
            case Paragraph():
                return f"{self.inlines(node.content)}\n\n"
            case BoundDisplay():
                return f"{self._compiler.display(node)}\n"
            case DisplayMath():
                return f"{self.display(node.body)}\n"
            case Heading():
                return f"{_HEADINGS[node.level]}{self.inlines(node.content)}}}{{{self.inlines(node.aside)}}}\n"
            case ItemList():
                return self._list(node)
            case AnswerSlot():
                return _answer(node)
            case Table():
                return self._table(node)
            case Figure():
                # Paper has no room for the words that stand for a figure elsewhere.
                return f"\\Centred{{{self._picture(node.scene)}}}\\EndCentred\n"
            case CodeBlock():
                return f"\\begin{{Listing}}%\n{node.text.rstrip().translate(_CODE_ESCAPES)}\\end{{Listing}}\n"
            case Together():
                return f"\\begin{{Together}}\n{self.blocks(node.content)}\\end{{Together}}\n"
            case Whole():
                return f"\\Whole{{{self.blocks(node.content)}}}\n"
            case Rule():
                return "\\ThinRule\n"
            case FigureHole() | Section():
                raise UnfilledError(node.path)
            case _:
                assert_never(node)

    def _list(self, node: ItemList) -> str:
        items = []
        for item in node.items:
            if isinstance(item, Section):
                raise UnfilledError(item.path)
            match item.content:
                case (Whole(content),):
                    items.append(f"\\WholeItem{{{escape(item.label)}}}{{{self._led(content, item.lead)}}}\n")
                case content:
                    items.append(f"\\Item{{{escape(item.label)}}} {self._led(content, item.lead)}")
        return f"\\Items\n{''.join(items)}\\EndItems\n"

    def _led(self, content: Sequence[Block], lead: int) -> str:
        """What stands in an item; what it leads with stays on the page of what follows."""
        printed_blocks = [self._block(node) for node in content]
        first, text = _joined("".join(printed_blocks[:lead])), _joined("".join(printed_blocks[lead:]))
        if not first.endswith("\n\n") or not text:
            return first + text
        if text.startswith("\\["):
            return first[:-1] + text
        return first + text if text.startswith(_KEPT) else f"{first[:-2]}\\par\\nobreak\n{text}"

    def _drawn(self, scene: Scene) -> str:
        return picture_latex.draw(scene, self.label)

    def _table(self, node: Table) -> str:
        rows = []
        for row in node.rows:
            if isinstance(row, Section):
                raise UnfilledError(row.path)
            rows.append(self._row(row))
        header = None if node.header is None else self._row(node.header)
        if node.ruled:
            lines = "".join([f"{row}\\hline\n" for row in (*([] if header is None else [header]), *rows)])
            columns = f"|{'|'.join(node.align)}|"
            body = f"\\HighRows\\begin{{tabular}}{{{columns}}}\\hline\n{lines}\\end{{tabular}}"
        else:
            top = "" if header is None else f"{header}\\midrule\n"
            body = f"\\begin{{tabular}}{{{node.align}}}\\toprule\n{top}{''.join(rows)}\\bottomrule\\end{{tabular}}"
        return f"\\Centred{{{body}}}\\EndCentred\n"

    def _row(self, row: TableRow) -> str:
        cells = " & ".join([self.inlines(cell) for cell in row.cells])
        return ("\\FractionRow " if "\\frac" in cells or "\\dfrac" in cells else "") + cells + " \\\\\n"


def _joined(text: str) -> str:
    """Blocks put together: a display belongs to the paragraph before it; after an empty line TeX would put an empty one
    above it."""
    return text.replace("\n\n\\[", "\n\\[")


@functools.cache
def _function(name: str) -> str:
    if name in LATEX_FUNCTIONS:
        return f"\\{name} "
    if not name.isascii():
        # The fonts of formulas have no Cyrillic.
        return f"\\mathop{{\\text{{{escape(name)}}}}}\\nolimits "
    return f"\\operatorname*{{{name}}}" if name in LIMITS else f"\\operatorname{{{name}}}"


def marked(name: str) -> str:
    """The name of an answer as TeX can write it down again, whatever its characters."""
    return quote(name, safe="").replace("~", "%7E").replace("%", "=")


def unmarked(mark: str) -> str:
    """The name that `marked` made a mark of."""
    return unquote(mark.replace("=", "%"))


@functools.lru_cache(2**10)
def _answer(node: AnswerSlot) -> str:
    label = escape(node.label) + ("~" if node.label else "")
    if node.frame:
        return f"\\AnswerFrame{{{marked(node.name)}}}{{{label}}}{{{node.frame}mm}}\n"
    if node.shape is None:
        answer = f"\\Answer{{{marked(node.name)}}}{{{label}}}{{{node.lines}}}\n"
        return answer if node.lines else f"\\par {label}\\par\n"
    rows, columns = node.shape
    work = f"\\WorkLines{{{node.lines}}}" if node.lines else ""
    return f"{work}\\AnswerCells{{{marked(node.name)}}}{{{label}}}{{{rows}}}{{{columns}}}\n"


@functools.cache
def printer(lang: Lang) -> Printer:
    """The printer of a language; one per process, so that what it remembers serves every sheet."""
    return Printer(lang)
