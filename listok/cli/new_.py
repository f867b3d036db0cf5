"""`listok new`: a module, its oracle and two texts to start an exercise from."""

from __future__ import annotations

from pathlib import Path

import click

from listok.cli.options import bank_option, note
from listok.templates.scaffold import write_exercise


@click.command("new", short_help="Start an exercise of your own: module, oracle, and texts.")
@click.argument("name")
@bank_option
@click.option("--topic", help="Inside listok's own source tree: the topic to write into (backprop, outputs, ...).")
@click.option("--number", type=int, help="Its number, which stands in every code.  [default: the first that is free]")
def command(name: str, bank_folder: Path | None, topic: str | None, number: int | None) -> None:
    """Start an exercise called NAME: writes a module, its oracle and two texts, which already pass `listok verify`.

    By default they go to the current folder, to be used with --bank; with --bank they go to that folder.
    """
    if topic is not None and bank_folder is not None:
        raise click.UsageError("give --topic or --bank, not both")
    folder = bank_folder or Path(".")
    exercise, paths = write_exercise(name, folder, topic, number)
    for path in paths:
        click.echo(path)
    bank = "" if topic is not None else f" --bank {folder}"
    note(f"now change them, and check with: listok verify {exercise}{bank}")
