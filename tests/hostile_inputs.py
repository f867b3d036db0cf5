"""Hostile blueprints, exam files, folders, rosters, response tables and logs, as many as one likes, each given to a
command.

    python tests/hostile_inputs.py 1000

Each is a sound input with something in it turned, cut, swelled or swapped, or no such input at all. It must be taken or
refused: no traceback, no more than `SECONDS` of this process's time, no line of more than `LONGEST_LINE` characters on
standard error, and nothing written outside `--out`. The same number gives the same inputs.
"""

from __future__ import annotations

import argparse
import datetime
import functools
import json
import os
import random
import shutil
import sqlite3
import sys
import tempfile
import time
import tomllib
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from listok.cli import main
from listok.drill.store import Store
from listok.generators.bank import exercise_of, find, survey
from listok.generators.codes import DRILL_SEEDS, VariantCode
from listok.generators.values import LONGEST_LINE
from listok.templates.scaffold import write_exercise

SECONDS = 2.0

BLUEPRINT = """title = { ru = "Контрольная", en = "Test" }
date = 2026-12-01
seed = 7
lang = "en"
[instructions]
en = "Write clearly."
[[items]]
exercise = 10
points = 4
[[items]]
exercise = 40
level = 2
parts = ["map", "max_pool"]
[[items]]
from = [17, { exercise = 18, level = 1 }]
points = 5
"""
ROSTER = "id,name,group\ns1,Анна Белая,НС-1\ns2,Борис Вольный,НС-1\n"
RESPONSES = 'student,1.total,1.b,2.map,3\ns1,13,10,"1; 2; 3",a\ns2,"1/2",x,"[[1,2],[3,4]]",б\n'

PIECES = [
    "", "0", "-1", "1e308", "-0.0", "nan", "inf", "9" * 4301, "0x" + "f" * 4000, "[]", "{}", "null", "true", '"',
    "'", "\\",
    "[" * 3000, "{" * 3000, "(" * 3000, "\x00", "\x1b[2J", "\u202e", "\u2028", "\ud800", "\ufeff", "\r", "\n",
    ",", ";", "\t",
    "x" * 9000, "я" * 9000, "a\nb" * 3000, "../../evil", "/etc/passwd", "~", "%s%n{0}{{x}}", "<script>", "=1+1",
    "\\input{x}",
    "softmaks", "40", "18G-G00-07S", "NWQ-N8K-K09", "lang", "seed", "ru", "None", "𝕏", "e\u0301", "😀",
]  # fmt: skip

VALUES: list[Any] = [
    None, True, False, 0, -1, 1, 2, 4, 16, 600, 10**18, 10**30, -(10**400), 1e308, -1.5, 0.1, 1e-308, "", [], {},
    [[]], [None],
    {"a": 1}, *PIECES,
]  # fmt: skip


def turned(text: str, chance: random.Random) -> bytes:
    """A text with a few of its places spoiled, as bytes."""
    for _ in range(chance.choice((1, 1, 2, 4))):
        at, to = sorted(chance.randint(0, len(text)) for _ in range(2))
        piece = chance.choice(PIECES)
        match chance.randrange(6):
            case 0:
                text = text[:at] + piece + text[at:]
            case 1:
                text = text[:at] + text[min(to, at + 9) :]
            case 2:
                text = text[:at] + piece + text[min(to, at + 5) :]
            case 3:
                text = text[:to] + text[at:to] * chance.choice((1, 2, 50)) + text[to:]
            case 4:
                lines = text.split("\n")
                chance.shuffle(lines)
                text = "\n".join(lines)
            case _:
                words = text.split(" ")
                words[chance.randrange(len(words))] = piece
                text = " ".join(words)
    data = text.encode("utf-8", "surrogatepass")
    match chance.randrange(12):
        case 0:
            return data[: chance.randint(0, len(data))]
        case 1:
            return text.encode("utf-16", "surrogatepass")
        case 2:
            place = chance.randint(0, len(data))
            return data[:place] + chance.randbytes(9) + data[place:]
        case 3:
            return chance.randbytes(chance.choice((0, 1, 5000)))
        case _:
            return data


