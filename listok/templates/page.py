"""Whole HTML pages: self-contained, with MathML, figures, QR symbols and a style sheet for screen and print."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from listok.templates.html import STYLE
from listok.templates.pages import Pages
from listok.templates.qr import MODULES, rectangles, svg_path
from listok.templates.text import Lang

# A browser repeats a table's head and foot on every printed page: so each page carries student, code and symbol.
_PAGE_STYLE = """
.form { break-after: page; max-width: 46rem; margin: 0 auto 3rem; }
.form > table { width: 100%; border-collapse: collapse; } .form > table > * > tr > td { padding: 0; }
.form .head { display: flex; justify-content: space-between; align-items: end; border-bottom: 1px solid #000;
  padding-bottom: .4rem; margin-bottom: 1rem; }
.form .head p { margin: 0; overflow-wrap: anywhere; }
.form .head svg { flex: none; width: 1.6cm; height: 1.6cm; margin-left: 1rem; }
.form .foot { padding-top: .6rem; font-size: .85rem; font-family: monospace; }
@media print { .form { max-width: none; margin: 0; } }
"""


def document(pages: Iterable[Pages], lang: Lang, title: str) -> Iterable[str]:
    """An HTML page in pieces: its head, a section for each run of pages, its foot."""
    yield (
        f'<!DOCTYPE html>\n<html lang="{lang}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width">\n<title>{escape(title)}</title>\n'
        f"<style>{STYLE}{_PAGE_STYLE}</style>\n</head>\n<body>\n"
    )
    for run in pages:
        head = f"<div><p><strong>{escape(run.who)}</strong></p><p>{escape(run.what)}</p></div>{_symbol(run.code)}"
        yield (
            '<section class="form">\n<table role="presentation">\n'
            f'<thead><tr><td><div class="head">{head}</div></td></tr></thead>\n'
            f"<tbody><tr><td>\n{run.body}\n</td></tr></tbody>\n"
            f'<tfoot><tr><td><div class="foot">{escape(run.code)}</div></td></tr></tfoot>\n'
            "</table>\n</section>\n"
        )
    yield "</body>\n</html>\n"


def _symbol(code: str) -> str:
    if not code:
        return ""
    return (
        f'<svg viewBox="0 0 {MODULES} {MODULES}" role="img" aria-label="{escape(code)}">'
        f'<path d="{svg_path(rectangles(code))}"/></svg>'
    )
