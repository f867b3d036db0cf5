"""`listok drill`: a student practises, in the terminal or on a page that a teacher makes."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from listok.cli.long_work import jobs_option, progress_bar
from listok.cli.options import bank_option, lang_option, note
from listok.drill.session import Drill, Scope
from listok.drill.store import Store, usual_place
from listok.drill.words import WORDS
from listok.exams.blueprint import Blueprint, read_blueprint
from listok.exams.practice import scope_of
from listok.generators.bank import find, nearest, sources
from listok.templates.text import Lang
from listok.workers.pool import processes


@click.command("drill", short_help="Practise: problems without end, marked at once, repeated when they are due.")
@click.argument("exercises", metavar="[EXERCISE...]", nargs=-1)
@click.option(
    "--level", type=click.IntRange(1, 3), help="How hard; without it, a level follows when the one below went well."
)
@click.option("--topic", metavar="TOPIC", help="All exercises of a topic, as `listok list` calls it.")
@click.option(
    "--exam", metavar="BLUEPRINT.toml", type=click.Path(dir_okay=False, path_type=Path),
    help="The problems of a blueprint, with other numbers.",
)  # fmt: skip
@lang_option
@click.option(
    "--progress", "wants_progress", is_flag=True, help="Print how far you are and what is due when, and exit."
)
@click.option(
    "--export", "export_to", metavar="FILE", type=click.Path(dir_okay=False, allow_dash=True, path_type=Path),
    help="Write your log as JSON lines (-: print it), for another computer or the page, and exit.",
)  # fmt: skip
@click.option(
    "--import", "import_from", metavar="FILE", type=click.Path(dir_okay=False, allow_dash=True, path_type=Path),
    help="Take in such a log, from another computer or the page, and exit.",
)  # fmt: skip
@click.option(
    "--log", "log_file", metavar="FILE", envvar="LISTOK_LOG", show_envvar=True,
    type=click.Path(path_type=Path), help="Your log.  [default: drill.sqlite3 in your data folder]",
)  # fmt: skip
@click.option(
    "--html", "page", metavar="PAGE", type=click.Path(dir_okay=False, path_type=Path),
    help="For teachers: write the drill as one page, which needs no server and no network, and exit.",
)  # fmt: skip
@click.option(
    "--seeds", type=click.IntRange(1), metavar="N",
    help="Verified variants of each exercise and level that the page can draw.  [default: 100]",
)  # fmt: skip
@click.option("--force", is_flag=True, help="Replace an earlier page.")
@jobs_option
@bank_option
def command(
    exercises: tuple[str, ...], level: int | None, topic: str | None, exam: Path | None, lang: Lang,
    wants_progress: bool, export_to: Path | None, import_from: Path | None, log_file: Path | None, page: Path | None,
    seeds: int | None, force: bool, jobs: int, bank_folder: Path | None,
) -> None:  # fmt: skip
    """Practise exercises (numbers or names; without any, all of them): first what is due, then what is new.

    The numbers are always fresh, and no exam draws these variants. Type answers as for `listok grade`; `?` tells
    how. Each is marked at once, a known mistake is called by its name, `h` gives the next step of the solution and `s`
    all of it. What you answered is kept in a log on this computer, and says what is due when.
    """
    wanted = [wants_progress, export_to is not None, import_from is not None, page is not None]
    if sum(wanted) > 1:
        raise click.UsageError("give one of --progress, --export, --import and --html")
    blueprint = _blueprint(exercises, level, topic, exam, bank_folder)
    scope = scope_of(blueprint) if blueprint else _scope(exercises, level, topic, bank_folder)
    if page is not None:
        _make_page(page, scope, lang, blueprint.title[lang] if blueprint else "", seeds, force, jobs)
        return
    with Store(log_file or usual_place()) as log:
        if export_to == Path("-"):
            click.echo(log.export(), nl=False)
        elif export_to is not None:
            log.export_to(export_to)
        elif import_from is not None:
            new, held = log.take(import_from)
            click.echo(WORDS["imported"][lang].format(new=new, known=held - new))
        else:
            _practise(Drill(log.header.student, [], scope, lang, bank_folder), log, wants_progress)


def _practise(drill: Drill, log: Store, only_progress: bool) -> None:
    from listok.drill.console import Console
    from listok.drill.terminal import Practice

    practice = Practice(drill, log, Console(sys.stdin, sys.stdout))
    if only_progress:
        practice.tell_progress()
    else:
        practice.run()


def _make_page(page: Path, scope: Scope, lang: Lang, title: str, seeds: int | None, force: bool, jobs: int) -> None:
    from listok.drill.onefile import SEEDS, make_page

    seeds = seeds or SEEDS
    with processes(jobs) as workers, progress_bar() as bar:
        task = bar.add_task("verifying", total=len(scope.tasks) * seeds)
        made = make_page(
            page,
            scope,
            workers,
            lang=lang,
            title=title,
            seeds=seeds,
            force=force,
            tick=lambda count: bar.advance(task, count),
        )
    click.echo(made.path)
    for line in made.left_out:
        note(line)
    note(f"a page of {made.size / 1e6:.1f} MB, which can draw {made.variants} variants")


def _blueprint(
    exercises: tuple[str, ...], level: int | None, topic: str | None, exam: Path | None, bank: Path | None
) -> Blueprint | None:
    """The blueprint that limits what may be asked, if one does."""
    if exam is None:
        return None
    if exercises or level or topic:
        raise click.UsageError("--exam says which exercises and levels: leave out the others, --level and --topic")
    return read_blueprint(exam, bank)


def _scope(exercises: tuple[str, ...], level: int | None, topic: str | None, bank: Path | None) -> Scope:
    """What may be asked."""
    if exercises and topic:
        raise click.UsageError("give exercises or --topic")
    known = sources(bank)
    if topic is not None and not any(source.topic == topic for source in known.values()):
        raise nearest("topic", topic, dict.fromkeys(source.topic for source in known.values() if source.topic))
    numbers = [find(name, bank).number for name in exercises] or [
        number for number, source in known.items() if topic in (None, source.topic)
    ]
    return Scope.of(dict.fromkeys(numbers), level)
