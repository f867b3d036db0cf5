"""`listok verify`: the checks of the bank."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

import click
from rich.table import Column, Table

from listok.answerkeys.verification import LevelReport, check_exercises
from listok.cli.long_work import jobs_option, progress_bar
from listok.cli.options import bank_option, note, print_table
from listok.generators.bank import find, sound
from listok.generators.exercise import LEVELS
from listok.generators.values import one_line, shortened
from listok.workers.pool import processes

QUICK, THOROUGH = 100, 3000
WORTH_A_PROCESS = 100
"""Variants that take longer to check than a process takes to start."""


@click.command("verify", short_help="Check exercises on many variants of every level.")
@click.argument("exercises", nargs=-1, metavar="[EXERCISE...]")
@click.option("-n", "--seeds", type=click.IntRange(min=1), help=f"Variants per level.  [default: {QUICK}]")
@click.option("--thorough", is_flag=True, help=f"{THOROUGH} variants per level.")
@click.option("--no-print", is_flag=True, help="Skip the printers.")
@jobs_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs instead of a table.")
@bank_option
def command(
    exercises: tuple[str, ...], seeds: int | None, thorough: bool, no_print: bool, jobs: int, as_json: bool,
    bank_folder: Path | None,
) -> None:  # fmt: skip
    """Check exercises (all of them, if none is named) on many variants of every level.

    For each variant: the two solutions agree, keys take their own answers and refuse wrong and malformed ones, every
    mistake gives a wrong answer. Every tenth variant is printed, in both languages and by every printer. For each
    level: the size of the space of variants, repeats, the minutes that a variant takes and their spread, accepted
    draws, the share of the commonest answer. Of exercises that are named, it also says why draws were thrown away, and
    how often. Exits with 1 where something is wrong.
    """
    chosen, unread = [find(name, bank_folder) for name in exercises], list[str]()
    if not exercises:
        found, unread = sound(bank_folder)
        chosen = list(found.values())
    count = seeds or (THOROUGH if thorough else QUICK)
    levels = len(LEVELS) * len(chosen)
    sharing = max(1, min(jobs, levels, levels * count // WORTH_A_PROCESS))
    with processes(sharing, math.inf) as workers, progress_bar() as progress:
        task = progress.add_task("verifying", total=levels)
        reports = check_exercises(
            chosen, count, workers, bank=bank_folder, printing=not no_print, tick=lambda: progress.advance(task)
        )
    if as_json:
        click.echo(json.dumps([asdict(report) for report in reports], ensure_ascii=False, indent=1))
    else:
        table = Table(
            Column("exercise", no_wrap=True), "level", "seeds", "distinct", "space", "minutes", "spread", "accepted",
            "commonest", "faults", box=None, header_style="bold",
        )  # fmt: skip
        for r in reports:
            table.add_row(
                r.exercise, str(r.level), str(r.seeds), str(r.distinct), r.space, f"{r.effort / 60:.1f}",
                f"{r.spread:.0%}", f"{r.accepted:.0%}", f"{r.commonest:.0%}", str(len(r.faults) or ""),
            )  # fmt: skip
        print_table(table)
        if exercises:
            for line in thrown_away(reports):
                click.echo(line)
        for r in reports:
            for fault in r.faults:
                click.echo(one_line(f"{r.exercise} level {r.level}: {fault}"))
    for fault in unread:
        note(fault)
    if unread or any(r.faults for r in reports):
        raise SystemExit(1)


def thrown_away(reports: Sequence[LevelReport]) -> Iterator[str]:
    """Why draws were thrown away, a line a reason and exercise: how often at each level; the commonest first."""
    counts: dict[tuple[str, str], dict[int, int]] = {}
    for report in reports:
        for reason, times in report.rejected.items():
            counts.setdefault((report.exercise, reason), {})[report.level] = times
    for (exercise, reason), levels in sorted(counts.items(), key=lambda item: (item[0][0], -sum(item[1].values()))):
        told = ", ".join(f"{count} at level {level}" for level, count in sorted(levels.items()))
        yield f"{exercise}: draws thrown away: {told}: {shortened(one_line(reason), 200)}"
