"""The commands as a user types them: what they print, what they refuse, and never a traceback."""

from __future__ import annotations

import dataclasses
import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result
from conftest import ROOT, Plant, forget_the_bank, python
from exam_files import load

from listok import __version__
from listok.cli import COMMANDS, main
from listok.exams.press import engine
from listok.generators.bank import bank, find
from listok.generators.values import LONGEST_LINE

Files = tuple[Path, Path]


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    forget_the_bank()  # what one process remembers of the folder `.`, another finds anew


def run(*args: object, code: int = 0) -> Result:
    result = CliRunner().invoke(main, [str(arg) for arg in args])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert result.exit_code == code, result.output
    assert "Traceback" not in result.output
    return result


def refused(*args: object) -> str:
    """What is said of a mistake: one line from us with code 1, or click's usage lines with code 2."""
    result = CliRunner().invoke(main, [str(arg) for arg in args])
    assert isinstance(result.exception, SystemExit), result.exception
    assert result.exit_code in (1, 2), result.output
    assert "Traceback" not in result.output
    assert result.stdout == ""
    said = result.stderr.strip()
    if result.exit_code == 1:
        assert said.startswith("listok: ")
        assert "\n" not in said
    else:
        assert "Error: " in said
    return said


# --- help ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("flag", ["-h", "--help"])
def test_every_command_has_help(command: str, flag: str) -> None:
    said = run(command, flag).output
    assert said.startswith(f"Usage: main {command}")
    for option in re.findall(r"^  (-\S+)(?:[ ,].*)?$", said, re.M):
        assert option.startswith("-")


def test_help_version_and_an_unknown_command() -> None:
    said = run("-h").output
    for command in COMMANDS:
        assert re.search(rf"^  {command} +\S", said, re.M), f"no summary for {command}"
    assert __version__ in run("--version").output
    assert "unknown command 'bild'; did you mean 'build'?" in refused("bild")
    assert "No such option" in refused("list", "--jsno")


def test_commands_load_nothing_of_others() -> None:
    called = "from listok.cli import main; main(['list'], standalone_mode=False)"
    code = f"import sys; {called}; print('pylatex' in sys.modules)"
    assert python("-c", code).strip().endswith("False")


# --- list and show ------------------------------------------------------------------------------------------------


def test_list() -> None:
    said = run("list").output
    for exercise in bank().values():
        assert exercise.name in said
        assert str(exercise.number) in said


def test_list_as_json() -> None:
    rows = json.loads(run("list", "--json").output)
    assert [row["number"] for row in rows] == list(bank())
    for row in rows:
        exercise = find(row["number"])
        assert (row["name"], row["topic"], row["version"]) == (exercise.name, exercise.topic, exercise.version)
        assert list(row["parts"]) == list(exercise.parts)
        assert set(row["titles"]) == {"ru", "en"}
    assert {row["number"]: row["calculator"] for row in rows}[31] == ["plain", "hot", "cold", "odds"]
    assert rows[0].keys() >= {"number", "name", "topic", "summary", "parts", "titles"}


@pytest.mark.parametrize("lang", ["ru", "en"])
@pytest.mark.parametrize("key", [[], ["--key"]])
@pytest.mark.parametrize("format_", ["text", "latex", "html", "json"])
def test_show_in_every_format(format_: str, key: list[str], lang: str) -> None:
    for exercise in bank().values():
        result = run("show", exercise.number, "--format", format_, "--lang", lang, "--seed", 3, "--level", 2, *key)
        variant = exercise.variant(3, 2)
        assert result.stdout.strip()
        if format_ == "json":
            data = json.loads(result.stdout)
            assert data["code"] == variant.code
            assert data["params"] == json.loads(json.dumps(data["params"]))
            assert [part["name"] for part in data["parts"]] == list(exercise.parts)
        else:
            assert variant.code in result.stderr
            if not key:
                assert variant.code not in result.stdout
        if format_ == "html":
            body = result.stdout.replace("&nbsp;", "\u00a0")
            ElementTree.fromstring(f"<div>{body}</div>")


def test_show_takes_number_name_module_and_code() -> None:
    code = find(40).variant(5, 2).code
    wanted = run("show", 40, "--seed", 5, "--level", 2).stdout
    for args in (["convolution-by-hand", "--seed", 5, "--level", 2], ["convolution_by_hand", "--seed", 5, "--level", 2],
                 [code], [code.lower().replace("-", "")]):  # fmt: skip
        assert run("show", *args).stdout == wanted
    assert run("show", 40, "--seed", 6, "--level", 2).stdout != wanted


