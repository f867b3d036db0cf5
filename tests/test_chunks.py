"""Building in chunks: the same forms and bytes as in one piece, whoever does the work and whatever kills it."""

from __future__ import annotations

import dataclasses
import errno
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from click.testing import CliRunner, Result
from conftest import BLUEPRINT, ROOT, Plant
from exam_files import dump, load
from test_exam import narrow

from listok.answerkeys.exam_file import find_form
from listok.answerkeys.forms import ExamError, Student, file_names
from listok.cli import main
from listok.exams import drawing, printing
from listok.exams.assembly import assemble
from listok.exams.blueprint import Blueprint, BlueprintError, read_blueprint
from listok.exams.build import build_exam
from listok.exams.delivery import Built
from listok.exams.press.chunk_pages import KINDS
from listok.exams.press.engine import EngineError
from listok.exams.roster import numbered
from listok.exams.secret import stretched
from listok.exams.work import FOLDER, Work
from listok.generators.codes import form_code
from listok.templates import paper, typst_paper
from listok.templates.files import OutputError, output_error
from listok.templates.pages import Pages
from listok.templates.sheet import WORDS
from listok.templates.text import LANGS
from listok.workers.pool import in_process, processes

CLASS = tuple(Student(f"s{n}", f"Имя {n}", "НС-1") for n in range(11))


@pytest.fixture(autouse=True)
def _small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("listok.exams.plan.CHUNK", 4)
    monkeypatch.setattr("listok.exams.plan.GRID_CHUNK", 6)


def plan_of(folder: Path, text: str = BLUEPRINT, bank: Path | None = None) -> Blueprint:
    path = folder / "exam.toml"
    path.write_text(text, encoding="utf-8")
    return read_blueprint(path, bank)


