"""Questions per second for every export format, beside the work that all formats share: draw, solve, oracle.

All figures are processor time of this process in one run, the fastest of several rounds, so the ratios hold when the
machine's speed drifts.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from pathlib import Path

from listok.answerkeys.formats import Format, Heading
from listok.answerkeys.items import Item, item_of
from listok.export import FORMATS
from listok.generators.bank import bank
from listok.generators.exercise import AnyExercise

ROUNDS = 3


def drawn(exercise: AnyExercise, count: int) -> tuple[list[Item], float]:
    """Items of an exercise at all levels, and the seconds that drawing and solving twice took for one."""
    start = time.process_time()
    variants = [exercise.variant(seed, level).verify() for level in (1, 2, 3) for seed in range(count)]
    spent = time.process_time() - start
    return [item_of(variant, "ru") for variant in variants], spent / len(variants)


def written(to: Format, items: list[Item], folder: Path) -> tuple[float, float]:
    """Seconds to write one item, and the questions it becomes."""
    best, questions = float("inf"), 0
    for number in range(ROUNDS + 1):  # the first round loads texts and fills caches
        writer = to.open(folder / f"{to.name}-{number}", Heading("bench", "ru"))
        fresh = [item_of(item.variant, item.lang) for item in items]
        start = time.process_time()
        questions = sum(writer.add(item) for item in fresh)
        writer.close()
        if number:
            best = min(best, time.process_time() - start)
    return best / len(items), questions / len(items)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("-n", type=int, default=20, help="variants per level of every exercise")
    count = parser.parse_args().n
    made = {exercise.name: drawn(exercise, count) for exercise in bank().values()}
    generic = statistics.median(spent for _, spent in made.values())
    print(f"draw, solve, oracle: {1000 * generic:.2f} ms a variant (median over {len(made)} exercises)")
    print(f"{'format':16} {'ms a variant':>13} {'per question':>13} {'of the rest':>12} {'questions/s/core':>17}")
    with tempfile.TemporaryDirectory() as folder:
        for name, to in FORMATS.items():
            rows = [written(to, items, Path(folder)) for items, _ in made.values()]
            spent = statistics.median(seconds for seconds, _ in rows)
            rates = [questions / seconds for seconds, questions in rows if questions]
            rate = statistics.median(rates)
            print(f"{name:16} {1000 * spent:13.2f} {1000 / rate:13.2f} {spent / generic:12.1f} {rate:17.0f}")


if __name__ == "__main__":
    main()