def test_show_answers_only_with_key() -> None:
    assert "Ответ:" not in run("show", 10).stdout
    said = run("show", 10, "--key").stdout
    assert "Ответ:" in said
    assert "Типичные ошибки" in said
    assert "Answer:" in run("show", 10, "--key", "--lang", "en").stdout


@pytest.mark.parametrize("format_", ["text", "latex", "html"])
def test_a_russian_key_has_no_names_of_mistakes_for_programs(format_: str) -> None:
    names = find(10).mistakes
    russian, english = (run("show", 10, "--key", "--lang", lang, "--format", format_).stdout for lang in ("ru", "en"))
    english = english.replace("\\_", "_")
    assert not any(name.replace("_", mark) in russian for name in names if "_" in name for mark in ("_", "\\_"))
    assert all(name in english for name in names)
    assert all(name in run("show", 10, "--lang", "ru", "--format", "json").stdout for name in names)


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["show", "softmaks"], "unknown exercise 'softmaks'; did you mean 'softmax'?"),
        (["show", "99"], f"unknown exercise '99'; the nearest number is {max(bank())}"),
        (["show", ""], "unknown exercise ''"),
        (["show", "18G-G00-07T"], "code '18G-G00-07T' has a mistyped character"),
        (["show", "new-old-big"], "unknown exercise 'new-old-big'"),
        (["show", "40", "--level", "4"], "4 is not in the range 1<=x<=3"),
        (["show", "40", "--seed", "-1"], "seed -1 is out of range"),
        (["show", "40", "--seed", "99999999999"], "is out of range"),
        (["show", "40", "--seed", "x"], "not a valid integer"),
        (["show", "40", "--format", "pdf"], "'pdf' is not one of"),
        (["show", "40", "--lang", "de"], "'de' is not one of"),
        (["show", "40", "--bank", "nowhere"], "does not exist"),
        (["show"], "Missing argument"),
        (["show", "40", "--set", "stride"], "expected NAME=VALUE"),
        (["show", "40", "--set", "strid=1"], "unknown parameter 'strid'"),
        (["show", "40", "--set", "kernel=[[0,1],[1]]"], "convolution-by-hand: "),
        (["show", "40", "--set", "kernel=[]"], "convolution-by-hand: "),
        (["show", "40", "--set", "kernel=cross"], "convolution-by-hand: Expected array"),
        (["show", "40", "--set", "image=[[0,0],[0,0]]"], "convolution-by-hand: "),
        (["show", "10", "--set", "target=1"], "no whole width"),
        (["show", "10", "--set", "sizes=[1,2]"], "sizes must hold 3 to 6 items, not 2"),
        (["show", "10", "--set", "sizes=[0,2,1]"], "sizes must lie between 1 and 10000"),
        (["show", "10", "--set", "target=1e400"], "number-of-parameters: "),
        (["show", "10", "--set", "target=" + "9" * 5000], "number-of-parameters: "),
        (["show", "10", "--set", "sizes=" + "[" * 5000], "number-of-parameters: "),
    ],
    ids=lambda value: " ".join(value)[:50] if isinstance(value, list) else "",
)
def test_show_refuses(args: list[str], message: str) -> None:
    assert message in refused(*args)


DEGENERATE = [
    "0",
    "[]",
    "null",
    "true",
    '"x"',
    "-1",
    "[[]]",
    "1e300",
    "{}",
    "[0,0,0]",
    "[[0,0],[0,0]]",
    '"1/0"',
    "nan",
    "",
]


@pytest.mark.parametrize("exercise", bank().values(), ids=lambda e: e.name)
def test_degenerate_numbers_set_by_hand_never_break(exercise: object) -> None:
    number = exercise.number  # type: ignore[attr-defined]
    fields = dataclasses.fields(exercise.params_type)  # type: ignore[attr-defined]
    for field in fields:
        for value in DEGENERATE:
            result = CliRunner().invoke(main, ["show", str(number), "--key", "--set", f"{field.name}={value}"])
            where = f"--set {field.name}={value}: {result.output[:200]}"
            assert result.exception is None or isinstance(result.exception, SystemExit), (where, result.exception)
            assert result.exit_code in (0, 1), where
            if result.exit_code == 1:
                assert result.stderr.startswith(f"listok: {exercise.name}"), where  # type: ignore[attr-defined]
                assert result.stderr.count("\n") == 1, where
                assert "not handed out" not in result.stderr, where


