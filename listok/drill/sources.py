"""Which of listok's own files run in a page: those that its imports lead to, and the exercises asked for."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import listok
from listok.generators.bank import Source
from listok.generators.values import ListokError
from listok.templates.doctree import Lang

ROOT = Path(listok.__file__).parent

START = "listok.drill.browser"
"""The module that a page calls."""

LIBRARIES = frozenset(
    ("babel", "faker", "fsrs", "markdown_it", "mdit_py_plugins", "mdurl", "mpmath", "msgspec", "typing_extensions")
)
"""What the engine of a page brings besides Python's own library."""


class NotForPages(ListokError):
    """A module that a page would need, and that leads to a library which no page has."""


@dataclass
class Reached:
    """Files by module, and what they import of libraries and of Python's own library: names of modules, or of what is
    in them."""

    files: dict[str, Path] = field(default_factory=dict)
    libraries: set[str] = field(default_factory=set)
    stdlib: set[str] = field(default_factory=set)


OURS = frozenset((ROOT.name,))


def reached(
    modules: Iterable[str],
    folder: Path = ROOT.parent,
    ours: frozenset[str] = OURS,
    libraries: frozenset[str] | None = LIBRARIES,
) -> Reached:
    """Where the imports of modules lead to among the packages `ours`, which stand in a folder; those inside functions
    are followed too.

    What is imported inside a function, or where a failing import is caught, and leads to a library that no page has,
    is left out: it belongs to another work, such as an oracle. Raises `NotForPages` where a module cannot be imported
    without such a library. With `libraries` None every other library is there.
    """
    follower = _Follower(folder, ours, libraries)
    modules = list(modules)
    for module in modules:
        if missing := follower.missing(module):
            raise NotForPages(f"{module} cannot run in a page: it leads to {' → '.join(missing)}")
    queue = list(modules)
    found = Reached()
    while queue:
        module = queue.pop()
        path = follower.path(module)
        if path is None or module in found.files:
            continue
        found.files[module] = path
        for name, _ in follower.imports(module):
            if not follower.is_ours(name):
                (found.libraries if name.partition(".")[0] in (libraries or ()) else found.stdlib).add(name)
            elif not follower.missing(name):
                queue.append(name)
    return found


class _Follower:
    """Reads the imports of the files of some packages."""

    def __init__(self, folder: Path, ours: frozenset[str], libraries: frozenset[str] | None) -> None:
        self._folder, self._ours, self._libraries = folder, ours, libraries
        self._imports: dict[str, tuple[tuple[str, bool], ...]] = {}
        self._missing: dict[str, tuple[str, ...]] = {}

    def is_ours(self, module: str) -> bool:
        return module.partition(".")[0] in self._ours

    def path(self, module: str) -> Path | None:
        """The file of a module, or of a package; None where there is none."""
        stem = self._folder.joinpath(*module.split("."))
        return next((path for path in (stem / "__init__.py", stem.with_suffix(".py")) if path.is_file()), None)

    def imports(self, module: str) -> tuple[tuple[str, bool], ...]:
        """What a file imports, and whether it cannot be imported without; the packages around it are among them."""
        if module not in self._imports:
            path = self.path(module)
            tree = ast.parse(path.read_bytes()) if path else ast.Module([], [])
            package = module if path and path.name == "__init__.py" else module.rpartition(".")[0]
            names = [(name, True) for name in _around(module)]
            for node, needed in _import_nodes(tree.body, True):
                names += [(name, needed) for name in self._named(node, package)]
            self._imports[module] = tuple(names)
        return self._imports[module]

    def _named(self, node: ast.Import | ast.ImportFrom, package: str) -> Iterator[str]:
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name
                yield from _around(alias.name)
            return
        above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
        module = ".".join([*above, *([node.module] if node.module else [])])
        yield module
        yield from _around(module)
        for alias in node.names:
            if not self.is_ours(module) or self.path(f"{module}.{alias.name}"):
                yield f"{module}.{alias.name}"

    def missing(self, module: str) -> tuple[str, ...]:
        """The way from a module to a library that it cannot be imported without and that no page has; or nothing."""
        if not self.is_ours(module):
            top = module.partition(".")[0]
            there = self._libraries is None or top in self._libraries or top in sys.stdlib_module_names
            return () if there else (module,)
        if module not in self._missing:
            self._missing[module] = ()  # of modules that import each other, the first answers for both
            for name, needed in self.imports(module):
                if needed and (way := self.missing(name)):
                    self._missing[module] = (name, *way) if self.is_ours(name) else way
                    break
        return self._missing[module]


def _around(module: str) -> Iterator[str]:
    """The packages in which a module stands, the outermost last."""
    while module := module.rpartition(".")[0]:
        yield module


def _import_nodes(body: Sequence[ast.stmt], needed: bool) -> Iterator[tuple[ast.Import | ast.ImportFrom, bool]]:
    """The imports in a run of statements, and whether they are run when the module is imported, and must succeed."""
    for node in body:
        match node:
            case ast.Import() | ast.ImportFrom():
                yield node, needed
            case ast.If(test=ast.Name(id="TYPE_CHECKING") | ast.Attribute(attr="TYPE_CHECKING")):
                yield from _import_nodes(node.orelse, needed)
            case ast.Try():
                yield from _import_nodes(node.body, needed and not node.handlers)
                for handler in node.handlers:
                    yield from _import_nodes(handler.body, False)
                yield from _import_nodes([*node.orelse, *node.finalbody], needed)
            case ast.Match():
                for case in node.cases:
                    yield from _import_nodes(case.body, needed)
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                yield from _import_nodes(node.body, False)
            case _:
                for inner in ("body", "orelse", "finalbody"):
                    yield from _import_nodes(getattr(node, inner, ()), needed)


def reached_by(exercises: Iterable[Source]) -> Reached:
    """What a page of these exercises needs; raises `NotForPages` where that leads to a library which no page has."""
    return reached((START, *(source.module for source in exercises)))


def files_for(exercises: Sequence[Source], langs: Sequence[Lang]) -> dict[str, bytes]:
    """The files of listok that a page of these exercises needs, texts included, by their paths from `listok/` on, in
    order. Raises `NotForPages`."""
    paths = list(reached_by(exercises).files.values())
    for source in exercises:
        paths += [ROOT / "templates" / lang / f"{source.path.stem}.md" for lang in langs]
    return {path.relative_to(ROOT.parent).as_posix(): path.read_bytes() for path in sorted(set(paths))}
