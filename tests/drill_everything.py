"""Plays all exercises at all levels in both languages on the page of a drill, in a real browser with no network.

For each of them a few problems are answered through the page's own fields, and 200 variants by what the page's script
asks its engine for: right, wrong, mistaken, partly right, malformed answers, with commas and points. Every verdict,
share and mistake must be that of `listok grade`, and that of the drill in the terminal.

    python tests/drill_everything.py                     # two to three hours on two processors
    python tests/drill_everything.py 15 40 --variants 5  # some exercises, fewer variants
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import drill_player as player

from listok.drill.onefile import make_page
from listok.drill.session import Scope
from listok.generators.bank import find, sources
from listok.generators.codes import DRILL_SEEDS
from listok.generators.exercise import LEVELS
from listok.templates.text import LANGS
from listok.workers.pool import cores, in_process

AFRESH = 20
"""Problems after which the engine begins a new log: its work grows with the log."""


def play_exercise(number: int, variants: int, fields: int) -> tuple[str, int, int]:
    """Play an exercise; gives its name, how many problems, and how many answers."""
    exercise, problems, answers = find(number), 0, 0
    scope = Scope.of([number])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "drill.html")
        make_page(path, scope, in_process(), seeds=max(variants, 2 * fields))
        with player.browser() as browser:
            with player.Visit.to(browser, path) as visit:
                visit.ready()
                for level in LEVELS:
                    for turn in range(fields):
                        for lang in LANGS:
                            visit.speak(lang)
                            variant = visit.choose(number, level) if turn == 0 and lang == LANGS[0] else visit.next()
                            answers += player.play(visit, variant, turn, every=1)
                            problems += 1
            with player.Visit.to(browser, path) as visit:
                visit.ready()
                for level in LEVELS:
                    for turn, seed in enumerate(DRILL_SEEDS[:variants]):
                        if turn % AFRESH == 0:
                            player.start(visit, scope, variants)
                        for lang in LANGS:
                            answers += player.compare(visit, exercise.variant(seed, level), lang)
                            problems += 1
    return exercise.name, problems, answers


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("numbers", type=int, nargs="*", help="exercises; without any, all")
    parser.add_argument("--variants", type=int, default=200, help="for each exercise, level and language")
    parser.add_argument("--fields", type=int, default=1, help="of these, how many are typed into the page's fields")
    parser.add_argument("--jobs", type=int, default=cores())
    options = parser.parse_args()
    work = partial(play_exercise, variants=options.variants, fields=options.fields)
    start, bad, total = time.monotonic(), 0, 0
    with ProcessPoolExecutor(options.jobs, multiprocessing.get_context("spawn")) as pool:
        running = {number: pool.submit(work, number) for number in options.numbers or sources()}
        for number, future in running.items():
            try:
                name, problems, answers = future.result()
            except Exception as error:
                bad += 1
                print(f"{number}: {type(error).__name__}: {error}", flush=True)
                continue
            total += answers
            print(f"{number} {name}: {answers} answers to {problems} problems", flush=True)
    print(f"{total} answers in {(time.monotonic() - start) / 60:.0f} minutes, {bad} exercises where something differs")
    sys.exit(bad > 0)


if __name__ == "__main__":
    main()
