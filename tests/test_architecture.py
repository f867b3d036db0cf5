"""Floors stand on those below, never above; `import listok` stays light; nothing evaluates what users type."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from conftest import ROOT, python

from listok.answerkeys.verification.authoring import ORACLES_MAY_USE
from listok.generators.bank import bank, find, sources

PACKAGE = ROOT / "listok"
FLOORS = ["generators", "templates", "workers", "answerkeys", "drill", "exams", "cli"]
MODULES = sorted(PACKAGE.rglob("*.py"))
ids = {"ids": lambda path: str(path.relative_to(PACKAGE))}


def floor_of(module: str) -> int:
    """Index of a module's floor; the package's own `__init__`, which holds the version, may be used by all, and the
    public API uses all but the exams."""
    parts = module.split(".")
    if len(parts) == 1:
        return 0
    return FLOORS.index(parts[1]) if parts[1] in FLOORS else FLOORS.index("exams")


def imports(path: Path) -> set[str]:
    """Modules of ours that a file imports, at its head or inside functions."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: write imports in full"
            module = node.module or ""
            found |= {f"{module}.{alias.name}" for alias in node.names} if module == "listok" else {module}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return {name for name in found if name.split(".")[0] == "listok"} - {"listok.__version__"}


@pytest.mark.parametrize("path", MODULES, **ids)
def test_floors_stand_on_those_below(path: Path) -> None:
    if path.name in ("__init__.py", "__main__.py") and path.parent == PACKAGE:
        return  # the doors of the package: the public names, loaded on first use, and the command
    here = floor_of(".".join(path.relative_to(ROOT).with_suffix("").parts))
    above = {name for name in imports(path) if floor_of(name) > here}
    assert not above, (
        f"{path.relative_to(ROOT)} is of the floor `{FLOORS[here]}` and imports {', '.join(sorted(above))}"
    )


def test_floors_hold_what_they_should() -> None:
    assert (
        floor_of("listok.generators.draw") < floor_of("listok.templates.text") < floor_of("listok.answerkeys.keysheet")
    )
    assert floor_of("listok.answerkeys.tables") < floor_of("listok.exams.build") < floor_of("listok.cli.build_")
    assert len(MODULES) > 40


def test_no_exercise_imports_another() -> None:
    names = {source.module for source in sources().values()}
    for source in sources().values():
        assert not imports(source.path) & names, f"{source.path.name}: what two exercises want stands in the toolkit"


def test_board_and_computer_share_nothing() -> None:
    boards = [*(source.path for source in sources().values()), *(PACKAGE / "generators" / "toolkit").glob("*.py")]
    for path in boards:
        own = {name for name in imports(path) if name.startswith("listok.generators.oracles")}
        assert not own, f"{path.name} imports {own}, which is for oracles"
    for path in (PACKAGE / "generators" / "oracles").rglob("*.py"):
        other = {name for name in imports(path) if not name.startswith(ORACLES_MAY_USE)}
        if path.name != "__init__.py":
            assert not other, f"oracles/{path.name} imports {other}"


def test_an_exercise_is_found_without_loading_any() -> None:
    loaded = "print([name for name in sys.modules if name.startswith('listok.generators.outputs')])"
    code = f"import sys; from listok.generators.bank import sources; sources(); {loaded}"
    assert python("-c", code).strip() == "[]"
    for number, source in sources().items():
        assert find(number).number == number
        assert find(number).name == source.name