def changed(data: Any, chance: random.Random) -> Any:
    """JSON data with one of its values, deep inside, taken away, renamed or replaced."""
    if isinstance(data, dict) and data and chance.random() < 0.9:
        name = chance.choice(list(data))
        match chance.randrange(12):
            case 0:
                return {other: value for other, value in data.items() if other != name}
            case 1:
                return {str(chance.choice(PIECES)) if other == name else other: data[other] for other in data}
            case _:
                return {**data, name: changed(data[name], chance)}
    if isinstance(data, list) and data and chance.random() < 0.9:
        at = chance.randrange(len(data))
        match chance.randrange(10):
            case 0:
                return data[:at] + data[at + 1 :]
            case 1:
                return [*data, data[at]]
            case _:
                return [*data[:at], changed(data[at], chance), *data[at + 1 :]]
    return chance.choice(VALUES)


def toml(value: Any) -> str:
    """Data as a TOML value; None, which TOML lacks, as nothing."""
    match value:
        case None:
            return ""
        case dict():
            return "{" + ", ".join(f"{json.dumps(name)} = {toml(inner)}" for name, inner in value.items()) + "}"
        case list():
            return "[" + ", ".join(map(toml, value)) + "]"
        case datetime.date():
            return str(value)
        case _:
            return json.dumps(value)


@dataclass(frozen=True)
class World:
    """A folder in which a command runs, and what sound inputs look like."""

    here: Path
    exam: str


def blueprint(world: World, chance: random.Random) -> list[str]:
    if chance.random() < 0.5:
        written = turned(BLUEPRINT, chance)
    else:
        data = changed(tomllib.loads(BLUEPRINT), chance)
        tops = data.items() if isinstance(data, dict) else [("items", data)]
        text = "".join(f"{json.dumps(name)} = {toml(value)}\n" for name, value in tops)
        written = text.encode("utf-8", "surrogatepass")
    (world.here / "b.toml").write_bytes(written)
    if chance.random() < 0.5:
        return ["export", "b.toml", "--to", "csv", "-n", "1", "--jobs", "1", "--out", "out"]
    return ["build", "b.toml", "--copies", "1", "--no-pdf", "--jobs", "1", "--out", "out"]


def exam_file(world: World, chance: random.Random) -> list[str]:
    if chance.random() < 0.4:
        written = turned(world.exam, chance)
    else:
        data = json.loads(world.exam)
        for _ in range(chance.randint(1, 2)):
            data = changed(data, chance)
        text = json.dumps(data, ensure_ascii=chance.random() < 0.5)
        if chance.random() < 0.5:  # as it is written: the head in a line of its own
            text = text.replace('"forms": [', '"forms":[\n').replace(', {"code"', ',\n{"code"').replace("]}]}",
            "]}\n]}\n")
        written = text.encode("utf-8", "surrogatepass")
    (world.here / "e.json").write_bytes(written)
    (world.here / "b.toml").write_text(BLUEPRINT, encoding="utf-8")
    (world.here / "r.csv").write_text(RESPONSES, encoding="utf-8")
    code = json.loads(world.exam)["forms"][0]["code"]
    return chance.choice([
        ["grade", "e.json", "r.csv", "--out", "out", "--per-student"], ["key", code, "--exam", "e.json"],
        ["export", "e.json", "--to", "csv", "--jobs", "1", "--out", "out"],
        ["build", "b.toml", "--copies", "2", "--keep", "e.json", "--no-pdf", "--jobs", "1", "--out", "out"],
    ])  # fmt: skip


def roster(world: World, chance: random.Random) -> list[str]:
    (world.here / "r.csv").write_bytes(turned(ROSTER, chance))
    (world.here / "b.toml").write_text("[[items]]\nexercise = 10\n", encoding="utf-8")
    return ["build", "b.toml", "--roster", "r.csv", "--no-pdf", "--jobs", "1", "--out", "out"]


def responses(world: World, chance: random.Random) -> list[str]:
    (world.here / "e.json").write_text(world.exam, encoding="utf-8")
    (world.here / "r.csv").write_bytes(turned(RESPONSES, chance))
    return ["grade", "e.json", "r.csv", "--out", "out", *chance.choice([[], ["--per-student"], ["--show-answers"]])]


