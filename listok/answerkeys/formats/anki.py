r"""Anki packages (.apkg): a card a variant, with the problem in front, answers and worked solution behind.

Nothing is typed, the student compares: so answers are shown as in keys, formulas and conditions too. A package is a zip
with an SQLite collection, which Anki merges into the student's own: notes by `guid`, note types and decks by id.
All of these come from the variant's code, so that a second import changes nothing and a student's progress is kept.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from listok.answerkeys.formats import Composer, Entry, Format, Heading, Question, part_title
from listok.answerkeys.formats.elements import plain
from listok.answerkeys.items import Item, Part
from listok.answerkeys.package import Package
from listok.generators.codes import ALPHABET
from listok.templates import doctree as doc
from listok.templates import sheet
from listok.templates.files import private_file
from listok.templates.texhtml import Printer
from listok.templates.text import Lang

NOTE_TYPE = 1_700_000_000_001
"""Id of our note type: one and the same in every export, so that Anki never makes a second one."""

FIELDS = ("Code", "Question", "Answers", "Solution")
"""The fields of a note; Anki takes the first one for what tells notes apart."""

_TIME = 1_700_000_000  # of every note and card: Anki wants one, and the same export must be the same bytes
_LARGEST = 2**39  # of the numbers behind codes, and of hashes made into ids
_NOTES, _DECKS = 400_000_000_000, 1_000_000_000_000  # ids are read as milliseconds: none may lie in the future
_FRONT = '<div class="listok">{{Question}}</div>'
_BACK = '{{FrontSide}}<hr id="answer"><div class="listok">{{Answers}}{{Solution}}<p class="code">{{Code}}</p></div>'
STYLE = """.card { font-family: sans-serif; font-size: 17px; line-height: 1.45; text-align: left; padding: 0 1em; }
.listok { max-width: 46em; margin: 0 auto; overflow-x: auto; }
.listok h2 { font-size: 1.15em; }
.listok h2 .aside { float: right; font-size: .8em; font-weight: normal; }
.listok table { border-collapse: collapse; margin: .6em auto; }
.listok td, .listok th { border: 1px solid #8888; padding: .2em .6em; }
.listok img { max-width: 100%; background: white; }
.listok .code { text-align: right; font-size: .8em; opacity: .6; }
"""
_WORDS: Mapping[str, Mapping[Lang, str]] = {
    "answers": {"ru": "Ответы", "en": "Answers"},
    "solution": {"ru": "Решение", "en": "Solution"},
    "mistakes": {"ru": "Если получилось иначе:", "en": "If you got something else:"},
    "rubric": {"ru": "Проверьте себя по критериям.", "en": "Mark yourself by the rubric."},
    "level": {"ru": "уровень-{}", "en": "level-{}"},
}
_TABLES = """
CREATE TABLE col (id integer primary key, crt integer not null, mod integer not null, scm integer not null,
  ver integer not null, dty integer not null, usn integer not null, ls integer not null, conf text not null,
  models text not null, decks text not null, dconf text not null, tags text not null);
CREATE TABLE notes (id integer primary key, guid text not null, mid integer not null, mod integer not null,
  usn integer not null, tags text not null, flds text not null, sfld integer not null, csum integer not null,
  flags integer not null, data text not null);
CREATE TABLE cards (id integer primary key, nid integer not null, did integer not null, ord integer not null,
  mod integer not null, usn integer not null, type integer not null, queue integer not null, due integer not null,
  ivl integer not null, factor integer not null, reps integer not null, lapses integer not null,
  left integer not null, odue integer not null, odid integer not null, flags integer not null, data text not null);
CREATE TABLE revlog (id integer primary key, cid integer not null, usn integer not null, ease integer not null,
  ivl integer not null, lastIvl integer not null, factor integer not null, time integer not null,
  type integer not null);
CREATE TABLE graves (usn integer not null, oid integer not null, type integer not null);
"""
# What SQLite keeps or lays out by its own defaults, which may differ from one build to the next.
_SETTINGS = (
    "PRAGMA page_size = 4096", "PRAGMA encoding = 'UTF-8'", "PRAGMA auto_vacuum = NONE", "PRAGMA journal_mode = OFF",
    "PRAGMA synchronous = OFF", "PRAGMA locking_mode = EXCLUSIVE",
)  # fmt: skip
_MAKER = slice(92, 100)  # the place in an SQLite file where the library's version stands


class Anki(Composer):
    """Prints an item as one note: its question is the note's fields."""

    def questions(self, item: Item) -> Iterator[Question]:
        """One question, of which Anki makes one card."""
        fields = "\x1f".join((f"{item.code}-{item.lang}", *sides(self.figures.printer(item.lang), item)))
        yield Question(fields.encode(), pictures=self.figures.take())


class AnkiFile:
    """Writes a note for each entry into a collection beside the package, which takes it in at the end."""

    def __init__(self, path: Path, heading: Heading) -> None:
        self._package = Package(path)
        # Under this name it is cleared away, as every unfinished file is, when an export fails.
        self._collection = path.with_name(path.name.removesuffix(".apkg.part") + ".notes.apkg.part")
        private_file(self._collection).close()
        self._title = _deck_name(heading.title)
        self._media: dict[str, int] = {}
        self._decks: dict[int, str] = {}
        self._notes: set[int] = set()
        self._written = 0
        self._sql = sqlite3.connect(self._collection, isolation_level=None)
        self._run(*_SETTINGS, "BEGIN", *filter(str.strip, _TABLES.split(";")))

    @property
    def size(self) -> int:
        return self._package.size + self._written

    def add(self, entry: Entry) -> int:
        """Write an entry as one note with one card; one that comes again is one note all the same."""
        note = _NOTES + 2 * _number(entry.code) + (entry.lang == "en")
        if note in self._notes:
            return 0
        self._notes.add(note)
        (question,) = entry.questions
        for name, content in sorted(question.pictures.items()):
            if name not in self._media:
                self._media[name] = len(self._media)
                self._package.add(str(self._media[name]), content)
        code, fields, deck = f"{entry.code}-{entry.lang}", question.content.decode(), self._deck(entry)
        tags = f" listok {entry.topic} {_WORDS['level'][entry.lang].format(entry.level)} "
        check = int(hashlib.sha1(code.encode(), usedforsecurity=False).hexdigest()[:8], 16)
        self._row("notes", note, f"listok-{code}", NOTE_TYPE, _TIME, -1, tags, fields, code, check, 0, "")
        self._row("cards", note, note, deck, 0, _TIME, -1, 0, 0, len(self._notes), 0, 0, 0, 0, 0, 0, 0, 0, "")
        self._written += 2 * len(fields)
        return question.count

    def close(self) -> None:
        """Write what holds for the whole collection, and finish the package."""
        decks = {deck: _deck(deck, name) for deck, name in self._decks.items()}
        kind = _note_type(next(iter(self._decks), 1))
        self._row(
            "col", 1, _TIME, _TIME * 1000, _TIME * 1000, 11, 0, 0, 0, _json({"nextPos": len(self._notes) + 1}),
            _json({NOTE_TYPE: kind}), _json({1: _deck(1, "Default"), **decks}), _json({1: _OPTIONS}), "{}",
        )  # fmt: skip
        self._run("COMMIT")
        self._sql.close()
        with self._collection.open("r+b") as file:
            file.seek(_MAKER.start)
            file.write(bytes(_MAKER.stop - _MAKER.start))
        self._package.add_file("collection.anki2", self._collection)
        self._collection.unlink()
        self._package.add("media", _json({number: name for name, number in self._media.items()}).encode())
        self._package.close()

    def abandon(self) -> None:
        """Let go of the package and of the collection."""
        self._package.abandon()
        with contextlib.suppress(sqlite3.Error):
            self._sql.close()

    def _deck(self, entry: Entry) -> int:
        """The deck of an exercise, under the one named by the export's title."""
        title, name = self._title, entry.heading
        top, own = _identity("deck", title, entry.lang), _identity("deck", title, entry.lang, name)
        self._decks.setdefault(top, title)
        self._decks.setdefault(own, f"{title}::{_deck_name(name)}")
        return own

    def _row(self, table: str, *values: object) -> None:
        self._run(f"INSERT INTO {table} VALUES ({', '.join('?' * len(values))})", values=values)

    def _run(self, *statements: str, values: Sequence[object] = ()) -> None:
        try:
            for statement in statements:
                self._sql.execute(statement, values)
        except sqlite3.OperationalError as error:
            raise OSError(errno.ENOSPC, str(error), str(self._collection)) from None


# --- what is on a card -----------------------------------------------------------------------------------------------


def sides(printer: Printer, item: Item) -> Iterator[str]:
    """The problem, its answers as a table, and its worked solution with the feedback on mistakes."""
    points = {part.name: part.points for part in item.parts}
    yield printer.blocks(sheet.problem(item.filled, points, space="none"))
    rows = "".join([f"<tr><td>({part.letter})</td><td>{_answer(printer, part)}</td></tr>\n" for part in item.parts])
    yield f"<h3>{_WORDS['answers'][item.lang]}</h3>\n<table><tbody>\n{rows}</tbody></table>\n"
    parts = "".join([_worked(printer, part) for part in item.parts])
    yield f"<h3>{_WORDS['solution'][item.lang]}</h3>\n{parts}"


def _answer(printer: Printer, part: Part) -> str:
    lang = part.filled.lang
    return printer.inlines(sheet.answer(part.filled, part.name)) or f"<em>{_WORDS['rubric'][lang]}</em>"


def _worked(printer: Printer, part: Part) -> str:
    lang = part.filled.lang
    text = f"<p><strong>{part_title(part, lang)}</strong></p>\n{printer.blocks(part.solution)}"
    text += printer.blocks(part.rubric)
    mistakes = [
        doc.ListItem("•", (doc.Paragraph(shown), *mistake.feedback))
        for mistake in part.mistakes
        for shown in [sheet.shown(part.filled, part.name, part.key, mistake.value)]
    ]
    if mistakes:
        listed = printer.blocks((doc.ItemList(tuple(mistakes)),))
        text += f"<p><em>{_WORDS['mistakes'][lang]}</em></p>\n{listed}"
    return text


# --- what Anki wants to know of a collection -------------------------------------------------------------------------


def _number(code: str) -> int:
    """A variant's code as the number behind it, without the check character."""
    number = 0
    for sign in code.replace("-", "")[:-1]:
        number = number << 5 | ALPHABET.index(sign)
    return number


def _identity(*what: str) -> int:
    """A number that is always the same for the same names."""
    digest = hashlib.sha256("\x1f".join(what).encode()).digest()
    return _DECKS + int.from_bytes(digest[:8], "big") % _LARGEST


def _deck_name(text: str) -> str:
    """A name on one level of the tree of decks; Anki itself drops quotes from it."""
    name = " ".join(plain(text).replace("::", ":").replace('"', "").split()).strip(": ")
    return name or "listok"


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _note_type(deck: int) -> dict[str, Any]:
    face = {"font": "Arial", "size": 20, "media": [], "rtl": False, "sticky": False}
    card = {"name": "listok", "ord": 0, "qfmt": _FRONT, "afmt": _BACK, "did": None, "bqfmt": "", "bafmt": ""}
    return {
        "id": NOTE_TYPE, "name": "listok", "type": 0, "mod": _TIME, "usn": -1, "sortf": 0, "did": deck,
        "flds": [{"name": name, "ord": n, **face} for n, name in enumerate(FIELDS)], "tmpls": [card], "css": STYLE,
        "latexPre": "", "latexPost": "", "tags": [], "vers": [], "req": [[0, "any", [1]]],
    }  # fmt: skip


def _deck(deck: int, name: str) -> dict[str, Any]:
    today = {day: [0, 0] for day in ("newToday", "revToday", "lrnToday", "timeToday")}
    return {
        "id": deck, "name": name, "mod": _TIME, "usn": -1, "desc": "", "dyn": 0, "conf": 1, "collapsed": False,
        "browserCollapsed": False, "extendNew": 10, "extendRev": 50, **today,
    }  # fmt: skip


_OPTIONS: dict[str, Any] = {
    "id": 1, "name": "Default", "mod": 0, "usn": 0, "maxTaken": 60, "autoplay": True, "timer": 0, "replayq": True,
    "dyn": False,
    "new": {"bury": True, "delays": [1, 10], "initialFactor": 2500, "ints": [1, 4, 7], "order": 1, "perDay": 20,
            "separate": True},
    "rev": {"bury": True, "ease4": 1.3, "fuzz": 0.05, "ivlFct": 1, "maxIvl": 36500, "minSpace": 1, "perDay": 100},
    "lapse": {"delays": [10], "leechAction": 0, "leechFails": 8, "minInt": 1, "mult": 0},
}  # fmt: skip

FORMAT = Format("anki", ".apkg", "flash cards for Anki; the student compares answers", Anki, AnkiFile)
