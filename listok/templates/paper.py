r"""Whole LaTeX documents: PyLaTeX makes the skeleton, every form brings its header, QR symbol and pages.

Fonts: with cm-super-minimal only the 10 pt outlines of the T2A fonts exist, and any other size would silently become
a bitmap. So every family is declared as one scaled outline, before fontenc is loaded.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable
from dataclasses import dataclass

from pylatex import Document, NoEscape, Package

from listok.templates.latex import MACROS, PACKAGES, escape
from listok.templates.qr import MODULES, runs
from listok.templates.sheet import WORDS
from listok.templates.text import Lang

_SHAPES = {
    "cmr": {"m/n": "larm", "m/it": "lati", "m/sl": "lasl", "m/sc": "lacc", "bx/n": "labx", "b/n": "labx",
            "bx/it": "labi", "b/it": "labi"},
    "cmss": {"m/n": "lass", "bx/n": "lasx", "b/n": "lasx"},
    "cmtt": {"m/n": "latt", "bx/n": "latt", "b/n": "latt", "m/it": "latt"},
}  # fmt: skip
_HYPHEN = {"cmr": "45", "cmss": "45", "cmtt": "-1"}
_MODULE_MM = 0.6
_SPLIT = "@@BODY@@"

_PAGES = r"""
\pdfinfoomitdate=1 \pdftrailerid{} \pdfsuppressptexinfo=-1
\setlength{\parindent}{0pt}\setlength{\parskip}{3pt plus 1pt minus 1pt}
\setlength{\emergencystretch}{3em} % a formula that does not break may leave its line loose, but not stick out
\pagestyle{fancy}\fancyhf{}\renewcommand{\headrulewidth}{0.4pt}
\newbox\ListokQR
\newcommand\Who{}\newcommand\What{}\newcommand\FormCode{}
\fancyhead[L]{\parbox[b]{\dimexpr\textwidth-20mm\relax}{\raggedright\small\Who\par\What\strut}}
\fancyhead[R]{\raisebox{-1mm}[0pt][0pt]{\copy\ListokQR}}
\fancyfoot[L]{\small\texttt{\FormCode}}\fancyfoot[R]{\small\PageWord~\thepage}
\newcommand\Q[2]{\rlap{\kern#1mm\vrule width#2mm height""" + f"{_MODULE_MM}" + r"""mm depth0pt}}
\newcommand\QRow[1]{\hbox to """ + f"{_MODULE_MM * MODULES:.2f}" + r"""mm{#1\hss}}
% A form: its header for every page, pages counted from 1, and a blank page where the count is odd (two-sided printing).
\newcommand\BeginForm[4]{\clearpage\setcounter{page}{1}\gdef\Who{#1}\gdef\What{#2}\gdef\FormCode{#3}%
  \global\setbox\ListokQR=\vbox{\offinterlineskip#4}}
\newcommand\EndForm{\clearpage\ifodd\value{page}\else\null\thispagestyle{empty}\clearpage\fi}
"""


@dataclass(frozen=True)
class Pages:
    """A run of pages with one header: `who` and `what` are its two lines, `code` what the QR symbol says (or empty)."""

    who: str
    what: str
    code: str
    body: str


def document(pages: Iterable[Pages], lang: Lang, paper: str = "a4") -> Iterable[str]:
    """A LaTeX document in pieces: the skeleton's head, each run of pages, the skeleton's foot."""
    head, foot = _skeleton(lang, paper)
    yield head + "\\pagestyle{fancy}\n"
    for run in pages:
        symbol = "".join(
            "\\QRow{" + "".join(f"\\Q{{{x * _MODULE_MM:.1f}}}{{{n * _MODULE_MM:.1f}}}" for x, n in row) + "}"
            for row in (runs(run.code) if run.code else ())
        )
        who, what, code = escape(run.who), escape(run.what), escape(run.code)
        yield f"\\BeginForm{{{who}}}{{{what}}}{{{code}}}{{{symbol}}}\n{run.body}\n\\EndForm\n"
    yield foot


@functools.cache
def _skeleton(lang: Lang, paper: str) -> tuple[str, str]:
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
    doc.preamble.append(NoEscape(_fonts()))
    doc.preamble.append(Package("fontenc", options="T2A"))
    doc.preamble.append(Package("inputenc", options="utf8"))
    doc.preamble.append(Package("babel", options="english,russian" if lang == "ru" else "russian,english"))
    geometry = "left=18mm,right=18mm,top=31mm,bottom=18mm,headheight=16mm,headsep=5mm,footskip=8mm"
    doc.preamble.append(Package("geometry", options=NoEscape(geometry)))
    doc.preamble.append(Package("fancyhdr"))
    for package in PACKAGES:
        doc.preamble.append(Package(package))
    doc.preamble.append(NoEscape(MACROS))
    doc.preamble.append(NoEscape(_PAGES))
    doc.preamble.append(NoEscape(f"\\newcommand\\PageWord{{{escape(WORDS['page'][lang])}}}"))
    doc.append(NoEscape(_SPLIT))
    head, foot = doc.dumps().split(_SPLIT)
    return head, foot


def _fonts() -> str:
    """Declarations that give every T2A face one outline at all sizes."""
    lines = [r"\makeatletter\input{t2aenc.def}\makeatother"]
    for family, shapes in _SHAPES.items():
        lines.append(f"\\DeclareFontFamily{{T2A}}{{{family}}}{{\\hyphenchar\\font{_HYPHEN[family]}}}")
        for shape, face in shapes.items():
            series, form = shape.split("/")
            lines.append(f"\\DeclareFontShape{{T2A}}{{{family}}}{{{series}}}{{{form}}}{{<->{face}1000}}{{}}")
    return "\n".join(lines)