LOG = [
    {"log": "listok drill", "format": 1, "student": "0123456789abcdef" * 2},
    *(
        {"id": f"{n:016x}", "at": f"2026-11-{10 + 2 * (n // 6)}T09:{n:02}:00.125+03:00", "code": code, **event}
        for n, (code, event) in enumerate(
            (str(find(number).code(DRILL_SEEDS[day], 1)), event)
            for day, number in enumerate((10, 40, 10))
            for event in (
                {"event": "shown", "fingerprint": f"{day:032x}", "lang": "ru"},
                {"event": "tried", "part": "total", "typed": "7", "outcome": "wrong", "share": "0",
                 "mistake": "no_biases", "expected": 90},
                {"event": "helped", "part": "total", "steps": 1, "whole": False},
                {"event": "tried", "part": "map", "typed": "1 2", "outcome": "partial", "share": "1/2",
                 "mistake": "flipped", "expected": 120},
                {"event": "passed", "part": "lean"},
                {"event": "left"},
            )
        )
    ),
]  # fmt: skip
"""Three problems, as their log is exported."""


ODD: dict[str, list[Any]] = {
    "at": ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59.999-12:00", "2026-11-10T09:00:00Z", "2026-02-30T09:00:00Z",
           "9999-12-31T00:00:00Z", "0001-01-01T00:00:00Z"],
    "code": ["18G-G00-07S", "NWQ-N8K-K09", "", "x" * 9000, str(find(40).code(DRILL_SEEDS[1], 3)),
             str(VariantCode(10, 1, 15, 7)), str(VariantCode(499, 1, 1, 7))],
    "part": ["total", "map", "why", "", "\x00", "x" * 9000],
    "typed": ["", "\x00", "(" * 4000, "\u202e1", "x" * 10**5, "\ud800"],
    "outcome": ["right", "?", ""],
    "share": ["1", "2", "-1", "1/0", "x", "", "9" * 5000, "1/3"],
    "mistake": [None, "no_biases", "flipped", "nobody", "__class__", ""],
    "expected": [0, -1, 10**18, 2**63],
    "steps": [0, -1, 10**18, 3],
    "whole": [True, False],
    "fingerprint": ["", "00", "x" * 9000],
    "lang": ["en", "ru"],
    "event": ["shown", "tried", "helped", "passed", "left", "sung"],
}  # fmt: skip
"""Values of the right types, which no listok writes there."""


def odd(events: Sequence[Any], chance: random.Random) -> list[Any]:
    """Events with values of the right types that make no sense."""
    events = [dict(event) for event in events]
    for _ in range(chance.randint(1, 8)):
        name = chance.choice(list(ODD))
        chance.choice(events[1:])[name] = chance.choice(ODD[name])
    return events


def log(world: World, chance: random.Random) -> list[str]:
    """A log that was exported, or one that was kept: its lines are then in the file whatever they are."""
    if chance.random() < 0.2:
        written = turned("\n".join(json.dumps(line) for line in LOG), chance)
    else:
        data: Any = odd(LOG, chance)
        if chance.random() < 0.4:
            data = changed(data, chance)
        lines = data if isinstance(data, list) else [data]
        text = "\n".join(json.dumps(line, ensure_ascii=chance.random() < 0.5) for line in lines)
        written = text.encode("utf-8", "surrogatepass")
    (world.here / "log.jsonl").write_bytes(written)
    kept = world.here / "out" / "log"
    kept.parent.mkdir()
    if chance.random() < 0.4:
        return ["drill", "--log", "out/log", "--import", "log.jsonl"]
    Store(kept).__exit__()
    with sqlite3.connect(kept) as file:
        for number, line in enumerate(written.decode("utf-8", "replace").split("\n")[1:]):
            file.execute("INSERT INTO events (id, line) VALUES (?, ?)", (f"{number:016x}", line))
    file.close()
    if chance.random() < 0.2:
        content = kept.read_bytes()
        at = chance.randrange(len(content))
        kept.write_bytes(content[:at] + chance.randbytes(chance.choice((0, 1, 500))) + content[at + 1 :])
    return ["drill", "--log", "out/log", "--lang", chance.choice(("ru", "en")), *chance.choice([
        ["--progress"], ["--export", "-"], ["10", "40"], ["10", "--level", "1"],
    ])]  # fmt: skip


