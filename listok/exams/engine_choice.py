"""Which engine prints a class: one that is installed, and whose fonts have all letters of blueprint and roster."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from listok.answerkeys.forms import Exam, Student
from listok.exams.blueprint import Blueprint
from listok.exams.press.engine import Engine, choose_engine, has_typst
from listok.templates import latex, typst
from listok.templates.files import OutputError

_FONTS: Mapping[Engine, tuple[str, Callable[[str], str]]] = {
    "pdflatex": ("pdfLaTeX's", latex.unprintable),
    "typst": ("Typst's", typst.unprintable),
}
"""For each engine whose fonts they are, and the characters of a text that they lack."""


def check_names(students: Iterable[Student], source: str, engine: Engine = "pdflatex") -> None:
    """Raise `OutputError`, one line naming row, student and character, for what the fonts of an engine cannot print."""
    whose, unprintable = _FONTS[engine]
    for student in students:
        bad = unprintable(_names(student))
        if bad:
            row = f"row {student.row}: " if student.row else ""
            raise OutputError(
                f"{source}: {row}student {student.id!r}: {whose} fonts have no {bad[0]!r} "
                f"(U+{ord(bad[0]):04X}): write the name in Latin or Cyrillic letters"
            )


def check_words(exam: Exam | Blueprint, source: str, engine: Engine = "pdflatex") -> None:
    """Raise `OutputError`, one line naming the key and the character, for what the fonts of an engine cannot print of
    a blueprint."""
    whose, unprintable = _FONTS[engine]
    for key, words in _words(exam):
        bad = unprintable(words)
        if bad:
            raise OutputError(
                f"{source}: {key}: {whose} fonts have no {bad[0]!r} (U+{ord(bad[0]):04X}): "
                f"use Latin or Cyrillic letters"
            )


def engine_for(
    blueprint: Blueprint, students: Sequence[Student], sources: tuple[str, str], name: str = "auto"
) -> tuple[Engine | None, str]:
    """The engine to print a class with (see `choose_engine`), and a note to the user (or ``""``).

    `sources` are the names of the files of blueprint and roster. With ``auto``, a character beyond pdfLaTeX's fonts
    takes the build to Typst, and the note says so. Raises `OutputError` as `check_words` and `check_names` where no
    engine that may be used can print all of them.
    """

    def check(engine: Engine) -> None:
        check_words(blueprint, sources[0], engine)
        check_names(students, sources[1], engine)

    engine = choose_engine(name)
    if name == "typst":
        check("typst")
        return engine, ""
    try:
        check("pdflatex")
    except OutputError as error:
        if name == "pdflatex" or not has_typst():
            raise
        check("typst")
        reason = str(error).rpartition(": ")[0]
        return "typst", f"{reason}: the PDFs are made with Typst, and no .tex is written"
    return engine, ""


def source_suffixes(exam: Exam, students: Iterable[Student], engine: Engine | None) -> tuple[str, ...]:
    """The suffixes of the sources to write: ``.typ`` for Typst; ``.tex``, but for Typst only if LaTeX can print it."""
    if engine != "typst":
        return (".tex",)
    texts = (*(words for _, words in _words(exam)), *map(_names, students))
    return (".typ",) if any(map(latex.unprintable, texts)) else (".tex", ".typ")


def _words(exam: Exam | Blueprint) -> Iterator[tuple[str, str]]:
    """The words that a blueprint itself puts on the pages, by its keys."""
    yield "date", exam.date
    for lang in exam.langs:
        yield "title", exam.title[lang]
        yield "course", exam.course[lang]
        yield "instructions", exam.instructions[lang]


def _names(student: Student) -> str:
    """All that the roster says of a student and the pages show."""
    return student.name + student.group + student.id
