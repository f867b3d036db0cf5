"""`listok key`: the key of a printed code."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import click

from listok.answerkeys.exam_file import find_form
from listok.answerkeys.forms import ExamError, Form
from listok.answerkeys.keysheet import problem_key
from listok.api import Sheet
from listok.cli.options import bank_option, note, of_a_drill, seed_option
from listok.exams.assembly import assemble
from listok.exams.blueprint import read_blueprint
from listok.exams.roster import numbered, read_roster
from listok.generators.bank import variant_of
from listok.generators.codes import VariantCode, read_code
from listok.generators.values import one_line
from listok.templates.names import Telling
from listok.templates.printers import PRINTERS
from listok.templates.text import Filled, Lang


@click.command("key", short_help="Print the key of the sheet or problem that carries a code.")
@click.argument("codes", metavar="CODE...", nargs=-1, required=True)
@click.option(
    "--exam", "exam_file", type=click.Path(dir_okay=False, path_type=Path), help="The saved exam.json  [default: "
    "exam.json or out/exam.json].",
)  # fmt: skip
@click.option(
    "--blueprint", type=click.Path(dir_okay=False, path_type=Path), help="Where exam.json is lost: its blueprint."
)
@click.option("--roster", type=click.Path(dir_okay=False, path_type=Path), help="The class it was built for.")
@click.option("--copies", type=int, metavar="N", help="How many numbered forms it was built for.")
@seed_option("The seed it was built with, if not the blueprint's.")
@click.option("--lang", type=click.Choice(["ru", "en"]), default="ru", show_default=True, help="Language of the key.")
@click.option(
    "--format", "format_", type=click.Choice(["text", "latex", "html"]), default="text", show_default=True,
    help="How to print it.",
)  # fmt: skip
@bank_option
def command(
    codes: tuple[str, ...], exam_file: Path | None, blueprint: Path | None, roster: Path | None, copies: int | None,
    seed: str | None, lang: Lang, format_: str, bank_folder: Path | None,
) -> None:  # fmt: skip
    """Print the key of the sheet or of the single problem that carries CODE.

    A sheet's key comes from the saved exam file; where that is lost, from the roster and the blueprint it was built
    from, if that has a seed. A problem's code (keys print it) needs no file.
    """
    found: Callable[[str], Form] | None = None
    for text in codes:
        code = read_code(text)
        if isinstance(code, VariantCode):
            click.echo(Sheet(variant_of(code, bank_folder).verify(), lang).print(format_, key=True).rstrip("\n"))
            if code.is_drill:
                note(f"{code}{of_a_drill(str(code))}")
            continue
        if found is None:
            found = _finder(exam_file, blueprint, roster, copies, seed, bank_folder)
        form = found(code)
        click.echo(one_line(f"{form.code}  {form.student.id}  {form.student.name}"), err=True)
        telling = Telling(form=form.code)
        for number, slot in enumerate(form.slots, 1):
            with slot.variant.blamed():
                blocks = problem_key(Filled(slot.variant, lang, telling), slot.points, number, mistakes=True)
                printed = PRINTERS[format_](lang).blocks(blocks)
            click.echo(printed.rstrip("\n") + "\n")


def _finder(
    exam_file: Path | None, blueprint: Path | None, roster: Path | None, copies: int | None, seed: str | None,
    bank: Path | None,
) -> Callable[[str], Form]:  # fmt: skip
    """What finds a form by its code: in the exam file, or in the exam built again."""
    if blueprint is not None:
        if (roster is None) == (copies is None):
            raise click.UsageError("with --blueprint give either --roster FILE or --copies N, as for the build")
        plan = read_blueprint(blueprint, bank)
        if seed is not None:
            plan = dataclasses.replace(plan, seed=seed)
        if plan.seed is None:
            raise ExamError(
                f"{blueprint}: it has no seed, so only exam.json holds the secret of its forms: give --exam FILE"
            )
        return assemble(plan, read_roster(roster) if roster is not None else numbered(copies or 0)).form
    places = [exam_file] if exam_file else [Path("exam.json"), Path("out/exam.json")]
    for place in places:
        if place.exists():
            return lambda code: find_form(place, code, bank)
    raise ExamError(
        f"no exam file ({', '.join(map(str, places))}): give --exam FILE, or --blueprint and --roster to build it again"
    )


