r"""Whole LaTeX documents: every form brings its header, QR symbol and pages.

PyLaTeX makes the skeleton: class, options, packages, and the command that begins a form with its header. What stands in
the pages comes from `latex`, which prints the document tree that all notations share; PyLaTeX's lists and tables would
be a second tree beside it.

Fonts: with cm-super-minimal only the 10 pt outlines of the T2A fonts exist, and any other size would silently become
a bitmap. So every family is declared as one scaled outline, before fontenc is loaded.

Pages: TeX knows how many pages a form has when it has set the last one. So the pages of a form are held in a box and
sent off at its end, each with its "page x of y": one run is enough, and no package has a say in it.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable
from typing import Final

from pylatex import Command, Document, NoEscape, Package

from listok.templates.latex import MACROS, PACKAGES, escape
from listok.templates.pages import OF, Pages
from listok.templates.picture_latex import POINTS
from listok.templates.qr import MODULES, PAGES, Rectangles, first_page, turns
from listok.templates.sheet import WORDS
from listok.templates.text import Lang

FOOT: Final = "\\end{document}\n"
"""What ends a document."""

_SHAPES = {
    "cmr": {"m/n": "larm", "m/it": "lati", "m/sl": "lasl", "m/sc": "lacc", "bx/n": "labx", "b/n": "labx",
            "bx/it": "labi", "b/it": "labi"},
    "cmss": {"m/n": "lass", "bx/n": "lasx", "b/n": "lasx"},
    "cmtt": {"m/n": "latt", "bx/n": "latt", "b/n": "latt", "m/it": "latt"},
}  # fmt: skip
_HYPHEN = {"cmr": "45", "cmss": "45", "cmtt": "-1"}

FACES: Final = tuple(sorted({f"{face}1000" for shapes in _SHAPES.values() for face in shapes.values()}))
"""The T2A fonts of a document, by their TeX names."""

_MODULE_MM = 0.6
_SPLIT = "@@BODY@@"

_PAGES = (
    r"""
