"""`listok doctor`: what is installed, and how to install what is missing."""

from __future__ import annotations

import platform
import subprocess
from importlib.metadata import version

import click

from listok import __version__
from listok.engine import APT, PIP, EngineError, choose_engine, find_pdflatex, has_fonts, has_typst
from listok.pdflatex import cache_folder, print_test_page


@click.command("doctor", short_help="Check what makes PDFs, and say how to install what is missing.")
def command() -> None:
    """Check the engines that make PDFs, and print the lines that install what is missing.

    Exits with 1 where PDFs cannot be made.
    """
    click.echo(f"listok {__version__}, Python {platform.python_version()}, NumPy {version('numpy')}, "
               f"SymPy {version('sympy')}")
    program = find_pdflatex()
    if program is None:
        click.echo("pdfLaTeX: missing")
    else:
        banner = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout
        click.echo(f"pdfLaTeX: {program} ({banner.partition(chr(10))[0]})")
        click.echo(f"Cyrillic fonts and packages: {'found' if has_fonts() else 'missing'}")
        if has_fonts():
            _try_pdflatex()
    click.echo(f"Typst: {version('typst') if has_typst() else 'missing'}")
    engine = choose_engine("auto")
    if engine is not None:
        click.echo(f"PDFs can be made, with {'pdfLaTeX' if engine == 'pdflatex' else 'Typst'}.")
    if engine != "pdflatex":
        click.echo(f"To print with pdfLaTeX, as root: {APT}")
    if not has_typst():
        click.echo(f"To print with Typst: {PIP}")
    if engine is None:
        click.echo("Without either listok writes .tex and .html, which any browser prints.")
        raise SystemExit(1)


def _try_pdflatex() -> None:
    try:
        anew = print_test_page()
    except (EngineError, OSError) as error:
        click.echo(f"Test page: not printed: {error}")
        raise SystemExit(1) from None
    click.echo(f"Test page: printed{', after a damaged cache was made anew' if anew else ''}")
    click.echo(f"Formats and font metrics are kept in {cache_folder()} (delete it at any time)")