def contents(folder: Path) -> dict[str, bytes]:
    """Every file of a folder and of those in it, by its path there."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


# --- the same forms -----------------------------------------------------------------------------------------------


def test_the_forms_are_those_of_assemble(tmp_path: Path) -> None:
    plan = plan_of(tmp_path)
    build_exam(plan, CLASS, tmp_path / "out", in_process(), pdf=False)
    assert (tmp_path / "out/exam.json").read_bytes() == dump(assemble(plan, CLASS))


def test_where_variants_are_few_the_same_students_draw_again(tmp_path: Path, plant: Plant) -> None:
    planted = narrow(plant)
    plan = plan_of(tmp_path, "seed = 7\n" + f"[[items]]\nexercise = {planted.number}\n" * 2, planted.folder)
    students = numbered(7)
    for order in (students, students[::-1]):
        out = tmp_path / f"out{order[0].id}"
        build_exam(plan, order, out, in_process(), pdf=False, bank=planted.folder)
        whole = assemble(plan, order)
        assert (out / "exam.json").read_bytes() == dump(whole)
        prints = [slot.variant.fingerprint for form in whole.forms for slot in form.slots]
        assert len(set(prints)) == 14, "of 15 variants, 14 are in use: most students drew again"
    too_many = plan_of(tmp_path, "seed = 7\n" + f"[[items]]\nexercise = {planted.number}\n" * 3, planted.folder)
    with pytest.raises(BlueprintError, match="too few different variants for 7 students"):
        build_exam(too_many, students, tmp_path / "none", in_process(), pdf=False, bank=planted.folder)
    assert not (tmp_path / "none").exists()


def test_kept_forms_are_kept_wherever_they_stand(tmp_path: Path, plant: Plant) -> None:
    planted = narrow(plant)
    plan = plan_of(tmp_path, f"seed = 7\n[[items]]\nexercise = {planted.number}\n", planted.folder)
    earlier = tmp_path / "earlier.json"
    earlier.write_bytes(dump(first := assemble(plan, numbered(8))))
    other = dataclasses.replace(plan, seed="5")
    students = [dataclasses.replace(s, name="Новое имя") for s in (*numbered(12)[10:], *numbered(6)[::-1])]
    build_exam(other, students, tmp_path / "out", in_process(), pdf=False, bank=planted.folder, keep=earlier)
    assert (tmp_path / "out/exam.json").read_bytes() == dump(assemble(other, students, first))


def test_a_key_reads_one_form_and_any_layout(tmp_path: Path) -> None:
    exam = assemble(plan_of(tmp_path), CLASS[:5])
    path = tmp_path / "exam.json"
    path.write_bytes(dump(exam))
    assert path.read_bytes().count(b"\n") == 1 + 5 + 1, "a form a line"
    laid_out = tmp_path / "other.json"
    data = json.loads(path.read_bytes())
    data["forms"] = [dict(reversed(form.items())) for form in data["forms"]]
    laid_out.write_text(json.dumps(data, indent=2), encoding="utf-8")
    assert dump(load(laid_out)) == path.read_bytes()
    head, *lines = path.read_bytes().splitlines()
    torn = [line if n == 3 else line.replace(b'"slots":[', b'"slots":[5,') for n, line in enumerate(lines)]
    path.write_bytes(b"\n".join([head, *torn]))
    laid_out.write_text(json.dumps(json.loads(path.read_bytes()), indent=2), encoding="utf-8")
    for file in (path, laid_out):
        assert find_form(file, exam.forms[3].code).student == CLASS[3], "the slots of the others are not read"
        with pytest.raises(ExamError, match=rf"{file.name}: not an exam file"):
            load(file)
    path.write_bytes(dump(exam)[:-5])
    with pytest.raises(Exception, match=r"exam\.json: (cut short|not an exam file)"):
        load(path)


# --- the same bytes -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("engine", ["typst", "pdflatex"])
def test_jobs_and_folders_change_no_byte(tmp_path: Path, engine: Any, request: pytest.FixtureRequest) -> None:
    if engine == "pdflatex":
        request.getfixturevalue("pdflatex")
    plan = plan_of(tmp_path, 'lang = "both"\n' + BLUEPRINT if engine == "typst" else BLUEPRINT)
    for name, workers in (("one", in_process()), ("deep/two", processes(2))):
        built = build_exam(plan, CLASS[:7], tmp_path / name, workers, engine=engine, per_student=True)
        assert not built.broken
        assert {path.name for path in built.written} == {path.name for path in (tmp_path / name).iterdir()}
    one, two = contents(tmp_path / "one"), contents(tmp_path / "deep/two")
    assert one == two
    stems = [f"{kind}.{lang}" for kind in KINDS for lang in LANGS] if engine == "typst" else KINDS
    assert {name for name in one if name.endswith(".pdf")} == {
        f"{stem}{rest}.pdf" for stem in stems for rest in ("", *(f"/{student.id}" for student in CLASS[:7]))
    }


# --- whatever kills it --------------------------------------------------------------------------------------------


def killed_at(event: int, work: Callable[[], object]) -> bool:
    """Do some work in a process that kills itself as it is about to touch the disk for the `event`-th time."""
    child = os.fork()
    if child:
        return os.waitpid(child, 0)[1] == signal.SIGKILL
    seen = 0

    def dying(call: Callable[..., Any]) -> Callable[..., Any]:
        def inner(*args: Any, **more: Any) -> Any:
            nonlocal seen
            seen += 1
            if seen == event:
                os.kill(os.getpid(), signal.SIGKILL)
            return call(*args, **more)

        return inner

    for name in ("replace", "unlink", "rmdir", "mkdir", "write_bytes"):
        setattr(Path, name, dying(getattr(Path, name)))
    os.fsync = dying(os.fsync)
    try:
        work()
    finally:
        os._exit(0)


@pytest.mark.parametrize("force", [False, True])
def test_a_build_killed_at_any_moment_goes_on(tmp_path: Path, force: bool) -> None:
    plan = plan_of(tmp_path)
    students = CLASS[:5]
    build_exam(plan, students, tmp_path / "whole", in_process(), pdf=False)
    whole = contents(tmp_path / "whole")
    out = tmp_path / "out"
    event, step = 1, 3  # every third moment: the others are like their neighbours
    while True:
        if force:
            out.mkdir()
            for name in ("sheets.tex", "sheets.pdf", "exam.json"):
                (out / name).write_text("old")

        def work() -> None:
            build_exam(plan, students, out, in_process(), pdf=False, force=force)

        died = killed_at(event, work)
        for path in out.iterdir() if out.exists() else ():
            if path.name != FOLDER:
                assert path.read_bytes() in (b"old", whole.get(path.name)), "whole, or of the build before"
        if died:
            work()
        assert contents(out) == whole, event
        assert {path.name for path in out.iterdir()} == set(whole), "no folder is left, not even an empty one"
        subprocess.run(["rm", "-r", out], check=True)
        if not died:
            break
        event += step
    assert event > 60


def test_a_build_knows_what_it_has_done_before(tmp_path: Path) -> None:
    plan = plan_of(tmp_path)
    out = tmp_path / "out"

    def again() -> Built:
        return build_exam(plan, CLASS[:5], out, in_process(), engine="typst", per_student=True)

    first = again()
    assert not first.found
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*") if path.is_file()}
    (out / "sheets/notes.txt").write_text("precious")
    second = again()
    assert second == dataclasses.replace(first, found=True)
    (out / "sheets/notes.txt").unlink()
    assert before == {path: path.stat().st_mtime_ns for path in out.rglob("*") if path.is_file()}
    assert not (out / FOLDER).exists()
    (out / "keys.pdf").unlink()
    assert not again().found
    assert (out / "keys.pdf").exists(), "what is missing is made again"


def test_a_build_without_a_seed_knows_what_it_has_done_before(tmp_path: Path) -> None:
    plan = dataclasses.replace(plan_of(tmp_path), seed=None)
    out = tmp_path / "out"
    assert not build_exam(plan, CLASS, out, in_process(), pdf=False).found
    before = contents(out)
    assert build_exam(plan, CLASS, out, in_process(), pdf=False).found
    assert contents(out) == before
    assert not build_exam(plan, CLASS, out, in_process(), pdf=False, force=True).found
    assert contents(out).keys() == before.keys()
    assert contents(out)["exam.json"] != before["exam.json"], "who wants other forms says so"


@pytest.mark.parametrize(
    "name",
    [
        "sheets.tex", "sheets.html", "keys.pdf", "keys/s3.pdf", "sheets/other.pdf", "answers.csv", "keys.en.typ",
        "layout.json",
    ],
)  # fmt: skip
def test_another_file_in_the_place_of_one_is_not_overwritten(tmp_path: Path, name: str) -> None:
    plan = plan_of(tmp_path)
    out = tmp_path / "out"
    build_exam(plan, CLASS[:5], out, in_process(), engine="typst", per_student=True)
    (out / name).write_text("precious")
    before = contents(out)
    with pytest.raises(OutputError, match=rf"out/{name.partition('/')[0]} is there already"):
        build_exam(plan, CLASS[:5], out, in_process(), engine="typst", per_student=True)
    assert contents(out) == before
    assert not (out / FOLDER).exists()


def test_another_exam_is_refused_before_anything_is_drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = plan_of(tmp_path)
    build_exam(plan, CLASS, tmp_path / "out", in_process(), pdf=False)
    before = contents(tmp_path / "out")
    monkeypatch.setattr(drawing, "draw_forms", None)
    renamed = (dataclasses.replace(CLASS[0], name="Другая"), *CLASS[1:])
    titled = dataclasses.replace(plan, course={"ru": "Другой", "en": "Another"})
    for blueprint, students in (
        (dataclasses.replace(plan, seed="8"), CLASS), (plan, renamed), (plan, CLASS[:-1]), (titled, CLASS)
    ):  # fmt: skip
        with pytest.raises(OutputError, match="is there already"):
            build_exam(blueprint, students, tmp_path / "out", in_process(), pdf=False)
    assert contents(tmp_path / "out") == before


REFUSED = ("", "/lock", "/KEY")
"""Links in the place of these are for the user to remove; others in the work folder are removed."""


@pytest.mark.parametrize("dangling", [False, True])
@pytest.mark.parametrize(
    "name", [*REFUSED, "/KEY/draw-00000", "/KEY/draw-00000.forms", "/KEY/ready", "/KEY/files.list", f"/{'0' * 32}"]
)
def test_no_link_in_the_work_folder_is_followed(
    name: str, dangling: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = plan_of(tmp_path)
    out = tmp_path / "out"
    work = stopped(plan, out, monkeypatch)
    link = Path(f"{out / FOLDER}{name.replace('KEY', work.name)}")
    if link.is_dir():
        link.rename(tmp_path / "aside")
    elsewhere = tmp_path / "elsewhere"
    precious = elsewhere
    if not dangling:
        if not link.is_file():
            elsewhere.mkdir()
            precious = elsewhere / "sheets.html"
        precious.write_text("precious")
    link.unlink(missing_ok=True)
    link.symlink_to(elsewhere)
    if name in REFUSED:
        with pytest.raises(OutputError, match=rf"^{link} is a link, [^\n]* remove the link$"):
            build_exam(plan, CLASS, out, in_process(), pdf=False)
        link.unlink()
    build_exam(plan, CLASS, out, in_process(), pdf=False)
    assert not (out / FOLDER).exists()
    if dangling:
        assert not elsewhere.exists()
    else:
        assert contents(tmp_path / "elsewhere") in ({}, {"sheets.html": b"precious"})
        assert precious.read_text() == "precious"


def test_a_link_in_the_place_of_a_folder_of_pdfs_is_replaced_and_not_followed(tmp_path: Path) -> None:
    out, elsewhere = tmp_path / "out", tmp_path / "elsewhere"
    for folder in (out, elsewhere):
        folder.mkdir()
    (elsewhere / "precious.pdf").write_text("precious")
    (out / "sheets").symlink_to(elsewhere)
    (out / "keys").symlink_to(tmp_path / "nowhere")
    for name in ("sheets", "keys"):
        with pytest.raises(OutputError, match=f"{name} is there already"):
            build_exam(plan_of(tmp_path), CLASS[:2], out, in_process(), engine="typst", per_student=True)
        if name == "sheets":
            (out / "sheets").rename(out / "aside")
    (out / "aside").rename(out / "sheets")
    build_exam(plan_of(tmp_path), CLASS[:2], out, in_process(), engine="typst", per_student=True, force=True)
    assert contents(elsewhere) == {"precious.pdf": b"precious"}
    assert not (out / "sheets").is_symlink()


def test_only_what_is_missing_is_done_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = plan_of(tmp_path)
    build_exam(plan, CLASS, tmp_path / "whole", in_process(), pdf=False)
    calls: list[str] = []

    def counting(module: ModuleType, name: str) -> None:
        real = getattr(module, name)
        monkeypatch.setattr(module, name, lambda *args: calls.append(name) or real(*args))

    counting(drawing, "draw_forms")
    counting(printing, "write_pages")
    kept: list[str] = []
    real = Work.keep

    def full(work: Work, job: str, files: Any) -> None:
        if job == "text-00001" and job not in kept:
            kept.append(job)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        real(work, job, files)

    monkeypatch.setattr(Work, "keep", full)
    with pytest.raises(OutputError, match="No space left"):
        build_exam(plan, CLASS, tmp_path / "out", in_process(), pdf=False)
    assert calls == ["draw_forms"] * 3 + ["write_pages"] * 2
    calls.clear()
    build_exam(plan, CLASS, tmp_path / "out", in_process(), pdf=False)
    assert calls == ["write_pages"] * 2, "one chunk was written before"
    assert contents(tmp_path / "out") == contents(tmp_path / "whole")


def test_a_secret_that_was_drawn_is_found_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = dataclasses.replace(plan_of(tmp_path), seed=None)
    out = tmp_path / "out"
    folder = stopped(plan, out, monkeypatch)
    secret = (folder / "secret").read_bytes()
    (folder / "text-00001").unlink()
    (folder / "draw-00002").unlink()
    build_exam(plan, CLASS, out, in_process(), pdf=False)
    exam = load(out / "exam.json")
    assert exam.secret == secret
    assert [form.code for form in exam.forms] == [form_code(secret, student.key) for student in CLASS]
    assert not (out / FOLDER).exists()
    build_exam(plan, CLASS, out, in_process(), pdf=False, force=True)
    assert load(out / "exam.json").secret not in (secret, b"")


def stopped(plan: Blueprint, out: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A build of which everything is prepared and nothing delivered; gives its work folder."""

    def stop(_work: Work, _names: Sequence[str], _outcome: bytes) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as stopping:
        stopping.setattr(Work, "all_prepared", stop)
        with pytest.raises(KeyboardInterrupt):
            build_exam(plan, CLASS, out, in_process(), pdf=False)
    (folder,) = (path for path in (out / FOLDER).iterdir() if path.is_dir())
    return folder


