"""`listok show`: one variant of an exercise, or the variant of a code."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import click

from listok.api import Sheet
from listok.cli.options import bank_option, lang_option, level_option, no_story_option, of_a_drill
from listok.generators.bank import UnknownName, find, variant_of
from listok.generators.codes import BadCode, VariantCode, read_code
from listok.generators.exercise import AnyVariant
from listok.generators.values import ListokError
from listok.templates.text import Lang


@click.command("show", short_help="Show one variant of an exercise, or the variant of a code.")
@click.argument("exercise", metavar="EXERCISE-or-CODE")
@click.option("--seed", type=int, default=0, show_default=True, help="Which variant to draw.")
@level_option
@lang_option
@click.option(
    "--format", "format_", type=click.Choice(["text", "latex", "html", "json"]), default="text", show_default=True,
    help="How to print it; json holds the answers too.",
)  # fmt: skip
@click.option("--key", is_flag=True, help="Print answers, worked solution and typical mistakes instead.")
@click.option(
    "--set", "changes", multiple=True, metavar="NAME=VALUE",
    help="Set a parameter by hand, as JSON: --set 'kernel=[[0,1],[1,0]]' --set eta=1/10 (see them with --format json).",
)  # fmt: skip
@no_story_option
@bank_option
def command(
    exercise: str, seed: int, level: int, lang: Lang, format_: str, key: bool, changes: tuple[str, ...], no_story: bool,
    bank_folder: Path | None,
) -> None:  # fmt: skip
    """Show one variant: of an exercise (its number or name), or of the code that a key or this command printed."""
    variant = _variant(exercise, seed, level, bank_folder)
    if changes:
        variant = variant.changed(dict(map(_change, changes)))
    sheet = Sheet(variant.verify(), lang)
    if sheet.dull is not None:
        click.echo(f"listok: these numbers are dull: {sheet.dull}", err=True)
    if format_ == "json":
        click.echo(json.dumps(sheet.data(), ensure_ascii=False, indent=1))
        return
    click.echo(sheet.print(format_, key=key, story=not no_story).rstrip("\n"))
    if sheet.code:
        click.echo(f"{sheet.code}  (level {variant.level}{of_a_drill(sheet.code)})", err=True)


_A_CODE = re.compile(r"(?=.*\d)\w{3}-\w{3}-\w{3}")
"""What was meant as a code: groups of three, a digit among them."""


def _variant(name: str, seed: int, level: int, bank: Path | None) -> AnyVariant:
    try:
        code = read_code(name)
    except BadCode as error:
        try:
            exercise = find(name, bank)
        except UnknownName:
            if _A_CODE.fullmatch(name.strip()):
                raise error from None
            raise
        return exercise.variant(seed, level)
    if not isinstance(code, VariantCode):
        raise ListokError(f"{code} is the code of a whole form: try `listok key {code}`")
    return variant_of(code, bank)


def _change(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if not equals:
        raise click.BadParameter(f"{text!r}: expected NAME=VALUE", param_hint="--set")
    try:
        return name.strip(), json.loads(value)
    except (ValueError, RecursionError):  # no JSON, or beyond what Python reads: taken as text
        return name.strip(), value.strip()
