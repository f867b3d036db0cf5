"""`listok build`: an exam for a class, from a blueprint and a roster."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import click

from listok.cli.long_work import jobs_option, progress_bar
from listok.cli.options import bank_option, note, out_option, printing_option, seed_option
from listok.exams.blueprint import example_blueprint, read_blueprint
from listok.exams.build import build_exam, workers_for
from listok.exams.engine_choice import engine_for
from listok.exams.guessing import note_on_seed
from listok.exams.press.engine import APT, PIP
from listok.exams.roster import note_on_sections, numbered, read_roster
from listok.templates.text import LANGS

_STAGES = {"draw": "drawing and solving twice", "print": "printing"}


@click.command("build")
@click.argument("blueprint", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--roster", type=click.Path(dir_okay=False, path_type=Path), help="The class: CSV with id, name, group.")
@click.option("--copies", type=int, metavar="N", help="Without a roster: N anonymous numbered forms.")
@out_option
@click.option("--lang", type=click.Choice(["ru", "en", "both"]), help="Instead of the blueprint's language.")
@seed_option("Instead of the blueprint's seed: a phrase, best one that `listok seed` prints.")
@click.option(
    "--keep", type=click.Path(dir_okay=False, path_type=Path), metavar="EXAM.JSON",
    help="An earlier build: its students keep their forms, new ones get others.",
)  # fmt: skip
@click.option(
    "--engine", type=click.Choice(["auto", "pdflatex", "typst"]), default="auto", show_default=True,
    help="What makes the PDFs; auto is pdfLaTeX where it is installed with its fonts, else Typst.",
)  # fmt: skip
@click.option("--no-pdf", is_flag=True, help="Write the engine's sources and .html only.")
@click.option(
    "--per-student", is_flag=True,
    help="Also a PDF for every student, named by id: sheets in the folder sheets, keys in the folder keys.",
)  # fmt: skip
@jobs_option
@click.option(
    "--scheduler", metavar="TCP://HOST:PORT",
    help="A Dask cluster that does the work instead; its workers see names and keys, so let it be yours.",
)  # fmt: skip
@printing_option("--example", "a blueprint to start from", example_blueprint)
@click.option("--force", is_flag=True, help="Replace files of an earlier build.")
@bank_option
def command(
    blueprint: Path, roster: Path | None, copies: int | None, out: Path, lang: str | None, seed: str | None,
    keep: Path | None, engine: str, no_pdf: bool, per_student: bool, jobs: int, scheduler: str | None, force: bool,
    bank_folder: Path | None,
) -> None:  # fmt: skip
    """Build an exam: a different sheet for every student, and the keys.

    Writes sheets and keys (.pdf, .html, .tex, with Typst also .typ), answers (.csv, .json) and exam.json, from which
    the exam can be printed and marked again. Keep keys, answers and exam.json to yourself; only you may read them.

    A blueprint without a seed gives other forms each time; exam.json keeps the secret from which they were drawn.

    A build that was interrupted goes on where it stopped when the same command is run again; one that was finished is
    recognized, and nothing is changed. A form that the engine cannot print is named and left out of the PDFs, and the
    exit code is 1; the others are delivered.
    """
    if (roster is None) == (copies is None):
        raise click.UsageError("give either --roster FILE or --copies N")
    if no_pdf and per_student:
        raise click.UsageError("--per-student needs PDFs: leave --no-pdf out")
    plan = read_blueprint(blueprint, bank_folder)
    if lang is not None:
        plan = dataclasses.replace(plan, langs=tuple(each for each in LANGS if lang in (each, "both")))
    if seed is not None:
        plan = dataclasses.replace(plan, seed=seed)
    students = read_roster(roster) if roster is not None else numbered(copies or 0)
    chosen, advice = engine_for(plan, students, (str(blueprint), str(roster)), engine)
    with progress_bar() as progress:
        bars = {stage: progress.add_task(words, total=None) for stage, words in _STAGES.items()}
        built = build_exam(
            plan, students, out, workers_for(students, jobs, scheduler, chosen, bank_folder), keep=keep,
            bank=bank_folder, engine=chosen, pdf=not no_pdf, per_student=per_student, force=force,
            report=lambda stage, done, total: progress.update(bars[stage], completed=done, total=total), say=note,
        )  # fmt: skip
    for path in built.written:
        click.echo(path)
    if built.found:
        note(f"{out}: this exam was there already, whole: nothing is changed")
    note(f"a form takes a good student about {round(plan.minutes)} minutes")
    for said in filter(None, (note_on_seed(plan), note_on_sections(students, plan.seed is not None), advice)):
        note(said)
    if not no_pdf and chosen is None:
        note(f"no engine here, so no PDF was made; print sheets.html, or install one: {PIP}, or {APT}")
    for broken in built.broken:
        note(broken)
    if built.broken:
        raise SystemExit(1)
