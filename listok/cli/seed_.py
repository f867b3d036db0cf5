"""`listok seed`: a seed for an exam that nobody can guess."""

from __future__ import annotations

import click

from listok.exams.guessing import good_seed


@click.command("seed", short_help="Print a new seed for a blueprint that nobody can guess.")
def command() -> None:
    """Print a new seed, in the letters of codes, that nobody can guess: another one each time.

    It goes into a blueprint (seed = "..."), or after --seed. Keep it to yourself as you keep the keys: who has it, the
    blueprint and the roster can build the same forms again. An exam does not need one: without a seed its forms are
    drawn from a secret that only exam.json holds.
    """
    click.echo(good_seed())
