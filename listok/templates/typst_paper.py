"""Whole Typst documents: the head sets the page up, every form brings its header, QR symbol and pages."""

from __future__ import annotations

from collections.abc import Iterable

from listok.templates.paper import Pages
from listok.templates.qr import MODULES, runs
from listok.templates.sheet import WORDS
from listok.templates.text import Lang
from listok.templates.typst import MACROS, literal

_PAPERS = {"a4": "a4", "letter": "us-letter"}
_MODULE_MM = 0.6

# A form: its header on every page, pages counted from 1, and a blank page where the count is odd (two-sided printing).
_PAGES = (
    f"#let qr-side = {_MODULE_MM * MODULES:.2f}mm\n#let qr-module = {_MODULE_MM}mm\n"
    + """
#let qr(..rows) = box(width: qr-side, height: qr-side, place(top + left, curve(fill: black, stroke: none,
  ..for (y, row) in rows.pos().enumerate() {
    for (x, n) in row {
      (
        curve.move((x * qr-module, y * qr-module)), curve.line((n * qr-module, 0pt), relative: true),
        curve.line((0pt, qr-module), relative: true), curve.line((-n * qr-module, 0pt), relative: true), curve.close(),
      )
    }
  }
)))
#let form(who, what, code, symbol, page-word, body) = {
  set page(
    header: {
      set text(size: 10pt)
      set par(justify: false, leading: 5pt, spacing: 5pt)
      grid(columns: (1fr, qr-side), column-gutter: 7mm, align: bottom, { who; parbreak(); what; v(4pt) }, {
        symbol; v(1mm)
      })
      v(0pt, weak: true)
      line(length: 100%, stroke: .4pt)
    },
    footer: { set text(size: 10pt); raw(code); h(1fr); page-word; sym.space.nobreak; context counter(page).display() },
  )
  counter(page).update(1)
  body
}
#let pad-duplex = pagebreak(to: "odd", weak: true)
"""
)


def document(pages: Iterable[Pages], lang: Lang, paper: str = "a4") -> Iterable[str]:
    """A Typst document in pieces: its head, then each run of pages."""
    yield (
        "#set document(date: none)\n"
        f'#set page(paper: "{_PAPERS[paper]}", margin: (left: 18mm, right: 18mm, top: 31mm, bottom: 18mm),'
        " header-ascent: 5mm, footer-descent: 5.5mm)\n"
        f'#set text(lang: "{lang}")\n{MACROS}{_PAGES}'
    )
    for run in pages:
        rows = ", ".join(
            "(" + "".join(f"({x}, {n})," for x, n in row) + ")" for row in (runs(run.code) if run.code else ())
        )
        symbol = f"qr({rows})" if rows else "none"
        yield (
            f"\n#form({literal(run.who)}, {literal(run.what)}, {literal(run.code)}, {symbol},"
            f" {literal(WORDS['page'][lang])})[\n{run.body}\n]\n#pad-duplex\n"
        )
