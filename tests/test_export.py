"""Exports as a whole: sources, data formats, files, limits, and what is said when something is wrong."""

from __future__ import annotations

import csv
import dataclasses
import functools
import io
import json
import math
import resource
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
from click.testing import CliRunner
from clients import qti
from conftest import ROOT, Plant, python
from exporting import HOSTILE, LANGS, NAMES, different, exported, file_of, items
from test_exam import narrow

from listok.answerkeys.composing import FORMATS, Drawn, ExportError, Request, entries
from listok.answerkeys.export import export
from listok.answerkeys.formats import Heading
from listok.answerkeys.formats.data import schema
from listok.answerkeys.items import Part, item_of
from listok.answerkeys.lowering import (
    TABLE,
    Decimal,
    LeftOut,
    Numbers,
    Pick,
    decimal_text,
    lower,
    measured,
    spellings,
)
from listok.cli import main
from listok.generators.bank import bank, find
from listok.generators.codes import DRILL_SEEDS, EXAM_SEEDS, VariantCode, read_code
from listok.generators.draw import Draw
from listok.generators.exact import Fraction
from listok.generators.exercise import Disagreement
from listok.generators.responses import ResponseError
from listok.workers.pool import Workers, in_process, processes
from listok.workers.process_pool import ProcessPool


