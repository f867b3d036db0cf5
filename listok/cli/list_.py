"""`listok list`: the exercises of the bank."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import click
from rich.markup import escape
from rich.table import Column, Table

from listok.cli.options import bank_option, lang_option, note, print_table
from listok.generators.bank import sound
from listok.generators.values import ListokError
from listok.templates.text import LANGS, Lang, load


@click.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs instead of a table.")
@lang_option
@bank_option
def command(as_json: bool, lang: Lang, bank_folder: Path | None) -> None:
    """List the exercises: number, name, topic, title, the minutes that a variant of each level takes, parts.

    Of an exercise of your own that is broken it says what is wrong, after the others, and exits with 1.
    """
    exercises, faults = sound(bank_folder)
    rows = []
    for e in exercises.values():
        try:
            rows.append((e, {each: load(e, each).title for each in LANGS}))
        except ListokError as error:
            faults.append(str(error))
    if as_json:
        data = [
            {
                "number": e.number,
                "name": e.name,
                "topic": e.topic,
                "version": e.version,
                "summary": e.summary,
                "titles": titles,
                "parts": {part: key.kind for part, key in e.parts.items()},
                "calculator": e.calculator,
                "minutes": e.minutes,
            }
            for e, titles in rows
        ]
        click.echo(json.dumps(data, ensure_ascii=False, indent=1))
    else:
        name = Column("name", no_wrap=True)
        table = Table("No.", name, "topic", "title", "minutes", "parts", box=None, header_style="bold")
        for e, titles in rows:
            table.add_row(
                str(e.number), e.name, e.topic, escape(titles[lang]), _whole(e.minutes), " ".join(e.parts)
            )  # fmt: skip
        print_table(table)
    for fault in faults:
        note(fault)
    if faults:
        raise SystemExit(1)


def _whole(times: Sequence[float]) -> str:
    """The minutes of the levels, rounded."""
    return " ".join(str(max(1, round(time))) for time in times)