@pytest.mark.parametrize("path", MODULES, **ids)
def test_nothing_is_evaluated(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            assert name not in ("eval", "sympify", "parse_expr", "lambdify"), f"line {node.lineno}: {name}"
            if isinstance(node.func, ast.Name):
                assert name != "exec", f"line {node.lineno}: exec"
            assert not any(k.arg == "shell" for k in node.keywords), f"line {node.lineno}: shell="


@pytest.mark.parametrize("path", [*sorted((PACKAGE / "generators").rglob("*.py"))], **ids)
def test_no_global_random_state(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "random":
            assert node.attr == "Random", f"line {node.lineno}: random.{node.attr} shares its state with everybody"
        if isinstance(node, ast.Attribute) and node.attr == "default_rng":
            pytest.fail(f"line {node.lineno}: draw from listok.generators.draw.Draw")


PROTOCOLS = ("_repr_html_", "_exit")
"""Names of IPython and of `os` that begin with an underscore and are public all the same."""


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__") and name not in PROTOCOLS


@pytest.mark.parametrize("path", sorted((ROOT / "tests").rglob("*.py")), ids=lambda path: path.name)
def test_no_test_takes_a_private_name(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names: list[str] = []
        match node:
            case ast.ImportFrom(str() as module, aliases) if module.startswith("listok"):
                names = [alias.name for alias in aliases]
            case ast.Attribute(ast.Name("self" | "cls")):
                continue
            case ast.Attribute(_, name):
                names = [name]
            case ast.Constant(str() as text) if re.fullmatch(r"listok(\.\w+)+", text):  # as `setattr` takes it
                names = text.split(".")
        assert not any(map(is_private, names)), f"line {node.lineno}: {', '.join(filter(is_private, names))}"


def test_every_module_says_what_it_is() -> None:
    for path in MODULES:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        assert ast.get_docstring(tree), f"{path.relative_to(ROOT)} has no docstring"


def test_importing_listok_is_light() -> None:
    heavy = "('sympy', 'faker', 'numpy', 'pylatex', 'rich', 'babel', 'markdown_it')"
    code = f"import listok, sys; print(listok.__version__, [m for m in {heavy} if m in sys.modules])"
    assert python("-c", code).split(maxsplit=1)[1].strip() == "[]"


def test_showing_a_problem_needs_no_sympy() -> None:
    shown = "print('sympy' in sys.modules, 'pylatex' in sys.modules)"
    code = f"import listok, sys; str(listok.exercise(10).variant(1)); {shown}"
    assert python("-c", code).strip() == "False False"


IN_A_BROWSER = """
import importlib.abc
import sys


class Refusing(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {refused}:
            raise ModuleNotFoundError(f"{{name}} is not to be had in a browser", name=name)


sys.meta_path.insert(0, Refusing())

from listok.answerkeys.keysheet import problem_key
from listok.answerkeys.marking.grading import Response, mark_problem
from listok.generators.bank import bank
from listok.generators.exact import Fraction
from listok.templates import html
from listok.templates.sheet import problem
from listok.templates.text import Filled

for number, exercise in bank().items():
    variant = exercise.variant(seed=5)
    points = {{part: Fraction(key.points) for part, key in exercise.parts.items()}}
    for lang in ("ru", "en"):
        filled, printer = Filled(variant, lang), html.printer(lang)
        assert "<h2>" in printer.blocks(problem(filled, points))
        assert "<h2>" in printer.blocks(problem_key(filled, points, mistakes=True))
    for part, key in exercise.parts.items():
        samples = key.samples(variant.asked(part))
        for outcomes, responses in (
            (("right",), samples.right),
            (("wrong", "partial", "carried"), samples.wrong),
            (("unreadable", "missing"), samples.malformed),
        ):
            for response in responses:
                (mark,) = mark_problem(variant, {{part: points[part]}}, {{part: Response(response)}})
                assert mark.outcome in outcomes, (number, part, response, mark)
    print(number)
"""


def test_a_browser_could_draw_solve_print_and_mark_every_exercise() -> None:
    refused = ("numpy", "sympy", "lxml", "pylatex", "typst", "rich")
    done = python("-c", IN_A_BROWSER.format(refused=refused))
    assert [int(number) for number in done.split()] == list(bank())


def test_the_public_names() -> None:
    import listok

    assert set(listok.__all__) == {"Sheet", "__version__", "exercise", "exercises"}
    sheet = listok.exercise("convolution-by-hand").variant(seed=7, level=2, lang="en")
    assert str(sheet) == listok.exercise(40).variant(7, 2, "en").print("text")
    assert sheet.dull is None
    assert sheet.set(pool=3).dull == "windows of 3 by 3 leave over a part of the feature map, whose side is 4"
    assert "<math" in sheet._repr_html_()
    assert sheet.code == sheet.data()["code"]
    assert sorted(listok.exercises()) == list(listok.exercises())
    with pytest.raises(AttributeError, match="no attribute 'exercice'"):
        listok.exercice  # noqa: B018


@pytest.mark.parametrize("path", MODULES, **ids)
def test_programs_are_run_where_they_have_a_time_limit(path: Path) -> None:
    """`press/engine.py` runs all of them."""
    if path != PACKAGE / "exams/press/engine.py":
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, (ast.Import, ast.ImportFrom)) else []
            assert "subprocess" not in names
            called = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
            assert called not in ("os.system", "os.popen", "os.posix_spawn"), f"line {node.lineno}: {called}"
