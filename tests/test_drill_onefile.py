"""How the page of a drill is made: what it is made of, what is refused, and that its bytes depend on nothing else."""

from __future__ import annotations

import json
import re
import runpy
import zipfile
from pathlib import Path

import drill_player as player
import pytest
from conftest import ROOT, python

from listok.drill import engine, onefile
from listok.drill.engine import NoEngine, lacks, read_engine
from listok.drill.onefile import PageError, make_page
from listok.drill.session import Scope, Task
from listok.drill.sources import LIBRARIES, NotForPages, Reached, files_for, reached, reached_by
from listok.generators.bank import find, sources
from listok.generators.codes import DRILL_SEEDS
from listok.generators.exercise import Disagreement, Variant
from listok.workers.pool import in_process, processes

MEGABYTE = 1_000_000


@pytest.fixture
def built() -> None:
    player.need(engine.PATH.exists(), "no engine of pages: make drill")


def package(folder: Path, **modules: str) -> Path:
    """A package `p` of modules."""
    (folder / "p").mkdir()
    (folder / "p" / "__init__.py").write_text("")
    for name, text in modules.items():
        (folder / "p" / f"{name}.py").write_text(text)
    return folder


def follow(folder: Path, *modules: str) -> Reached:
    return reached(modules, folder, frozenset({"p"}), frozenset({"light"}))