def test_torn_pieces_are_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = plan_of(tmp_path)
    build_exam(plan, CLASS, tmp_path / "whole", in_process(), pdf=False)
    folder = stopped(plan, tmp_path / "out", monkeypatch)
    for name, spoil in (
        ("draw-00000.forms", b""), ("text-00001.sheets.html", b"torn"), ("text-00002", b"{"), ("resolve", b"")
    ):  # fmt: skip
        assert (folder / name).exists()
        (folder / name).write_bytes(spoil)
    build_exam(plan, CLASS, tmp_path / "out", in_process(), pdf=False)
    assert contents(tmp_path / "out") == contents(tmp_path / "whole")


def test_another_command_never_takes_up_what_is_not_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = plan_of(tmp_path)
    other = dataclasses.replace(plan, seed="8")
    renamed = (dataclasses.replace(CLASS[0], name="Другая"), *CLASS[1:])
    build_exam(other, CLASS, tmp_path / "seed", in_process(), pdf=False)
    build_exam(plan, renamed, tmp_path / "name", in_process(), pdf=False)
    for name, blueprint, students in (("seed", other, CLASS), ("name", plan, renamed)):
        out = tmp_path / f"out-{name}"
        first = stopped(plan, out, monkeypatch)
        build_exam(blueprint, students, out, in_process(), pdf=False)
        assert contents(out) == contents(tmp_path / name)
        assert not first.exists()