LITTER: list[Callable[[Path], object]] = [
    lambda path: path.mkdir(), lambda path: path.symlink_to("nowhere"), lambda path: path.symlink_to(path.name),
    os.mkfifo, lambda path: path.symlink_to("."), lambda path: path.write_bytes(b"\xff\xfe\x00"),
    lambda path: path.touch(),
]  # fmt: skip

STATEMENTS = [
    "raise ValueError('x' * 9000)", "import sys; sys.exit(7)", "1 / 0", "raise BaseException",
    "raise KeyError('a\\nb')",
    "return None", "return 5", "return 'x', [1], {}", "[].pop()", "None.x", "assert False",
    "raise NotImplementedError",
    "f = lambda: f(); f()", "10 ** 5000 + str(10 ** 5000)", "open('/nowhere/at/all')", "import no_such_module",
    "raise SystemExit",
    "raise StopIteration", "raise UnicodeDecodeError('utf-8', b'', 0, 1, 'x')", "del p",
]  # fmt: skip
FIELDS = [
    "number=600", "number=True", "number='1'", "number=0x" + "f" * 4000, "version=16", "version=None", "draw=5",
    "solve=None",
    "minutes='x'", "check=1", "parts=[]", "parts={}", "parts={1: 2}", "parts={'output': Number('nothing')}",
    "mistakes=None",
    "parts={'output': Number('y', points=-1)}", "parts={'output': Number('y', digits='2')}", "mistakes={'a': 1}",
    "carry=5",
    "mistakes={'a b': wrong(bias=False)}", "mistakes={'no_bias': wrong(nothing=1)}", "spaces={1: 'x'}",
    "spaces=3", "colour=1",
    "parts={'output': Number('products')}", "mistakes={'no_bias': wrong(lambda p: 1)}", "carry=('output', 'x')",
]  # fmt: skip


def folder(world: World, chance: random.Random) -> list[str]:
    _, paths = write_exercise("my-first", world.here / "bank", number=401)
    module, oracle, *texts = paths
    for _ in range(chance.randint(1, 2)):
        match chance.randrange(6):
            case 0:  # a statement at the beginning of a function, or of the module
                path = chance.choice([module, oracle])
                lines = path.read_text(encoding="utf-8", errors="replace").split("\n")
                heads = [at for at, line in enumerate(lines) if line.lstrip().startswith("def ")]
                if not heads:
                    continue
                at = chance.choice(heads)
                depth = len(lines[at]) - len(lines[at].lstrip()) + 4
                lines.insert(at + 1, " " * depth + chance.choice(STATEMENTS))
                path.write_text("\n".join(lines), encoding="utf-8")
            case 1:  # a field of EXERCISE
                text, field = module.read_text(encoding="utf-8", errors="replace"), chance.choice(FIELDS)
                head, _, exercise = text.partition("EXERCISE = Exercise(\n")
                name = field.partition("=")[0]
                kept = [line for line in exercise.split("\n") if not line.startswith(f"    {name}=")]
                module.write_text(f"{head}EXERCISE = Exercise(\n    {field},\n" + "\n".join(kept), encoding="utf-8")
            case 2:
                path = chance.choice(paths)
                if path.is_file():
                    path.write_bytes(turned(path.read_text(encoding="utf-8", errors="replace"), chance))
            case 3:
                path = chance.choice(paths)
                if path.is_dir() and not path.is_symlink():
                    path.rmdir()
                else:
                    path.unlink(missing_ok=True)
                chance.choice(LITTER)(path)
            case 4:
                path = module.with_name(chance.choice([".#my_first.py", "other.py", "a.b.py", "x\ny.py", "ы.py"]))
                if not path.exists() and not path.is_symlink():
                    chance.choice(LITTER)(path)
            case _:
                path = chance.choice(texts)
                if path.is_file():
                    words = path.read_text(encoding="utf-8", errors="replace").split(" ")
                    words[chance.randrange(len(words))] = chance.choice([*PIECES, "{{x}}", "{{#y}}", "$",
                    "{{y.z.0}}"])
                    path.write_text(" ".join(words), encoding="utf-8", errors="surrogatepass")
        if not module.is_file() or not oracle.is_file():
            break
    command = chance.choice([
        ["list"], ["show", "my-first", "--key"], ["show", "401", "--lang", "en"], ["show", "40"], ["show",
        "my-first", "--format", "json"],
        ["verify", "my-first", "-n", "2", "--jobs", "1"], ["export", "my-first", "--to", "csv", "-n", "2",
        "--jobs", "1", "--out", "out"],
    ])  # fmt: skip
    return [*command, "--bank", "bank"]


