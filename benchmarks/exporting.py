"""Questions per second for every export format, beside the work that all formats share: draw, solve, oracle.

All figures are processor time of this process in one run, the fastest of several rounds, so the ratios hold when the
machine's speed drifts.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from listok.answerkeys.formats import Format, Heading
from listok.answerkeys.items import Item, item_of
from listok.collector import collect_rarely
from listok.export import FORMATS
from listok.generators.bank import bank
from listok.generators.exercise import AnyExercise
from listok.templates.text import Lang

ROUNDS = 3
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
    """Seconds to write one item in the middle of a long file, and the questions it becomes."""
    best, questions = float("inf"), 0
    for number in range(ROUNDS):
        writer = to.open(folder / f"{to.name}-{number}", Heading("bench", LANG))
        for item in made.first:  # loads texts, compiles them, fills caches
            writer.add(item)
        fresh = [(item.variant, item.lang) for item in made.items]
        start = time.process_time()
        questions = sum(writer.add(item_of(*each)) for each in fresh)
        best = min(best, time.process_time() - start)
        writer.close()
    return best / len(made.items), questions / len(made.items)


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


if __name__ == "__main__":
    main()