def test_files_that_appeared_meanwhile_are_not_overwritten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "out"
    stopped(plan_of(tmp_path), out, monkeypatch)
    (out / "keys.html").write_text("precious")
    with pytest.raises(OutputError, match=r"keys\.html is there already"):
        build_exam(plan_of(tmp_path), CLASS, out, in_process(), pdf=False)
    assert (out / "keys.html").read_text() == "precious"


def test_two_builds_in_one_folder_do_not_meet(tmp_path: Path) -> None:
    plan = plan_of(tmp_path)
    out = tmp_path / "out"
    with Work(out, "0" * 32, []), pytest.raises(OutputError, match=r"out: another build is at work there: [^\n]*$"):
        build_exam(plan, CLASS, out, in_process(), pdf=False)
    build_exam(plan, CLASS, out, in_process(), pdf=False)
    assert FOLDER not in {path.name for path in out.iterdir()}


def test_a_disk_that_fills_up_in_the_midst_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "exam.toml").write_text(BLUEPRINT, encoding="utf-8")
    command = """
import resource, sys
from listok.cli import main
resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, resource.RLIM_INFINITY))
sys.argv = ["listok", "build", "exam.toml", "--copies", "60", "--out", "out", "--no-pdf"]
main()
"""
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", command], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "File too large; every file in out is whole" in done.stderr
    assert done.stderr.count("\n") == 1
    assert {path.name for path in (tmp_path / "out").iterdir()} == {FOLDER}


