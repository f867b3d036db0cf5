"""Lines to and from whoever drills: what is typed, what is said, and what is too wide for a terminal."""

from __future__ import annotations

import contextlib
import io
import shutil
import sys
import textwrap
import unicodedata
from collections.abc import Iterator
from typing import TextIO

from listok.answerkeys.marking.grading import shown_response
from listok.templates.plain import WIDTH

NARROWEST = 40
"""Columns that a terminal is taken to have at least."""


class Console:
    """Lines to a person and from one, or from a file or pipe in a person's stead, whose lines are then echoed."""

    def __init__(self, source: TextIO, out: TextIO) -> None:
        self._source, self._out = source, out
        self._person = source is sys.stdin and source.isatty() and out.isatty()
        if isinstance(source, io.TextIOWrapper):  # what is typed may be anything
            source.reconfigure(errors="replace")
        if self._person:
            _edit_lines()

    @property
    def width(self) -> int:
        """Columns of a line: a terminal's, less one for those that break a full line, but no more than text needs."""
        return max(NARROWEST, min(WIDTH, shutil.get_terminal_size().columns - 1))

    def say(self, text: str = "") -> None:
        """Print lines, without characters that nobody sees or that move the cursor."""
        print(_visible(text), file=self._out, flush=True)

    def ask(self, prompt: str) -> str:
        """What is typed after a prompt, without the end of the line. Raises `EOFError` at the end of the input."""
        if self._person:
            return input(prompt)
        print(prompt, end="", file=self._out, flush=True)
        line = self._source.readline()
        if not line:
            raise EOFError
        print(shown_response(line), file=self._out, flush=True)
        return line.removesuffix("\n").removesuffix("\r")


def _edit_lines() -> None:
    """Let a line be edited, and several lines that are pasted together be one answer, where this Python can."""
    with contextlib.suppress(ImportError):
        import readline

        if "libedit" not in (readline.__doc__ or ""):
            readline.parse_and_bind("set enable-bracketed-paste on")
            readline.parse_and_bind("set disable-completion on")


def _visible(text: str) -> str:
    return "".join(c for c in text if c == "\n" or unicodedata.category(c) not in ("Cc", "Cf", "Cs"))


# --- what is too wide ---------------------------------------------------------------------------------------------

_LEFT, _RIGHT = "(⎛⎜⎝[⎡⎢⎣⎧⎨⎩⎰", ")⎞⎟⎠]⎤⎥⎦⎫⎬⎭⎱"


def fitted(text: str, width: int) -> str:
    """Text whose formulas and tables that are too wide are broken: one line between words, pictures of several lines
    where nothing on any line is cut and no bracket is open."""
    return "\n\n".join(_narrowed(block, width) for block in text.split("\n\n"))


def _narrowed(block: str, width: int) -> str:
    lines = block.split("\n")
    if max(map(_columns, lines)) <= width:
        return block
    if any(map(unicodedata.combining, block)) and len(lines) > 1:
        return block  # whose columns are not its characters
    indent = min((len(line) - len(line.lstrip()) for line in lines if line.strip()), default=0)
    lines = [line[indent:].rstrip() for line in lines]
    if len(lines) == 1:
        room = max(width - indent, NARROWEST // 2)
        folded = textwrap.wrap(lines[0], room, break_long_words=False, break_on_hyphens=False)
        return textwrap.indent("\n".join(folded), " " * indent)
    return "\n\n".join(
        "\n".join(line for line in piece if line) for piece in _pieces(lines, width)
    )  # fmt: skip


def _pieces(lines: list[str], width: int) -> Iterator[list[str]]:
    """A picture cut into pictures side by side, each as wide as fits, the later ones set in by a few columns."""
    length = max(map(len, lines))
    lines = [line.ljust(length) for line in lines]
    cuts = [at for at in range(1, length) if _may_cut(lines, at)]
    start, indent = 0, ""
    while length - start > width - len(indent):
        room = start + width - len(indent)
        cut = max(
            (at for at in cuts if start < at <= room), default=min((at for at in cuts if at > room), default=length)
        )
        yield [(indent + line[start:cut]).rstrip() for line in lines]
        start, indent = cut, "    "
    yield [(indent + line[start:].rstrip()) if line[start:].strip() else "" for line in lines]


def _may_cut(lines: list[str], at: int) -> bool:
    """Whether a picture may be cut before a column: a blank one is on its left, and no bracket is open there."""
    if any(line[at - 1] != " " for line in lines) or all(line[at] == " " for line in lines):
        return False
    return all(
        sum(line[:at].count(sign) for sign in _LEFT) <= sum(line[:at].count(sign) for sign in _RIGHT) for line in lines
    )


def _columns(line: str) -> int:
    """Columns that a line takes: accents stand over the letter before them."""
    return sum(not unicodedata.combining(character) for character in line)