def test_numbers_set_by_hand() -> None:
    args = ["show", "10", "--set", "sizes=[2,3,1]", "--set", "known=[2,0,1]", "--set", "target=13"]
    said = run(*args, "--format", "json")
    data = json.loads(said.stdout)
    assert {part["name"]: part["answer"] for part in data["parts"]} == {"total": "13", "lean": "10", "width": "3"}
    assert data["code"] == ""
    assert said.stderr == "listok: these numbers are dull: width: all its mistakes give one wrong answer\n"


@pytest.mark.parametrize(
    ("number", "changes", "reason"),
    [
        (31, ["logits=[1,2,5]", "hot_temperature=10", "cold_temperature=0.1", "likely=3", "rare=1"],
         "the cold distribution is all but certain"),
        (40, ["image=[[1,2,3,0,1],[0,1,2,3,1],[3,0,1,2,2],[2,3,0,1,0],[1,0,2,0,3]]",
              "kernel=[[1,0,2],[0,1,0],[0,0,-1]]"], "windows of 2 by 2 leave over a part of the feature map"),
        (18, ['families=[{"slope":2},{"slope":3}]'], "all intervals have the same ends"),
    ],
)  # fmt: skip
def test_dull_numbers_are_shown_with_the_reason(number: int, changes: list[str], reason: str) -> None:
    settings = [argument for change in changes for argument in ("--set", change)]
    for format_ in (["--format", "json"], [], ["--key"]):
        said = run("show", str(number), *settings, *format_)
        assert said.stderr.startswith(f"listok: these numbers are dull: {reason}")
        assert said.stderr.count("\n") == 1
        assert said.stdout
    assert "dull" not in run("show", str(number)).stderr


# --- a bank of one's own ------------------------------------------------------------------------------------------


def test_a_bank_of_ones_own(plant: Plant) -> None:
    planted = plant()
    assert planted.name in run("list", "--bank", planted.folder).stdout
    assert planted.name in [row["name"] for row in json.loads(run("list", "--json", "--bank", planted.folder).stdout)]
    for format_ in ("text", "latex", "html", "json"):
        for key in ([], ["--key"]):
            run("show", planted.name, "--bank", planted.folder, "--format", format_, *key)
    said = run("verify", planted.name, "--bank", planted.folder, "-n", 50).stdout
    assert planted.name in said
    assert "did you mean" not in refused("show", planted.name)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"CLAIMS = (": "CLAIMS = 1 / 0, ("}, "ZeroDivisionError"),
        ({"import annotations": "import annotation"}, "SyntaxError"),
        ({"from listok.generators.draw import Draw": "from listok.generators.drew import Draw"}, "ModuleNotFoundError"),
        ({'Number("value", points=2)': 'Number("valu")'}, "unknown field 'valu'"),
    ],
)
def test_a_broken_bank_is_one_line(plant: Plant, changes: dict[str, str], message: str) -> None:
    planted = plant(changes)
    for command, *more in (["show"], ["verify"], ["export", "--to", "gift", "--out", "x"]):
        said = refused(command, planted.name, *more, "--bank", planted.folder)
        assert message in said
        assert planted.name in said.replace("_", "-")


def test_a_broken_exercise_breaks_no_command_that_does_not_need_it(plant: Plant, class_files: Files) -> None:
    good, bad = plant(number=401), plant({"CLAIMS = (": "CLAIMS = 1 / 0, ("}, number=402)
    for path in bad.folder.rglob("toy_line*"):
        path.rename(good.folder / path.relative_to(bad.folder))
    folder = ["--bank", good.folder]
    listed = run("list", *folder, code=1)
    assert good.name in listed.stdout
    assert bad.name not in listed.stdout
    broken = r"listok: \S*\.py: ZeroDivisionError: division by zero \(\S*\.py:\d+, in <module>\)\n"
    assert re.fullmatch(broken, listed.stderr)
    rows = json.loads(run("list", "--json", *folder, code=1).stdout)
    assert good.name in [row["name"] for row in rows]
    run("show", good.name, *folder)
    run("verify", good.name, "-n", 10, *folder)
    run("build", class_files[0], "--copies", 1, "--out", "out", "--no-pdf", *folder)
    assert "ZeroDivisionError" in run("verify", "-n", 1, "--no-print", "--jobs", 1, *folder, code=1).stderr