@pytest.mark.parametrize("engine", ["pdflatex", "typst"])
def test_limits_lower_than_ours_stay(engine: str, tmp_path: Path, pdflatex: str) -> None:
    """As where an administrator has set them for everybody: only root may raise them."""
    (tmp_path / "exam.toml").write_text(BLUEPRINT, encoding="utf-8")
    command = f"""
import resource, sys
from listok.cli import main
for kind, most in (resource.RLIMIT_FSIZE, 2**27), (resource.RLIMIT_CPU, 9), (resource.RLIMIT_AS, 3 * 2**30):
    resource.setrlimit(kind, (most, most))
raised = resource.setrlimit
def setrlimit(kind, limits):
    if limits[1] > resource.getrlimit(kind)[1]:
        raise ValueError("not allowed to raise maximum limit")
    raised(kind, limits)
resource.setrlimit = setrlimit
sys.argv = ["listok", "build", "exam.toml", "--copies", "2", "--out", "out", "--engine", "{engine}", "--jobs", "1"]
main()
"""
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", command], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out" / "sheets.pdf").exists()


# --- forms that cannot be printed ---------------------------------------------------------------------------------

SABOTAGE = {
    "pdflatex": (r"\nosuchcommand", r"\begin{itemize}", "{"),
    "typst": ("#nosuchfunction()", "$ unclosed", "#["),
}


