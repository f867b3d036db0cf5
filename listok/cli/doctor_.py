"""`listok doctor`: what is installed, and how to install what is missing."""

from __future__ import annotations

import platform
from collections.abc import Callable, Mapping
from importlib.metadata import version

import click

from listok import __version__
from listok.exams.press import pdflatex, tex
from listok.exams.press import typst as typst_press
from listok.exams.press.engine import (
    APT,
    PIP,
    Engine,
    EngineError,
    ask,
    choose_engine,
    find_pdflatex,
    has_fonts,
    has_typst,
)

_NAMES: Mapping[Engine, str] = {"pdflatex": "pdfLaTeX", "typst": "Typst"}


@click.command("doctor", short_help="Check what makes PDFs, and say how to install what is missing.")
def command() -> None:
    """Check the engines that make PDFs, and print the lines that install what is missing.

    Exits with 1 where PDFs cannot be made.
    """
    click.echo(f"listok {__version__}, Python {platform.python_version()}, NumPy {version('numpy')}, "
               f"SymPy {version('sympy')}")
    broken = set()
    try:
        if not _show_pdflatex():
            broken.add("pdflatex")
    except EngineError as error:
        click.echo(f"pdfLaTeX: {error}")
        broken.add("pdflatex")
    click.echo(f"Typst: {version('typst') if has_typst() else 'missing'}")
    if has_typst() and not _prints(typst_press.print_test_page):
        broken.add("typst")
    engine = "pdflatex" if "pdflatex" in broken else choose_engine("auto")
    if engine is not None and engine not in broken:
        click.echo(f"PDFs can be made, with {_NAMES[engine]}.")
    if engine != "pdflatex" or engine in broken:
        click.echo(f"To print with pdfLaTeX, as root: {APT}")
    if not has_typst() or "typst" in broken:
        click.echo(f"To print with Typst: {PIP}")
    if engine is None:
        click.echo("Without either listok writes .tex and .html, which any browser prints.")
        raise SystemExit(1)
    if engine in broken:
        spare = engine == "pdflatex" and has_typst() and "typst" not in broken
        hint = "; until then, `listok build --engine typst` prints with Typst" if spare else ""
        click.echo(f"listok would print with {_NAMES[engine]}, which fails: install it anew{hint}.")
        raise SystemExit(1)


def _show_pdflatex() -> bool:
    """Show what there is of pdfLaTeX; false where it is there and prints nothing. Raises `EngineError` as `ask`."""
    program = find_pdflatex()
    if program is None:
        click.echo("pdfLaTeX: missing")
        return True
    click.echo(f"pdfLaTeX: {program} ({ask([program, '--version']).partition(chr(10))[0]})")
    whole = has_fonts()
    click.echo(f"Cyrillic fonts and packages: {'found' if whole else 'missing'}")
    prints = whole and _prints(pdflatex.print_test_page)
    cache = tex.cache_folder()
    if cache.is_dir():
        click.echo(f"Formats and font metrics are kept in {cache} (delete it at any time)")
    elif prints:
        click.echo(f"Formats and font metrics are made anew by every command: {cache} cannot be written")
    return prints or not whole


def _prints(print_test_page: Callable[[], bool]) -> bool:
    """Say whether a test page can be printed."""
    try:
        anew = print_test_page()
    except (EngineError, OSError) as error:
        click.echo(f"  test page: not printed: {error}")
        return False
    click.echo(f"  test page: printed{', after a damaged cache was made anew' if anew else ''}")
    return True
