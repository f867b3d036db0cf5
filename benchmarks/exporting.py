"""Questions per second for every export format, beside the work that all formats share: draw, solve, oracle.

The figures of the table are processor time of this process in one run, the fastest of several rounds, so the ratios
hold when the machine's speed drifts. Below it stands the whole command, on all processors and, for the first format,
on one.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from listok.answerkeys.composing import FORMATS
from listok.answerkeys.formats import Format, Heading
from listok.answerkeys.items import Item, item_of
from listok.generators.bank import bank
from listok.generators.exercise import AnyExercise
from listok.templates.text import Lang
from listok.workers.garbage import collect_rarely
from listok.workers.pool import cores

ROUNDS = 3
WHOLE = 100
LANG: Lang = "ru"


@dataclass(frozen=True)
class Made:
    """Items of an exercise at all levels, some more of each level to warm up with, and the seconds that drawing and
    solving twice took for one."""

    items: list[Item]
    first: list[Item]
    seconds: float


def made_of(exercise: AnyExercise, count: int) -> Made:
    """Items of an exercise."""
    first = [exercise.variant(count, level).verify() for level in (1, 2, 3)]
    start = time.process_time()
    variants = [exercise.variant(seed, level).verify() for level in (1, 2, 3) for seed in range(count)]
    spent = time.process_time() - start
    return Made(
        [item_of(variant, LANG) for variant in variants], [item_of(variant, LANG) for variant in first],
        spent / len(variants),
    )  # fmt: skip


def written(to: Format, made: Made, folder: Path) -> tuple[float, float]:
    """Seconds to print one item and write it in the middle of a long file, and the questions it becomes."""
    best, questions, heading = float("inf"), 0, Heading("bench", LANG)
    for number in range(ROUNDS):
        composer, writer = to.composer(heading), to.open(folder / f"{to.name}-{number}", heading)
        for item in made.first:  # loads texts, compiles them, fills caches
            writer.add(composer.entry(item))
        fresh = [(item.variant, item.lang) for item in made.items]
        start = time.process_time()
        questions = sum(writer.add(composer.entry(item_of(*each))) for each in fresh)
        best = min(best, time.process_time() - start)
        writer.close()
    return best / len(made.items), questions / len(made.items)


def whole(to: str, count: int, jobs: int, folder: Path) -> tuple[float, int]:
    """Seconds of the whole command for the whole bank, starting Python included, and the questions it makes."""
    command = [sys.executable, "-m", "listok", "export", "--all", "-n", str(count), "--to", to, "--jobs", str(jobs),
               "--out", str(folder / f"whole-{to}-{jobs}")]  # fmt: skip
    start = time.monotonic()
    said = subprocess.run(command, check=True, capture_output=True, text=True).stderr.split()
    return time.monotonic() - start, int(said[said.index("questions") - 1])


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("-n", type=int, default=20, help="variants per level of every exercise")
    parser.add_argument("formats", nargs="*", metavar="FORMAT", help="formats to measure (default: all)")
    arguments = parser.parse_args()
    count, chosen = arguments.n, arguments.formats or list(FORMATS)
    collect_rarely()  # as the command does
    made = [made_of(exercise, count) for exercise in bank().values()]
    generic = statistics.median(each.seconds for each in made)
    print(f"draw, solve, oracle: {1000 * generic:.2f} ms a variant (median over {len(made)} exercises)")
    print(f"{'format':16} {'ms a variant':>13} {'per question':>13} {'of the rest':>12} {'questions/s/core':>17}")
    with tempfile.TemporaryDirectory() as folder:
        for name, to in ((name, FORMATS[name]) for name in chosen):
            rows = [written(to, each, Path(folder)) for each in made]
            spent = statistics.median(seconds for seconds, _ in rows)
            rates = [questions / seconds for seconds, questions in rows if questions]
            rate = statistics.median(rates)
            print(f"{name:16} {1000 * spent:13.2f} {1000 / rate:13.2f} {spent / generic:12.1f} {rate:17.0f}")
        print(f"\nthe whole command, {WHOLE} variants of every exercise and level, wall time:")
        for name, jobs in ((chosen[0], 1), *((name, cores()) for name in chosen)):
            seconds, questions = whole(name, WHOLE, jobs, Path(folder))
            print(f"{name:16} {jobs} process{'es' * (jobs > 1)}: {seconds:.1f} s for {questions} questions, "
                  f"{questions / seconds:.0f}/s")  # fmt: skip


if __name__ == "__main__":
    main()
