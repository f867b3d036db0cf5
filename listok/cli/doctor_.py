"""`listok doctor`: what is installed, and how to install what is missing."""

from __future__ import annotations

import platform
import subprocess
from importlib.metadata import version

import click

from listok import __version__
from listok.engine import APT, find_pdflatex, has_fonts


@click.command("doctor")
def command() -> None:
    """Check the PDF engine and its fonts, and print the line that installs what is missing.

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
        fonts = has_fonts()
        click.echo(f"Cyrillic fonts and packages: {'found' if fonts else 'missing'}")
        if fonts:
            click.echo("PDFs can be made.")
            return
    click.echo(f"To make PDFs, as root: {APT}")
    click.echo("Without it listok writes .tex and .html, which any browser prints.")
    raise SystemExit(1)
