"""A drill as one HTML file that runs by itself: listok, its engine, and seeds whose variants were verified.

First comes what is on the screen at once: the first problems, printed beforehand as all others are. The engine, which
the page needs to mark answers and to draw further problems, stands at the end. No key is in the file. The same command
makes the same bytes of the same engine, where zlib is the same.
"""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from listok import __version__
from listok.drill.browser import Json, problem_data
from listok.drill.engine import Engine, Licence, gzipped, read_engine, tree
from listok.drill.session import Problem, Scope, Task
from listok.drill.sources import files_for, reached_by
from listok.drill.words import TOPICS
from listok.generators.bank import Source, find, sources
from listok.generators.codes import DRILL_SEEDS
from listok.generators.exercise import Disagreement
from listok.generators.values import ListokError
from listok.templates.files import whole_file
from listok.templates.text import LANGS, Lang, load
from listok.workers.pool import Job, Workers

PAGE = Path(__file__).parent / "page"

SCRIPTS = ("engine.js", "words.js", "base.js", "log.js", "fields.js", "part.js", "page.js")
"""The page's script, in order."""

SEEDS = 100
"""Verified variants of each exercise and level."""

MOST_SEEDS = len(DRILL_SEEDS)

PRINTED = 3
"""Of these, how many are printed into the page."""

CHUNK = 20
"""Seeds that a worker verifies at a time."""

POLICY = (
    "default-src 'none'; img-src data:; style-src-elem 'sha256-{style}'; style-src-attr 'unsafe-inline'; "
    "script-src 'sha256-{script}' blob: 'wasm-unsafe-eval'; worker-src blob:; base-uri 'none'; form-action 'none'"
)
"""What the page may do: run its own script, and in a worker what is unpacked from itself. It can ask no address for
anything, and evaluates no text as a program."""


class PageError(ListokError):
    """A page that cannot be made as asked."""


@dataclass(frozen=True)
class Made:
    """What was made: the file, its size in bytes, how many variants it can draw, and those that were left out."""

    path: Path
    size: int
    variants: int
    left_out: tuple[str, ...]


@dataclass(frozen=True)
class Verified:
    """Seeds of an exercise and level from `first` on: how many, and which of them gave a variant that must not be
    handed out, with the reason; and the first variants, printed in each language."""

    first: int
    count: int
    bad: tuple[tuple[int, str], ...]
    printed: tuple[Json, ...]


def make_page(
    path: Path,
    scope: Scope,
    workers: Workers,
    *,
    langs: Sequence[Lang] = LANGS,
    lang: Lang = "ru",
    title: str = "",
    seeds: int = SEEDS,
    force: bool = False,
    tick: Callable[[int], object] = lambda count: None,
) -> Made:
    """Make the page of a drill, which asks what is in `scope` and begins in `lang`.

    `title` is the teacher's own. `tick` is told how many variants were verified just now. Raises `NoEngine` where the
    engine is not there, `PageError` where the page would hold nothing, an exercise of one's own, or take the place of
    another file, or where it cannot be written, and what workers raise.
    """
    engine = read_engine()
    tasks = _tasks(scope)
    engine.check(reached_by(sources()[task.number] for task in tasks))
    if not 1 <= seeds <= MOST_SEEDS:
        raise PageError(f"a page needs from 1 to {MOST_SEEDS} seeds of each exercise and level, not {seeds}")
    if path.is_dir():
        raise PageError(f"{path} is a folder: give the name of a file, such as page.html")
    if path.exists() and not force:
        raise PageError(f"{path} is there already: give another name, or --force to replace it")
    try:
        with whole_file(path) as file:  # before any work: where nothing can be written, nobody waits for that word
            verified = dict(zip(tasks, _verify(tasks, langs, seeds, workers, tick), strict=True))
            for piece in _pieces(scope, verified, engine, langs, lang, title):
                file.write(piece.encode())
    except OSError as error:
        raise PageError(f"{path} cannot be written ({error.strerror}): no page was made") from None
    left_out = [f"{find(task.number).name}, level {task.level}, seed {seed}: {reason}"
                for task, found in verified.items() for seed, reason in found.bad]  # fmt: skip
    return Made(path, path.stat().st_size, seeds * len(tasks) - len(left_out), tuple(left_out))


def _tasks(scope: Scope) -> list[Task]:
    """What a page asks for; raises `PageError` where it cannot."""
    if not scope.tasks:
        raise PageError("a page needs at least one exercise")
    for task in scope.tasks:
        if task.number not in sources():
            raise PageError(
                f"exercise {task.number} is not one of listok's own, and pages hold these alone: leave it out"
            )
    return list(scope.tasks)


# --- the pool ---------------------------------------------------------------------------------------------------------


