"""Whole Typst documents: the preamble sets the page up, every form brings its header, QR symbol and pages."""

from __future__ import annotations

from collections.abc import Iterable

from listok.templates.pages import OF, Pages
from listok.templates.qr import MODULES, PAGES, first_page, svg_path, turns
from listok.templates.sheet import WORDS
from listok.templates.text import Lang
from listok.templates.typst import MACROS, literal

_PAPERS = {"a4": "a4", "letter": "us-letter"}
_MODULE_MM = 0.6

# A form: its header on every page, pages counted from 1, and where the count is odd a page that is blank below its
# header (two-sided printing). A page's symbol is that of page 1 and its turn; where both are dark, the even-odd rule
# leaves a blank. Of the labels, the footer finds the number of pages by `form-start` and `form-end`, and who prints
# many forms at once by `first-page` and `last-page`: what the footer looks for must be the same from the start, or
# Typst sets all pages a third time to see it settle.
_PAGES = (
    f"#let qr-side = {_MODULE_MM * MODULES:.2f}mm\n"
    + f"""
#let qr(path) = image(bytes("<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {MODULES} {MODULES}'><path d='"
  + path + "' fill-rule='evenodd'/></svg>"), format: "svg", width: qr-side)
#let qr-of-page(symbol) = context {{
  let this = counter(page).get().first()
  assert(this <= {PAGES}, message: "More than {PAGES} pages in a form")
  qr(symbol + turns.at(this - 1))
}}
"""
    + """
#let page-of-pages = context {
  let number = query(selector(<form-start>).before(here())).len()
  let end = query(<form-end>).at(number - 1, default: none)
  let this = counter(page).get().first()
  let pages = if end == none { this } else { counter(page).at(end.location()).first() }
  // The back of the last page, which holds nothing, does not count.
  if this <= pages { (page-word, this, of-word, pages).map(str).join(sym.space.nobreak) }
}
#let pad-duplex = pagebreak(to: "odd", weak: true)
#let form(who, what, code, symbol, body) = {
  set page(
    header: {
      set text(size: 10pt)
      set par(justify: false, leading: 5pt, spacing: 5pt)
      block(width: 100% - qr-side - 7mm, below: 0pt, { who; parbreak(); what; v(4pt) })
      v(0pt, weak: true)
      line(length: 100%, stroke: .4pt)
    },
    footer: { set text(size: 10pt); code-text(code); h(1fr); page-of-pages },
    // Not in the header: that comes before the page is counted.
    foreground: if symbol != none { place(top + right, dx: -18mm, dy: 26mm - 2.4mm - qr-side, qr-of-page(symbol)) },
  )
  counter(page).update(1)
  [#metadata(none)<form-start>]
  context [#metadata(here().page())<first-page>]
  body
  context [#metadata(here().page())<last-page>]
  [#metadata(none)<form-end>]
  if code != "" { pad-duplex }
}
"""
)


def preamble(lang: Lang, paper: str = "a4") -> str:
    """Everything that stands before the forms."""
    return (
        "#set document(date: none)\n"
        f'#set page(paper: "{_PAPERS[paper]}", margin: (left: 18mm, right: 18mm, top: 31mm, bottom: 18mm),'
        " header-ascent: 5mm, footer-descent: 5.5mm)\n"
        f'#set text(lang: "{lang}")\n{MACROS}'
        f"#let turns = ({', '.join([literal(svg_path(turned)) for turned in turns()])})\n"
        f"#let page-word = {literal(WORDS['page'][lang])}\n#let of-word = {literal(OF[lang])}\n{_PAGES}"
    )


def form(run: Pages) -> str:
    """One form, or another run of pages with a header of its own."""
    symbol = f'"{svg_path(first_page(run.code))}"' if run.code else "none"
    head = f"{literal(run.who)}, {literal(run.what)}, {literal(run.code)}, {symbol}"
    return f"\n#form({head})[\n{run.body}\n]\n#pad-duplex\n"


def document(pages: Iterable[Pages], lang: Lang, paper: str = "a4") -> Iterable[str]:
    """A Typst document in pieces: its preamble, then each run of pages."""
    yield preamble(lang, paper)
    for run in pages:
        yield form(run)