def run(*arguments: str) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of `listok export`."""
    done = CliRunner().invoke(main, ["export", *arguments])
    return done.exit_code, done.stdout, done.stderr


def test_every_kind_of_key_has_a_way_in_every_format() -> None:
    kinds = {key.kind for exercise in bank().values() for key in exercise.parts.values()}
    assert kinds <= set(TABLE)
    assert len({frozenset(row) for row in TABLE.values()}) == 1


@pytest.mark.parametrize("name", NAMES)
def test_right_options_stand_anywhere(name: str) -> None:
    places = set()
    for variant in different(name, 1, 12):
        for part in item_of(variant, "en").parts:
            field = lower(part, "moodle")
            if isinstance(field, Pick) and field.instead:
                places.add((part.name, [option.right for option in field.options].index(True)))
                assert len({option.words for option in field.options}) == len(field.options)
    parts = {part for part, _ in places}
    assert all(len({place for part, place in places if part == name}) > 1 for name in parts)


@pytest.mark.parametrize(
    ("value", "digits", "text", "margin"),
    [
        (Fraction(5), None, "5", "0.0005"),
        (Fraction(-1, 8), None, "-0.125", "0.0005"),
        (Fraction(1, 16), None, "0.0625", "0.00005"),
        (Fraction(1, 3), 3, "0.333", "0.001"),
        (-0.00004, 3, "0.000", "0.001"),
        (1200, None, "1200", "0.0005"),
        (Fraction(1, 100), None, "0.01", "0.0005"),
    ],
)
def test_decimals_are_whole_and_near(value: Fraction, digits: int | None, text: str, margin: str) -> None:
    assert decimal_text(value, digits) == text
    assert measured(text, digits)[0] == Fraction(margin)


def test_a_fraction_without_end_is_spelt() -> None:
    assert decimal_text(Fraction(-2, 3), None) is None
    assert spellings(Fraction(-2, 3))[:2] == ("-2/3", "-4/6")


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("name", NAMES)
def test_json_keeps_its_schema_and_marks_right(name: str, lang: str, tmp_path: Path) -> None:
    chosen = items(name, lang)
    data = json.loads(file_of("json", tmp_path, chosen, title=HOSTILE))
    jsonschema.validate(data, schema())
    assert [question["code"] for question in data["questions"]] == [item.code for item in chosen]
    for item, question in zip(chosen, data["questions"], strict=True):
        assert question["points"] == float(item.points)
        for part, written in zip(item.parts, question["parts"], strict=True):
            assert written["name"] == part.name
            for response in written["accepted"]:
                assert score(part, response) == 1
            for mistake in written["mistakes"]:
                assert score(part, mistake["answer"]) < 1
                assert mistake["feedback"]["html"]
        pictures = question["pictures"]
        text = json.dumps(question, ensure_ascii=False).partition('"pictures"')[0]
        assert all(picture in text and svg.startswith("<?xml") for picture, svg in pictures.items())


@pytest.mark.parametrize("name", NAMES)
def test_what_is_right_in_an_export_is_right_in_grading(name: str) -> None:
    for item in items(name, "en"):
        for part in item.parts:
            if not isinstance(field := lower(part, "moodle"), Numbers):
                continue
            keys = [each.text if isinstance(each, Decimal) else each.accepted[0] for each in field.cells]
            for place, cell in enumerate(field.cells):
                if isinstance(cell, Decimal):
                    unit, exact = cell.tolerance, getattr(part.key, "digits", None) is None
                    for off, right in ((0, True), (1, not exact), (-1, not exact), (2, False), (-2, False)):
                        typed = [*keys[:place], str(cell.value + off * unit), *keys[place + 1 :]]
                        full = score(part, shaped(typed, field)) == 1
                        assert full == right, (item.code, part.name, typed)


def shaped(numbers: list[str], field: Numbers) -> str:
    """Numbers in the rows of a field, as a student types them."""
    cells = iter(numbers)
    return "\n".join("; ".join(next(cells) for _ in row) for row in field.rows)


def score(part: Part, response: str) -> Fraction:
    """What a response earns by the key itself."""
    try:
        return part.key.accepts(response, part.asked).score
    except ResponseError:
        return Fraction(-1)


def test_the_schema_is_documented() -> None:
    written = json.loads((ROOT / "docs" / "export.schema.json").read_text(encoding="utf-8"))
    assert written == schema()


@pytest.mark.parametrize(("separator", "bom"), [("comma", "yes"), ("semicolon", "no")])
def test_csv_has_a_row_a_part(separator: str, bom: str, tmp_path: Path) -> None:
    chosen = items("ridge-leave-one-out", "ru")
    content = file_of("csv", tmp_path, chosen, choices={"separator": separator, "bom": bom})
    assert content.startswith(b"\xef\xbb\xbf") == (bom == "yes")
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""),
                               delimiter={"comma": ",", "semicolon": ";"}[separator]))  # fmt: skip
    assert [(row["code"], row["part"]) for row in rows] == [(i.code, p.name) for i in chosen for p in i.parts]
    for row in rows:
        assert not any(cell[:1] in "=+@\t\r" for cell in row.values() if cell)


@pytest.mark.parametrize("to", FORMATS)
def test_same_command_same_bytes(to: str, tmp_path: Path) -> None:
    for seed in (0, 77):
        python("-m", "listok", "export", "2", "25", "--to", to, "-n", "2", "--out", str(tmp_path / str(seed)),
               hash_seed=seed)  # fmt: skip
    first, second = sorted((tmp_path / "0").iterdir()), sorted((tmp_path / "77").iterdir())
    assert [path.name for path in first] == [path.name for path in second]
    assert all(a.read_bytes() == b.read_bytes() for a, b in zip(first, second, strict=True))


def test_sources_are_exercises_blueprints_and_exams(tmp_path: Path) -> None:
    blueprint = str(ROOT / "examples" / "midterm.toml")
    assert run("temperature", "--level", "2", "-n", "3", "--to", "json", "--out", str(tmp_path / "a"))[0] == 0
    assert run(blueprint, "-n", "2", "--to", "json", "--out", str(tmp_path / "b"))[0] == 0
    built = CliRunner().invoke(main, ["build", blueprint, "--copies", "3", "--no-pdf", "--out", str(tmp_path / "x")])
    assert built.exit_code == 0, built.output
    assert run(str(tmp_path / "x" / "exam.json"), "--to", "json", "--out", str(tmp_path / "c"))[0] == 0
    one, two, three = (json.loads((tmp_path / name / "questions.json").read_text())["questions"] for name in "abc")
    assert {(question["exercise"], question["level"]) for question in one} == {("temperature", 2)}
    assert len(one) == 3
    assert len(two) == 2 * 9
    assert len({question["code"] for question in two}) == len(two)
    answers = json.loads((tmp_path / "x" / "answers.json").read_text())
    keys = {(row["code"], row["part"]): (row["answer"], row["points"]) for row in answers}
    assert keys == {(q["code"], p["name"]): (p["answer"], p["points"]) for q in three for p in q["parts"]}


def test_a_task_that_comes_twice_gets_other_variants(tmp_path: Path) -> None:
    blueprint = tmp_path / "twice.toml"
    source = (ROOT / "examples" / "midterm.toml").read_text(encoding="utf-8")
    head = source.partition("[[items]]")[0]
    blueprint.write_text(head + "[[items]]\nexercise = 31\npoints = 2\n" * 2, encoding="utf-8")
    assert run(str(blueprint), "-n", "4", "--to", "csv", "--out", str(tmp_path))[0] == 0
    rows = list(csv.DictReader((tmp_path / "questions.csv").open(encoding="utf-8-sig", newline="")))
    assert len({row["code"] for row in rows}) == 8


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("99",), 1, "unknown exercise '99'"),
        (("softmx",), 1, "did you mean 'softmax'"),
        ((), 2, "give exercises, a blueprint, an exam.json, or --all"),
        (("31", "--all"), 2, "give exercises"),
        (("31", "exam.json"), 2, "give a file alone"),
        (("nowhere.toml",), 1, "nowhere.toml"),
        (("nowhere.json",), 1, "nowhere.json: cannot be read"),
        (("31", "--set", "several=many"), 2, "several is one of menus, multiresponse"),
        (("31", "--set", "colour=red"), 2, "moodle has no setting 'colour' (it has: several)"),
        (("31", "--max-mb", "nan"), 2, "nan is no number of megabytes"),
        (("31", "--max-mb", "inf"), 2, "inf is no number of megabytes"),
        (("exam.toml", "--level", "2"), 2, "--level: exam.toml says that already"),
        (("exam.json", "-n", "2"), 2, "-n: exam.json says that already"),
        (("exam.json", "--seed", "2"), 2, "--seed: exam.json says that already"),
        (("31", "--seed", str(EXAM_SEEDS[-1])), 1, "has too few different variants"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(arguments: tuple[str, ...], code: int, said: str, tmp_path: Path) -> None:
    status, _, stderr = run(*arguments, "--to", "moodle", "--out", str(tmp_path / "out"))
    assert status == code
    assert said in stderr
    assert "Traceback" not in stderr
    assert not (tmp_path / "out").exists()


def test_files_are_not_overwritten_without_force(tmp_path: Path) -> None:
    base = ("31", "-n", "1", "--level", "1", "--to", "gift", "--out", str(tmp_path))
    assert run(*base)[0] == 0
    before = (tmp_path / "questions.gift.txt").read_bytes()
    status, _, stderr = run(*base, "--seed", "5")
    assert (status, "is there already" in stderr) == (1, True)
    assert (tmp_path / "questions.gift.txt").read_bytes() == before
    assert run(*base, "--seed", "5", "--force", "--max-questions", "3")[0] == 0
    assert not (tmp_path / "questions.gift.txt").exists()
    assert (tmp_path / "questions-1.gift.txt").exists()
    assert run(*base)[0] == 1


def test_what_fails_leaves_an_earlier_export_whole(tmp_path: Path) -> None:
    base = ("31", "-n", "30", "--level", "1", "--to", "csv", "--out", str(tmp_path), "--max-questions", "9")
    assert run(*base)[0] == 0
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert len(before) == 4
    status, _, stderr = run(*base, "--force", "--seed", str(EXAM_SEEDS[-20]))
    assert (status, "too few different variants" in stderr) == (1, True)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_an_exercise_named_twice_is_exported_once(tmp_path: Path) -> None:
    assert run("31", "temperature", "-n", "2", "--level", "1", "--to", "qti21", "--out", str(tmp_path))[0] == 0
    assert len(qti.load((tmp_path / "questions.zip").read_bytes()).questions) == 2


@pytest.mark.parametrize("place", ["file/under", "x" * 300, "full"])
def test_a_folder_that_cannot_be_written_is_said_in_one_line(place: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("words")
    (tmp_path / "full" / "questions.gift.txt").mkdir(parents=True)
    base = ("31", "-n", "1", "--level", "1", "--to", "gift", "--force", "--out", str(tmp_path / place))
    status, _, stderr = run(*base)
    assert status == 1
    assert stderr.count("\n") == 1
    assert "give another --out" in stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "full"]


def test_strict_says_what_was_left_out(tmp_path: Path) -> None:
    base = ("2", "-n", "1", "--level", "1", "--to", "gift", "--out", str(tmp_path))
    status, _, stderr = run(*base)
    assert status == 0
    assert "picture-to-formula: it is left out: GIFT files hold no pictures" in stderr
    assert run(*base, "--strict", "--force")[0] == 1


def test_a_limit_in_megabytes_splits(tmp_path: Path) -> None:
    report = exported("json", tmp_path, items("unnoticed-backprop", "en"), max_bytes=60_000)
    assert len(report.files) > 1
    for path in report.files:
        jsonschema.validate(json.loads(path.read_bytes()), schema())


def test_a_level_with_fewer_variants_is_refused() -> None:
    exercise = next(e for e in bank().values() if not e.spaces)
    small = dataclasses.replace(exercise, spaces={1: 3})
    with pytest.raises(ExportError, match="has 3 different variants at level 1, fewer than 4"):
        Drawn(small, 1, 4)


def test_a_level_that_gives_nothing_new_is_given_up_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    exercise, drawn = find("temperature"), []

    @functools.wraps(exercise.draw)
    def few(d: Draw, level: int) -> object:
        drawn.append(level)
        return exercise.draw(Draw("one of", d.below(5)), level)

    monkeypatch.setattr("listok.answerkeys.composing.find", lambda *_: dataclasses.replace(exercise, draw=few))
    with pytest.raises(ExportError, match="5 were found, 100000 wanted"):
        list(entries([Drawn(exercise, 1, 100_000)], Request("csv", Heading("", "ru")), in_process()))
    assert len(drawn) < 5_000


def test_what_the_first_seeds_give_twice_others_make_up_for(plant: Plant) -> None:
    """Most variants of a small space, each once; a second task goes on where the first one ended."""
    planted = narrow(plant)
    request = Request("csv", Heading("", "en"), planted.folder)
    sources = [Drawn(planted.exercise, 1, 9), Drawn(planted.exercise, 1, 5, skip=9)]
    alone = list(entries(sources, request, in_process()))
    with Workers(ProcessPool(1, math.inf), 3) as workers:
        assert list(entries(sources, request, workers)) == alone
    codes = [read_code(entry.code) for entry in alone]
    variants = [planted.exercise.variant(code.seed) for code in codes if isinstance(code, VariantCode)]
    first = dict.fromkeys(planted.exercise.variant(seed).fingerprint for seed in range(1000))
    assert [variant.fingerprint for variant in variants] == list(first)[:14]


def test_several_processes_write_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("listok.answerkeys.composing.CHUNK", 7)
    sources = [Drawn(find(number), level, 20) for number in (2, 15, 17) for level in (1, 2)]
    with processes(2) as workers:
        for to in FORMATS:
            request = Request(to, Heading("Вопросы", "ru"))
            alone = export(sources, request, in_process(), tmp_path / "alone", to, max_questions=50)
            shared = export(sources, request, workers, tmp_path / "shared", to, max_questions=50)
            assert len(alone.files) > 1
            assert [path.read_bytes() for path in alone.files] == [path.read_bytes() for path in shared.files], to
            assert list(alone.lines()) == list(shared.lines())


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_variant_whose_solutions_differ_is_one_line(jobs: int, plant: Plant, tmp_path: Path) -> None:
    planted = plant({"value=p.a * p.x + p.b,": "value=p.a * p.x - p.b,"})
    request = Request("csv", Heading("", "en"), planted.folder)
    with processes(jobs) as workers, pytest.raises(Disagreement, match="the two solutions differ"):
        export([Drawn(planted.exercise, 1, 200)], request, workers, tmp_path / "out", "questions")
    assert not (tmp_path / "out").exists()


def test_a_refused_export_leaves_no_folder(tmp_path: Path) -> None:
    args = ["10", "--to", "csv", "-n", "3", "--out", str(tmp_path / "new"), "--seed"]
    last, beyond = EXAM_SEEDS[-1], DRILL_SEEDS[0]
    for seed, message in ((last, "too few different variants"), (beyond, "is not in the range"), (-1, "range")):
        code, _, said = run(*args, str(seed))
        assert code
        assert message in said
        assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("to", FORMATS)
def test_a_full_disk_leaves_nothing_that_looks_whole(to: str, tmp_path: Path) -> None:
    done = subprocess.run(
        # In development mode Python says what a file could not write when it was thrown away; later ones always do.
        [sys.executable, "-X", "dev", "-W", "ignore", "-m", "listok", "export", "25", "--to", to, "-n", "8",
         "--out", str(tmp_path / "out")],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=120,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000)),
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    assert done.stderr.startswith("listok: ")
    assert "make room" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "out").exists()


def test_memory_stays_flat(tmp_path: Path) -> None:
    """Ten times the questions may not take much more memory."""
    script = (
        "import resource, sys; from pathlib import Path; from listok.answerkeys.composing import *; "
        "from listok.answerkeys.export import *;"
        "source = Drawn(find('temperature'), 1, int(sys.argv[1])); request = Request('moodle', Heading('t', 'ru'));"
        "from listok.workers.pool import in_process;"
        "export([source], request, in_process(), Path(sys.argv[2]), 'q', force=True);"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )
    few, many = (
        int(subprocess.run([sys.executable, "-c", script, n, str(tmp_path)], cwd=ROOT, capture_output=True, text=True,
                           check=True, timeout=300).stdout)
        for n in ("100", "1000")
    )  # fmt: skip
    assert many < 1.15 * few


def test_what_cannot_be_said_has_a_reason() -> None:
    for name in NAMES:
        for item in items(name, "en"):
            for part in item.parts:
                for to in next(iter(TABLE.values())):
                    field = lower(part, to)
                    assert not isinstance(field, LeftOut), (name, part.name, to, field)