def _verify(
    tasks: Iterable[Task], langs: Sequence[Lang], seeds: int, workers: Workers, tick: Callable[[int], object]
) -> Iterator[Verified]:
    """Draw and solve twice the first variants of each task."""
    tasks = list(tasks)
    starts = range(DRILL_SEEDS.start, DRILL_SEEDS.start + seeds, CHUNK)
    ends = [min(start + CHUNK, DRILL_SEEDS.start + seeds) for start in starts]
    jobs = (
        Job.of(f"{task.number}.{task.level}", (_verified, (task, range(start, end), tuple(langs))))
        for task in tasks
        for start, end in zip(starts, ends, strict=True)
    )
    with workers:
        results = workers.in_order(jobs)
        for _ in tasks:
            found = Verified(DRILL_SEEDS.start, 0, (), ())
            for _ in starts:
                more: Verified = next(results)
                printed = (*found.printed, *more.printed)[: PRINTED * len(langs)]
                found = Verified(found.first, found.count + more.count, (*found.bad, *more.bad), printed)
                tick(more.count)
            if len(found.bad) == found.count:
                raise PageError(found.bad[0][1])
            yield found


def _verified(task: Task, seeds: range, langs: Sequence[Lang]) -> Verified:
    """What a worker does: verify the variants of some seeds, and print the first of them."""
    exercise = find(task.number)
    bad, printed, prints = [], list[Json](), set[str]()
    for seed in seeds:
        variant = exercise.variant(seed, task.level)
        try:
            variant.verify()
        except Disagreement as error:
            bad.append((seed, str(error)))
            continue
        if len(prints) < PRINTED and variant.fingerprint not in prints:
            prints.add(variant.fingerprint)
            printed += [problem_data(Problem(variant, lang, task.parts, lambda event: None)) for lang in langs]
    return Verified(seeds.start, len(seeds), tuple(bad), tuple(printed))


# --- the file ---------------------------------------------------------------------------------------------------------


def _pieces(
    scope: Scope, verified: Mapping[Task, Verified], engine: Engine, langs: Sequence[Lang], lang: Lang, title: str
) -> Iterator[str]:
    """The whole file, in pieces: the template with what its markers stand for."""
    found = [sources()[number] for number in dict.fromkeys(task.number for task in verified)]
    own = gzipped(tree(files_for(found, langs)))
    printed = [problem for each in verified.values() for problem in each.printed]
    packed = gzipped(_json(printed).encode())
    script = "\n".join((PAGE / name).read_text(encoding="utf-8") for name in SCRIPTS)
    style = (PAGE / "page.css").read_text(encoding="utf-8")
    data = {
        "id": hashlib.sha256(b"".join((own, packed, *engine.parts.values()))).hexdigest()[:16],
        "made": f"listok {__version__}",
        "lang": lang,
        "title": title,
        "scope": {"tasks": [dataclasses.astuple(task) for task in scope.tasks], "rising": scope.rising},
        "pool": {f"{task.number}.{task.level}": [each.first, each.count, [seed for seed, _ in each.bad]]
                 for task, each in verified.items()},
        "topics": [{"name": name, "title": {each: TOPICS[name][each] for each in langs}}
                   for name in TOPICS if any(source.topic == name for source in found)],
        "exercises": [_about(source, verified, langs) for source in found],
        "printed": next(iter(verified.values())).printed,
    }  # fmt: skip
    markers: dict[str, Callable[[], Iterable[str]]] = {
        "<!--policy-->": lambda: (
            '<meta http-equiv="Content-Security-Policy" content="'
            + POLICY.format(style=_digest(style), script=_digest(script)) + '">',
        ),
        "/*style*/": lambda: (style,),
        "<!--licences-->": lambda: map(_licence, engine.licences),
        "<!--data-->": lambda: (
            f'<script type="application/json" id="drill-data">{_json(data)}</script>',
        ),
        "/*script*/": lambda: (script,),
        "<!--engine-->": lambda: _engine(engine, own, packed),
    }  # fmt: skip
    template = (PAGE / "page.html").read_text(encoding="utf-8")
    for piece in re.split(f"({'|'.join(map(re.escape, markers))})", template):
        yield from markers[piece]() if piece in markers else (piece,)


def _about(source: Source, tasks: Iterable[Task], langs: Sequence[Lang]) -> Json:
    """What the page's menus say of an exercise."""
    return {
        "number": source.number,
        "topic": source.topic,
        "title": {lang: load(find(source.number), lang).title for lang in langs},
        "levels": sorted(task.level for task in tasks if task.number == source.number),
    }


def _engine(engine: Engine, own: bytes, printed: bytes) -> Iterator[str]:
    """What the page can do without for its first problem; the worker's program ends it."""
    yield f'<script type="text/plain" id="drill-printed">{_base64(printed)}</script>\n'
    for name, content in {**engine.parts, "listok.tree": own}.items():
        yield f'<script type="text/plain" data-engine="{name}">{_base64(content)}</script>\n'
    worker = (PAGE / "worker.js").read_text(encoding="utf-8")
    yield f'<script type="text/plain" id="drill-worker">\n{worker}</script>'


def _licence(licence: Licence) -> str:
    paragraphs = re.split(r"\n\s*\n", licence.text)
    return "\n".join((f"<h3>{escape(licence.name)}</h3>", *(f"<p>{escape(each)}</p>" for each in paragraphs), ""))


def _json(content: object) -> str:
    """JSON that may stand in a script of HTML."""
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode()


def _digest(content: str) -> str:
    return _base64(hashlib.sha256(content.encode()).digest())


__all__ = ["MOST_SEEDS", "SEEDS", "Made", "PageError", "make_page"]
