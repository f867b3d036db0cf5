"""`listok list`: the exercises of the bank."""

from __future__ import annotations

import json
from pathlib import Path

import click
from rich.markup import escape
from rich.table import Column, Table

from listok.cli.options import bank_option, lang_option, print_table
from listok.generators.bank import bank
from listok.templates.text import LANGS, Lang, load


@click.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs instead of a table.")
@lang_option
@bank_option
def command(as_json: bool, lang: Lang, bank_folder: Path | None) -> None:
    """List the exercises: number, name, topic, parts, title."""
    exercises = bank(bank_folder).values()
    if as_json:
        rows = [
            {
                "number": e.number,
                "name": e.name,
                "topic": e.topic,
                "version": e.version,
                "summary": e.summary,
                "titles": {each: load(e, each).title for each in LANGS},
                "parts": {part: key.kind for part, key in e.parts.items()},
            }
            for e in exercises
        ]
        click.echo(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    table = Table("No.", Column("name", no_wrap=True), "topic", "title", "parts", box=None, header_style="bold")
    for e in exercises:
        table.add_row(str(e.number), e.name, e.topic, escape(load(e, lang).title), " ".join(e.parts))
    print_table(table)