def test_imports_are_followed_wherever_they_stand(tmp_path: Path) -> None:
    package(
        tmp_path,
        start="import json, p.one\nfrom p import two\ndef f():\n    from p.three import x\nclass C:\n    import p.four",
        one="from light.inner import thing\nif True:\n    import p.five\nelse:\n    import p.six",
        two="with open('x'):\n    from . import seven\nmatch 1:\n    case 1:\n        import p.eight",
        three="",
        four="",
        five="try:\n    import heavy\nexcept ImportError:\n    import p.nine",
        six="from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import p.never",
        seven="",
        eight="",
        nine="",
        never="",
    )
    found = follow(tmp_path, "p.start")
    names = {"start", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"}
    assert set(found.files) == {"p", *(f"p.{name}" for name in names)}
    assert found.libraries == {"light", "light.inner", "light.inner.thing"}
    assert "json" in found.stdlib


def test_what_leads_to_a_heavy_library_is_left_out_where_it_can_be(tmp_path: Path) -> None:
    package(tmp_path, start="def f():\n    import p.oracle", oracle="import p.deep", deep="import heavy.inner")
    assert set(follow(tmp_path, "p.start").files) == {"p", "p.start"}


def test_what_cannot_do_without_a_heavy_library_is_refused_with_the_way(tmp_path: Path) -> None:
    package(tmp_path, start="import p.between", between="import heavy.inner")
    with pytest.raises(NotForPages, match=r"p\.start cannot run in a page: it leads to p\.between → heavy"):
        follow(tmp_path, "p.start")


def test_a_page_carries_what_draws_marks_and_prints_and_nothing_else() -> None:
    exercises = [sources()[15], sources()[40]]
    files = files_for(exercises, ("ru",))
    assert list(files) == sorted(files)
    for name in ("drill/browser.py", "answerkeys/marking/grading.py", "generators/descent/fifty_shades_of_descent.py",
                 "templates/ru/convolution_by_hand.md"):  # fmt: skip
        assert f"listok/{name}" in files
    for name in files:
        assert not name.startswith(("listok/exams", "listok/cli", "listok/answerkeys/formats", "listok/templates/en"))
        assert not name.startswith("listok/generators/oracles/") or name.endswith("oracles/__init__.py")
        assert not any(word in name for word in ("typst", "store", "terminal", "softmax", "onefile")), name


def test_the_engine_has_what_listok_imports(built: None) -> None:
    found = read_engine()
    found.check(reached_by(sources().values()))
    with pytest.raises(NoEngine, match=r"no statistics_of_all, which listok now needs: run `make drill` again"):
        engine.Engine(found.parts, found.licences, found.modules, ("stat*_of_*",)).check(
            Reached(stdlib={"json", "statistics_of_all"})
        )
    with pytest.raises(NoEngine, match=r"no babel\.units\.format_unit"):
        found.check(Reached(libraries={"babel.Locale", "babel.units.format_unit"}))


def test_what_is_left_out_is_told_by_module_or_package() -> None:
    left_out = ("email", "json/tool", "encodings/cp1*")
    assert lacks("email", left_out)
    assert lacks("email.message.Message", left_out)
    assert lacks("json.tool", left_out)
    assert lacks("encodings.cp1251", left_out)
    assert not lacks("json", left_out)
    assert not lacks("emails", left_out)


def test_an_engine_that_is_missing_or_damaged_is_told_in_one_line(tmp_path: Path, built: None) -> None:
    with pytest.raises(NoEngine, match=r"^pages need an engine, .* run `make drill` in listok's source tree, once$"):
        read_engine(tmp_path / "engine.bin")
    damaged = tmp_path / "damaged.bin"
    damaged.write_bytes(engine.PATH.read_bytes()[:-100])
    with pytest.raises(NoEngine, match="is not whole: run `make drill`"):
        read_engine(damaged)
    other = tmp_path / "other.bin"
    with zipfile.ZipFile(other, "w") as packed:
        packed.writestr("about.json", json.dumps({"format": 99}))
    with pytest.raises(NoEngine, match="made for another listok"):
        read_engine(other)
    with pytest.raises(NoEngine, match="cannot be read"):
        read_engine(tmp_path)


def test_no_engine_is_made_of_anything_else_than_what_is_pinned(tmp_path: Path) -> None:
    make = runpy.run_path(str(ROOT / "engine" / "make.py"))
    package = tmp_path / f"pyodide-{make['PYODIDE']}.tgz"
    package.write_bytes(b"something else")
    with pytest.raises(SystemExit, match="is not what it should be"):
        make["unpack"](tmp_path)
    assert list(tmp_path.iterdir()) == [package]
    pinned = (ROOT / "engine" / "requirements.txt").read_text(encoding="utf-8").splitlines()[1:]
    assert all(re.fullmatch(r"[a-z-]+==[\d.]+ --hash=sha256:[0-9a-f]{64}", line) for line in pinned)
    names = {line.partition("==")[0].replace("-", "_").removesuffix("_py") for line in pinned}
    assert names == LIBRARIES


def test_no_page_without_an_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(onefile, "read_engine", lambda: read_engine(tmp_path / "engine.bin"))
    with pytest.raises(NoEngine):
        make_page(tmp_path / "page.html", Scope.of([15]), in_process(), seeds=1)
    assert not list(tmp_path.iterdir())


def test_what_cannot_be_made_is_refused_before_any_work(tmp_path: Path, built: None) -> None:
    page = tmp_path / "page.html"
    page.write_text("mine")
    for path, scope, seeds, told in (
        (page, Scope.of([10]), 1, "is there already: give another name, or --force"),
        (tmp_path, Scope.of([10]), 1, "is a folder"),
        (tmp_path / "new.html", Scope(()), 1, "at least one exercise"),
        (tmp_path / "new.html", Scope.of([10, 401]), 1, "exercise 401 is not one of listok's own"),
        (tmp_path / "new.html", Scope.of([10]), 0, "from 1 to 1048576 seeds"),
        (tmp_path / "new.html", Scope.of([10]), 2**20 + 1, "from 1 to 1048576 seeds"),
    ):
        with pytest.raises(PageError, match=told):
            make_page(path, scope, in_process(), seeds=seeds)
    assert page.read_text() == "mine"
    with pytest.raises(
        PageError, match=r"no/page\.html cannot be written \(No such file or directory\): no page was made"
    ):
        make_page(tmp_path / "no" / "page.html", Scope.of([10], 1), in_process(), seeds=1, tick=pytest.fail)
    assert list(tmp_path.iterdir()) == [page]


def test_an_older_page_stays_until_the_new_one_is_whole(tmp_path: Path, built: None) -> None:
    page = tmp_path / "page.html"
    page.write_text("older")

    def stop(count: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make_page(page, Scope.of([10], 1), in_process(), seeds=1, force=True, tick=stop)
    assert page.read_text() == "older"
    assert list(tmp_path.iterdir()) == [page]
    make_page(page, Scope.of([10], 1), in_process(), seeds=1, force=True)
    assert page.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_variants_on_which_the_two_solutions_differ_are_left_out_and_told(
    tmp_path: Path, built: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    verify = Variant.verify
    bad = f"{DRILL_SEEDS.start + 1}"

    def differ(self: Variant) -> Variant:
        if self.code == codes[1]:
            raise Disagreement(self.exercise.name, self.code, "answer")
        return verify(self)

    codes = [find(10).variant(seed, 1).code for seed in DRILL_SEEDS[:3]]
    monkeypatch.setattr(Variant, "verify", differ)
    told: list[int] = []
    made = make_page(tmp_path / "page.html", Scope.of([10], 1), in_process(), seeds=3, tick=told.append)
    assert (made.variants, sum(told)) == (2, 3)
    (line,) = made.left_out
    assert line.startswith(f"number-of-parameters, level 1, seed {bad}: ")
    assert "the two solutions differ in answer" in line
    text = made.path.read_text(encoding="utf-8")
    assert f'"pool":{{"10.1":[{DRILL_SEEDS.start},3,[{bad}]]}}' in text
    printed = [problem["code"] for problem in json.loads(player.packed(made.path, "drill-printed"))]
    assert printed == [codes[0], codes[0], codes[2], codes[2]]
    codes[1:] = [codes[0]]
    with pytest.raises(PageError, match="the two solutions differ"):
        make_page(tmp_path / "none.html", Scope.of([10], 1), in_process(), seeds=1)
    assert not (tmp_path / "none.html").exists()


MAKE = """
import sys
from pathlib import Path
from listok.drill.onefile import make_page
from listok.drill.session import Scope, Task
from listok.workers.pool import in_process
tasks = (Task(2, 1), Task(48, 2, ("states", "error")))
make_page(Path(sys.argv[1]), Scope(tasks, True), in_process(), lang="en", title="<Sheet> & more", seeds=25)
"""


def test_the_same_command_gives_the_same_bytes(tmp_path: Path, built: None) -> None:
    made = []
    for turn in range(2):
        python("-c", MAKE, str(tmp_path / f"{turn}.html"), hash_seed=turn)
        made.append((tmp_path / f"{turn}.html").read_bytes())
    scope = Scope((Task(2, 1), Task(48, 2, ("states", "error"))), True)
    path = tmp_path / "processes.html"
    make_page(path, scope, processes(2), lang="en", title="<Sheet> & more", seeds=25)
    assert made == [path.read_bytes()] * 2
    text = path.read_text(encoding="utf-8")
    assert str(ROOT) not in text
    assert "<Sheet>" not in text
    asked = {tuple(part["part"] for part in problem["parts"])
             for problem in json.loads(player.packed(path, "drill-printed")) if problem["number"] == 48}  # fmt: skip
    assert asked == {("states", "error")}


def test_all_exercises_in_both_languages_have_room_in_a_page(built: None) -> None:
    """12 MB. The pre-printed problems of an exercise take at most 30 kB of them."""
    own = engine.gzipped(engine.tree(files_for(list(sources().values()), ("ru", "en"))))
    packed = sum(map(len, read_engine().parts.values())) + len(own)
    assert 4 / 3 * packed + 30_000 * len(sources()) < 12 * MEGABYTE
