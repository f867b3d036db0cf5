"""The catalogue, the reference of commands and what README shows are what the sources give."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT

from listok.cli import COMMANDS
from listok.generators.bank import bank


def test_generated_pages_are_fresh() -> None:
    environment = os.environ | {"PYTHONPATH": str(ROOT), "COLUMNS": "200", "PYTHONHASHSEED": "5"}
    done = subprocess.run(
        [sys.executable, "docs/generate.py", "--check"], cwd=ROOT, env=environment, capture_output=True, text=True,
        check=False, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, f"run `make docs`: {done.stdout}{done.stderr}"


def test_the_catalogue_names_every_exercise() -> None:
    page = (ROOT / "docs" / "catalogue.md").read_text(encoding="utf-8")
    for exercise in bank().values():
        assert exercise.name in page
        assert exercise.summary in page


def test_the_python_of_the_docs_gives_what_its_comments_say(capsys: pytest.CaptureFixture[str]) -> None:
    (block,) = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "own.md").read_text(encoding="utf-8"), flags=re.S)
    names: dict[str, object] = {}
    values = []
    for line in block.splitlines():
        code, _, said = (part.strip() for part in line.partition("#"))
        shows = bool(re.fullmatch(r"[0-9A-Z]{3}(-[0-9A-Z]{3}){2}|\(\(.*\)\)", said))
        exec(f"print({code})" if shows and not code.startswith("print(") else code, names)
        printed = capsys.readouterr().out.strip()
        if shows:
            values.append(said)
            assert printed == said, code
    assert len(values) == 2


def test_the_reference_names_every_command() -> None:
    page = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    for command in COMMANDS:
        assert f"listok {command}" in page


def test_the_map_names_every_module_and_no_other() -> None:
    """Exercises, export formats and commands aside, which it names together."""
    named = {Path(name).name for name in re.findall(r"`([\w/]+\.py)`", (ROOT / "ARCHITECTURE.md").read_text("utf-8"))}
    package = ROOT / "listok"
    modules = [path.relative_to(package) for path in package.rglob("*.py") if not path.name.startswith("_")]
    assert named - {"__init__.py", "NAME_.py"} <= {path.name for path in modules}
    assert not [path for path in modules if len(path.parts) < 3 and path.parts[0] != "cli" and path.name not in named]


PAGES = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"]


@pytest.mark.parametrize("page", [*PAGES, *sorted(f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md"))])
def test_links_lead_somewhere(page: str) -> None:
    path = ROOT / page
    prose = re.sub(r"```.*?```|`[^`\n]*`", "", path.read_text(encoding="utf-8"), flags=re.S)
    for target in re.findall(r"\]\(([^)\s]+)\)", prose):
        if re.match(r"[a-z]+://", target):
            continue
        file, _, place = target.partition("#")
        there = (path.parent / file) if file else path
        assert there.exists(), f"{page}: {target}"
        if place and there.suffix == ".md":
            headings = re.findall(r"^#+ (.+)$", there.read_text(encoding="utf-8"), re.M)
            slugs = [re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings]
            assert place in slugs, f"{page}: {target}"
