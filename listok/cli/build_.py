"""`listok build`: an exam for a class, from a blueprint and a roster."""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path

import click
from rich.console import Console
from rich.progress import Progress

from listok.blueprint import read_blueprint
from listok.build import engine_for, write_exam
from listok.cli.options import bank_option
from listok.engine import APT, PIP
from listok.exam import assemble, load
from listok.roster import numbered, read_roster
from listok.templates.text import LANGS


@click.command("build")
@click.argument("blueprint", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--roster", type=click.Path(dir_okay=False, path_type=Path), help="The class: CSV with id, name, group.")
@click.option("--copies", type=int, metavar="N", help="Without a roster: N anonymous numbered forms.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), required=True, help="Folder to write into.")
@click.option("--lang", type=click.Choice(["ru", "en", "both"]), help="Instead of the blueprint's language.")
@click.option("--seed", type=int, help="Instead of the blueprint's seed.")
@click.option(
    "--keep", type=click.Path(dir_okay=False, path_type=Path), metavar="EXAM.JSON",
    help="An earlier build: its students keep their forms, new ones get others.",
)  # fmt: skip
@click.option(
    "--engine", type=click.Choice(["auto", "pdflatex", "typst"]), default="auto", show_default=True,
    help="What makes the PDFs; auto is pdfLaTeX where it is installed with its fonts, else Typst.",
)  # fmt: skip
@click.option("--no-pdf", is_flag=True, help="Write the engine's sources and .html only.")
@click.option("--force", is_flag=True, help="Replace files of an earlier build.")
@bank_option
def command(
    blueprint: Path, roster: Path | None, copies: int | None, out: Path, lang: str | None, seed: int | None,
    keep: Path | None, engine: str, no_pdf: bool, force: bool, bank_folder: Path | None,
) -> None:  # fmt: skip
    """Build an exam: a different sheet for every student, and the keys.

    Writes sheets and keys (.pdf, .html, .tex, with Typst also .typ), answers (.csv, .json) and exam.json, from which
    the exam can be printed and marked again. Keep keys, answers and exam.json to yourself.
    """
    if (roster is None) == (copies is None):
        raise click.UsageError("give either --roster FILE or --copies N")
    plan = read_blueprint(blueprint, bank_folder)
    if lang is not None:
        plan = dataclasses.replace(plan, langs=tuple(each for each in LANGS if lang in (each, "both")))
    if seed is not None:
        plan = dataclasses.replace(plan, seed=seed)
    students = read_roster(roster) if roster is not None else numbered(copies or 0)
    earlier = load(keep, bank_folder) if keep else None
    with Progress(console=Console(stderr=True), disable=not sys.stderr.isatty(), transient=True) as progress:
        drawing = progress.add_task("drawing and solving twice", total=len(students))
        exam = assemble(plan, students, earlier, lambda: progress.advance(drawing))
        chosen, note = engine_for(exam, str(roster), engine)
        pdf = not no_pdf
        steps = (6 if chosen == "typst" else 4) * len(plan.langs) * len(students) + (2 * len(plan.langs) if pdf else 0)
        printing = progress.add_task("printing", total=steps)
        written = write_exam(exam, out, force=force, pdf=pdf, engine=chosen,
                             tick=lambda: progress.advance(printing))
    for path in written:
        click.echo(path)
    if note:
        click.echo(f"listok: {note}", err=True)
    if pdf and chosen is None:
        click.echo("listok: no engine here, so no PDF was made; print sheets.html, or install one: "
                   f"{PIP}, or {APT}", err=True)
