"""The drill: when the first problem is there, when the engine runs, what a fresh variant costs, size and memory.

Processor time is that of the browser's process which shows the page and runs the engine, so it holds on a busy machine;
beside it stand seconds by the clock, which do not. A fresh variant in the page is compared with the same work done by
this process, in the same run: draw, solve and print in one language; an answer, likewise.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

import drill_player as player  # the browser that plays the page in the tests

from listok.answerkeys.marking.grading import Response, mark_problem
from listok.drill.browser import problem_data
from listok.drill.onefile import SEEDS, make_page
from listok.drill.session import Problem, Scope
from listok.generators.bank import bank, find, sources
from listok.generators.codes import DRILL_SEEDS
from listok.generators.exact import Fraction
from listok.workers.pool import cores, processes

ROUNDS = 3
FRESH = 5
ANSWERS = 100
LEVEL = 2
NOW = {"now": "2026-11-30T12:00:00.000+03:00"}


def timed(work: Callable[[], Any]) -> float:
    """Seconds of processor time of this process."""
    start = time.process_time()
    work()
    return time.process_time() - start


class Process:
    """The browser's process that shows the page."""

    def __init__(self, browser: Any) -> None:
        self._session = browser.new_browser_cdp_session()

    def _found(self) -> list[dict[str, Any]]:
        found = self._session.send("SystemInfo.getProcessInfo")["processInfo"]
        return [each for each in found if each["type"] == "renderer"]

    @property
    def seconds(self) -> float:
        """Processor time so far."""
        return max((each["cpuTime"] for each in self._found()), default=0.0)

    @property
    def megabytes(self) -> int:
        """Memory of its own."""
        found = []
        for each in self._found():
            rollup = Path(f"/proc/{each['id']}/smaps_rollup").read_text(encoding="ascii")
            found += [int(line.split()[1]) / 1000 for line in rollup.splitlines() if line.startswith("Pss:")]
        return round(max(found, default=0))


def starting(path: Path) -> None:
    """Open the page some times: when the first problem is there, when the engine is."""
    print(f"{'':24}{'by the clock':>14}{'processor time':>16}")
    first, ready, cpu_first, cpu_ready, memory = [], [], [], [], 0
    for _ in range(ROUNDS):
        with player.browser() as browser, player.Visit.to(browser, path) as visit:
            process = Process(browser)
            visit.page.wait_for_selector(".part")
            cpu_first.append(process.seconds)
            visit.ready()
            ready.append(visit.page.evaluate("performance.now()") / 1000)
            cpu_ready.append(process.seconds)
            first.append(visit.page.evaluate("firstProblem.after") / 1000)
            memory = process.megabytes
    print(f"{'first problem':24}{statistics.median(first):12.2f} s{min(cpu_first):14.2f} s")
    print(f"{'engine':24}{statistics.median(ready):12.2f} s{min(cpu_ready):14.2f} s")
    print(f"size {path.stat().st_size / 1e6:.1f} MB, memory {memory} MB")


def fresh(path: Path) -> None:
    """Milliseconds for a variant that was never met, and for an answer, in the page and here, by exercise."""
    print(f"\n{'ms':24}{'variant':>9}{'here':>7}{'ratio':>7}{'answer':>9}{'here':>7}{'ratio':>7}")
    ratios: list[tuple[float, float]] = []
    with player.browser() as browser, player.Visit.to(browser, path) as visit:
        visit.ready()
        process = Process(browser)

        def spent(*requests: dict[str, Any]) -> float:
            start = process.seconds
            visit.ask(*requests)
            return process.seconds - start

        for number in sources():
            exercise = find(number)
            seeds = DRILL_SEEDS[:FRESH]
            part = player.marked_parts(exercise.variant(seeds[0], LEVEL))[0]
            points = {name: Fraction(key.points) for name, key in exercise.parts.items()}

            def here(seed: int, exercise: Any = exercise) -> None:
                problem_data(Problem(exercise.variant(seed, LEVEL), "en", None, lambda event: None))

            def mark(variant: Any, part: str = part, points: Any = points) -> None:
                mark_problem(variant, points, {part: Response("1")}, ("en",))

            codes = [exercise.variant(seed, LEVEL).code for seed in seeds]
            visit.ask({"do": "open", "code": codes[0], "lang": "en", **NOW})  # its text is read once
            here(seeds[0])
            opened = spent(*({"do": "open", "code": code, "lang": "en", **NOW} for code in codes[1:])) / (FRESH - 1)
            drawn = sum(timed(lambda seed=seed: here(seed)) for seed in seeds[1:]) / (FRESH - 1)
            variant = exercise.variant(seeds[-1], LEVEL)
            answered = spent(*({"do": "answer", "part": part, "typed": "1", **NOW} for _ in range(ANSWERS))) / ANSWERS
            marked = timed(lambda variant=variant, mark=mark: [mark(variant) for _ in range(ANSWERS)]) / ANSWERS
            ratios.append((opened / drawn, answered / marked))
            print(f"{exercise.name:24}{1000 * opened:9.0f}{1000 * drawn:7.1f}{opened / drawn:7.1f}"
                  f"{1000 * answered:9.1f}{1000 * marked:7.1f}{answered / marked:7.1f}")  # fmt: skip
    variants, answers = zip(*ratios, strict=True)
    print(f"{'median':24}{'':16}{statistics.median(variants):7.1f}{'':16}{statistics.median(answers):7.1f}")


def terminal() -> None:
    """From the command to the first problem on the screen."""
    found = []
    with tempfile.TemporaryDirectory() as folder:
        for turn in range(ROUNDS):
            log = Path(folder, f"{turn}.sqlite3")
            start, before = time.perf_counter(), os.times()
            subprocess.run([sys.executable, "-m", "listok", "drill", "--log", str(log)], stdin=subprocess.DEVNULL,
                           stdout=subprocess.DEVNULL, check=True)  # fmt: skip
            after = os.times()
            spent = after.children_user + after.children_system - before.children_user - before.children_system
            found.append((time.perf_counter() - start, spent))
    print(f"\nterminal, first problem {statistics.median(wall for wall, _ in found):12.2f} s"
          f"{min(cpu for _, cpu in found):14.2f} s")  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=SEEDS, help="verified seeds of each exercise and level")
    options = parser.parse_args()
    bank()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "drill.html")
        start = time.perf_counter()
        made = make_page(path, Scope.of(sorted(sources())), processes(cores()), seeds=options.seeds)
        print(f"page of {made.variants} verified variants, made in {time.perf_counter() - start:.0f} s\n")
        starting(path)
        fresh(path)
    terminal()


if __name__ == "__main__":
    main()