\pdfinfoomitdate=1 \pdfsuppressptexinfo=-1
\pdfobjcompresslevel=0 % so that files can be joined and split object by object
\pdfcompresslevel=3 % the highest takes a fifth longer for files a tenth smaller
\AtBeginDocument{\pdftrailerid{}}% a format does not keep it
\makeatletter
% LaTeX since 2021 runs hooks at both ends of every paragraph, babel looks ahead at every tie, a change of face searches
% for the font: together a fourth of a sheet's time. Nothing here uses them, so TeX's own commands take their places.
\def\ListokPlain#1{\expandafter\let\csname#1\expandafter\endcsname\csname tex_#1:D\endcsname}
\def\ListokFace#1#2{{\normalfont#2\expandafter\global\expandafter\let\expandafter#1\the\font}}
\AtBeginDocument{%
  \ifcsname tex_everypar:D\endcsname
    \csname tex_everypar:D\endcsname{}%
    \ListokPlain{everypar}\ListokPlain{par}\ListokPlain{noindent}\ListokPlain{indent}\let\@@par\par
  \fi
  \def~{\nobreak\ }%
  \ListokFace\ListokBold\bfseries\ListokFace\ListokSmall\small\ListokFace\ListokSmallType{\small\ttfamily}%
  \def\textbf#1{{\ListokBold#1}}}
\makeatother
\setlength{\parindent}{0pt}\setlength{\parskip}{3pt plus 1pt minus 1pt}
\setlength{\emergencystretch}{3em} % a formula that does not break may leave its line loose, but not stick out
\makeatletter
% A form: its header for every page, pages counted from 1, and where the count is odd a page that is blank below its
% header (two-sided printing).
\newbox\ListokHead \newbox\ListokHeld \newbox\ListokPage \newcount\ListokPages \newcount\ListokShipped
\newcommand\FormCode{}
\newcommand\BeginForm[4]{\newpage\gdef\FormCode{#3}\gdef\ListokSymbol{#4}\global\ListokPages\z@
  \global\setbox\ListokHeld\box\voidb@x
  \global\setbox\ListokHead\vbox to\headheight{\vss
    \vbox{\hsize\dimexpr\textwidth-20mm\relax\raggedright\small#1\par#2\strut\par}\kern1mm \hrule\@width\textwidth}}
% The symbol of page 1, and what differs in that of this page: where both are dark, the even-odd rule leaves a blank.
\newcommand\ListokQR{\ifx\ListokSymbol\@empty\else
  \rlap{\kern\dimexpr\textwidth-"""
    + f"{_MODULE_MM * MODULES:.2f}mm\\relax\\raise2.4mm\\hbox{{\\pdfliteral{{"
    + f"q {_MODULE_MM * POINTS:.5f} 0 0 {_MODULE_MM * POINTS:.5f}"
    + r""" 0 0 cm \ListokSymbol\csname ListokTurn\the\@tempcnta\endcsname f* Q}}}\fi}
\newcommand\EndForm{\newpage\@tempcnta\z@
  \loop\ifnum\@tempcnta<\ListokPages
    \advance\@tempcnta\@ne
    \global\setbox\ListokHeld\vbox{\unvbox\ListokHeld\global\setbox\ListokPage\lastbox}%
    \ListokSide{\ListokSmall\PageWord~\the\@tempcnta\ \PageOf~\the\ListokPages}%
  \repeat
  \ifodd\ListokPages\ifx\FormCode\@empty\ListokShip{}\else
    \advance\@tempcnta\@ne\global\setbox\ListokPage\vbox to\textheight{}\ListokSide{}\fi\fi}
\newcommand\ListokSide[1]{\ListokShip{\hb@xt@\textwidth{\ListokQR\copy\ListokHead\hss}\nointerlineskip\kern\headsep
  \box\ListokPage\nointerlineskip\vbox to\footskip{\vss\hb@xt@\textwidth{{\ListokSmallType\FormCode}\hfil#1}}}}
% Nothing here floats, and no mark is taken: a page that is full is put before the first one in the box of those held.
\AtBeginDocument{\let\clearpage\newpage
  \output{\deadcycles\z@\global\advance\ListokPages\@ne
    \ifnum\ListokPages>"""
    + f"{PAGES} \\errmessage{{More than {PAGES} pages in a form}}"
    + r"""\fi
    \global\setbox\ListokHeld\vbox{%
      \vbox to\textheight{\dimen@\dp\@cclv\unvbox\@cclv\kern-\dimen@\vskip\z@\@plus.0001fil}\unvbox\ListokHeld}}}
% LaTeX's own \shipout looks for work that others want done to the page; here there are none.
\expandafter\let\expandafter\ListokShipout
  \csname\ifcsname tex_shipout:D\endcsname tex_shipout:D\else shipout\fi\endcsname
\def\ListokShip#1{\global\advance\ListokShipped\@ne
  \ListokShipout\vbox{\kern\topmargin\moveright\oddsidemargin\vbox{#1}}}
\makeatother
"""
)


def document(pages: Iterable[Pages], lang: Lang, paper: str = "a4") -> Iterable[str]:
    """A LaTeX document in pieces: preamble, each run of pages, foot. Plain ``pdflatex`` prints it, in one run."""
    yield preamble(lang, paper)
    for run in pages:
        yield form(run)
    yield FOOT


def form(run: Pages) -> str:
    """The source of one run of pages, padded to an even number."""
    words = *map(escape, (run.who, run.what, run.code)), _path(first_page(run.code))
    header = Command("BeginForm", [NoEscape(text) for text in words])
    return f"{header.dumps()}\n{run.body}\n\\EndForm\n"


def _path(dark: Rectangles) -> str:
    """Dark modules of a symbol as a path of PDF."""
    return "".join(f"{x} {MODULES - y - height} {width} {height} re " for x, y, width, height in dark)


@functools.cache
def preamble(lang: Lang, paper: str = "a4") -> str:
    r"""All that stands before the first form, ``\begin{document}`` included; `paper` is ``a4`` or ``letter``."""
    doc = Document(
        documentclass="article",
        document_options=["11pt", f"{paper}paper"],
        fontenc=None,
        inputenc=None,
        lmodern=False,
        textcomp=False,
        page_numbers=False,
        indent=True,
    )
    doc.preamble.append(NoEscape(fonts()))
    doc.preamble.append(Package("fontenc", options="T2A"))
    doc.preamble.append(Package("inputenc", options="utf8"))
    doc.preamble.append(Package("babel", options="english,russian" if lang == "ru" else "russian,english"))
    geometry = "left=18mm,right=18mm,top=31mm,bottom=18mm,headheight=16mm,headsep=5mm,footskip=8mm"
    doc.preamble.append(Package("geometry", options=NoEscape(geometry)))
    for package in PACKAGES:
        doc.preamble.append(Package(package))
    doc.preamble.append(NoEscape(MACROS))
    doc.preamble.append(NoEscape(_PAGES))
    doc.preamble.append(NoEscape(_turns()))
    doc.preamble.append(NoEscape(f"\\newcommand\\PageWord{{{escape(WORDS['page'][lang])}}}"))
    doc.preamble.append(NoEscape(f"\\newcommand\\PageOf{{{escape(OF[lang])}}}"))
    doc.append(NoEscape(_SPLIT))
    head: str = doc.dumps().partition(_SPLIT)[0]
    return head


def _turns() -> str:
    """What differs in the symbol of each page, by its number."""
    lines = [f"\\@namedef{{ListokTurn{page}}}{{{_path(turned)}}}" for page, turned in enumerate(turns(), 1)]
    return "\n".join(["\\makeatletter", *lines, "\\makeatother"])


def fonts() -> str:
    """Declarations that give every T2A face one outline at all sizes."""
    lines = [r"\makeatletter\input{t2aenc.def}\makeatother"]
    for family, shapes in _SHAPES.items():
        lines.append(f"\\DeclareFontFamily{{T2A}}{{{family}}}{{\\hyphenchar\\font{_HYPHEN[family]}}}")
        for shape, face in shapes.items():
            series, form = shape.split("/")
            lines.append(f"\\DeclareFontShape{{T2A}}{{{family}}}{{{series}}}{{{form}}}{{<->{face}1000}}{{}}")
    return "\n".join(lines)
