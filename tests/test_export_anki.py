"""Anki packages as Anki's own backend takes them: new once, the same ever after, nothing missing on a card."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path

import pytest
from clients import Refused, anki, plain
from exporting import HOSTILE, LANGS, NAMES, exported, file_of, items

from listok.answerkeys.formats.anki import FIELDS, NOTE_TYPE
from listok.answerkeys.items import Item
from listok.templates import sheet
from listok.templates.texhtml import Printer


@pytest.fixture(scope="module", params=LANGS)
def imported(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[tuple[Item, ...], anki.Collection]:
    """The whole bank in one language, imported twice."""
    chosen = tuple(item for name in NAMES for item in items(name, request.param))
    package = file_of("anki", tmp_path_factory.mktemp("anki"), chosen)
    return chosen, anki.load(package, package)


def test_a_second_import_adds_nothing(imported: tuple[tuple[Item, ...], anki.Collection]) -> None:
    chosen, collection = imported
    assert collection.logs == (anki.Log(len(chosen), len(chosen), 0, 0, 0), anki.Log(len(chosen), 0, 0, len(chosen), 0))
    assert {note.type_id for note in collection.notes} == {NOTE_TYPE}
    assert {note.guid for note in collection.notes} == {f"listok-{item.code}-{item.lang}" for item in chosen}
    assert all(tuple(note.fields) == FIELDS for note in collection.notes)


def test_cards_show_problem_answers_and_solution(imported: tuple[tuple[Item, ...], anki.Collection]) -> None:
    chosen, collection = imported
    for item in chosen:
        note = collection.note(f"{item.code}-{item.lang}")
        (front,), (back,) = note.fronts, note.backs
        printer = Printer(item.lang, lambda name, content: name)
        assert plain(printer.blocks(item.stem)) in plain(front)
        assert back.startswith(front)
        answers = back.removeprefix(front)
        for part in item.parts:
            assert printer.blocks(part.question).strip() in front.replace(f"({part.letter}) ", "")
            assert f"<p>({part.letter}) " in front, "a label in a line of its own"
            answer = printer.inlines(sheet.answer(part.filled, part.name))
            assert (answer or "</em>") in answers.partition("</table>")[0]
            assert answer not in front or len(plain(answer)) < 12
            assert printer.blocks(part.solution) in answers
            assert printer.blocks(part.rubric) in answers
            assert all(printer.blocks(mistake.feedback) in answers for mistake in part.mistakes)
            assert all(printer.inlines(option.words) in front for option in part.options)
        assert item.code in answers
        assert note.deck == f"listok::{item.variant.exercise.number}. {item.title}"
        assert {"listok", item.variant.exercise.topic} < set(note.tags)
        assert any(tag.endswith(f"-{item.variant.level}") for tag in note.tags)


def test_mathematics_is_in_the_marks_that_anki_sets(imported: tuple[tuple[Item, ...], anki.Collection]) -> None:
    for note in imported[1].notes:
        for text in (*note.fronts, *note.backs):
            side = text.replace(r"\\", r"\cr ")  # ends of rows, after which a bracket may stand
            assert side.count("\\(") == side.count("\\)")
            assert side.count("\\[") == side.count("\\]")
            formulas = re.findall(r"\\\((.*?)\\\)|\\\[(.*?)\\\]", side, re.DOTALL)
            assert not any("<" in formula or ">" in formula for pair in formulas for formula in pair)
            assert "$" not in re.sub(r"\\[(\[].*?\\[)\]]", "", side, flags=re.DOTALL)


def test_every_picture_is_there(imported: tuple[tuple[Item, ...], anki.Collection]) -> None:
    _, collection = imported
    assert not collection.missing_media
    assert not collection.unused_media
    shown = {name for note in collection.notes for name in re.findall(r'src="([^"]+)"', note.backs[0])}
    assert shown == set(collection.media)
    assert len(shown) > 10
    assert all(content.startswith(b"<?xml") for content in collection.media.values())


def test_languages_live_side_by_side(tmp_path: Path) -> None:
    packages = [file_of("anki", tmp_path / lang, items("temperature", lang)) for lang in LANGS]
    collection = anki.load(*packages)
    assert [(log.new, log.refused) for log in collection.logs] == [(6, 0), (6, 0)]
    assert len({note.deck for note in collection.notes}) == 2


def test_a_larger_export_adds_only_what_is_new(tmp_path: Path) -> None:
    chosen = items("softmax", "ru")
    collection = anki.load(file_of("anki", tmp_path / "a", chosen[:2]), file_of("anki", tmp_path / "b", chosen))
    assert [(log.new, log.duplicate) for log in collection.logs] == [(2, 0), (4, 2)]


def test_an_item_that_comes_twice_is_one_card(tmp_path: Path) -> None:
    (item, other, *_) = items("temperature", "en")
    report = exported("anki", tmp_path, (item, other, item))
    assert report.questions == 2
    assert anki.load(report.files[0].read_bytes()).logs[0].new == 2


def test_titles_are_plain_names_of_decks(tmp_path: Path) -> None:
    chosen = items("learning-rates", "ru")
    collection = anki.load(file_of("anki", tmp_path, chosen, title=HOSTILE + '::"deep"::'))
    (deck,) = {note.deck for note in collection.notes}
    assert deck.count("::") == 1
    assert deck.startswith("<b>&amp; '</b>]]> //$course$")
    assert "\x07" not in deck


def test_volumes_import_alone_and_together(tmp_path: Path) -> None:
    chosen = items("picture-to-formula", "en")
    report = exported("anki", tmp_path, chosen, max_questions=4)
    packages = [path.read_bytes() for path in report.files]
    assert [anki.load(package).logs[0].new for package in packages] == [4, 2]
    together = anki.load(*packages)
    assert [log.new for log in together.logs] == [4, 2]
    assert not together.missing_media
    assert len({note.deck for note in together.notes}) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["questions-1.apkg", "questions-2.apkg"]


def test_bytes_do_not_tell_which_sqlite_wrote_them(tmp_path: Path) -> None:
    content = file_of("anki", tmp_path, items("temperature", "en"))
    start = content.index(b"SQLite format 3\x00")
    assert content[start + 92 : start + 100] == bytes(8)
    library = tmp_path / "collection.anki2"
    library.write_bytes(content[start : content.index(b"PK\x03\x04", start)])
    with sqlite3.connect(library) as collection:
        assert collection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        times = collection.execute("SELECT mod, id FROM notes").fetchall()
    assert len({mod for mod, _ in times}) == 1
    assert all(note < 1_600_000_000_000 for _, note in times)  # ids are milliseconds, none in the future


def test_the_backend_refuses_a_broken_package(tmp_path: Path) -> None:
    content = file_of("anki", tmp_path, items("temperature", "en")[:1])
    with pytest.raises(Refused):
        anki.load(content.replace(b"SQLite format 3", b"SQLite format 9"))