def test_a_slip_in_a_text_is_one_line(plant: Plant) -> None:
    planted = plant(ru={"{{x}}": "{{xx}}"})
    said = refused("show", planted.name, "--bank", planted.folder)
    assert re.search(r"ru/toy_line_\w+\.md:\d+: unknown field 'xx'", said)


def test_new_writes_an_exercise_that_passes_the_checks() -> None:
    written = run("new", "my-first-exercise", "--bank", ".").stdout.split()
    assert {Path(path).name for path in written} == {"my_first_exercise.py", "my_first_exercise.md"}
    assert len(written) == 4
    forget_the_bank()
    assert all(Path(path).exists() for path in written)
    run("verify", "my-first-exercise", "--bank", ".", "-n", 60)
    assert run("show", "my-first-exercise", "--bank", ".", "--key").stdout
    before = [Path(path).read_bytes() for path in written]
    refused("new", "my-first-exercise", "--bank", ".")
    assert [Path(path).read_bytes() for path in written] == before


def test_new_takes_a_number_that_is_free() -> None:
    run("new", "my-first-exercise", "--number", 410)
    forget_the_bank()
    assert '"number": 410' in run("list", "--json", "--bank", ".").stdout
    assert "number 410 is taken by my-first-exercise" in refused("new", "my-second", "--number", 410)
    assert "number 40 is not from 401 to 511" in refused("new", "my-second", "--number", 40)


@pytest.mark.parametrize("name", ["", "Свёртка", "../up", "a/b", "softmax", "1st", "a b; rm", "x" * 300])
def test_new_refuses_names(name: str) -> None:
    refused("new", name)
    assert list(Path().iterdir()) == []


def test_new_leaves_no_part_of_an_exercise() -> None:
    Path("en").write_text("a file in the way", encoding="utf-8")
    assert "nothing was written" in refused("new", "my-first-exercise")
    assert not list(Path().rglob("my_first*"))


def test_other_programs_in_a_folder_of_exercises_do_not_run() -> None:
    run("new", "my-first-exercise")
    Path("cleanup.py").write_text("open('ran', 'w').close()\n# EXERCISE = 1\n", encoding="utf-8")
    Path("old.py").write_bytes("print('Привет')".encode("cp1251"))
    forget_the_bank()
    assert "my-first-exercise" in run("list", "--bank", ".").stdout
    assert "my_second" in run("new", "my-second").stdout
    assert not Path("ran").exists()
    Path("my_second.py").write_text("EXERCISE = Exercise(\n", encoding="utf-8")
    Path("my_third.py").write_text('"""\nEXERCISE = Exercise(number=403)\n"""\nopen("ran", "w")\n', encoding="utf-8")
    Path("my_fourth.py").write_text("open('ran', 'w')\nEXERCISE = open('ran', 'w')\n", encoding="utf-8")
    forget_the_bank()
    listed = run("list", "--bank", ".", code=1)
    assert re.fullmatch(
        r"listok: my_fourth\.py: line 2: EXERCISE must be Exercise\(\.\.\.\).*\n"
        r"listok: my_second\.py: not Python: SyntaxError.*\n",
        listed.stderr,
    )
    assert "SyntaxError" in refused("show", "my-second", "--bank", ".")
    assert not Path("ran").exists()


