"""Write docs/catalogue.md (every exercise), docs/cli.md (every command's help) and docs/export.schema.json (exported
JSON); refresh the outputs in README.md.

With `--check` nothing is written; a stale file is named and the exit code is 1. The same sources give the same bytes
on any terminal.
"""

from __future__ import annotations

import argparse
import re
import shlex
from pathlib import Path
from typing import Any, assert_never

import click
from click.testing import CliRunner

from listok.answerkeys.formats.data import schema_json
from listok.cli import main as listok
from listok.generators.answers import (
    AnyKey,
    Choice,
    Choices,
    Expression,
    Matching,
    Matrix,
    Number,
    Open,
    Predicate,
    Vector,
)
from listok.generators.bank import bank
from listok.generators.exercise import AnyExercise
from listok.templates import plain
from listok.templates.files import write_whole
from listok.templates.text import Filled, load

ROOT = Path(__file__).resolve().parent.parent
WIDTH = 100
SIZE: dict[str, Any] = {"terminal_width": WIDTH, "max_content_width": WIDTH}
SEED = 1
"""The variant that the catalogue shows."""

BY_HAND = "<!-- Written by docs/generate.py: change the sources and run `make docs`. -->"
READ_ONLY = ("list", "show", "verify")
"""Commands whose output in README.md is printed anew; the others write files or need them."""


def catalogue() -> str:
    """Every exercise by topic, in the order of the exercises' numbers, with a variant in English."""
    exercises = list(bank().values())
    topics = list(dict.fromkeys(exercise.topic for exercise in exercises))
    lines = [
        "# Catalogue of exercises",
        "",
        BY_HAND,
        "",
        f"{len(exercises)} exercises. Each has three levels, a Russian and an English text, and a worked solution. "
        "An exercise is called by its number or its name: `listok show 40` is `listok show convolution-by-hand`. "
        "Of a part, the table tells its kind, its weight in points (what it is worth where a blueprint says nothing), "
        "and how the answer is asked. Answer kinds are explained in [CONTRIBUTING](../CONTRIBUTING.md#answer-kinds). "
        "`listok show 40 --key --lang en` prints what each mistake is and the wrong answer it gives.",
    ]
    for topic in topics:
        lines += ["", f"## {topic}"]
        for exercise in exercises:
            if exercise.topic == topic:
                lines += ["", *_entry(exercise)]
    return "\n".join(lines) + "\n"


def _minutes(exercise: AnyExercise) -> str:
    *lower, highest = (str(max(1, round(time))) for time in exercise.minutes)
    return f"{', '.join(lower)} and {highest}"


def _entry(exercise: AnyExercise) -> list[str]:
    variant = exercise.variant(SEED)
    filled = Filled(variant, "en")
    lines = [
        f"### {exercise.number}. {exercise.name}",
        "",
        f"**{load(exercise, 'ru').title} / {filled.title}.** {exercise.summary}",
        "",
        "| part | kind | weight | answer |",
        "|:--|:--|--:|:--|",
    ]
    for part, key in exercise.parts.items():
        asked = _asked(key) + (", with a calculator" if part in exercise.calculator else "")
        lines.append(f"| `{part}` | {key.kind} | {key.points} | {asked} |")
    lines += ["", f"A good student's pencil takes about {_minutes(exercise)} minutes at the three levels."]
    lines += ["", "Mistakes it knows: " + ", ".join(f"`{name}`" for name in exercise.mistakes) + "."]
    if exercise.spaces:
        sizes = ", ".join(f"{size} at level {level}" for level, size in sorted(exercise.spaces.items()))
        lines += ["", f"Different variants: {sizes}."]
    sample = plain.printer("en").blocks(filled.blocks(filled.beginning)).rstrip("\n")
    lines += ["", f"How it begins (level 1, seed {SEED}):", "", "```text", *sample.splitlines(), "```"]
    return lines


def _asked(key: AnyKey) -> str:
    match key:
        case Number() | Vector() | Matrix():
            if key.digits is None:
                return "exact"
            return f"rounded to {key.digits} {'place' if key.digits == 1 else 'places'}"
        case Expression():
            return "a formula, in any equal form"
        case Predicate():
            return "any numbers that do"
        case Choice():
            return "one option"
        case Choices():
            return "all right options"
        case Matching():
            return "an option for each item"
        case Open():
            return "in words, marked by a rubric"
        case _:
            assert_never(key)


def reference() -> str:
    """Every command's own help, at one width."""
    top = click.Context(listok, info_name="listok", **{**listok.context_settings, **SIZE})
    lines = [
        "# Command line",
        "",
        BY_HAND,
        "",
        "Results go to standard output, progress and notes to standard error. The exit code is 0 when all went well, "
        "1 when something in the input is at fault (one line says what and where), and 2 when the command itself was "
        "mistyped.",
    ]
    lines += ["", "## listok", "", *_help(listok, top)]
    for name in listok.list_commands(top):
        command = listok.get_command(top, name)
        assert command is not None
        context = click.Context(command, parent=top, info_name=name, **{**command.context_settings, **SIZE})
        lines += ["", f"## listok {name}", "", *_help(command, context)]
    return "\n".join(lines) + "\n"


def _help(command: click.Command, context: click.Context) -> list[str]:
    text = click.unstyle(command.get_help(context))
    return ["```text", *(line.rstrip() for line in text.rstrip().splitlines()), "```"]


def readme() -> str:
    """README.md with the output of each `$ listok list|show|verify` line in its console blocks printed anew."""
    source = (ROOT / "README.md").read_text(encoding="utf-8")
    return re.sub(r"(?<=```console\n).*?(?=^```$)", lambda m: _console(m[0]), source, flags=re.DOTALL | re.MULTILINE)


def _console(block: str) -> str:
    """A console block with new outputs, where all its commands are read-only."""
    commands = [line.removeprefix("$ ") for line in block.splitlines() if line.startswith("$ ")]
    words = [shlex.split(command) for command in commands]
    if not all(each[0] == "listok" and each[1] in READ_ONLY for each in words):
        return block
    return "\n".join(f"$ {command}\n{_output(each[1:])}" for command, each in zip(commands, words, strict=True))


def _output(arguments: list[str]) -> str:
    """What a command prints on both streams, in a terminal `WIDTH` columns wide."""
    result = CliRunner().invoke(listok, arguments, prog_name="listok", env={"COLUMNS": str(WIDTH)})
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return "\n".join(line.rstrip() for line in click.unstyle(result.output).rstrip().splitlines()) + "\n"


def main() -> None:
    """Write the documents, or (with `--check`) name those that are stale."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 where a file is stale")
    check: bool = parser.parse_args().check
    stale = 0
    pages = {
        "docs/catalogue.md": catalogue, "docs/cli.md": reference, "docs/export.schema.json": schema_json,
        "README.md": readme,
    }  # fmt: skip
    for name, make in pages.items():
        path, text = ROOT / name, make()
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        stale += 1
        if check:
            print(f"{name} is stale: run `make docs`")
        else:
            write_whole(path, [text])
            print(f"{name} written")
    raise SystemExit(1 if check and stale else 0)


if __name__ == "__main__":
    main()
