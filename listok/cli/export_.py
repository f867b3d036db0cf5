"""`listok export`: questions for learning platforms, flash cards, machine-marked paper, and as data."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

import click
from click.core import ParameterSource

from listok.answerkeys.composing import FORMATS, Drawn, Request, Source, of_exam
from listok.answerkeys.export import export
from listok.answerkeys.formats import Format, Heading
from listok.answerkeys.formats.data import schema_json
from listok.cli.long_work import jobs_option, progress_bar
from listok.cli.options import bank_option, no_story_option, note, out_option, printing_option
from listok.exams.blueprint import read_blueprint
from listok.exams.questions import questions_of
from listok.generators.bank import bank, find
from listok.generators.codes import EXAM_SEEDS
from listok.templates.text import Lang
from listok.workers.pool import processes

WORTH_A_PROCESS = 500
"""Variants that take longer to export than a process takes to start."""


@click.command("export", epilog="\n\n".join(f"{each.name}: {each.summary}." for each in FORMATS.values()))
@click.argument("sources", nargs=-1, metavar="[EXERCISE... | BLUEPRINT.toml | EXAM.json]")
@click.option("--all", "everything", is_flag=True, help="Every exercise of the bank.")
@click.option("--to", type=click.Choice(list(FORMATS)), required=True, help="The format; see below.")
@click.option("-n", "count", type=click.IntRange(1), default=10, show_default=True, help="Variants of each exercise.")
@click.option(
    "--seed", type=click.IntRange(0, EXAM_SEEDS[-1]), default=0, show_default=True, help="Where to start drawing."
)
@click.option("--level", type=click.IntRange(1, 3), help="How hard: 1, 2 or 3; without it, all three, -n of each.")
@click.option("--lang", type=click.Choice(["ru", "en"]), default="ru", show_default=True, help="Language.")
@out_option
@click.option("--max-questions", type=click.IntRange(1), help="Start another file after so many questions.")
@click.option("--max-mb", type=click.FloatRange(min=0, min_open=True), help="Start another file after so many MB.")
@click.option(
    "--set", "settings", multiple=True, metavar="NAME=VALUE",
    help="A setting of the format: " + "; ".join(
        f"{each.name}: " + ", ".join(f"{name} = {' or '.join(values)}" for name, values in each.choices.items())
        for each in FORMATS.values() if each.choices
    ) + ".",
)  # fmt: skip
@no_story_option
@jobs_option
@printing_option("--schema", "the schema of what json holds", schema_json)
@click.option("--strict", is_flag=True, help="Exit with an error if anything had to be left out.")
@click.option("--force", is_flag=True, help="Replace files of an earlier export.")
@bank_option
def command(
    sources: tuple[str, ...], everything: bool, to: str, count: int, seed: int, level: int | None, lang: Lang,
    out: Path, max_questions: int | None, max_mb: float | None, settings: tuple[str, ...], no_story: bool,
    jobs: int, strict: bool, force: bool, bank_folder: Path | None,
) -> None:  # fmt: skip
    """Export questions with their answers for other systems.

    Takes exercises (numbers or names), one blueprint, or one exam.json. A question is called by its variant's code
    in every format, and its parts by their names, so that the json or csv of the same command is the key to every
    other file. Every variant is solved twice before it is written.
    """
    if max_mb is not None and not math.isfinite(max_mb):
        raise click.BadParameter(f"{max_mb} is no number of megabytes.", param_hint="'--max-mb'")
    chosen = FORMATS[to]
    choices = _settings(settings, chosen)
    drawn, title, total, story = _sources(sources, everything, level, count, seed, lang, bank_folder)
    request = Request(to, Heading(title, lang, choices), bank_folder, story and not no_story)
    workers = processes(max(1, min(jobs, total // WORTH_A_PROCESS)), lifetime=math.inf)
    with workers, progress_bar() as progress:
        task = progress.add_task("exporting", total=total)
        report = export(
            drawn, request, workers, out, "questions", max_questions=max_questions,
            max_bytes=int(max_mb * 2**20) if max_mb else None, force=force, tick=lambda: progress.advance(task),
        )  # fmt: skip
    for path in report.files:
        click.echo(path)
    lines = list(report.lines())
    for line in lines:
        note(line)
    note(f"{report.questions} question{'s' * (report.questions != 1)} written")
    if strict and lines:
        sys.exit(1)


def _settings(settings: tuple[str, ...], chosen: Format) -> tuple[tuple[str, str], ...]:
    choices = {}
    for setting in settings:
        name, _, value = setting.partition("=")
        if name not in chosen.choices:
            known = ", ".join(chosen.choices) or "none"
            raise click.UsageError(f"--set {setting}: {chosen.name} has no setting {name!r} (it has: {known})")
        if value not in chosen.choices[name]:
            raise click.UsageError(f"--set {setting}: {name} is one of {', '.join(chosen.choices[name])}")
        choices[name] = value
    return tuple(choices.items())


def _sources(
    sources: tuple[str, ...], everything: bool, level: int | None, count: int, seed: int, lang: Lang,
    folder: Path | None,
) -> tuple[Iterable[Source], str, int, bool]:
    """What to export, what to call it, how many variants it is, and whether they are told with a story."""
    if everything == bool(sources):
        raise click.UsageError("give exercises, a blueprint, an exam.json, or --all")
    files = [source for source in sources if source.endswith((".toml", ".json"))]
    if files and len(sources) > 1:
        raise click.UsageError(f"{files[0]}: give a file alone")
    if files:
        _without(files[0], {"level": "--level"})
    if files and files[0].endswith(".toml"):
        blueprint = read_blueprint(Path(files[0]), folder)
        tasks = sum(len(item.tasks) for item in blueprint.items)
        return list(questions_of(blueprint, count, seed)), blueprint.title[lang], tasks * count, blueprint.story
    if files:
        _without(files[0], {"count": "-n", "seed": "--seed"})
        exam, total, problems = of_exam(Path(files[0]))
        return [problems], exam.title[lang], total, exam.story
    every = bank(folder).values() if everything else (find(source, folder) for source in sources)
    exercises = {exercise.name: exercise for exercise in every}.values()
    levels = (1, 2, 3) if level is None else (level,)
    made = [Drawn(exercise, each, count, seed) for exercise in exercises for each in levels]
    return made, "listok", len(made) * count, True


def _without(file: str, options: Mapping[str, str]) -> None:
    """Refuse options that a file has already decided."""
    context = click.get_current_context()
    for name, option in options.items():
        if context.get_parameter_source(name) is not ParameterSource.DEFAULT:
            raise click.UsageError(f"{option}: {file} says that already")