@pytest.mark.parametrize("args", [["list"], ["show", "10"], ["list", "--json"], ["show", "десять"]])
@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "koi8-r", "utf-8"])
def test_any_terminal_takes_all_letters(args: list[str], encoding: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "listok", *args], capture_output=True, check=False,
        env={**os.environ, "PYTHONIOENCODING": encoding, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    spoken = "utf-8" if encoding == "ascii" else encoding
    said = (done.stdout + done.stderr).decode(spoken)
    assert "Traceback" not in said
    if args[1:] == ["десять"]:
        assert done.returncode == 1
        assert ("десять" in said) == (encoding != "latin-1")
    else:
        assert done.returncode == 0
        assert ("Число параметров" in said) == (encoding != "latin-1")
    if "--json" in args:
        titles = {row["number"]: row["titles"]["ru"] for row in json.loads(done.stdout.decode(spoken))}
        assert titles[10] == "Число параметров"


# --- build and key ------------------------------------------------------------------------------------------------


def warnings(built: Result) -> str:
    """What a build says besides how long a form takes."""
    said, took = re.subn(r"listok: a form takes a good student about \d+ minutes\n", "", built.stderr)
    assert took == 1
    return said


def test_build_lists_what_it_wrote(class_files: Files) -> None:
    blueprint, roster = class_files
    result = run("build", blueprint, "--roster", roster, "--out", "out", "--no-pdf")
    assert {Path(line).name for line in result.stdout.splitlines()} == {path.name for path in Path("out").iterdir()}
    assert all(Path(line).exists() for line in result.stdout.splitlines())
    assert warnings(result) == ""


def test_build_numbered_copies_and_options(class_files: Files) -> None:
    run("build", class_files[0], "--copies", 4, "--out", "out", "--no-pdf", "--lang", "both", "--seed", 99)
    exam = load(Path("out/exam.json"))
    assert [form.student.id for form in exam.forms] == ["001", "002", "003", "004"]
    assert exam.langs == ("ru", "en")
    run("build", class_files[0], "--copies", 4, "--out", "other", "--no-pdf")
    assert {form.code for form in load(Path("other/exam.json")).forms}.isdisjoint({form.code for form in exam.forms})


def exam_lines(folder: str) -> list[str]:
    return Path(folder, "exam.json").read_text(encoding="utf-8").splitlines()


def test_build_without_a_seed_draws_a_secret_unless_it_keeps_one(class_files: Files) -> None:
    blueprint, roster = class_files
    text = blueprint.read_text(encoding="utf-8")
    blueprint.write_text(re.sub("^seed.*$", "", text, flags=re.M), encoding="utf-8")
    for out, keep in (("one", []), ("two", []), ("three", ["--keep", "one/exam.json"])):
        built = run("build", blueprint, "--roster", roster, "--out", out, "--no-pdf", *keep)
        assert warnings(built) == "", "a secret that nobody can guess needs no word"
    assert not set(exam_lines("one")[:4]) & set(exam_lines("two")[:4])
    assert exam_lines("three") == exam_lines("one")
    code = load(Path("one/exam.json")).forms[0].code
    assert run("key", code, "--exam", "one/exam.json").stdout
    said = refused("key", code, "--blueprint", blueprint, "--roster", roster)
    assert f"{blueprint}: it has no seed, so only exam.json holds the secret of its forms: give --exam FILE" in said


GUESSED = re.compile(r"listok: the seed can be guessed: a student [^\n]*`listok seed`[^\n]*\n")


@pytest.mark.parametrize("seed", ["99", "2026-12-01", "Neural networks 2026", str(2**64 - 1), "a" * 24])
def test_build_says_in_one_line_that_a_seed_can_be_guessed(class_files: Files, seed: str) -> None:
    said = run("build", class_files[0], "--copies", 2, "--out", "out", "--no-pdf", "--seed", seed)
    assert GUESSED.fullmatch(warnings(said))
    code = load(Path("out/exam.json")).forms[1].code
    again = run("key", code, "--blueprint", class_files[0], "--copies", 2, "--seed", seed)
    assert again.stdout == run("key", code).stdout, "it works all the same"


def test_a_seed_of_the_command_is_used_and_no_word_is_said(class_files: Files) -> None:
    seeds = [run("seed").stdout.strip() for _ in range(3)]
    assert len(set(seeds)) == 3
    assert all(re.fullmatch("([0-9A-Z]{4}-){6}[0-9A-Z]{4}", seed) for seed in seeds)
    for name in ("one", "two"):
        said = run("build", class_files[0], "--copies", 2, "--out", name, "--no-pdf", "--seed", seeds[0])
        assert warnings(said) == ""
    assert Path("one/exam.json").read_bytes() == Path("two/exam.json").read_bytes()


def test_build_keeps_the_forms_of_an_earlier_build(class_files: Files) -> None:
    blueprint, roster = class_files
    run("build", blueprint, "--roster", roster, "--out", "one", "--no-pdf")
    roster.write_text(roster.read_text(encoding="utf-8") + "s9,Новый Ян,НС-2\n", encoding="utf-8")
    run("build", blueprint, "--roster", roster, "--out", "two", "--no-pdf", "--keep", "one/exam.json", "--seed", 5)
    one, two = (load(Path(name) / "exam.json") for name in ("one", "two"))
    assert [form.code for form in two.forms][:3] == [form.code for form in one.forms]
    assert len(two.forms) == 4


def test_build_without_an_engine_says_so(class_files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(Path("nowhere").absolute()))
    monkeypatch.setattr(engine, "find_spec", lambda _name: None)
    result = run("build", class_files[0], "--copies", 1, "--out", "out")
    assert "PDF" in result.stderr
    assert "apt-get install" in result.stderr
    assert warnings(result).count("\n") == 1
    assert not list(Path("out").glob("*.pdf"))
    assert Path("out/sheets.html").exists()


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["build", "BLUEPRINT", "--out", "out"], "give either --roster FILE or --copies N"),
        (["build", "BLUEPRINT", "--roster", "ROSTER", "--copies", "3", "--out", "out"], "give either"),
        (["build", "BLUEPRINT", "--copies", "3"], "Missing option '--out'"),
        (["build", "BLUEPRINT", "--copies", "3", "--out", ""], "give the name of a folder; '.' is the current one"),
        (["build", "BLUEPRINT", "--copies", "0", "--out", "out"], "at least one copy"),
        (["build", "none.toml", "--copies", "3", "--out", "out"], "none.toml: cannot be read"),
        (["build", "BLUEPRINT", "--roster", "none.csv", "--out", "out"], "none.csv: cannot be read"),
        (["build", "BLUEPRINT", "--copies", "3", "--out", "out", "--keep", "none.json"], "none.json: cannot be read"),
        (["build", "BLUEPRINT", "--copies", "3", "--out", "out", "--keep", "ROSTER"], "not an exam file"),
        (["build", "ROSTER", "--copies", "3", "--out", "out"], "not TOML"),
        (["build", "BLUEPRINT", "--copies", "3", "--out", "out", "--seed", " "], "'--seed': empty: give a phrase"),
        (["build", "BLUEPRINT", "--copies", "3", "--out", "out", "--seed", "x" * 201], "'--seed': too long"),
        (["build", "BLUEPRINT", "--copies", "3", "--out", "out", "--seed", "a\u200bb"], "U+200B cannot be seen"),
        (["build", "BLUEPRINT", "--copies", "3", "--out", "BLUEPRINT"], "is a file"),
        (["build", "BLUEPRINT", "--copies", "3", "--out", "BLUEPRINT/x"], "Not a directory: give another --out"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_build_refuses(class_files: Files, args: list[str], message: str) -> None:
    names = {"BLUEPRINT": str(class_files[0]), "ROSTER": str(class_files[1]), "BLUEPRINT/x": f"{class_files[0]}/x"}
    assert message in refused(*(names.get(arg, arg) for arg in args))
    assert not Path("out").exists()


@pytest.mark.parametrize("name", ["王小明", "😀", "ש\u05c1לום", "a\u202eb", "N\x00UL", "я" * 300, "Nguyễn"])
def test_build_refuses_names_it_cannot_print(class_files: Files, name: str) -> None:
    blueprint, roster = class_files
    roster.write_text(f"id,name\n1,Анна\n77,{name}\n", encoding="utf-8")
    result = CliRunner().invoke(main, ["build", str(blueprint), "--roster", str(roster), "--out", "out", "--no-pdf"])
    if result.exit_code == 0:
        assert name in Path("out/sheets.html").read_text(encoding="utf-8")
        return
    assert isinstance(result.exception, SystemExit)
    assert re.match(r"listok: .*roster\.csv: (row 3|student '77'): .*\n$", result.stderr)
    assert not Path("out").exists()


def test_build_overwrites_only_with_force(class_files: Files) -> None:
    args = ["build", class_files[0], "--copies", 2, "--out", "out", "--no-pdf"]
    run(*args)
    before = {path.name: path.read_bytes() for path in Path("out").iterdir()}
    assert "is there already" in refused(*args, "--seed", 3)
    assert {path.name: path.read_bytes() for path in Path("out").iterdir()} == before
    run(*args, "--force")
    assert {path.name: path.read_bytes() for path in Path("out").iterdir()} == before


@pytest.mark.parametrize("format_", ["text", "latex", "html"])
def test_a_key_is_the_same_from_the_file_and_built_again(class_files: Files, format_: str) -> None:
    blueprint, roster = class_files
    run("build", blueprint, "--roster", roster, "--out", "out", "--no-pdf")
    for form in load(Path("out/exam.json")).forms:
        found = run("key", form.code, "--format", format_)  # finds out/exam.json by itself
        named = run("key", form.code.lower().replace("-", ""), "--exam", "out/exam.json", "--format", format_)
        again = run("key", form.code, "--blueprint", blueprint, "--roster", roster, "--format", format_)
        assert found.stdout == named.stdout == again.stdout
        assert form.student.name in found.stderr
        for slot in form.slots:
            assert slot.variant.code.split("-")[0] in found.stdout


def test_a_key_of_a_single_problem_needs_no_file(class_files: Files) -> None:
    run("build", class_files[0], "--copies", 2, "--out", "elsewhere", "--no-pdf")
    form = load(Path("elsewhere/exam.json")).forms[0]
    slot = form.slots[1]
    assert run("key", slot.variant.code).stdout == run("show", slot.variant.code, "--key").stdout
    assert "is the code of a whole form: try `listok key" in refused("show", form.code)
    assert "no exam file" in refused("key", form.code)
    both = run("key", form.code, slot.variant.code, "--exam", "elsewhere/exam.json", "--lang", "en").stdout
    assert "Answer:" in both


def test_an_exam_of_numbers_set_by_hand_or_of_another_listok_still_has_its_key(class_files: Files) -> None:
    run("build", class_files[0], "--copies", 1, "--out", "out", "--no-pdf")
    path = Path("out/exam.json")
    data = json.loads(path.read_text(encoding="utf-8"))
    slot = data["forms"][0]["slots"][0]
    slot["code"], slot["params"]["sizes"] = "", [2, 3, 1]
    path.write_text(json.dumps(data), encoding="utf-8")
    assert "13" in run("key", data["forms"][0]["code"]).stdout


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["key"], "Missing argument"),
        (["key", "hello"], "'hello' is not a code"),
        (["key", "18G-G00-07T"], "has a mistyped character"),
        (["key", "NWQ-N8K-K09"], "no exam file"),
        (["key", "NWQ-N8K-K09", "--exam", "none.json"], "no exam file (none.json)"),
        (["key", "NWQ-N8K-K09", "--blueprint", "x.toml"], "give either --roster FILE or --copies N"),
        (["key", "FZZ-ZZZ-ZZD"], "exercise 511, which is not in this bank"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_key_refuses(args: list[str], message: str) -> None:
    assert message in refused(*args)


def test_key_of_a_form_that_is_not_in_the_exam(class_files: Files) -> None:
    run("build", class_files[0], "--copies", 1, "--out", "out", "--no-pdf")
    assert "no form NWQ-N8K-K09 in this exam" in refused("key", "NWQ-N8K-K09")


# --- verify and doctor --------------------------------------------------------------------------------------------


def test_verify() -> None:
    said = run("verify", 10, "convolution-by-hand", "-n", 5, "--no-print").stdout
    assert "number-of-parameters" in said
    assert "convolution-by-hand" in said
    rows = json.loads(run("verify", 10, "-n", 5, "--no-print", "--json").stdout)
    assert [(row["exercise"], row["level"], row["seeds"], row["faults"]) for row in rows] == [
        ("number-of-parameters", level, 5, []) for level in (1, 2, 3)
    ]


def test_verify_fails_on_a_fault(plant: Plant) -> None:
    planted = plant({"value=p.a * p.x + p.b,": "value=p.a * p.x - p.b,"})
    result = run("verify", planted.name, "--bank", planted.folder, "-n", 5, code=1)
    assert f"{planted.name} level 1: solve and oracle differ: value (5 of 5 variants, such as " in result.stdout
    rows = json.loads(run("verify", planted.name, "--bank", planted.folder, "-n", 5, "--json", code=1).stdout)
    assert any("differ" in fault for row in rows for fault in row["faults"])


@pytest.mark.parametrize("args", [["softmaks"], ["10", "-n", "0"], ["10", "--seeds", "x"]])
def test_verify_refuses(args: list[str]) -> None:
    refused("verify", *args)


@pytest.mark.usefixtures("pdflatex")
def test_doctor_with_tex() -> None:
    said = run("doctor").stdout
    assert f"listok {__version__}" in said
    assert "pdfLaTeX: /" in said
    assert "are kept in /" in said


@pytest.mark.usefixtures("pdflatex")
def test_doctor_with_a_home_that_cannot_be_written(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("file").touch()
    monkeypatch.setattr("listok.exams.press.tex.cache_folder", lambda: Path("file/tex").absolute())
    said = run("doctor").stdout
    assert "file/tex cannot be written" in said
    assert "are kept in" not in said


def test_doctor_without_an_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(Path("nowhere").absolute()))
    monkeypatch.setattr(engine, "find_spec", lambda _name: None)
    said = run("doctor", code=1).stdout
    assert "missing" in said
    assert "apt-get install" in said


# --- long and strange words ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "args",
    [["show", "40", "--level"], ["show", "40", "--lang"], ["show", "40", "--bank"], ["show", "40", "--set"], ["list"],
     ["export", "40", "--out", "x", "--to"], ["export", "40", "--to", "amc", "--out", "x", "--set"], ["show"], []],
)  # fmt: skip
@pytest.mark.parametrize("word", ["9" * 9000, "--" + "x" * 9000, "a\nb" * 3000, "\x1b[2J"])
def test_a_long_word_is_not_repeated(args: list[str], word: str) -> None:
    said = refused(*args, word).splitlines()
    assert all(len(line) <= LONGEST_LINE for line in said)
    assert all(line.isprintable() for line in said)