@pytest.mark.parametrize("engine", ["typst", "pdflatex"])
def test_three_broken_forms_of_a_hundred_are_named_and_the_rest_is_printed(
    tmp_path: Path, engine: Any, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest,
    pdftotext: Callable[[Path], str],
) -> None:  # fmt: skip
    if engine == "pdflatex":
        request.getfixturevalue("pdflatex")
    monkeypatch.setattr("listok.exams.plan.CHUNK", 50)
    plan = plan_of(tmp_path, "seed = 'broken forms'\n[[items]]\nexercise = 10\n")
    students = numbered(100)
    secret = stretched("broken forms")
    codes = [form_code(secret, student.id) for student in students]
    bad = dict(zip((codes[3], codes[4], codes[77]), SABOTAGE[engine], strict=True))
    papers = paper if engine == "pdflatex" else typst_paper
    real = papers.form
    label = WORDS["key"]["ru"]

    def form(run: Pages) -> str:
        if run.code in bad and not run.who.startswith(label):
            return real(dataclasses.replace(run, body=run.body + bad[run.code]))
        return real(run)

    monkeypatch.setattr(papers, "form", form)
    built = build_exam(plan, students, tmp_path / "out", in_process(), engine=engine, per_student=True)
    assert [(broken.student, broken.form, broken.stem) for broken in built.broken] == [
        (student.id, code, "sheets") for student, code in zip(students, codes, strict=True) if code in bad
    ]
    for broken in built.broken:
        assert re.fullmatch(rf"student '\d+', form {broken.form}: [^\n]* not in sheets\.pdf: [^\n]+", str(broken))
    assert "nosuch" in built.broken[0].error
    sheets, keys = (pdftotext(tmp_path / "out" / f"{stem}.pdf") for stem in ("sheets", "keys"))
    assert [code for code in codes if code not in sheets] == list(bad)
    assert [code for code in codes if code not in keys] == []
    for stem, left_out in (("sheets", {"004", "005", "078"}), ("keys", set())):
        files = {path.name for path in (tmp_path / "out" / stem).iterdir()}
        assert files == {f"{student.id}.pdf" for student in students if student.id not in left_out}
    for number in (0, 99):
        one = pdftotext(tmp_path / "out/sheets" / f"{students[number].id}.pdf")
        assert set(re.findall(r"\w{3}-\w{3}-\w{3}", one)) == {codes[number]}
    assert len(load(tmp_path / "out/exam.json").forms) == 100
    answers = (tmp_path / "out/answers.csv").read_text(encoding="utf-8-sig")
    assert all(code in answers for code in codes)


def test_an_engine_that_prints_nothing_is_one_line_and_the_rest_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(typst_paper, "form", lambda run: "#nosuchfunction()")
    with pytest.raises(EngineError, match=r"^typst could print nothing; the other files are written: [^\n]*nosuch"):
        build_exam(plan_of(tmp_path), CLASS, tmp_path / "out", in_process(), engine="typst", per_student=True)
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        "sheets.typ", "keys.typ", "sheets.tex", "keys.tex", "sheets.html", "keys.html", "answers.csv", "answers.json",
        "exam.json",
    }  # fmt: skip


# --- files of single students -------------------------------------------------------------------------------------


def test_file_names_are_ids_where_every_system_takes_them() -> None:
    ids = ["s1", "НС-17", "../../etc/passwd", "a/b", "a_b", "Case", "case", "CON", "-rf", "..", "a b", ".hid", "x" * 40]
    names = file_names([Student(id_, "") for id_ in ids], [f"C{n}" for n in range(len(ids))])
    assert names[:2] == ["s1", "НС-17"]
    assert names[4] == "a_b"
    assert names[12] == "x" * 40
    assert len({name.casefold() for name in names}) == len(ids)
    for name, id_ in zip(names, ids, strict=True):
        assert name
        assert not set(name) & set('/\\:*?"<>|. ')
        assert not name.startswith("-")
        assert name == id_ or name.endswith(f"C{ids.index(id_)}")


# --- the command --------------------------------------------------------------------------------------------------