KINDS: dict[str, Callable[[World, random.Random], list[str]]] = {
    "blueprints": blueprint, "exam files": exam_file, "folders": folder, "rosters": roster,
    "response tables": responses, "logs": log,
}  # fmt: skip


@contextmanager
def _inside(path: Path) -> Any:
    before = Path.cwd()
    os.chdir(path)
    try:
        yield
    finally:
        os.chdir(before)


@functools.cache
def sound_exam() -> str:
    """The exam file of a small class."""
    with tempfile.TemporaryDirectory() as name, _inside(Path(name)):
        Path("b.toml").write_text(BLUEPRINT, encoding="utf-8")
        Path("r.csv").write_text(ROSTER, encoding="utf-8")
        args = ["build", "b.toml", "--roster", "r.csv", "--no-pdf", "--jobs", "1", "--out", "out"]
        done = CliRunner().invoke(main, args)
        assert done.exit_code == 0, done.output
        return Path("out/exam.json").read_text(encoding="utf-8")


def _files(top: Path, out: Path) -> set[Path]:
    return {path for path in top.rglob("*") if out not in (path, *path.parents)}


def faults_of(kind: str, number: int) -> tuple[str, list[str]]:
    """How an input ended (taken or refused), and what was wrong with that."""
    chance = random.Random(f"{kind} {number}")
    survey.cache_clear()
    exercise_of.cache_clear()
    for name in [name for name in sys.modules if name.startswith("listok_")]:
        del sys.modules[name]
    with tempfile.TemporaryDirectory() as name, _inside(Path(name)):
        here = Path(name) / "here"
        here.mkdir()
        os.chdir(here)
        args = KINDS[kind](World(here, sound_exam()), chance)
        before = _files(Path(name), here / "out")
        start = time.process_time()
        result = CliRunner().invoke(main, args)
        spent = time.process_time() - start
        said = result.stderr.splitlines()
        wrong = []
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            wrong.append(f"{type(result.exception).__name__}: {str(result.exception)[:200]}")
        if "Traceback" in result.output:
            wrong.append("a traceback is printed")
        if spent > SECONDS:
            wrong.append(f"{spent:.1f} s")
        if any(len(line) > LONGEST_LINE for line in said):
            wrong.append(f"a line of {max(map(len, said))} characters")
        if result.exit_code not in (0, 1, 2):
            wrong.append(f"exit code {result.exit_code}")
        elsewhere = _files(Path(name), here / "out") ^ before
        if elsewhere:
            wrong.append(f"changed outside --out: {', '.join(map(str, elsewhere))}")
        os.chdir(name)
        shutil.rmtree(here, ignore_errors=True)
    return "taken" if result.exit_code == 0 else "refused", [f"{kind} {number}: {' '.join(args)}: {w}" for w in wrong]


def run(count: int, kinds: Sequence[str] = tuple(KINDS)) -> int:
    """Try so many inputs of each kind, print what became of them, and give the number of faults."""
    faults = 0
    for kind in kinds:
        ended: Counter[str] = Counter()
        start = time.monotonic()
        for number in range(count):
            outcome, wrong = faults_of(kind, number)
            ended[outcome] += 1
            for line in wrong:
                faults += 1
                print(line)
        spent = time.monotonic() - start
        print(f"{kind}: {ended['taken']} taken, {ended['refused']} refused, {spent:.0f} s", flush=True)
    return faults


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("count", type=int, nargs="?", default=1000, help="inputs of each kind")
    parser.add_argument("--only", choices=list(KINDS), action="append", help="this kind alone")
    options = parser.parse_args()
    raise SystemExit(1 if run(options.count, options.only or tuple(KINDS)) else 0)