def test_names_of_files_that_are_no_text_are_told() -> None:
    args = [os.fsencode(sys.executable), b"-m", b"listok", b"build", b"\xff.toml", b"--copies", b"1", b"--out", b"x"]
    done = subprocess.run(args, capture_output=True, check=False, env={**os.environ, "PYTHONPATH": str(ROOT)})
    assert done.returncode == 1
    assert re.fullmatch(rb"listok: \S+\.toml: cannot be read \(No such file or directory\)\n", done.stderr)


# --- what listok speaks of ----------------------------------------------------------------------------------------


def test_a_wheel_carries_the_schema_and_the_example() -> None:
    assert run("export", "--schema").stdout == (ROOT / "docs" / "export.schema.json").read_text(encoding="utf-8")
    example = run("build", "--example").stdout
    assert example == (ROOT / "examples" / "midterm.toml").read_text(encoding="utf-8")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    package = ROOT / "listok"
    packed = {path for data in project["tool"]["setuptools"]["package-data"]["listok"] for path in package.glob(data)}
    found = {Path(folder) / name for folder, _, names in os.walk(package, followlinks=True) for name in names}
    assert {path for path in found if path.suffix not in (".py", ".pyc")} == packed


# --- streams ------------------------------------------------------------------------------------------------------


def test_results_and_notes_have_streams_of_their_own() -> None:
    result = run("show", 40, "--format", "json")
    json.loads(result.stdout)
    assert "level" in run("show", 40).stderr
    assert "(level" not in run("show", 40).stdout