def ran(*args: object) -> Result:
    return CliRunner().invoke(main, list(map(str, args)))


def test_the_command_names_broken_forms_and_fails(
    class_files: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blueprint, roster = class_files
    real = typst_paper.form
    label = WORDS["key"]["ru"]
    monkeypatch.setattr(
        typst_paper, "form",
        lambda run: "#nosuch()" if "Борис" in run.who and run.who.startswith(label) else real(run),
    )  # fmt: skip
    done = ran("build", blueprint, "--roster", roster, "--out", tmp_path / "out", "--engine", "typst", "--per-student")
    assert done.exit_code == 1
    broken = r"^listok: student 's2', form [\w-]+: [^\n]*not in keys\.pdf: [^\n]*nosuch[^\n]*\n$"
    assert re.search(broken, done.stderr, re.MULTILINE)
    assert done.stdout.splitlines() == [
        str(tmp_path / "out" / name) for name in (
            "sheets.tex", "sheets.typ", "sheets.html", "keys.tex", "keys.typ", "keys.html", "answers.csv",
            "answers.json", "exam.json", "sheets.pdf", "keys.pdf", "sheets", "keys",
            "layout.json",
        )
    ]  # fmt: skip
    assert {path.name for path in (tmp_path / "out/keys").iterdir()} == {"s1.pdf", "s3.pdf"}
    assert {path.name for path in (tmp_path / "out/sheets").iterdir()} == {"s1.pdf", "s2.pdf", "s3.pdf"}


def test_files_of_students_of_an_earlier_build_do_not_stay(class_files: tuple[Path, Path], tmp_path: Path) -> None:
    blueprint, roster = class_files
    out = tmp_path / "out"
    args = ("build", blueprint, "--roster", roster, "--out", out, "--engine", "typst")
    assert ran(*args, "--per-student").exit_code == 0
    (out / "sheets/notes.txt").write_text("precious")
    roster.write_text("id,name\ns2,Борис Вольный\ns7,Новая\n", encoding="utf-8")
    assert "is there already" in ran(*args, "--per-student").stderr
    assert ran(*args, "--per-student", "--force").exit_code == 0
    assert {path.name for path in (out / "sheets").iterdir()} == {"s2.pdf", "s7.pdf", "notes.txt"}
    assert {path.name for path in (out / "keys").iterdir()} == {"s2.pdf", "s7.pdf"}
    assert ran(*args, "--force").exit_code == 0
    assert {path.name for path in (out / "sheets").iterdir()} == {"notes.txt"}
    assert not (out / "keys").exists()


def test_a_roster_with_a_name_beyond_the_fonts_names_its_row(class_files: tuple[Path, Path], tmp_path: Path) -> None:
    blueprint, roster = class_files
    roster.write_text("id,name\n1,Анна\n\n77,王小明\n", encoding="utf-8")
    done = ran("build", blueprint, "--roster", roster, "--out", tmp_path / "out")
    assert done.exit_code == 1
    assert f"{roster}: row 4: student '77': Typst's fonts have no '王'" in done.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("args", "message"),
    [(["--no-pdf", "--per-student"], "--per-student needs PDFs"), (["--jobs", "0"], "0 is not in the range"),
     (["--scheduler", "nonsense"], "--scheduler nonsense: cannot be reached")],
)  # fmt: skip
def test_the_command_refuses(
    class_files: tuple[Path, Path], tmp_path: Path, args: list[str], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if "--scheduler" in args:
        pytest.importorskip("distributed")
        monkeypatch.setattr("listok.workers.cluster.SECONDS_TO_CONNECT", 1)
    done = ran("build", class_files[0], "--copies", 2, "--out", tmp_path / "out", *args)
    assert done.exit_code in (1, 2)
    assert message in done.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("number", "message"),
    [
        (errno.ENOSPC, "x: No space left on device; all is whole: make room and go on"),
        (errno.EACCES, "x: Permission denied: give another --out"),
        (errno.EROFS, "x: Read-only file system: give another --out"),
    ],
)
def test_only_a_full_disk_asks_for_room(number: int, message: str) -> None:
    error = OSError(number, os.strerror(number), "x")
    assert str(output_error(error, Path("out"), "all is whole", "go on")) == message
