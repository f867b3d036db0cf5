"""Variants per second per core: draw, solve twice, print sheet and key as LaTeX, and where the time goes.

Every figure is of this process alone; the shares come from the same run, so they hold when the machine's speed drifts.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from typing import Any

from listok.answerkeys.keysheet import problem_key
from listok.generators.bank import bank
from listok.generators.exact import Fraction
from listok.generators.exercise import AnyExercise
from listok.templates.latex import printer
from listok.templates.sheet import problem
from listok.templates.text import Filled
from listok.workers.garbage import collect_rarely

STAGES = ("draw", "solve", "oracle", "sheet", "key")


def measure(exercise: AnyExercise, seeds: range) -> dict[str, float]:
    """Seconds of processor time per variant for each stage, over all levels; `draw` includes its own solving."""
    spent = dict.fromkeys(STAGES, 0.0)
    points = {part: Fraction(key.points) for part, key in exercise.parts.items()}

    def timed(stage: str, call: Callable[[], Any]) -> Any:
        start = time.process_time()
        result = call()
        spent[stage] += time.process_time() - start
        return result

    latex = printer("ru")
    for level in (1, 2, 3):
        for seed in seeds:
            variant = timed("draw", lambda level=level, seed=seed: exercise.variant(seed, level))
            timed("solve", lambda v=variant: exercise.solve(v.params))
            timed("oracle", lambda v=variant: v.verify())
            filled = timed("sheet", lambda v=variant: Filled(v, "ru"))
            timed("sheet", lambda filled=filled: latex.blocks(problem(filled, points, 1)))
            timed("key", lambda filled=filled: latex.blocks(problem_key(filled, points, 1)))
    count = 3 * len(seeds)
    spent["draw"] -= spent["solve"]  # drawing solves once: count that under its own name
    return {stage: max(0.0, seconds) / count for stage, seconds in spent.items()}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-n", type=int, default=200, help="variants per level")
    arguments = parser.parse_args()
    print(f"{'exercise':28} {'per s':>7}  " + " ".join(f"{stage:>7}" for stage in STAGES) + "   (shares of the time)")
    collect_rarely()  # as the commands do
    rates = []
    for exercise in bank().values():
        measure(exercise, range(20))  # load texts, fill caches
        spent = measure(exercise, range(1000, 1000 + arguments.n))
        total = sum(spent.values())
        rates.append(1 / total)
        shares = " ".join(f"{seconds / total:7.0%}" for seconds in spent.values())
        print(f"{exercise.name:28} {1 / total:7.0f}  {shares}")
    print(f"median {statistics.median(rates):.0f}, least {min(rates):.0f} variants per second per core")


if __name__ == "__main__":
    main()