def test_the_same_command_prints_the_same() -> None:
    verify = ["verify", "18", "-n", "50", "--no-print", "--json"]
    for args in (["list"], ["list", "--json"], ["show", "13", "--key"], verify):
        one, two = (python("-m", "listok", *args, hash_seed=seed) for seed in (1, 99))
        assert one == two


def test_a_closed_pipe_is_no_error() -> None:
    import subprocess
    import sys

    command = f"{sys.executable} -m listok list --json | head -c 10"
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    shell = ["bash", "-o", "pipefail", "-c", command]
    done = subprocess.run(shell, cwd=ROOT, capture_output=True, text=True, check=False, env=environment)
    assert "Traceback" not in done.stderr
    assert "BrokenPipe" not in done.stderr


def test_output_does_not_depend_on_the_locale() -> None:
    import subprocess
    import sys

    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "LC_ALL": "C", "PYTHONUTF8": "0"}
    done = subprocess.run(
        [sys.executable, "-m", "listok", "show", "40"], cwd=ROOT, env=environment, capture_output=True, check=False
    )
    assert b"Traceback" not in done.stderr, done.stderr.decode()
    assert done.returncode == 0


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "docs/exams.md", "docs/grading.md", "docs/own.md"])
def test_what_the_pages_run_is_there(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    run_there = re.findall(r"^\$? ?listok (\w+)", "".join(re.findall(r"```.*?```", text, re.S)), re.M)
    assert run_there
    assert set(run_there) <= set(COMMANDS)
    for file in re.findall(r"examples/[\w.]+", text):
        assert (ROOT / file).exists(), file
