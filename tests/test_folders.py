"""A teacher's folder of exercises as an editor, a file system or an author leaves it: one line, never a traceback."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from conftest import ROOT, Changes, Plant, Planted, forget_the_bank

from listok.cli import main
from listok.generators.bank import bank, find, sound, sources
from listok.generators.values import LONGEST_LINE, ListokError


@pytest.fixture(autouse=True)
def _forgotten() -> None:
    forget_the_bank()


def call(*args: object) -> Result:
    result = CliRunner().invoke(main, [str(arg) for arg in args])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert all(len(line) <= LONGEST_LINE for line in result.stderr.splitlines())
    return result


def one_line_of(*args: object) -> str:
    result = call(*args)
    assert result.exit_code == 1
    assert result.stdout == ""
    assert re.fullmatch(r"listok: .*\n", result.stderr)
    return result.stderr


# --- what lies in a folder ----------------------------------------------------------------------------------------

LITTER: dict[str, Callable[[Path], object]] = {
    "an editor's lock": lambda folder: (folder / ".#other.py").symlink_to("somebody@somewhere.1234"),
    "a dangling link": lambda folder: (folder / "other.py").symlink_to("nowhere.py"),
    "a loop of links": lambda folder: (folder / "other.py").symlink_to("other.py"),
    "a folder": lambda folder: (folder / "other.py").mkdir(),
    "a pipe": lambda folder: os.mkfifo(folder / "other.py"),
    "no text": lambda folder: (folder / "other.py").write_bytes(bytes(range(256))),
    "a hidden copy": lambda folder: (folder / ".other.py").write_text("EXERCISE = Exercise(number=40)"),
    "a loop of folders": lambda folder: (folder / "ru" / "ru").symlink_to(folder),
}


@pytest.mark.parametrize("litter", LITTER)
def test_litter_is_passed_over(plant: Plant, class_files: tuple[Path, Path], litter: str) -> None:
    planted = plant()
    LITTER[litter](planted.folder)
    assert set(sources(planted.folder)) - set(sources()) == {planted.number}
    build = ["build", class_files[0], "--copies", 1, "--no-pdf", "--out", planted.folder / "out"]
    for args in (["list"], ["show", planted.name, "--key"], ["show", 40], build):
        assert call(*args, "--bank", planted.folder).exit_code == 0


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda path: path.mkdir(), "is not a file"),
        (lambda path: path.symlink_to(path.name), "is missing"),
        (os.mkfifo, "is not a file"),
        (lambda path: path.write_bytes("# Прямая".encode("cp1251")), "not UTF-8 .*: save the text as UTF-8"),
        (lambda path: path.write_text("[" * 10_000 + "\n"), "text"),
        (lambda path: path.write_text("- " * 5_000 + "\n"), "text|nested too deep|used in texts"),
    ],
)
def test_a_text_that_is_no_text_breaks_its_exercise_alone(
    plant: Plant, spoil: Callable[[Path], object], said: str
) -> None:
    planted = plant()
    path = next((planted.folder / "ru").glob("*.md"))
    path.unlink()
    spoil(path)
    assert call("show", 40, "--bank", planted.folder).exit_code == 0
    assert re.search(said, one_line_of("show", planted.name, "--bank", planted.folder))
    listed = call("list", "--bank", planted.folder)
    assert (listed.exit_code, listed.stderr.count("\n")) == (1, 1)
    assert "softmax" in listed.stdout


def test_an_oracle_that_is_no_file_breaks_its_exercise_alone(plant: Plant) -> None:
    planted = plant()
    path = next((planted.folder / "oracles").glob("*.py"))
    for spoil in (lambda: path.mkdir(), lambda: (path.rmdir(), path.symlink_to("nowhere"))):
        path.unlink(missing_ok=True) if not path.is_dir() else None
        spoil()
        assert "is missing" in one_line_of("show", planted.name, "--bank", planted.folder)
        assert call("show", 40, "--bank", planted.folder).exit_code == 0


def test_nothing_is_written_into_a_folder(plant: Plant) -> None:
    planted = plant()
    before = sorted(planted.folder.rglob("*"))
    assert call("show", planted.name, "--key", "--bank", planted.folder).exit_code == 0
    assert sorted(planted.folder.rglob("*")) == before


# --- what an author may write -------------------------------------------------------------------------------------

DRAW, SOLVE = "    a = d.integer(-9, 9, exclude=(-1, 0, 1))\n", "    rising = p.a > 0\n"
CHECK = "    if p.b == 0 or"
ORACLE, TEST = "    y, here = p.b, []\n", "    return Fraction(numbers[1]"
MISTAKE = "wrong(lambda p: replace(p, b=0), spoils=NUMBERS, credit=ZERO)"

FIELDS: dict[str, tuple[Changes, str]] = {
    "a number beyond codes": ({"number=401": "number=600"}, "number is a whole number from 1 to 511"),
    "a number of many digits": ({"number=401": f"number=0x{'f' * 9999}"}, "number is a whole number"),
    "a computed number": ({"number=401": "number=400 + 1"}, "EXERCISE must state its number"),
    "a version beyond codes": ({"    draw=draw,\n": "    draw=draw,\n    version=16,\n"}, "version is a whole number"),
    "a version of text": ({"    draw=draw,\n": "    draw=draw,\n    version='1',\n"}, "version is a whole number"),
    "no function to draw": ({"    draw=draw,\n": "    draw=5,\n"}, "draw must be a function, not 5|AttributeError"),
    "no function to solve": ({"    solve=solve,\n": "    solve=None,\n"}, "solve must be a function, not None"),
    "no minutes": ({"    minutes=(7.3, 9.7, 13.6),\n": ""}, "TypeError: .*minutes"),
    "minutes of one level": ({"minutes=(7.3, 9.7, 13.6)": "minutes=(7.3,)"}, "minutes must be three numbers"),
    "minutes of text": ({"minutes=(7.3, 9.7, 13.6)": "minutes=('few', 2, 3)"}, "minutes must be three numbers"),
    "minutes that fall": ({"minutes=(7.3, 9.7, 13.6)": "minutes=(7.3, 5, 13.6)"}, "minutes must be above 0 and below"),
    "minutes that are none": ({"minutes=(7.3, 9.7, 13.6)": "minutes=(1, 2, float('nan'))"}, "minutes must be above 0"),
    "repeats of text": ({"    carry=(),": "    carry=(),\n    repeats='claims',"}, "repeats must be names of fields"),
    "terms that are none": ({"    carry=(),": "    carry=(),\n    terms={'row': 5},"}, "terms must be functions by"),
    "no function to check": ({"    check=check,\n": "    check=True,\n"}, "check must be a function, not True"),
    "another's draw": ({"    draw=draw,\n": "    draw=replace,\n"}, "draw must be a function of this file"),
    "a draw that says nothing": (
        {"def draw(d: Draw, level: int) -> Params:": "def draw(d, level):"},
        "returns a dataclass",
    ),
    "a draw that says what is not": ({"level: int) -> Params:": "level: int) -> Paramms:"}, "NameError: .*Paramms"),
    "a solve that gives a number": (
        {"] = NOTHING) -> Solution:": "] = NOTHING) -> int:"},
        "solve must say that it returns",
    ),
    "a field of a type that is not": ({"    rising: bool\n": "    rising: boole\n"}, "NameError: .*boole"),
    "spaces in a list": ({"    carry=(),": "    carry=(),\n    spaces=[1],"}, "spaces must be whole numbers"),
    "spaces of text": ({"    carry=(),": "    carry=(),\n    spaces={1: 'few'},"}, "spaces must be whole numbers"),
    "a key that is none": (
        {'"line": Expression("line"),': '"line": "line",'},
        "AttributeError: 'str' object has no attribute",
    ),
    "points of text": ({'Number("value", points=2)': 'Number("value", points="2")'}, "points of part 'value' must be"),
    "negative points": ({'Number("value", points=2)': 'Number("value", points=-2)'}, "points of part 'value' must be"),
    "digits of text": ({'digits=2': 'digits="2"'}, "digits of part 'root' must be"),
    "too many digits": ({'digits=2': 'digits=999999'}, "digits of part 'root' must be"),
    "a mistake that is none": ({MISTAKE: "5"}, "mistake 'no_constant' must be made by"),
    "a credit of text": ({"credit=ZERO": "credit='half'"}, "credit of mistake 'no_constant' must be"),
    "carry of a part that is not": ({"    carry=(),": "    carry=('nothing',),"}, "'nothing' carries answers forward"),
    "carry of a number": ({"    carry=(),": "    carry=7,"}, "TypeError|carry must be"),
    "a field that is not": ({"    carry=(),": "    carry=(),\n    colour='red',"}, "TypeError: .*colour"),
    "leaving by sys.exit": (
        {'CLAIMS = (': 'import sys\nsys.exit(3)\nCLAIMS = ('},
        r"SystemExit: 3 \(\w+\.py:\d+, in <module>\)",
    ),
    "leaving by exit": ({'CLAIMS = (': 'exit()\nCLAIMS = ('}, r"SystemExit: .*\(\w+\.py:\d+, in <module>\)"),
    "an exception of its own": (
        {"CLAIMS = (": "class Odd(BaseException):\n    def __str__(self):\n        1 / 0\n\n\nraise Odd\nCLAIMS = ("},
        r"Odd: +\(\w+\.py:\d+, in <module>\)",
    ),
    "words without end": ({'CLAIMS = (': 'raise ValueError("x\\n\\x1b[2J" * 9999)\nCLAIMS = ('}, "ValueError: x"),
    "brackets without end": ({'CLAIMS = (': 'N = ' + '(' * 9999 + '\nCLAIMS = ('}, "not Python: "),
}  # fmt: skip


@pytest.mark.parametrize("case", FIELDS)
def test_a_wrong_exercise_is_one_line_with_its_file(plant: Plant, case: str) -> None:
    changes, said = FIELDS[case]
    planted = plant(changes)
    name = planted.name.replace("-", "_")
    shown = one_line_of("verify", planted.name, "--bank", planted.folder)
    assert re.search(said, shown), shown
    assert name in shown.replace("-", "_")
    assert call("show", 40, "--bank", planted.folder).exit_code == 0
    exercises, faults = sound(planted.folder)
    assert exercises.keys() == bank().keys()
    assert len(faults) == 1
    with pytest.raises(ListokError):
        bank(planted.folder)


BREAKS = {
    "an exception": "[][1]",
    "sys.exit": "__import__('sys').exit(5)",
    "a number without end": "10 ** 5000 + f'{10 ** 5000}'",
}

PLACES: dict[str, tuple[str, str, str]] = {
    "draw": (DRAW, "    @\n" + DRAW, "draw"),
    "solve": (SOLVE, "    @\n" + SOLVE, "solve"),
    "check": (CHECK, "    @\n" + CHECK, "check"),
    "terms": ("    carry=(),", "    carry=(),\n    terms={'row': lambda p, s: @},", "<lambda>"),
    "the oracle": (ORACLE, "    @\n" + ORACLE, "solve"),
    "a mistake": (MISTAKE, "wrong(lambda p: @)", "<lambda>"),
    "a mistake's number": (MISTAKE, "instead(value=lambda p, s: @)", "<lambda>"),
    "a rule": (
        "    @property\n    def picture",
        "    def rules(self):\n        yield str(@)\n\n    @property\n    def picture",
        "rules",
    ),
    "a picture": ("        return Scene(", "        @\n        return Scene(", "picture"),
}  # fmt: skip


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("what", BREAKS)
def test_whatever_an_exercise_raises_is_one_line_with_its_place(plant: Plant, place: str, what: str) -> None:
    old, new, function = PLACES[place]
    new = re.sub(r"@(?!property)", lambda _: BREAKS[what], new)
    planted = plant({old: new})
    folder = ["--bank", planted.folder]
    verified = call("verify", planted.name, "-n", 3, "--jobs", 1, *folder)
    assert verified.exit_code == 1
    where = rf"\(toy_line_\w+\.py:\d+, in {function}\).*[A-Z0-9]{{3}}-[A-Z0-9]{{3}}-[A-Z0-9]{{3}}\)"
    faults = [line for line in verified.stdout.splitlines() if line.startswith(f"{planted.name} level")]
    assert any(re.search(where, fault) for fault in faults), verified.stdout
    assert all(len(fault) <= LONGEST_LINE for fault in faults)
    assert f"in {function})" in one_line_of("show", planted.name, *folder)
    assert f"in {function})" in one_line_of("export", planted.name, "--to", "gift", "-n", 2, "--jobs", 1,
                                            "--out", planted.folder / "out", *folder)  # fmt: skip


@pytest.mark.parametrize("what", BREAKS)
def test_a_test_of_answers_that_breaks_leaves_the_part_to_the_teacher(plant: Plant, what: str) -> None:
    from listok.answerkeys.marking.grading import Response, mark_problem
    from listok.generators.exact import Fraction

    planted: Planted = plant({TEST: f"    {BREAKS[what]}\n" + TEST})
    (mark,) = mark_problem(planted.exercise.variant(1), {"point": Fraction(1)}, {"point": Response("1; 2")})
    assert mark.outcome == "unreadable"
    assert "mark it by hand" in str(mark.reason)
    said = call("verify", planted.name, "-n", 2, "--jobs", 1, "--bank", planted.folder).stdout
    assert re.search(r"the keys: \w+: .* \(toy_line_\w+\.py:\d+, in on_line\)", said)


KINDS = {
    "params": ("    return Params(a, b,", "    return 5 or Params(a, b,", "draw gives int, and not Params as it says"),
    "no solution": (
        "    return Solution(\n", "    return None and Solution(\n",
        "solve gives NoneType, and not Solution",
    ),
    "terms": ("    carry=(),", "    carry=(),\n    terms={'row': lambda p, s: 'many'},", "terms gives str, and"),
    "the oracle": (
        '    return {\n        "value"', '    return 5, {\n        "value"',
        "the oracle gives tuple, and not the values",
    ),
    "a mistake's parameters": (MISTAKE, "wrong(lambda p: 5)", "AttributeError: 'int' object has no attribute"),
    "an argument that is not": (MISTAKE, "wrong(sideways=True)", "TypeError: .*sideways"),
    "an answer": ("        value=p.a * p.x + p.b,\n", "        value=str(p.a * p.x + p.b),\n", "value"),
    "a list": ("        row=row,\n", "        row=list(row),\n", "list|row"),
    "a picture": (
        "        return Scene(3.0, 1.0, (Line((0.0, 0.0), (3.0, 1.0)),))", "        return 'a line'",
        "not a figure",
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_values_of_wrong_types_are_one_line(plant: Plant, kind: str) -> None:
    old, new, said = KINDS[kind]
    planted = plant({old: new})
    verified = call("verify", planted.name, "-n", 2, "--jobs", 1, "--bank", planted.folder)
    assert verified.exit_code == 1
    assert re.search(said, verified.stdout), verified.stdout
    for args in (["show", planted.name, "--key"], ["show", planted.name, "--format", "json"]):
        call(*args, "--bank", planted.folder)


def test_an_unknown_number_may_be_that_of_a_broken_file(plant: Plant) -> None:
    planted = plant({"CLAIMS = (": "CLAIMS = (((", })
    with pytest.raises(ListokError, match=r"unknown exercise '401'; .*; .*toy_line_\w+\.py: not Python: SyntaxError"):
        find(401, planted.folder)


def test_a_command_that_is_told_to_end_blames_no_exercise(plant: Plant) -> None:
    told = "    __import__('os').kill(__import__('os').getpid(), 15)\n"
    planted = plant({DRAW: told + DRAW})
    command = [sys.executable, "-m", "listok", "show", planted.name, "--bank", planted.folder]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
    assert (done.returncode, done.stdout, done.stderr) == (143, "", "")
