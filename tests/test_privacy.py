"""Keys, answers, marks and the secret are for their owner's eyes alone, from the first byte on, whatever the umask."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from listok.answerkeys.composing import FORMATS
from listok.cli import main
from listok.exams.blueprint import read_blueprint
from listok.exams.build import build_exam
from listok.exams.press.engine import Engine
from listok.exams.roster import read_roster
from listok.exams.work import FOLDER
from listok.templates.files import is_private
from listok.workers.pool import in_process

UMASKS = (0o000, 0o022, 0o027, 0o077)
Files = tuple[Path, Path]


@pytest.fixture(params=UMASKS, ids=lambda umask: f"{umask:03o}")
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def open_to_others(folder: Path) -> set[str]:
    """What somebody else may read in a folder, or look into, by its path there."""
    found = set()
    for path in folder.iterdir():
        if mode(path) & 0o077:
            found.add(path.name)
            if path.is_dir():
                found |= {f"{path.name}/{name}" for name in open_to_others(path)}
    return found


def run(*args: object) -> None:
    result = CliRunner().invoke(main, list(map(str, args)))
    assert result.exit_code == 0, result.output


@pytest.mark.parametrize("engine", ["typst", "pdflatex"])
def test_others_see_nothing_of_a_build_but_its_sheets(
    class_files: Files, tmp_path: Path, umask: int, engine: Engine, monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> None:  # fmt: skip
    if engine == "pdflatex":
        request.getfixturevalue("pdflatex")
    out = tmp_path / "out"
    seen: set[str] = set()
    real = os.fsync

    def looking(file: int) -> None:
        seen.update(open_to_others(out))
        real(file)

    monkeypatch.setattr(os, "fsync", looking)
    students = read_roster(class_files[1])[:2]
    build_exam(read_blueprint(class_files[0]), students, out, in_process(), engine=engine, per_student=True)
    seen |= open_to_others(out)
    assert FOLDER not in seen
    assert not [name for name in seen if is_private(name)]
    for path in out.iterdir():
        if is_private(path.name):
            assert mode(path) == (0o700 if path.is_dir() else 0o600), path.name
        else:
            assert path.name.startswith(("sheets", "layout"))
            assert mode(path) == (0o777 if path.is_dir() else 0o666) & ~umask, path.name
    assert {mode(path) for path in (out / "keys").iterdir()} == {0o600}
    assert {mode(path) for path in (out / "sheets").iterdir()} == {0o666 & ~umask}
    written = {path.name for path in out.iterdir()}
    assert {"keys.pdf", "keys.html", "answers.csv", "answers.json", "exam.json"} <= written


def test_what_an_older_listok_left_open_is_closed(class_files: Files, tmp_path: Path) -> None:
    out = tmp_path / "out"
    (out / FOLDER).mkdir(parents=True)
    for name in ("exam.json", "keys.html"):
        (out / name).write_text("old")
        (out / name).chmod(0o644)
    (out / FOLDER).chmod(0o755)
    run("build", class_files[0], "--copies", 2, "--out", out, "--no-pdf", "--force")
    assert {name for name in open_to_others(out) if not name.startswith("sheets")} == set()
    assert not (out / FOLDER).exists()


@pytest.mark.usefixtures("umask")
def test_others_see_nothing_of_marks(class_files: Files, tmp_path: Path) -> None:
    run("build", *class_files[:1], "--roster", class_files[1], "--out", tmp_path / "out", "--no-pdf")
    responses = tmp_path / "responses.csv"
    responses.write_text("student,problem,part,answer\ns1,1,total,5\n", encoding="utf-8")
    marks = tmp_path / "marks"
    run("grade", tmp_path / "out/exam.json", responses, "--out", marks, "--per-student")
    assert open_to_others(marks) == set()
    assert {mode(path) for path in marks.rglob("*.*")} == {0o600}
    assert len(list((marks / "feedback").iterdir())) == 3


@pytest.mark.usefixtures("umask")
@pytest.mark.parametrize("to", FORMATS)
def test_others_see_nothing_of_an_export(tmp_path: Path, to: str, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: set[str] = set()
    real = Path.replace

    def looking(path: Path, target: Path) -> Path:
        seen.update(open_to_others(path.parent))
        return real(path, target)

    monkeypatch.setattr(Path, "replace", looking)
    run("export", 10, "--to", to, "-n", 2, "--level", 1, "--out", tmp_path / "bank")
    assert seen | open_to_others(tmp_path / "bank") == set()
    assert {mode(path) for path in (tmp_path / "bank").iterdir()} == {0o600}
