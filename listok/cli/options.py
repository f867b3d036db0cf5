"""Options that several commands share, and how they print tables."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click
from rich.console import Console
from rich.table import Table

from listok.exams.secret import SeedError, seed_text
from listok.generators.codes import VariantCode, read_code
from listok.generators.values import one_line

Command = TypeVar("Command", bound=Callable[..., Any])




class _OutFolder(click.Path):
    """A folder to write into; no name at all is not the current folder."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if value == "":
            self.fail("give the name of a folder; '.' is the current one", param, ctx)
        return super().convert(value, param, ctx)


out_option = click.option(
    "--out", type=_OutFolder(file_okay=False, path_type=Path), required=True, help="Folder to write into."
)
bank_option = click.option(
    "--bank",
    "bank_folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="A folder with exercises of your own (NAME.py; oracles/NAME.py; ru/NAME.md and en/NAME.md) besides listok's.",
)
level_option = click.option(
    "--level", type=click.IntRange(1, 3), default=1, show_default=True, help="How hard: 1, 2 or 3."
)
no_story_option = click.option("--no-story", is_flag=True, help="Print the bare problem, without its story.")
lang_option = click.option(
    "--lang", type=click.Choice(["ru", "en"]), default="ru", show_default=True, help="Russian or English."
)


def _read_seed(_context: click.Context, _option: click.Parameter, value: str | None) -> str | None:
    if value is None:
        return None
    try:
        return seed_text(value)
    except SeedError as error:
        raise click.BadParameter(str(error)) from None


def seed_option(what: str) -> Callable[[Command], Command]:
    """The option for the seed of an exam; `what` is its help."""
    return click.option("--seed", metavar="PHRASE", callback=_read_seed, help=what)


def printing_option(name: str, what: str, text: Callable[[], str]) -> Callable[[Command], Command]:
    """An option that prints a text and does nothing else."""

    def tell(ctx: click.Context, _param: click.Parameter, wanted: bool) -> None:
        if wanted:
            click.echo(text(), nl=False)
            ctx.exit()

    return click.option(
        name, is_flag=True, is_eager=True, expose_value=False, callback=tell, help=f"Print {what}, and exit."
    )


WIDE = 130
"""Columns of a table that goes to a file or a pipe."""


def note(said: object) -> None:
    """Tell the user something on standard error: one line, whatever was typed or raised."""
    click.echo(one_line(f"listok: {said}"), err=True)


def of_a_drill(code: str) -> str:
    """What is said of a variant's code if it is one to practise with."""
    variant = read_code(code)
    return ", to practise with: no exam draws it" if isinstance(variant, VariantCode) and variant.is_drill else ""


def print_table(table: Table) -> None:
    """Print a table as wide as the terminal, or wide enough for all of it where there is none."""
    console = Console()
    if not console.is_terminal:
        console = Console(width=WIDE)
    console.print(table)
